package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.EngineCapabilities;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.TombstoneNote;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
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

  /** An engine that notes how many nodes are read before the next live rows are. */
  private static final class Noting extends ForwardingEngine {
    private int nodes;
    private int nodesAtATime;
    private int present;

    Noting(StorageEngine engine) {
      super(engine);
    }

    @Override
    public synchronized @Nullable Bytes get(Table table, Bytes key) {
      if (table.equals(StoreTables.TREE)) {
        nodes++;
        present++;
        nodesAtATime = Math.max(nodesAtATime, present);
      }
      return super.get(table, key);
    }

    @Override
    public RowCursor scan(Table table, Bytes from, Bytes to) {
      RowCursor rows = super.scan(table, from, to);
      return table.equals(StoreTables.LIVE) ? new NotingCursor(rows) : rows;
    }

    private synchronized void liveRowsAreRead() {
      present = 0;
    }

    private final class NotingCursor implements RowCursor {
      private final RowCursor rows;

      NotingCursor(RowCursor rows) {
        this.rows = rows;
      }

      @Override
      public boolean next() {
        liveRowsAreRead();
        return rows.next();
      }

      @Override
      public void seek(Bytes key) {
        rows.seek(key);
      }

      @Override
      public Bytes key() {
        return rows.key();
      }

      @Override
      public Bytes value() {
        return rows.value();
      }

      @Override
      public void close() {
        rows.close();
      }
    }
  }

  @Test
  void aTreeMadeFromNothingIsWrittenInPiecesAnyOfWhichACrashMayLeave() {
    MemoryEngine medium = StoreFixture.engine();
    try (Store store = StoreFixture.open("a", new Narrow(medium.share()))) {
      putMany(store, 0, 20_000);
    }
    checkCrashes(medium.copy(), 5_000);
  }

  @Test
  void aTreeIsMendedInPiecesAnyOfWhichACrashMayLeave() {
    MemoryEngine medium = StoreFixture.engine();
    try (Store store = StoreFixture.open("a", new Narrow(medium.share()))) {
      putMany(store, 0, 20_000);
      store.stateRoot();
      for (int from = 0; from < 14_900; from += 100) {
        removeMany(store, from, from + 100);
      }
    }
    checkCrashes(medium.copy(), 18_000);
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
      medium.sync();
      checkSameAsAtOnce(medium.copy(), 19_000);
    }
  }

  @Test
  void whatIsKeptOfATreeIsNotBelievedAfterAWriteThatFailed() {
    AtomicBoolean refuses = new AtomicBoolean();
    MemoryEngine medium = StoreFixture.engine();
    StorageEngine refusing =
        new ForwardingEngine(medium.share()) {
          @Override
          public void write(List<RowChange> changes, Durability durability) {
            if (refuses.get()
                && changes.stream().anyMatch(change -> change.table().equals(StoreTables.TREE))) {
              throw new UnavailableException("no");
            }
            super.write(changes, durability);
          }
        };
    try (Store store = StoreFixture.open("a", refusing)) {
      putMany(store, 0, 2_000);
      store.stateRoot();
      var before = StoreFixture.rows(store, StoreTables.TREE);
      for (long round = 0; round < 4; round++) {
        putMany(store, 10_000 + 100 * round, 10_050 + 100 * round);
        removeMany(store, 450 * round, 450 * round + 450);
        refuses.set(true);
        assertThatThrownBy(store::stateRoot).isInstanceOf(UnavailableException.class);
        refuses.set(false);
        putMany(store, 20_000 + 100 * round, 20_001 + 100 * round);
        assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
        medium.sync();
        checkSameAsAtOnce(medium.copy(), 20_000);
      }
      // Of what is left, nodes below the root fit a bucket again: their rows had to go.
      assertThat(StoreFixture.rows(store, StoreTables.TREE).keySet())
          .hasSizeLessThan(before.size())
          .isNotEmpty();
      assertThat(new StateTreeKeeper(medium, new Logs(medium)).advance(0).hash())
          .isEqualTo(store.rebuiltStateRoot());
    }
  }

  @Test
  void aRootThatIsOnlyAskedForHoldsNoMoreNodesAtATimeThanTheTreeIsDeep() {
    MemoryEngine medium = StoreFixture.engine();
    try (Store store = StoreFixture.open("a", medium.share())) {
      putMany(store, 0, 20_000);
      store.stateRoot();
      putMany(store, 20_000, 24_000);
      removeMany(store, 0, 1_000);
      Noting noting = new Noting(medium.copy());
      assertThat(new StateTreeKeeper(noting, new Logs(noting)).peek(241).hash())
          .isEqualTo(store.rebuiltStateRoot());
      assertThat(noting.nodes).isGreaterThan(250);
      assertThat(noting.nodesAtATime).isLessThan(6);
      Workers several = new SharedWork("test", 4);
      assertThat(new StateTreeKeeper(noting, new Logs(noting), several).peek(241).hash())
          .isEqualTo(store.rebuiltStateRoot());
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

  /**
   * Brings the tree of a medium up to date, with a loss of power after each of the writes.
   *
   * @param removeFrom of the first artifact that is removed after it
   */
  private static void checkCrashes(MemoryEngine before, int removeFrom) {
    int writes = 1;
    for (int kept = 0; kept <= writes; kept++) {
      MemoryEngine medium = before.copy();
      Narrow narrow = new Narrow(medium.share());
      Store store = StoreFixture.open("a", narrow);
      int others = medium.unsyncedBatches();
      assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
      writes = medium.unsyncedBatches() - others;
      assertThat(writes).isGreaterThan(2);
      assertThat(narrow.largest).isBetween(1L << 10, Narrow.BATCH_BYTES);
      checkSameAsAtOnce(medium.crash(others + kept), removeFrom);
    }
  }

  /** Opens an image, changes it further, and compares its tree with one that is made at once. */
  private static void checkSameAsAtOnce(MemoryEngine image, int removeFrom) {
    try (Store store = StoreFixture.open("a", image)) {
      for (int from = removeFrom; from < 20_000; from += 1_000) {
        removeMany(store, from, from + 1_000);
      }
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
