package dev.cairn.asl.engine.memory;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.EngineCapabilities;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnknownOutcomeException;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The engine that keeps everything in memory: for tests, simulation and throw-away stores.
 *
 * <p>Everything held is one immutable state; a write makes the next one and publishes it, so
 * readers and cursors never wait and see exactly the writes before them. What would survive a loss
 * of power is kept apart:
 *
 * <pre>
 *   durable state ── unsynced batch ── unsynced batch ── … ── what readers see
 *                 └ crash()         └ crash(1)              └ reopen()
 * </pre>
 *
 * <p>A synced write, {@link #sync} and {@link #close} move the durable state to the end. As a
 * kernel writes back on its own, the oldest batch also becomes durable when more than {@value
 * #UNSYNCED_BATCHES_MAX} wait. Deferred writes become durable by {@link #sync} and {@link #close}
 * alone, and are gone after {@link #crash} and {@link #reopen}, whatever was synced after them.
 *
 * <p>An object of this class is a handle. {@link #share} gives further ones on the same state at no
 * cost: one for the store under test, one to look at or to change what it works on. {@link #faults}
 * disturbs them all while they are in use.
 *
 * <p>Safe for any thread. Calls after {@link #close} of a handle, or {@link #crash} or {@link
 * #reopen} of any, are {@link IllegalStateException}s; so is moving a cursor.
 */
public final class MemoryEngine implements StorageEngine {
  /** Most unsynced batches kept apart. */
  public static final int UNSYNCED_BATCHES_MAX = 4096;

  private final MemoryMedium medium;
  private volatile boolean closed;

  /** What a handle that lost an outcome goes on to show. */
  private volatile @Nullable MemoryState frozen;

  /** Under the medium's lock. */
  private @Nullable StoreFailedException failure;

  /** An empty engine with these tables. */
  public MemoryEngine(Set<Table> tables) {
    this(new MemoryMedium(MemoryState.empty(tables), List.of()));
  }

  private MemoryEngine(MemoryMedium medium) {
    this.medium = medium;
  }

  // ---- for tests

  /** A further handle on the same state. It closes, and stops after a failure, by itself. */
  public MemoryEngine share() {
    if (medium.hasEnded()) {
      throw new IllegalStateException("the engine is gone");
    }
    return new MemoryEngine(medium);
  }

  /** An engine apart that holds what would survive a loss of power: what a backup is to files. */
  public MemoryEngine copy() {
    return locked(() -> new MemoryEngine(medium.copy()));
  }

  /** Disturbs this handle and all that share its state. */
  public MemoryFaults faults() {
    return medium.faults;
  }

  /** Ends all handles the hard way, as a loss of power would, and opens what was durable. */
  public MemoryEngine crash() {
    return crash(0);
  }

  /**
   * As {@link #crash()}, but the oldest {@code unsyncedBatchesKept} of the unsynced writes happened
   * to reach the medium.
   */
  public MemoryEngine crash(int unsyncedBatchesKept) {
    if (unsyncedBatchesKept < 0) {
      throw new IllegalArgumentException("unsynced batches kept: " + unsyncedBatchesKept);
    }
    return locked(() -> new MemoryEngine(medium.successor(unsyncedBatchesKept)));
  }

  /**
   * Ends all handles and opens again what was written: what a new process finds after the old one
   * ended or was killed. Batches not synced before stay so.
   */
  public MemoryEngine reopen() {
    return crash(Integer.MAX_VALUE);
  }

  /** Number of batches that {@link #crash()} would lose. */
  public int unsyncedBatches() {
    return locked(medium::unsyncedBatches);
  }

  /** Grows with each write and each sync of any handle: what is the same, holds the same. */
  public long changes() {
    return locked(medium::changes);
  }

  // ---- writing

  @Override
  public EngineCapabilities capabilities() {
    return MemoryMedium.CAPABILITIES;
  }

  @Override
  public AppendOutcome append(AppendRequest request) {
    medium.check(request.records(), request.rows());
    String what = "append to log " + request.log().toHex();
    return submitted(
        what,
        () -> {
          MemoryState before = medium.latest();
          MemoryState.Log log = before.log(request.log());
          if (request.fence() < log.fence()) {
            return new AppendOutcome.Fenced(log.fence());
          }
          if (request.expectedHead() != log.head()) {
            return new AppendOutcome.HeadMoved(log.head());
          }
          medium.faults.commit(this, what);
          MemoryState next =
              before
                  .withRows(request.rows())
                  .withLog(request.log(), log.plus(request.fence(), request.records()));
          Boolean written = medium.faults.takeLostOutcome();
          if (written != null) {
            return loseOutcome(before, next, request, written);
          }
          medium.record(next, request.rows(), request.durability());
          return new AppendOutcome.Committed(next.log(request.log()).head());
        });
  }

  private AppendOutcome loseOutcome(
      MemoryState before, MemoryState next, AppendRequest request, boolean written) {
    String message = "an append: injected loss of the outcome";
    fail(message);
    frozen = before;
    if (written) {
      medium.record(next, request.rows(), request.durability());
    }
    return new AppendOutcome.Unknown(new UnknownOutcomeException(message));
  }

  @Override
  public void write(List<RowChange> changes, Durability durability) {
    medium.check(List.of(), changes);
    String what = "write of " + changes.size() + " rows";
    submitted(
        what,
        () -> {
          medium.faults.commit(this, what);
          medium.recordRows(changes, durability);
          return this;
        });
  }

  @Override
  public void replaceRecords(Bytes log, SortedMap<Long, Bytes> records) {
    String what = "repair of log " + log.toHex();
    submitted(
        what,
        () -> {
          MemoryState before = medium.latest();
          MemoryState.Log held = before.log(log);
          for (long index : records.keySet()) {
            if (index < 0 || index >= held.head()) {
              throw new IllegalArgumentException(
                  "record " + index + " of a log of " + held.head() + " records");
            }
          }
          medium.faults.commit(this, what);
          medium.record(before.withLog(log, held.with(records)), List.of(), Durability.SYNCED);
          return this;
        });
  }

  @Override
  public void sync() {
    submitted(
        "sync",
        () -> {
          medium.sync();
          return this;
        });
  }

  /** Runs a write once it has passed the gates of {@link MemoryFaults}. */
  private <T> T submitted(String what, Supplier<T> write) {
    return locked(
        () -> {
          checkUsable();
          medium.faults.submit(what);
          Object held = medium.faults.awaitRelease(this);
          try {
            checkUsable();
            return write.get();
          } finally {
            medium.faults.end(held);
          }
        });
  }

  private void checkUsable() {
    checkOpen();
    if (failure != null) {
      throw new StoreFailedException("an earlier write failed: " + failure.getMessage(), failure);
    }
  }

  /** Under the lock: lets this handle take no more writes. */
  StoreFailedException fail(String message) {
    StoreFailedException first = new StoreFailedException(message);
    failure = first;
    return first;
  }

  // ---- reading

  @Override
  public long head(Bytes log) {
    return visible().log(log).head();
  }

  @Override
  public long greatestFence() {
    return visible().greatestFence();
  }

  @Override
  public RowCursor records(Bytes log, long from, long to) {
    if (from < 0 || to < 0) {
      throw new IllegalArgumentException("records [" + from + ", " + to + ")");
    }
    return new MemoryCursor(
        this::awaitReading,
        visible().log(log).records(),
        Bytes.u64(from),
        from < to ? Bytes.u64(to) : Bytes.u64(0));
  }

  @Override
  public List<Bytes> logs() {
    return visible().logNames();
  }

  @Override
  public @Nullable Bytes get(Table table, Bytes key) {
    return rows(table).get(key);
  }

  @Override
  public RowCursor scan(Table table, Bytes from, Bytes to) {
    return new MemoryCursor(this::awaitReading, rows(table), from, to.isEmpty() ? null : to);
  }

  @Override
  public @Nullable Row last(Table table, Bytes from, Bytes to) {
    PersistentMap.Node<Bytes, Bytes> entry = rows(table).lastBelow(to.isEmpty() ? null : to);
    return entry == null || entry.key.compareTo(from) < 0 ? null : new Row(entry.key, entry.value);
  }

  /** Always 0: there is no medium. */
  @Override
  public long bytesOnDisk() {
    checkOpen();
    return 0;
  }

  /** Closes this handle; unless it failed, what was written by any handle becomes durable. */
  @Override
  public void close() {
    locked(
        () -> {
          if (isOpen()) {
            if (failure == null) {
              medium.sync();
            }
            closed = true;
            medium.faults.wakeAll();
          }
          return this;
        });
  }

  boolean isOpen() {
    return !closed && !medium.hasEnded();
  }

  private void checkOpen() {
    if (!isOpen()) {
      throw new IllegalStateException("the engine is closed");
    }
  }

  private void awaitReading() {
    if (medium.faults.holdsReads()) {
      locked(
          () -> {
            medium.faults.awaitReads(this);
            return this;
          });
    }
    checkOpen();
  }

  private MemoryState visible() {
    awaitReading();
    MemoryState shown = frozen;
    return shown != null ? shown : medium.latest();
  }

  private PersistentMap<Bytes, Bytes> rows(Table table) {
    return visible().rows(table);
  }

  private <T> T locked(Supplier<T> work) {
    medium.lock.lock();
    try {
      return work.get();
    } finally {
      medium.lock.unlock();
    }
  }
}
