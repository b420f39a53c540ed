package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.config;
import static dev.cairn.asl.store.StoreFixture.copy;
import static dev.cairn.asl.store.StoreFixture.derivedRows;
import static dev.cairn.asl.store.StoreFixture.key;
import static dev.cairn.asl.store.StoreFixture.put;
import static dev.cairn.asl.store.StoreFixture.remove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.StaleEpochException;
import dev.cairn.asl.model.EpochOpening;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to a node's logs when its store is put back to an earlier state. */
@Timeout(120)
abstract class EpochContract {
  /** A fresh engine. */
  abstract StorageEngine engine();

  /** An engine that holds what a backup of an open store would. */
  abstract StorageEngine backup(Store store, StorageEngine engine);

  /** The engine of a store that was closed, opened again. */
  abstract StorageEngine reopen(StorageEngine closed);

  private static void assertSame(Store left, Store right) {
    assertThat(left.stateRoot()).isEqualTo(right.stateRoot());
    assertThat(derivedRows(left)).isEqualTo(derivedRows(right));
    assertThat(left.stateRoot()).isEqualTo(left.rebuiltStateRoot());
  }

  private static void putMany(Store store, String prefix, int count) {
    for (int i = 0; i < count; i++) {
      put(store, prefix + " " + i);
    }
  }

  private static EpochOpening opening(Store store, Origin origin) {
    LogRecord first = store.record(origin, 0).orElseThrow();
    assertThat(first.tag()).isEqualTo(TypeTag.EPOCH);
    EpochOpening opening = EpochOpening.decode(store.payload(first.payloadDigest(), 4096));
    assertThat(opening.origin()).isEqualTo(origin);
    assertThat(opening.key()).isEqualTo(first.id());
    return opening;
  }

  @Test
  void aRestoredNodeAndItsPeerComeToOneState() {
    try (Store bob = StoreFixture.open("bob", engine())) {
      StorageEngine backup;
      Origin old;
      try (StorageEngine first = engine();
          Store ann = Store.open(first, config("ann"))) {
        old = ann.origin();
        putMany(ann, "before", 5);
        backup = backup(ann, first);
        putMany(ann, "after", 5);
        remove(ann, key("before 1"), false);
        copy(ann, bob);
      }
      try (Store restored = Store.open(backup, config("ann", 9))) {
        assertThat(restored.head(old).orElseThrow().treeSize()).isEqualTo(5);
        put(restored, "written anew");
        EpochOpening.Ended ended = opening(restored, restored.origin()).ended().get(0);
        assertThat(ended.epoch()).isEqualTo(1);
        assertThat(ended.treeSize()).isEqualTo(5);
        assertThat(ended.root()).isEqualTo(bob.logRoot(old, 5));
        put(bob, "of bob");
        copy(restored, bob);
        copy(bob, restored);
        assertThat(restored.head(old)).isEqualTo(bob.head(old));
        assertThat(restored.head(old).orElseThrow().treeSize()).isEqualTo(11);
        assertThat(restored.heads()).isEqualTo(bob.heads());
        assertSame(restored, bob);
        put(restored, "and on");
        copy(restored, bob);
        assertSame(restored, bob);
      }
    }
  }

  @Test
  void whatWasPulledBackBeforeTheFirstWriteIsNamedByTheOpening() {
    try (Store bob = StoreFixture.open("bob", engine())) {
      StorageEngine backup;
      Origin old;
      try (StorageEngine first = engine();
          Store ann = Store.open(first, config("ann"))) {
        old = ann.origin();
        put(ann, "before");
        backup = backup(ann, first);
        putMany(ann, "after", 3);
        copy(ann, bob);
      }
      try (Store restored = Store.open(backup, config("ann", 2))) {
        copy(bob, restored);
        put(restored, "new");
        EpochOpening.Ended ended = opening(restored, restored.origin()).ended().get(0);
        assertThat(ended.treeSize()).isEqualTo(4);
        assertThat(ended.root()).isEqualTo(bob.logRoot(old, 4));
        LogRecord first = restored.record(restored.origin(), 0).orElseThrow();
        LogRecord last = restored.record(old, 3).orElseThrow();
        assertThat(first.logseq()).isGreaterThan(last.logseq());
        assertThat(first.hlc()).as("its clock does not go back").isGreaterThan(last.hlc());
      }
    }
  }

  @Test
  void aStoreThatWasPutBackUnnoticedIsStoppedByWhatAPeerHolds() {
    try (Store bob = StoreFixture.open("bob", engine())) {
      StorageEngine earlier;
      try (StorageEngine first = engine();
          Store ann = Store.open(first, config("ann"))) {
        put(ann, "before");
        earlier = backup(ann, first);
        put(ann, "after");
        copy(ann, bob);
      }
      StorageEngine engine = earlier;
      try (Store ann = Store.open(engine, config("ann"))) {
        assertThatThrownBy(() -> copy(bob, ann))
            .isInstanceOf(StaleEpochException.class)
            .hasMessageContaining("holds 2 records");
        assertThatThrownBy(() -> put(ann, "no")).isInstanceOf(StaleEpochException.class);
        assertThat(ann.now().isLive(key("before"))).isTrue();
        assertThat(put(ann, "before")).as("nothing to write").isEqualTo(key("before"));
        put(bob, "of bob");
        bob.signHead();
        copy(bob, ann, bob.origin());
        assertThat(ann.now().isLive(key("of bob"))).as("others' logs go on").isTrue();
      }
      engine = reopen(engine);
      assertThat(StoreIdentity.closedEpoch(engine)).isEqualTo(1);
      try (Store ann = Store.open(engine, config("ann"))) {
        assertThatThrownBy(() -> put(ann, "no")).isInstanceOf(StaleEpochException.class);
      }
      try (Store ann = Store.open(reopen(engine), config("ann", 2))) {
        copy(bob, ann);
        put(ann, "yes");
        copy(ann, bob);
        assertSame(ann, bob);
      }
    }
  }

  @Test
  void theUnsignedTailOfAClosedEpochIsSignedSoThatPeersCanHaveIt() {
    StorageEngine engine = engine();
    Origin old;
    try (Store ann = Store.open(engine, config("ann"))) {
      old = ann.origin();
      putMany(ann, "unsigned", 3);
      assertThat(ann.checkpoints(old, 0, 9)).isEmpty();
    }
    try (Store ann = Store.open(reopen(engine), config("ann", 5));
        Store bob = StoreFixture.open("bob", engine())) {
      assertThat(ann.checkpoints(old, 0, 9)).isEmpty();
      put(ann, "first of the next");
      assertThat(ann.checkpoints(old, 0, 9)).containsOnlyKeys(3L);
      copy(ann, bob);
      assertThat(bob.head(old)).isEqualTo(ann.head(old));
      assertSame(ann, bob);
    }
  }

  @Test
  void aNodeThatWritesNothingInItsNewEpochStillSignsAndSendsTheOldOne() {
    StorageEngine engine = engine();
    try (Store ann = Store.open(engine, config("ann"))) {
      putMany(ann, "unsigned", 3);
    }
    try (Store ann = Store.open(reopen(engine), config("ann", 5));
        Store bob = StoreFixture.open("bob", engine())) {
      copy(ann, bob);
      assertThat(bob.heads()).isEqualTo(ann.heads()).hasSize(1);
      put(ann, "first of the next");
      copy(ann, bob);
      assertSame(ann, bob);
    }
  }

  @Test
  void anEpochBeginsWithItsFirstRecordAndOnce() {
    StorageEngine engine = engine();
    try (Store ann = Store.open(engine, config("ann"))) {
      put(ann, "one");
    }
    engine = reopen(engine);
    try (Store ann = Store.open(engine, config("ann", 2))) {
      put(ann, "one");
      assertThat(ann.head(ann.origin())).as("nothing was written").isEmpty();
      put(ann, "two");
      assertThat(ann.head(ann.origin()).orElseThrow().treeSize()).isEqualTo(2);
    }
    engine = reopen(engine);
    try (Store ann = Store.open(engine, config("ann", 2))) {
      put(ann, "three");
      assertThat(ann.head(ann.origin()).orElseThrow().treeSize()).isEqualTo(3);
      assertThat(ann.record(ann.origin(), 2).orElseThrow().tag()).isNotEqualTo(TypeTag.EPOCH);
    }
    engine = reopen(engine);
    try (Store ann = Store.open(engine, config("ann", 1))) {
      assertThatThrownBy(() -> put(ann, "back")).isInstanceOf(StaleEpochException.class);
    }
    try (Store ann = Store.open(reopen(engine), config("ann", 6))) {
      put(ann, "four");
      List<EpochOpening.Ended> ended = opening(ann, ann.origin()).ended();
      assertThat(ended).extracting(EpochOpening.Ended::epoch).containsExactly(1, 2);
      assertThat(ended).extracting(EpochOpening.Ended::treeSize).containsExactly(1L, 3L);
    }
  }

  @Test
  void aFreshNodeNeedsNoOpeningWhateverItsEpoch() {
    try (Store ann = Store.open(engine(), config("ann", 7))) {
      put(ann, "one");
      assertThat(ann.record(ann.origin(), 0).orElseThrow().id()).isEqualTo(key("one"));
    }
  }

  @Test
  void twoStoresRestoredFromOneBackupDoNotContradictEachOther() {
    try (Store bob = StoreFixture.open("bob", engine())) {
      StorageEngine one;
      StorageEngine two;
      try (StorageEngine first = engine();
          Store ann = Store.open(first, config("ann"))) {
        put(ann, "before");
        one = backup(ann, first);
        two = backup(ann, first);
      }
      try (Store left = Store.open(one, config("ann", 20));
          Store right = Store.open(two, config("ann", 10))) {
        put(left, "left");
        put(right, "right");
        copy(left, bob);
        copy(right, bob);
        copy(bob, left);
        copy(bob, right);
        assertSame(left, right);
        assertSame(left, bob);
        put(right, "on");
        put(left, "and on");
        copy(right, left);
        copy(left, right);
        assertSame(left, right);
      }
    }
  }

  @Test
  void manyRestorationsInAnyOrderForkNothing() {
    for (long seed = 1; seed <= seeds(); seed++) {
      restoreManyTimes(seed);
    }
  }

  int seeds() {
    return 2;
  }

  private void restoreManyTimes(long seed) {
    Random random = new Random(seed);
    StorageEngine engine = engine();
    Store ann = Store.open(engine, config("ann"));
    int epoch = 1;
    List<StorageEngine> backups = new ArrayList<>();
    try (Store bob = StoreFixture.open("bob", engine())) {
      for (int step = 0; step < 60; step++) {
        switch (random.nextInt(8)) {
          case 0 -> copy(ann, bob);
          case 1 -> copy(bob, ann);
          case 2 -> put(bob, "bob " + random.nextInt(9));
          case 3 -> backups.add(backup(ann, engine));
          case 4 -> {
            if (!backups.isEmpty()) {
              ann.close();
              engine = backups.remove(random.nextInt(backups.size()));
              epoch += 1 + random.nextInt(3);
              ann = Store.open(engine, config("ann", epoch));
            }
          }
          case 5 -> remove(bob, put(bob, "gone " + random.nextInt(9)), false);
          default -> put(ann, "ann " + random.nextInt(30));
        }
      }
      copy(ann, bob);
      copy(bob, ann);
      assertThat(ann.heads()).as("seed %d", seed).isEqualTo(bob.heads());
      assertSame(ann, bob);
    } finally {
      ann.close();
      backups.forEach(StorageEngine::close);
    }
  }

  // ---- damage of what a store is opened by

  /** What stands in the place of a number and is none. */
  private static List<Bytes> noNumbers() {
    return List.of(
        Bytes.EMPTY,
        Bytes.u64(-1),
        Bytes.u64(Long.MAX_VALUE),
        Bytes.fromHex("01"),
        Bytes.u64(1).plus(Bytes.u64(1)));
  }

  private static StoreCheck check(StorageEngine engine, StoreConfig config) {
    return new StoreCheck(engine, config, StoreFixture::engine, count -> {});
  }

  /** Damages a row, which keeps the store from being opened for writing, and mends it. */
  private static void damageAndMend(
      StorageEngine engine, StoreConfig config, Bytes key, Bytes bytes) {
    engine.write(List.of(RowChange.put(StoreTables.META, key, bytes)), Durability.SYNCED);
    assertThatThrownBy(() -> Store.open(new Unclosed(engine), config))
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining("row '" + key.toUtf8() + "' of asl.meta")
        .hasMessageContaining("'cairn fsck --rebuild'");
    assertThat(engine.get(StoreTables.META, key)).as("nothing is changed").isEqualTo(bytes);
    try (Store store = Store.openReadOnly(new Unclosed(engine), config)) {
      assertThat(store.now().isLive(key("one"))).as("what reads goes on").isTrue();
    }
    CheckReport report = check(engine, config).check();
    assertThat(report.found()).isEqualTo(1);
    assertThat(report.damaged().get(0).error()).contains("'" + key.toUtf8() + "'");
    report = check(engine, config).repair(null);
    assertThat(report.found()).isEqualTo(1);
    assertThat(report.left()).isEmpty();
    assertThat(report.isWhole()).isTrue();
    assertThat(check(engine, config).check().isWhole()).isTrue();
  }

  @Test
  void aWritersGenerationThatCannotBeReadIsMadeAnewBehindAllThatWrote() {
    StorageEngine engine = engine();
    long arriving = 0;
    for (int i = 0; i < 5; i++) {
      try (Store ann = Store.open(new Unclosed(engine), config("ann"))) {
        if (i < 3) {
          put(ann, i == 0 ? "one" : "put " + i);
        } else if (i == 4) {
          // A put that its process does not live to end.
          PayloadStage stage = ann.stagePayload(PayloadDigest.of(Bytes.utf8("other")), 5 << 20);
          stage.write(CheckedStores.large(3, 5 << 20));
          arriving = engine.get(StoreTables.META, OpeningNumbers.FENCE).u64At(0);
        }
      }
    }
    assertThat(arriving).isGreaterThan(engine.greatestFence());
    for (Bytes bytes : noNumbers()) {
      damageAndMend(engine, config("ann"), OpeningNumbers.FENCE, bytes);
      try (Store ann = Store.open(new Unclosed(engine), config("ann"))) {
        long fence = engine.get(StoreTables.META, OpeningNumbers.FENCE).u64At(0);
        assertThat(fence).isGreaterThan(engine.greatestFence()).isGreaterThan(arriving);
        put(ann, "behind " + bytes.toHex());
        assertThat(engine.greatestFence()).isEqualTo(fence);
      }
    }
    engine.close();
  }

  private static void openBehind(StorageEngine engine, RowChange lost) {
    engine.write(List.of(lost), Durability.SYNCED);
    long before = engine.greatestFence();
    try (Store ann = Store.open(new Unclosed(engine), config("ann"))) {
      put(ann, "behind " + before);
      assertThat(engine.greatestFence()).isGreaterThan(before);
    }
  }

  @Test
  void aStoreWhoseWritersGenerationIsLostIsOpenedBehindAllThatWrote() {
    StorageEngine engine = engine();
    for (int i = 0; i < 3; i++) {
      try (Store ann = Store.open(new Unclosed(engine), config("ann"))) {
        put(ann, "put " + i);
      }
    }
    openBehind(engine, RowChange.delete(StoreTables.META, OpeningNumbers.FENCE));
    openBehind(engine, RowChange.put(StoreTables.META, OpeningNumbers.FENCE, Bytes.u64(1)));
    engine.close();
  }

  @Test
  void anEpochThatMayHaveBeenClosedIsNotWrittenAgainOnceTheRowIsMadeAnew() {
    for (Bytes bytes : noNumbers()) {
      StorageEngine engine = engine();
      try (Store bob = StoreFixture.open("bob", engine())) {
        try (Store ann = Store.open(engine, config("ann"))) {
          put(ann, "one");
          StorageEngine earlier = backup(ann, engine);
          put(ann, "two");
          copy(ann, bob);
          engine = earlier;
        }
        // Nothing but this row knows that bob holds more of the log.
        try (Store ann = Store.open(new Unclosed(engine), config("ann"))) {
          assertThatThrownBy(() -> copy(bob, ann)).isInstanceOf(StaleEpochException.class);
        }
        damageAndMend(engine, config("ann"), OpeningNumbers.CLOSED_EPOCH, bytes);
        assertThat(StoreIdentity.closedEpoch(engine)).isEqualTo(1);
        try (Store ann = Store.open(new Unclosed(engine), config("ann"))) {
          assertThatThrownBy(() -> put(ann, "no")).isInstanceOf(StaleEpochException.class);
        }
        try (Store ann = Store.open(engine, config("ann", 2))) {
          put(ann, "three");
          copy(ann, bob);
          copy(bob, ann);
          assertSame(ann, bob);
          assertThat(bob.evidence()).isEmpty();
        }
      }
    }
  }

  @Test
  void whatIsMadeAnewClosesEveryEpochThatIsHeldOrAccused() {
    StorageEngine engine = engine();
    try (Store ann = Store.open(new Unclosed(engine), config("ann"))) {
      put(ann, "one");
    }
    try (Store ann = Store.open(new Unclosed(engine), config("ann", 7))) {
      put(ann, "two");
    }
    damageAndMend(engine, config("ann", 3), OpeningNumbers.CLOSED_EPOCH, Bytes.EMPTY);
    assertThat(StoreIdentity.closedEpoch(engine)).isEqualTo(7);
    damageAndMend(engine, config("ann", 12), OpeningNumbers.CLOSED_EPOCH, Bytes.EMPTY);
    assertThat(StoreIdentity.closedEpoch(engine)).isEqualTo(12);
    engine.close();
  }
}
