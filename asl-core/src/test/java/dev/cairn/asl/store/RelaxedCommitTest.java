package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.key;
import static dev.cairn.asl.store.StoreFixture.open;
import static dev.cairn.asl.store.StoreFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Relaxed commits: what they promise, and that nothing is told to others before it is durable. */
class RelaxedCommitTest {
  private final MemoryEngine engine = StoreFixture.engine();
  private final Store store = open("a", engine);

  private static ArtifactKey putRelaxed(Store store, String text) {
    PreparedArtifact artifact = store.prepare(new TypeTag("text/plain"), Bytes.utf8(text));
    store.commit(new CommitDraft().put(artifact), Durability.RELAXED);
    return artifact.id().key();
  }

  @Test
  void aRelaxedCommitIsVisibleAtOnceAndALossOfPowerTakesIt() {
    ArtifactKey kept = put(store, "kept");
    ArtifactKey lost = putRelaxed(store, "lost");
    assertThat(store.now().isLive(lost)).isTrue();
    assertThat(store.heads().get(0).treeSize()).isEqualTo(2);

    try (Store after = open("a", engine.crash())) {
      assertThat(after.now().isLive(kept)).isTrue();
      assertThat(after.now().isLive(lost)).isFalse();
      assertThat(after.heads().get(0).treeSize()).isEqualTo(1);
    }
  }

  @Test
  void relaxedCommitsAreLostFromTheEndOnly() {
    for (int kept = 0; kept <= 8; kept++) {
      MemoryEngine medium = StoreFixture.engine();
      Store before = open("a", medium);
      put(before, "first");
      List<ArtifactKey> keys = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        keys.add(putRelaxed(before, "relaxed " + i));
      }
      try (Store after = open("a", medium.crash(kept))) {
        for (int i = 0; i < keys.size(); i++) {
          assertThat(after.now().isLive(keys.get(i))).as("%d of %d", i, kept).isEqualTo(i < kept);
        }
        assertThat(after.stateRoot()).isEqualTo(after.rebuiltStateRoot());
      }
    }
  }

  @Test
  void aSyncMakesAllOfThemDurable() {
    ArtifactKey one = putRelaxed(store, "one");
    ArtifactKey two = putRelaxed(store, "two");
    store.sync();
    assertThat(store.durableHeads()).isEqualTo(store.heads());
    try (Store after = open("a", engine.crash())) {
      assertThat(after.now().isLive(one)).isTrue();
      assertThat(after.now().isLive(two)).isTrue();
    }
  }

  @Test
  void aSyncedCommitMakesThoseBeforeItDurable() {
    ArtifactKey relaxed = putRelaxed(store, "relaxed");
    put(store, "synced");
    assertThat(store.durableHeads()).isEqualTo(store.heads());
    try (Store after = open("a", engine.crash())) {
      assertThat(after.now().isLive(relaxed)).isTrue();
    }
  }

  @Test
  void puttingDurablyWhatWasPutRelaxedWritesNoRecordAndMakesItDurable() {
    ArtifactKey relaxed = putRelaxed(store, "twice");
    assertThat(put(store, "twice")).isEqualTo(relaxed);
    assertThat(store.heads().get(0).treeSize()).isEqualTo(1);
    try (Store after = open("a", engine.crash())) {
      assertThat(after.now().isLive(relaxed)).isTrue();
    }
  }

  @Test
  void whatIsSignedIsDurable() {
    put(store, "synced");
    putRelaxed(store, "relaxed");
    Bytes note = store.signHead().orElseThrow();
    LogHead head = store.heads().get(0);
    try (Store after = open("a", engine.crash())) {
      assertThat(after.heads().get(0)).isEqualTo(head);
      assertThat(after.signHead()).isEqualTo(Optional.of(note));
    }
  }

  @Test
  void whatASnapshotShowsIsDurable() {
    putRelaxed(store, "relaxed");
    SnapshotInfo snapshot = store.snapshot("s");
    try (Store after = open("a", engine.crash())) {
      assertThat(after.snapshots()).containsExactly(snapshot);
      assertThat(after.stateRootAt(snapshot.snapshot().cut()))
          .isEqualTo(snapshot.snapshot().stateRoot());
    }
  }

  @Test
  void theHeadsForPeersEndBehindTheLastDurableCommit() {
    assertThat(store.durableHeads()).isEmpty();
    putRelaxed(store, "relaxed");
    assertThat(store.durableHeads()).isEmpty();
    store.sync();
    List<LogHead> durable = store.heads();
    putRelaxed(store, "more");
    assertThat(store.durableHeads()).isEqualTo(durable);
    assertThat(store.heads()).isNotEqualTo(durable);
  }

  @Test
  void checkpointsThatAreDueOnTheWayNeverCoverWhatMayBeLost() {
    int commits = 40;
    int each = Store.CHECKPOINT_SPACING_RECORDS / 16;
    for (int i = 0; i < commits; i++) {
      CommitDraft draft = new CommitDraft();
      for (int j = 0; j < each; j++) {
        draft.put(store.prepare(null, Bytes.utf8(i + "/" + j)));
      }
      store.commit(draft, Durability.RELAXED);
      long durable = store.durableHeads().stream().mapToLong(LogHead::treeSize).sum();
      var checkpoints = store.checkpoints(store.origin(), 0, 100);
      assertThat(checkpoints.isEmpty() ? 0 : checkpoints.lastKey()).isLessThanOrEqualTo(durable);
    }
    assertThat(store.checkpoints(store.origin(), 0, 100)).hasSize(2);
    try (Store after = open("a", engine.crash())) {
      assertThat(after.heads().get(0).treeSize()).isEqualTo(2L * Store.CHECKPOINT_SPACING_RECORDS);
    }
  }

  @Test
  void whatAKilledProcessLeftIsDurableOnceTheStoreIsOpenAgain() {
    ArtifactKey relaxed = putRelaxed(store, "relaxed");
    MemoryEngine found = engine.reopen();
    Store again = open("a", found);
    assertThat(again.durableHeads()).isEqualTo(again.heads()).hasSize(1);
    try (Store after = open("a", found.crash())) {
      assertThat(after.now().isLive(relaxed)).isTrue();
    }
  }

  @Test
  void callersWhoShareAnAppendShareTheStrongerPromise() throws Exception {
    engine.faults().holdWrites(1);
    Thread first = waiting(() -> put(store, "one"));
    Thread relaxed = waiting(() -> putRelaxed(store, "two"));
    Thread synced = waiting(() -> put(store, "three"));
    engine.faults().releaseWrites();
    for (Thread caller : List.of(first, relaxed, synced)) {
      caller.join(10_000);
    }
    assertThat(store.durableHeads()).isEqualTo(store.heads());
    try (Store after = open("a", engine.crash())) {
      assertThat(after.now().isLive(key("two"))).isTrue();
      assertThat(after.now().isLive(key("three"))).isTrue();
    }
  }

  /** A caller that waits for the one before it when this returns. */
  private static Thread waiting(Runnable call) {
    Thread caller = new Thread(call);
    caller.start();
    while (caller.getState() != Thread.State.WAITING
        && caller.getState() != Thread.State.TIMED_WAITING) {
      assertThat(caller.isAlive()).isTrue();
      Thread.onSpinWait();
    }
    return caller;
  }

  @Test
  void aFailedSyncStopsTheStoreAndPromisesNothing() {
    putRelaxed(store, "relaxed");
    engine.faults().failCommits(1);
    assertThatThrownBy(() -> put(store, "synced")).isInstanceOf(StoreFailedException.class);
    assertThatThrownBy(store::sync).isInstanceOf(StoreFailedException.class);
    assertThat(store.durableHeads()).isEmpty();
  }

  @Test
  void aCallThatTheEngineNeverBeganLeavesTheStoreAsItWas() {
    put(store, "before");
    engine.faults().refuseSubmissions(1);
    assertThatThrownBy(() -> put(store, "refused")).isInstanceOf(UnavailableException.class);
    assertThat(store.now().isLive(key("refused"))).isFalse();
    assertThat(store.now().isLive(put(store, "refused"))).isTrue();
    assertThat(store.heads().get(0).treeSize()).isEqualTo(2);
    assertThat(store.rebuiltStateRoot()).isEqualTo(store.stateRoot());
  }

  @Test
  void aWriterThatTookOverStopsTheStoreThatItTookOverFrom() {
    put(store, "mine");
    Store other = open("a", engine.share());
    put(other, "theirs");
    assertThatThrownBy(() -> put(store, "late")).isInstanceOf(StoreFailedException.class);
    assertThat(other.now().isLive(key("late"))).isFalse();
    put(other, "goes on");
  }
}
