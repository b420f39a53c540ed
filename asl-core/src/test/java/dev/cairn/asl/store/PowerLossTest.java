package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TombstoneNote;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * One life of a store in which everything happens that writes, cut short at every single write, in
 * every way that a write can end; what was acknowledged must be there after reopening, what was not
 * wholly or not at all, and the life must go on to the same end.
 */
final class PowerLossTest {
  private static final byte[] LARGE = random((int) ArrivingPayload.LOGGED_BYTES_MAX + (1 << 20));
  private static final Stretch FIRST = replica(1);
  private static final Stretch SECOND = replica(2);

  /** What happens, in order; each step may be done again without further effect. */
  private static final List<Consumer<Store>> LIFE =
      List.of(
          store -> put(store, "one", "two"),
          store -> putLarge(store),
          store -> store.replicate(FIRST),
          Store::stateRoot,
          store -> remove(store, "two", true),
          store -> store.snapshot("before"),
          store -> remove(store, "replica", false),
          store -> put(store, "two", "three"),
          Store::signHead,
          store -> store.replicate(SECOND),
          PowerLossTest::removeLarge,
          Store::stateRoot,
          store -> store.snapshot("after"),
          store -> put(store, "four"),
          Store::signHead);

  @Test
  void aLifeCutShortAtAnyWriteGoesOnWhereItWasAcknowledged() {
    Outcome reference = uninterrupted();
    int writes = 0;
    boolean cut = true;
    while (cut) {
      for (int kept : new int[] {0, 1, 2, Integer.MAX_VALUE}) {
        MemoryEngine engine = StoreFixture.engine();
        cut = liveWithOneFailure(engine, writes, kept, reference);
      }
      writes++;
    }
    assertThat(writes).isGreaterThan(20);
  }

  @Test
  void anAppendWhoseOutcomeWasLostIsThereWhollyOrNotAtAll() {
    Outcome reference = uninterrupted();
    for (int step = 0; step < LIFE.size(); step++) {
      for (boolean written : new boolean[] {true, false}) {
        MemoryEngine engine = StoreFixture.engine();
        Store store = StoreFixture.open("a", engine);
        for (int i = 0; i < step; i++) {
          LIFE.get(i).accept(store);
        }
        engine.faults().loseOutcomeOfNextAppend(written);
        int done = step + steps(store, step);
        Store again = StoreFixture.open("a", engine.crash());
        checkAcknowledged(again, reference, done);
        assertThat(steps(again, done)).isEqualTo(LIFE.size() - done);
        assertThat(Outcome.of(again)).isEqualTo(reference);
      }
    }
  }

  /** How a life ended. */
  private record Outcome(
      NavigableMap<String, NavigableMap<Bytes, Bytes>> rows, List<ArtifactKey> snapshots) {
    static Outcome of(Store store) {
      List<ArtifactKey> snapshots = new ArrayList<>();
      store.snapshots().forEach(info -> snapshots.add(info.key()));
      return new Outcome(StoreFixture.derivedRows(store), snapshots);
    }
  }

  private static Outcome uninterrupted() {
    Store store = StoreFixture.open("a");
    assertThat(steps(store, 0)).isEqualTo(LIFE.size());
    return Outcome.of(store);
  }

  /** True if the failure came before the life's end. */
  private static boolean liveWithOneFailure(
      MemoryEngine engine, int writes, int kept, Outcome reference) {
    engine.faults().failCommitsAfter(writes, 1);
    int done = 0;
    boolean opened = false;
    try {
      Store store = StoreFixture.open("a", engine);
      opened = true;
      done = steps(store, 0);
    } catch (CairnException e) {
      assertThat(opened).as("only opening throws here").isFalse();
    }
    boolean cut = done < LIFE.size();
    MemoryEngine after = kept == Integer.MAX_VALUE ? engine.reopen() : engine.crash(kept);
    try (Store again = StoreFixture.open("a", after)) {
      checkAcknowledged(again, reference, done);
      assertThat(steps(again, done)).isEqualTo(LIFE.size() - done);
      assertThat(Outcome.of(again)).as("cut after %s writes", writes).isEqualTo(reference);
    }
    return cut;
  }

  /** Lives from a step on; how many were acknowledged. */
  private static int steps(Store store, int from) {
    int done = 0;
    try {
      for (Consumer<Store> step : LIFE.subList(from, LIFE.size())) {
        step.accept(store);
        done++;
      }
    } catch (CairnException e) {
      assertThat(done).as(e.getMessage()).isLessThan(LIFE.size());
    }
    return done;
  }

  private static void checkAcknowledged(Store store, Outcome reference, int done) {
    Bytes rebuilt = store.rebuiltStateRoot();
    assertThat(store.stateRoot()).isEqualTo(rebuilt);
    long records = store.heads().stream().mapToLong(LogHead::treeSize).sum();
    assertThat(records).isBetween(recordsAfter(done), recordsAfter(done + 1));
    if (done > 1 && done < 11) {
      assertThat(readLarge(store)).isEqualTo(LARGE);
    }
    if (done > 5) {
      SnapshotInfo before = store.snapshots().get(0);
      assertThat(reference.snapshots()).contains(before.key());
      assertThat(store.stateRootAt(before.snapshot().cut()))
          .isEqualTo(before.snapshot().stateRoot());
    }
  }

  /** Records held once so many steps were acknowledged. */
  private static long recordsAfter(int done) {
    long[] added = {2, 1, 1, 0, 1, 0, 1, 2, 0, 1, 1, 0, 0, 1, 0};
    long sum = 0;
    for (int i = 0; i < Math.min(done, added.length); i++) {
      sum += added[i];
    }
    return sum;
  }

  private static void put(Store store, String... texts) {
    CommitDraft draft = new CommitDraft();
    for (String text : texts) {
      draft.put(store.prepare(null, Bytes.utf8(text)));
    }
    store.commit(draft);
  }

  private static void putLarge(Store store) {
    store.commit(new CommitDraft().put(store.prepare(null, Bytes.wrap(LARGE))));
  }

  private static void removeLarge(Store store) {
    store.commit(
        new CommitDraft()
            .tombstone(ArtifactKey.of(Bytes.wrap(LARGE), null), new TombstoneNote(true, null)));
  }

  private static void remove(Store store, String text, boolean erase) {
    store.commit(
        new CommitDraft()
            .tombstone(
                ArtifactKey.of(Bytes.utf8(text), null), new TombstoneNote(erase, "a reason")));
  }

  private static byte[] readLarge(Store store) {
    try (InputStream in = store.openPayload(PayloadDigest.of(Bytes.wrap(LARGE)))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first or the second stretch of another node's log. */
  private static Stretch replica(int number) {
    try (Store other = StoreFixture.open("b")) {
      put(other, "replica");
      Bytes note = other.signHead().orElseThrow();
      if (number == 1) {
        return StoreFixture.stretch(other, other.origin(), 0, 1, note);
      }
      put(other, "more");
      return StoreFixture.stretch(other, other.origin(), 1, 2, other.signHead().orElseThrow());
    }
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
