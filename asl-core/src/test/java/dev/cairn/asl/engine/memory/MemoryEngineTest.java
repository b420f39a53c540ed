package dev.cairn.asl.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryFaults.ReleaseOrder;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the memory engine has beyond the contract of every engine: loss of power and faults on
 * demand.
 */
class MemoryEngineTest {
  private static final Table TABLE = new Table("test.rows", Table.Scope.DERIVED);
  private static final Bytes LOG = Bytes.utf8("log");

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private MemoryEngine engine = new MemoryEngine(Set.of(TABLE));

  @AfterEach
  void end() {
    engine.faults().releaseWrites();
    engine.faults().releaseReads();
    threads.shutdownNow();
  }

  @Test
  void aCrashKeepsWhatWasSyncedAndLosesTheRest() {
    append(0, Durability.RELAXED);
    append(1, Durability.SYNCED);
    append(2, Durability.RELAXED);
    append(3, Durability.RELAXED);
    assertThat(engine.unsyncedBatches()).isEqualTo(2);

    MemoryEngine after = engine.crash();

    assertThat(after.head(LOG)).isEqualTo(2);
    assertThat(after.get(TABLE, Bytes.u64(1))).isNotNull();
    assertThat(after.get(TABLE, Bytes.u64(2))).isNull();
  }

  @Test
  void aCrashLosesDeferredRowsAloneThoughLaterWritesWereSynced() {
    engine.write(List.of(row(1, 1), row(2, 2)), Durability.SYNCED);
    engine.write(List.of(row(1, 10), row(3, 30)), Durability.DEFERRED);
    engine.write(List.of(row(1, 11)), Durability.DEFERRED);
    append(0, Durability.SYNCED);

    MemoryEngine after = engine.crash();

    assertThat(after.get(TABLE, Bytes.u64(1001))).isEqualTo(Bytes.u64(1));
    assertThat(after.get(TABLE, Bytes.u64(1002))).isEqualTo(Bytes.u64(2));
    assertThat(after.get(TABLE, Bytes.u64(1003))).isNull();
    assertThat(after.head(LOG)).isEqualTo(1);
    after.write(List.of(row(3, 30)), Durability.DEFERRED);
    after.sync();
    assertThat(after.crash().get(TABLE, Bytes.u64(1003))).isEqualTo(Bytes.u64(30));
  }

  private static RowChange row(long key, long value) {
    return RowChange.put(TABLE, Bytes.u64(1000 + key), Bytes.u64(value));
  }

  @Test
  void aCrashMayKeepAPrefixOfTheUnsyncedBatches() {
    append(0, Durability.RELAXED);
    append(1, Durability.RELAXED);
    append(2, Durability.RELAXED);

    MemoryEngine after = engine.crash(2);

    assertThat(after.head(LOG)).isEqualTo(2);
    assertThat(after.unsyncedBatches()).isEqualTo(2);
    assertThat(after.crash().head(LOG)).isZero();
  }

  @Test
  void theOldHandleRefusesAfterACrash() {
    append(0, Durability.SYNCED);
    MemoryEngine after = engine.crash();

    assertThatThrownBy(() -> engine.head(LOG)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> append(1, Durability.SYNCED))
        .isInstanceOf(IllegalStateException.class);
    assertThat(after.head(LOG)).isEqualTo(1);
  }

  @Test
  void reopeningKeepsWhatACrashWouldLose() {
    append(0, Durability.RELAXED);
    engine = engine.reopen();
    assertThat(engine.head(LOG)).isEqualTo(1);
    assertThat(engine.crash().head(LOG)).isZero();
  }

  @Test
  void onlySoManyUnsyncedBatchesAreKeptApart() {
    for (int i = 0; i < MemoryEngine.UNSYNCED_BATCHES_MAX + 3; i++) {
      append(i, Durability.RELAXED);
    }
    assertThat(engine.unsyncedBatches()).isEqualTo(MemoryEngine.UNSYNCED_BATCHES_MAX);
    assertThat(engine.crash().head(LOG)).isEqualTo(3);
  }

  @Test
  void aFailedCommitChangesNothingAndStopsItsHandle() {
    engine.faults().failCommitsAfter(1, 1);
    append(0, Durability.SYNCED);

    assertThatThrownBy(() -> append(1, Durability.SYNCED)).isInstanceOf(StoreFailedException.class);
    assertThatThrownBy(() -> append(1, Durability.SYNCED)).isInstanceOf(StoreFailedException.class);
    assertThatThrownBy(() -> engine.write(List.of(), Durability.SYNCED))
        .isInstanceOf(StoreFailedException.class);
    assertThatThrownBy(engine::sync).isInstanceOf(StoreFailedException.class);

    assertThat(engine.head(LOG)).isEqualTo(1);
    engine = engine.reopen();
    append(1, Durability.SYNCED);
    assertThat(engine.head(LOG)).isEqualTo(2);
  }

  @Test
  void severalFailedCommitsStopSeveralHandlesAndTheNextOneWorks() {
    MemoryEngine second = engine.share();
    MemoryEngine third = engine.share();
    engine.faults().failCommits(2);
    for (MemoryEngine handle : List.of(engine, second)) {
      assertThatThrownBy(() -> append(handle, 0, Durability.SYNCED))
          .isInstanceOf(StoreFailedException.class);
    }
    assertThat(append(third, 0, Durability.SYNCED)).isEqualTo(new AppendOutcome.Committed(1));
    assertThat(engine.head(LOG)).as("a stopped handle reads on").isEqualTo(1);
  }

  @Test
  void aRefusedSubmissionChangesNothingAndMayBeMadeAgain() {
    engine.faults().refuseSubmissions(3);
    engine.faults().holdWrites(0);
    assertThatThrownBy(() -> append(0, Durability.SYNCED)).isInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> engine.write(List.of(), Durability.SYNCED))
        .isInstanceOf(UnavailableException.class);
    assertThatThrownBy(engine::sync).isInstanceOf(UnavailableException.class);
    assertThat(engine.head(LOG)).isZero();
    assertThat(append(0, Durability.SYNCED)).isEqualTo(new AppendOutcome.Committed(1));
  }

  @Test
  void aSubmissionIsRefusedBeforeItIsHeldAndACommitFailsAfterItWasReleased() throws Exception {
    engine.faults().holdWrites();
    engine.faults().refuseSubmissions(1);
    assertThatThrownBy(() -> append(0, Durability.SYNCED)).isInstanceOf(UnavailableException.class);

    CompletableFuture<AppendOutcome> held = held(0);
    engine.faults().failCommits(1);
    engine.faults().releaseWrites();
    assertThatThrownBy(() -> held.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(StoreFailedException.class);
    assertThat(engine.head(LOG)).isZero();
  }

  @Test
  void aLostOutcomeOfAWrittenAppendShowsOnlyAfterReopening() {
    assertThat(headAfterLosingTheOutcome(true)).isEqualTo(1);
  }

  @Test
  void aLostOutcomeOfAnUnwrittenAppendLeavesNoTrace() {
    assertThat(headAfterLosingTheOutcome(false)).isZero();
  }

  @Test
  void otherHandlesSeeWhatBecameOfALostOutcomeAndWriteBehindIt() {
    MemoryEngine other = engine.share();
    engine.faults().loseOutcomeOfNextAppend(true);
    assertThat(append(0, Durability.SYNCED)).isInstanceOf(AppendOutcome.Unknown.class);

    assertThat(other.head(LOG)).isEqualTo(1);
    assertThat(append(other, 1, Durability.SYNCED)).isEqualTo(new AppendOutcome.Committed(2));
    assertThat(engine.head(LOG)).as("it stays unknown where it was lost").isZero();
    assertThat(engine.crash().head(LOG)).isEqualTo(2);
  }

  @Test
  void aHeldWriteWaitsAndThenGoesOn() throws Exception {
    engine.faults().holdWrites();
    CompletableFuture<AppendOutcome> held = held(0);
    assertThat(engine.head(LOG)).isZero();
    assertThat(held).isNotDone();
    engine.faults().releaseWrites();
    assertThat(held.get(10, TimeUnit.SECONDS)).isEqualTo(new AppendOutcome.Committed(1));
    assertThat(append(1, Durability.SYNCED)).isEqualTo(new AppendOutcome.Committed(2));
  }

  @Test
  void onlyAsManyWritesAreHeldAsWereAskedFor() throws Exception {
    engine.faults().holdWrites(2);
    CompletableFuture<AppendOutcome> first = held(0);
    CompletableFuture<AppendOutcome> second = held(0);

    assertThat(append(0, Durability.SYNCED)).isEqualTo(new AppendOutcome.Committed(1));

    engine.faults().releaseHeldWrites(ReleaseOrder.OLDEST_FIRST);
    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(new AppendOutcome.HeadMoved(1));
    assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo(new AppendOutcome.HeadMoved(1));
  }

  @ParameterizedTest
  @EnumSource(ReleaseOrder.class)
  void heldWritesGoOneByOneInTheOrderAskedFor(ReleaseOrder order) throws Exception {
    engine.faults().holdWrites();
    List<CompletableFuture<AppendOutcome>> held = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      held.add(held(0));
    }
    boolean oldest = order == ReleaseOrder.OLDEST_FIRST;

    assertThat(engine.faults().releaseWrite(order)).isTrue();
    assertThat(held.get(oldest ? 0 : 3).get(10, TimeUnit.SECONDS))
        .isEqualTo(new AppendOutcome.Committed(1));
    assertThat(engine.faults().heldWrites()).isEqualTo(3);

    engine.faults().releaseHeldWrites(order);
    for (CompletableFuture<AppendOutcome> late : held) {
      late.get(10, TimeUnit.SECONDS);
    }
    assertThat(engine.head(LOG)).isEqualTo(1);
    assertThat(engine.faults().releaseWrite(order)).isFalse();
    assertThat(held(1)).as("further writes are held as before").isNotDone();
  }

  @ParameterizedTest
  @EnumSource(ReleaseOrder.class)
  void whatIsReleasedTogetherIsWrittenInTheOrderAskedFor(ReleaseOrder order) throws Exception {
    engine.faults().holdWrites();
    List<CompletableFuture<Void>> held = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Bytes value = Bytes.u64(i);
      held.add(
          CompletableFuture.runAsync(
              () -> engine.write(List.of(RowChange.put(TABLE, LOG, value)), Durability.RELAXED),
              threads));
      engine.faults().awaitHeldWrites(i + 1);
    }
    engine.faults().releaseHeldWrites(order);
    for (CompletableFuture<Void> one : held) {
      one.get(10, TimeUnit.SECONDS);
    }
    long last = order == ReleaseOrder.OLDEST_FIRST ? 4 : 0;
    assertThat(engine.get(TABLE, LOG)).isEqualTo(Bytes.u64(last));
    assertThat(engine.crash(1).get(TABLE, LOG)).isEqualTo(Bytes.u64(4 - last));
  }

  @Test
  void aCrashEndsAHeldWrite() {
    engine.faults().holdWrites();
    CompletableFuture<AppendOutcome> held = held(0);
    MemoryEngine after = engine.crash();
    assertThatThrownBy(() -> held.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(after.head(LOG)).isZero();
  }

  @Test
  void closingAHandleEndsItsHeldWritesAndNoOthers() throws Exception {
    MemoryEngine other = engine.share();
    engine.faults().holdWrites();
    CompletableFuture<AppendOutcome> mine = held(0);
    CompletableFuture<AppendOutcome> others =
        CompletableFuture.supplyAsync(() -> append(other, 0, Durability.SYNCED), threads);
    engine.faults().awaitHeldWrites(2);
    engine.close();
    assertThatThrownBy(() -> mine.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(others).isNotDone();
    other.faults().releaseWrites();
    assertThat(others.get(10, TimeUnit.SECONDS)).isEqualTo(new AppendOutcome.Committed(1));
    assertThatThrownBy(() -> engine.head(LOG)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anInterruptedHeldWriteStopsItsHandleAndChangesNothing() throws Exception {
    engine.faults().holdWrites();
    CompletableFuture<Thread> caller = new CompletableFuture<>();
    CompletableFuture<AppendOutcome> held =
        CompletableFuture.supplyAsync(
            () -> {
              caller.complete(Thread.currentThread());
              return append(0, Durability.SYNCED);
            },
            threads);
    engine.faults().awaitHeldWrites(1);
    caller.get(10, TimeUnit.SECONDS).interrupt();
    assertThatThrownBy(() -> held.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(StoreFailedException.class);
    engine.faults().releaseWrites();
    assertThatThrownBy(() -> append(0, Durability.SYNCED)).isInstanceOf(StoreFailedException.class);
    assertThat(engine.head(LOG)).isZero();
  }

  @Test
  void heldReadsWaitWhileWritesGoOn() throws Exception {
    append(0, Durability.SYNCED);
    RowCursor cursor = engine.scan(TABLE, Bytes.EMPTY, Bytes.EMPTY);
    engine.faults().holdReads();
    CompletableFuture<Long> head = CompletableFuture.supplyAsync(() -> engine.head(LOG), threads);
    CompletableFuture<Boolean> step = CompletableFuture.supplyAsync(cursor::next, threads);
    engine.faults().awaitHeldReads(2);
    append(1, Durability.SYNCED);
    assertThat(head).isNotDone();
    assertThat(step).isNotDone();
    engine.faults().releaseReads();
    assertThat(head.get(10, TimeUnit.SECONDS)).isEqualTo(2);
    assertThat(step.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void closingAHandleEndsItsHeldReads() {
    engine.faults().holdReads();
    CompletableFuture<Long> head = CompletableFuture.supplyAsync(() -> engine.head(LOG), threads);
    engine.faults().awaitHeldReads(1);
    engine.close();
    assertThatThrownBy(() -> head.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void sharedHandlesSeeOneStateAndCloseByThemselves() {
    MemoryEngine other = engine.share();
    append(0, Durability.RELAXED);
    assertThat(other.head(LOG)).isEqualTo(1);
    assertThat(append(other, 1, Durability.RELAXED)).isEqualTo(new AppendOutcome.Committed(2));
    engine.close();
    assertThat(append(other, 2, Durability.RELAXED)).isEqualTo(new AppendOutcome.Committed(3));
    assertThat(engine.share().head(LOG)).isEqualTo(3);
    MemoryEngine after = other.crash();
    assertThat(after.head(LOG)).as("the close made two of them durable").isEqualTo(2);
    assertThatThrownBy(() -> other.head(LOG)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(engine::share).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void faultsEndWithACrash() {
    engine.faults().failCommits(5);
    engine.faults().holdWrites();
    engine.faults().holdReads();
    engine.faults().refuseSubmissions(5);
    engine = engine.crash();
    append(0, Durability.SYNCED);
    assertThat(engine.head(LOG)).isEqualTo(1);
  }

  private long headAfterLosingTheOutcome(boolean written) {
    engine.faults().loseOutcomeOfNextAppend(written);
    assertThat(append(0, Durability.SYNCED)).isInstanceOf(AppendOutcome.Unknown.class);
    assertThat(engine.head(LOG)).isZero();
    assertThatThrownBy(() -> append(0, Durability.SYNCED)).isInstanceOf(StoreFailedException.class);
    return engine.crash().head(LOG);
  }

  /** An append that is held when this returns. */
  private CompletableFuture<AppendOutcome> held(long head) {
    int before = engine.faults().heldWrites();
    CompletableFuture<AppendOutcome> held =
        CompletableFuture.supplyAsync(() -> append(head, Durability.SYNCED), threads);
    engine.faults().awaitHeldWrites(before + 1);
    return held;
  }

  private AppendOutcome append(long head, Durability durability) {
    return append(engine, head, durability);
  }

  private static AppendOutcome append(MemoryEngine handle, long head, Durability durability) {
    return handle.append(
        new AppendRequest(
            LOG,
            0,
            head,
            List.of(Bytes.utf8("record " + head)),
            List.of(RowChange.put(TABLE, Bytes.u64(head), Bytes.utf8("row"))),
            durability));
  }
}
