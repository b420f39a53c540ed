package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.copy;
import static dev.cairn.asl.store.StoreFixture.open;
import static dev.cairn.asl.store.StoreFixture.put;
import static dev.cairn.asl.store.StoreFixture.remove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a pinned snapshot keeps, and what goes with its pin. */
final class PinnedSnapshotTest {
  private static final Bytes SMALL = Bytes.utf8("small");
  private static final Bytes LARGE = large();

  private static Bytes large() {
    byte[] bytes = new byte[1 << 20];
    new Random(1).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  private static boolean held(Store store, Bytes payload) {
    return store.hasPayload(PayloadDigest.of(payload));
  }

  @Test
  void anErasedPayloadStaysAsLongAsAPinnedSnapshotShowsItAndDoesNotComeBack() {
    for (Bytes payload : List.of(SMALL, LARGE)) {
      MemoryEngine engine = StoreFixture.engine();
      try (Store store = open("a", engine)) {
        ArtifactKey key = store.put(null, payload);
        SnapshotInfo taken = store.snapshot("kept");
        assertThat(taken.pinned()).isTrue();
        remove(store, key, true);
        ArtifactReader then = store.reader(store.at(taken.snapshot().cut()));
        assertThat(then.get(key, payload.length())).isEqualTo(payload);
        assertThat(StoreFixture.rows(store, StoreTables.ERASURE)).hasSize(1);

        SnapshotInfo unpinned = store.unpin(taken.key());
        assertThat(unpinned).isEqualTo(taken.withPin(false));
        assertThat(store.snapshots()).containsExactly(unpinned);
        assertThat(held(store, payload)).isFalse();
        assertThat(StoreFixture.rows(store, StoreTables.ERASURE)).isEmpty();
        assertThat(then.exists(key)).isTrue();
        assertThatThrownBy(() -> then.get(key, payload.length()))
            .isInstanceOf(ErasedException.class);

        assertThat(store.pin(taken.key())).isEqualTo(taken);
        assertThat(held(store, payload)).isFalse();
        assertThatThrownBy(() -> then.get(key, payload.length()))
            .isInstanceOf(ErasedException.class);
      }
      try (Store again = open("a", engine.reopen())) {
        assertThat(held(again, payload)).isFalse();
        assertThat(again.snapshots()).extracting(SnapshotInfo::pinned).containsExactly(true);
      }
    }
  }

  @Test
  void anUnpinnedSnapshotKeepsNothingAndUnpinsNothing() {
    try (Store store = open("a")) {
      ArtifactKey key = store.put(null, SMALL);
      SnapshotInfo taken = store.unpinnedSnapshot(null);
      assertThat(taken.pinned()).isFalse();
      assertThat(store.snapshots()).containsExactly(taken);
      assertThat(store.snapshot("mine").pinned()).isTrue();
      assertThat(store.unpinnedSnapshot(null)).isEqualTo(taken.withPin(true).withLabel("mine"));
      store.unpin(taken.key());
      remove(store, key, true);
      assertThat(held(store, SMALL)).isFalse();
    }
  }

  @Test
  void aPinThatIsSetBeforeTheErasureKeepsAndOneTakenAwayBeforeDoesNot() {
    try (Store store = open("a")) {
      ArtifactKey pinnedAgain = put(store, "pinned again");
      SnapshotInfo first = store.snapshot(null);
      store.unpin(first.key());
      store.pin(first.key());
      remove(store, pinnedAgain, true);
      assertThat(held(store, Bytes.utf8("pinned again"))).isTrue();

      ArtifactKey unpinned = put(store, "unpinned");
      SnapshotInfo second = store.snapshot(null);
      store.unpin(second.key());
      store.unpin(second.key());
      remove(store, unpinned, true);
      assertThat(held(store, Bytes.utf8("unpinned"))).isFalse();
      assertThat(held(store, Bytes.utf8("pinned again"))).isTrue();
    }
  }

  @Test
  void theLastPinCountsWhicheverSnapshotHasIt() {
    try (Store store = open("a")) {
      ArtifactKey key = put(store, "shown twice");
      SnapshotInfo first = store.snapshot("first");
      put(store, "more");
      SnapshotInfo second = store.snapshot("second");
      remove(store, key, true);
      put(store, "still more");
      SnapshotInfo without = store.snapshot("without");
      store.unpin(first.key());
      assertThat(held(store, Bytes.utf8("shown twice"))).isTrue();
      store.dropSnapshot(without.key());
      assertThat(held(store, Bytes.utf8("shown twice"))).isTrue();
      store.unpin(second.key());
      assertThat(held(store, Bytes.utf8("shown twice"))).isFalse();
      assertThat(store.snapshots())
          .extracting(SnapshotInfo::label)
          .containsExactlyInAnyOrder("first", "second");
    }
  }

  @Test
  void takingTheSameSnapshotAgainPinsItAndKeepsItsNameAndTime() {
    try (Store store = open("a")) {
      ArtifactKey key = put(store, "one");
      SnapshotInfo taken = store.snapshot("name");
      store.unpin(taken.key());
      assertThat(store.snapshot(null)).isEqualTo(taken);
      assertThat(store.snapshots()).containsExactly(taken);
      remove(store, key, true);
      assertThat(held(store, Bytes.utf8("one"))).isTrue();
    }
  }

  @Test
  void aLabelThatMovesOnLeavesThePinBehind() {
    try (Store store = open("a")) {
      put(store, "one");
      SnapshotInfo first = store.snapshot("name");
      store.unpin(first.key());
      put(store, "two");
      SnapshotInfo second = store.snapshot("name");
      assertThat(store.snapshots())
          .containsExactlyInAnyOrder(first.withPin(false).withLabel(null), second);
    }
  }

  @Test
  void anErasureThatIsReplicatedMeetsThePinsOfTheReceiver() {
    try (Store a = open("a");
        Store b = open("b")) {
      ArtifactKey key = put(a, "shared");
      copy(a, b);
      SnapshotInfo kept = b.snapshot(null);
      remove(a, key, true);
      copy(a, b);
      assertThat(held(a, Bytes.utf8("shared"))).isFalse();
      assertThat(held(b, Bytes.utf8("shared"))).isTrue();
      b.unpin(kept.key());
      assertThat(held(b, Bytes.utf8("shared"))).isFalse();
    }
  }

  @Test
  void theCollectorTakesRemovedPayloadsThatOnlySnapshotsWithoutAPinShow() {
    CollectOptions now = new CollectOptions(0, Set.of(), false);
    try (Store store = open("a")) {
      ArtifactKey key = put(store, "removed");
      SnapshotInfo kept = store.snapshot(null);
      remove(store, key, false);
      assertThat(store.collect(now).payloads()).isZero();
      store.unpin(kept.key());
      assertThat(held(store, Bytes.utf8("removed"))).as("nobody asked to erase it").isTrue();
      assertThat(store.collect(now).payloads()).isEqualTo(1);
      assertThat(held(store, Bytes.utf8("removed"))).isFalse();
    }
  }

  @Test
  void aCrashAfterACallKeepsWhatItDid() {
    MemoryEngine engine = StoreFixture.engine();
    Store store = open("a", engine);
    put(store, "one");
    ArtifactKey dropped = store.snapshot("dropped").key();
    put(store, "two");
    ArtifactKey unpinned = store.snapshot("unpinned").key();
    put(store, "three");
    ArtifactKey pinned = store.snapshot("pinned").key();
    store.dropSnapshot(dropped);
    store.unpin(unpinned);
    store.unpin(pinned);
    store.pin(pinned);
    List<SnapshotInfo> before = store.snapshots();
    try (Store again = open("a", engine.crash())) {
      assertThat(again.snapshots()).isEqualTo(before);
      assertThat(before)
          .filteredOn(SnapshotInfo::pinned)
          .extracting(SnapshotInfo::key)
          .containsExactly(pinned);
    }
  }

  @Test
  void whatAPinKeptGoesAtTheNextOpeningIfItCannotGoWithThePin() {
    MemoryEngine memory = StoreFixture.engine();
    Store store = open("a", memory);
    ArtifactKey key = put(store, "erased");
    ArtifactKey kept = store.snapshot(null).key();
    remove(store, key, true);
    memory.faults().failCommitsAfter(1, 1);
    assertThatThrownBy(() -> store.unpin(kept)).isInstanceOf(StoreFailedException.class);
    assertThat(store.snapshots()).extracting(SnapshotInfo::pinned).containsExactly(false);
    assertThat(held(store, Bytes.utf8("erased"))).isTrue();
    store.close();
    try (Store again = open("a", memory.reopen())) {
      assertThat(held(again, Bytes.utf8("erased"))).isFalse();
    }
  }

  @Test
  void aWriteThatFailsStopsTheStoreAndLosesNoPin() {
    List<java.util.function.BiConsumer<Store, ArtifactKey>> calls =
        List.of(
            Store::unpin, Store::pin, Store::dropSnapshot, (store, kept) -> store.snapshot("x"));
    for (var call : calls) {
      MemoryEngine memory = StoreFixture.engine();
      Store store = open("a", memory);
      ArtifactKey key = put(store, "one");
      ArtifactKey kept = store.snapshot(null).key();
      List<SnapshotInfo> before = store.snapshots();
      memory.faults().failCommits(1);
      assertThatThrownBy(() -> call.accept(store, kept)).isInstanceOf(StoreFailedException.class);
      assertThatThrownBy(() -> call.accept(store, kept)).isInstanceOf(StoreFailedException.class);
      assertThatThrownBy(() -> remove(store, key, true)).isInstanceOf(StoreFailedException.class);
      store.close();
      try (Store again = open("a", memory.reopen())) {
        assertThat(again.snapshots()).isEqualTo(before);
        remove(again, key, true);
        assertThat(held(again, Bytes.utf8("one"))).isTrue();
      }
    }
  }

  @Test
  void whatIsNotKeptIsRefusedAndChangesNothing() {
    MemoryEngine engine = StoreFixture.engine();
    Store store = open("a", engine);
    ArtifactKey artifact = put(store, "no snapshot");
    ArtifactKey taken = store.snapshot("one").key();
    put(store, "more");
    ArtifactKey dropped = store.snapshot("two").key();
    store.dropSnapshot(dropped);
    List<SnapshotInfo> before = store.snapshots();
    for (ArtifactKey unknown :
        List.of(artifact, dropped, ArtifactKey.of(Bytes.EMPTY, TypeTag.SNAPSHOT))) {
      assertThatThrownBy(() -> store.pin(unknown)).isInstanceOf(NotFoundException.class);
      assertThatThrownBy(() -> store.unpin(unknown)).isInstanceOf(NotFoundException.class);
      assertThatThrownBy(() -> store.dropSnapshot(unknown))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining(unknown.toString());
    }
    assertThat(store.snapshots()).isEqualTo(before);
    store.pin(taken);
    put(store, "goes on");
    store.close();
    try (Store reader = Store.openReadOnly(engine.reopen(), StoreFixture.config("a"))) {
      assertThat(reader.snapshots()).isEqualTo(before);
      assertThatThrownBy(() -> reader.pin(taken)).isInstanceOf(RefusedException.class);
      assertThatThrownBy(() -> reader.unpin(taken)).isInstanceOf(RefusedException.class);
      assertThatThrownBy(() -> reader.dropSnapshot(taken)).isInstanceOf(RefusedException.class);
      assertThat(reader.snapshots()).isEqualTo(before);
    }
  }

  @Test
  void aRowWithoutThePinItemIsOfAPinnedSnapshot() {
    MemoryEngine engine = StoreFixture.engine();
    SnapshotInfo taken;
    ArtifactKey key;
    try (Store store = open("a", engine)) {
      key = put(store, "old");
      taken = store.snapshot("named");
    }
    MemoryEngine old = engine.reopen();
    old.write(
        List.of(RowChange.put(StoreTables.SNAPSHOT, taken.key().bytes(), row(taken, 6))),
        Durability.SYNCED);
    try (Store store = open("a", old)) {
      assertThat(store.snapshots()).containsExactly(taken);
      remove(store, key, true);
      assertThat(held(store, Bytes.utf8("old"))).isTrue();
      assertThat(store.unpin(taken.key())).isEqualTo(taken.withPin(false));
      assertThat(held(store, Bytes.utf8("old"))).isFalse();
    }
    try (Store store = open("a", old.reopen())) {
      assertThat(store.snapshots()).containsExactly(taken.withPin(false));
    }
  }

  @Test
  void aRowOfAnyOtherFormIsDamaged() {
    SnapshotInfo taken;
    try (Store store = open("a")) {
      put(store, "one");
      taken = store.snapshot("named");
    }
    assertThat(KeptSnapshots.read(taken.key().bytes(), row(taken, 7))).isEqualTo(taken);
    List<Bytes> hostile = new ArrayList<>();
    for (int items : new int[] {0, 5, 8, 23}) {
      hostile.add(row(taken, items));
    }
    Bytes good = row(taken, 7);
    hostile.add(good.slice(0, good.length() - 1));
    hostile.add(good.plus(Bytes.wrap(new byte[1])));
    hostile.add(good.slice(0, good.length() - 1).plus(new CborWriter().uint(1).toBytes()));
    hostile.add(good.slice(0, good.length() - 1).plus(new CborWriter().nul().toBytes()));
    hostile.add(Bytes.EMPTY);
    for (Bytes row : hostile) {
      assertThatThrownBy(() -> KeptSnapshots.read(taken.key().bytes(), row))
          .as(row.toHex())
          .isInstanceOf(DamagedException.class)
          .hasMessageContaining(taken.key().bytes().toHex() + " of asl.snapshot");
    }
  }

  /** A row of so many items, the further ones nought. */
  private static Bytes row(SnapshotInfo info, int items) {
    CborWriter out = new CborWriter().array(items);
    String label = info.label();
    assertThat(label).isNotNull();
    List<Runnable> parts =
        List.of(
            () -> out.bytes(info.snapshot().encode()),
            () -> out.text(label),
            () -> out.uint(info.createdMillis()),
            () -> out.uint(info.live().artifacts()),
            () -> out.uint(info.live().edges()),
            () -> out.uint(info.live().receipts()),
            () -> out.bool(info.pinned()));
    for (int i = 0; i < items; i++) {
      if (i < parts.size()) {
        parts.get(i).run();
      } else {
        out.uint(0);
      }
    }
    return out.toBytes();
  }
}
