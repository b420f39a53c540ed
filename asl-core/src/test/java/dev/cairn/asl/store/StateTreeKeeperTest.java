package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.EngineCapabilities;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.TombstoneNote;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The stored state tree is written in pieces, and is whole whichever of them a crash leaves. */
final class StateTreeKeeperTest {
  /** An engine whose pieces are small: 32 KiB. */
  private static final class Narrow extends ForwardingEngine {
    private static final long BATCH_BYTES = 4 * (32 << 10);

    private final StorageEngine engine;
    private long largest;

    Narrow(StorageEngine engine) {
      super(engine);
      this.engine = engine;
    }

    @Override
    public EngineCapabilities capabilities() {
      EngineCapabilities all = engine.capabilities();
      return new EngineCapabilities(
          all.valueBytesMax(), BATCH_BYTES, all.atomicMultiKey(), all.durableOnAck());
    }

    @Override
    public void write(List<RowChange> changes, Durability durability) {
      if (changes.stream().anyMatch(change -> change.table().equals(StoreTables.TREE))) {
        long bytes = 0;
        for (RowChange change : changes) {
          Bytes value = change.value();
          bytes += change.key().length() + (value == null ? 0 : value.length());
        }
        largest = Math.max(largest, bytes);
      }
      super.write(changes, durability);
    }
  }

  @Test
  void aTreeMadeFromNothingIsWrittenInPiecesAnyOfWhichACrashMayLeave() {
    MemoryEngine medium = StoreFixture.engine();
    Narrow narrow = new Narrow(medium.share());
    Store store = StoreFixture.open("a", narrow);
    putMany(store, 0, 20_000);
    medium.sync();
    int before = medium.unsyncedBatches();
    Bytes root = store.stateRoot();
    assertThat(root).isEqualTo(store.rebuiltStateRoot());
    int pieces = medium.unsyncedBatches() - before;
    assertThat(pieces).isGreaterThan(3);
    assertThat(narrow.largest).isBetween(16L << 10, Narrow.BATCH_BYTES);
    for (int kept = 0; kept <= pieces; kept++) {
      checkSameAsAtOnce(medium.copy().crash(before + kept), 4_000);
    }
    store.close();
  }

  @Test
  void aTreeIsMendedInPiecesAnyOfWhichACrashMayLeave() {
    MemoryEngine medium = StoreFixture.engine();
    Narrow narrow = new Narrow(medium.share());
    Store store = StoreFixture.open("a", narrow);
    putMany(store, 0, 9_000);
    store.stateRoot();
    for (int from = 0; from < 8_700; from += 100) {
      removeMany(store, from, from + 100);
    }
    medium.sync();
    int before = medium.unsyncedBatches();
    assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
    int pieces = medium.unsyncedBatches() - before;
    assertThat(pieces).isGreaterThan(1);
    for (int kept = 0; kept <= pieces; kept++) {
      checkSameAsAtOnce(medium.copy().crash(before + kept), 8_900);
    }
    store.close();
  }

  @Test
  void aTreeThatIsSmallBesideItsLagIsMadeFromNothing() {
    MemoryEngine medium = StoreFixture.engine();
    Narrow narrow = new Narrow(medium.share());
    try (Store store = StoreFixture.open("a", narrow)) {
      putMany(store, 0, 100);
      store.stateRoot();
      putMany(store, 100, LogRecord.COMMIT_RECORDS_MAX + 200);
      assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
      assertThat(narrow.largest).isLessThan(Narrow.BATCH_BYTES);
      checkSameAsAtOnce(medium.copy().reopen(), LogRecord.COMMIT_RECORDS_MAX);
    }
  }

  @Test
  void aLagThatTheRecordsDoNotExplainIsDamage() {
    MemoryEngine medium = StoreFixture.engine();
    try (Store store = StoreFixture.open("a", medium.share())) {
      putMany(store, 0, 500);
      store.stateRoot();
      Logs logs = new Logs(medium);
      assertThatThrownBy(() -> new StateTreeKeeper(medium, logs).advance(10_000))
          .isInstanceOf(DamagedException.class)
          .hasMessageContaining("arrival");
    }
  }

  /** Opens an image, changes it further, and compares its tree with one that is made at once. */
  private static void checkSameAsAtOnce(MemoryEngine image, int removeFrom) {
    try (Store store = StoreFixture.open("a", image)) {
      removeMany(store, removeFrom, removeFrom + 50);
      assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
      var grown = StoreFixture.rows(store, StoreTables.TREE);
      RowPieces.clear(image, StoreTables.TREE);
      StateTreeKeeper.forget(image);
      putMany(store, 1_000_000, 1_000_001);
      removeMany(store, 1_000_000, 1_000_001);
      store.stateRoot();
      assertThat(grown).isEqualTo(StoreFixture.rows(store, StoreTables.TREE)).isNotEmpty();
    }
  }

  private static void putMany(Store store, long from, long end) {
    CommitDraft draft = new CommitDraft();
    for (long i = from; i < end; i++) {
      draft.put(store.prepare(null, Bytes.u64(i)));
      if ((i + 1) % 100 == 0 || i + 1 == end) {
        store.commit(draft);
        draft = new CommitDraft();
      }
    }
  }

  private static void removeMany(Store store, long from, long end) {
    CommitDraft draft = new CommitDraft();
    for (long i = from; i < end; i++) {
      draft.tombstone(store.prepare(null, Bytes.u64(i)).id().key(), new TombstoneNote(false, null));
    }
    store.commit(draft);
  }
}
