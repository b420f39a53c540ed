package dev.cairn.asl.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.StoreFailedException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What the memory engine has beyond the contract of every engine: loss of power and faults on
 * demand.
 */
class MemoryEngineTest {
  private static final Table TABLE = new Table("test.rows", Table.Scope.DERIVED);
  private static final Bytes LOG = Bytes.utf8("log");

  private MemoryEngine engine = new MemoryEngine(Set.of(TABLE));

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
  void anInjectedFailureChangesNothingAndStopsAllLaterWrites() {
    engine.failWriteAfter(1);
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
  void aLostOutcomeOfAWrittenAppendShowsOnlyAfterReopening() {
    assertThat(headAfterLosingTheOutcome(true)).isEqualTo(1);
  }

  @Test
  void aLostOutcomeOfAnUnwrittenAppendLeavesNoTrace() {
    assertThat(headAfterLosingTheOutcome(false)).isZero();
  }

  @Test
  void aHeldWriteWaitsAndThenGoesOn() throws Exception {
    engine.holdWrites();
    CompletableFuture<AppendOutcome> held =
        CompletableFuture.supplyAsync(() -> append(0, Durability.SYNCED));
    awaitHeldWrite();
    assertThat(engine.head(LOG)).isZero();
    assertThat(held).isNotDone();
    engine.releaseWrites();
    assertThat(held.get(10, TimeUnit.SECONDS)).isEqualTo(new AppendOutcome.Committed(1));
  }

  @Test
  void aCrashEndsAHeldWrite() {
    engine.holdWrites();
    CompletableFuture<AppendOutcome> held =
        CompletableFuture.supplyAsync(() -> append(0, Durability.SYNCED));
    awaitHeldWrite();
    MemoryEngine after = engine.crash();
    assertThatThrownBy(() -> held.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(after.head(LOG)).isZero();
  }

  private long headAfterLosingTheOutcome(boolean written) {
    engine.loseOutcomeOfNextAppend(written);
    assertThat(append(0, Durability.SYNCED)).isInstanceOf(AppendOutcome.Unknown.class);
    assertThat(engine.head(LOG)).isZero();
    assertThatThrownBy(() -> append(0, Durability.SYNCED)).isInstanceOf(StoreFailedException.class);
    return engine.crash().head(LOG);
  }

  private void awaitHeldWrite() {
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          while (engine.heldWrites() == 0) {
            Thread.onSpinWait();
          }
        });
  }

  private AppendOutcome append(long head, Durability durability) {
    return engine.append(
        new AppendRequest(
            LOG,
            0,
            head,
            List.of(Bytes.utf8("record " + head)),
            List.of(RowChange.put(TABLE, Bytes.u64(head), Bytes.utf8("row"))),
            durability));
  }
}
