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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The engine that keeps everything in memory: for tests, simulation and throw-away stores.
 *
 * <p>Everything held is one immutable {@link State}; a write makes the next one and publishes it,
 * so readers and cursors never wait and see exactly the writes before them. What would survive a
 * loss of power is kept apart:
 *
 * <pre>
 *   durable state ── unsynced batch ── unsynced batch ── … ── what readers see
 *                 └ crash()         └ crash(1)              └ reopen()
 * </pre>
 *
 * <p>A synced write, {@link #sync} and {@link #close} move the durable state to the end. As a
 * kernel writes back on its own, the oldest batch also becomes durable when more than {@value
 * #UNSYNCED_BATCHES_MAX} wait.
 *
 * <p>Faults for tests: {@link #failWriteAfter}, {@link #loseOutcomeOfNextAppend}, {@link
 * #holdWrites}. Safe for any thread. Calls after {@link #close}, {@link #crash} or {@link #reopen}
 * are {@link IllegalStateException}s; so is moving a cursor.
 */
public final class MemoryEngine implements StorageEngine {
  /** Most unsynced batches kept apart. */
  public static final int UNSYNCED_BATCHES_MAX = 4096;

  /** Longest wait of a held write; then it fails with {@link StoreFailedException}. */
  public static final int HOLD_SECONDS_MAX = 60;

  private static final EngineCapabilities CAPABILITIES =
      new EngineCapabilities(256 << 20, 512L << 20, true, true);

  private final Set<Table> tables;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();

  // Written under the lock, read by anyone.
  private volatile State visible;
  private volatile boolean closed;

  // All below: under the lock.
  private State durable;
  private final Deque<State> unsynced = new ArrayDeque<>();
  private @Nullable StoreFailedException failure;
  private int writesUntilFailure = -1;
  private @Nullable Boolean lostOutcome;
  private boolean holding;

  /** An empty engine with these tables. */
  public MemoryEngine(Set<Table> tables) {
    this(new TreeSet<>(tables), State.EMPTY, List.of());
  }

  private MemoryEngine(Set<Table> tables, State durable, List<State> unsynced) {
    this.tables = tables;
    this.durable = durable;
    this.unsynced.addAll(unsynced);
    this.visible = latest();
  }

  /** Closes this engine the hard way, as a loss of power would, and opens what was durable. */
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
    return successor(unsyncedBatchesKept);
  }

  /**
   * Closes this engine, if it is not yet, and opens it again with everything that was written: what
   * a new process finds after the old one ended or was killed. Batches not synced before stay so.
   */
  public MemoryEngine reopen() {
    return successor(Integer.MAX_VALUE);
  }

  /** Number of batches that {@link #crash()} would lose. */
  public int unsyncedBatches() {
    lock.lock();
    try {
      return unsynced.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * After {@code writes} more successful appends and writes the next one fails, changing nothing,
   * and all later ones too.
   */
  public void failWriteAfter(int writes) {
    if (writes < 0) {
      throw new IllegalArgumentException("writes before the failure: " + writes);
    }
    lock.lock();
    try {
      writesUntilFailure = writes;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next append that would commit ends {@link AppendOutcome.Unknown}, and later writes are
   * refused. Readers of this handle do not see it; {@link #crash} or {@link #reopen} tells, as
   * asked by {@code written}.
   */
  public void loseOutcomeOfNextAppend(boolean written) {
    lock.lock();
    try {
      lostOutcome = written;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Holds every append, write and sync, before it changes anything, until {@link #releaseWrites}.
   */
  public void holdWrites() {
    lock.lock();
    try {
      holding = true;
    } finally {
      lock.unlock();
    }
  }

  /** Number of appends, writes and syncs that wait because of {@link #holdWrites}. */
  public int heldWrites() {
    lock.lock();
    try {
      return lock.getWaitQueueLength(released);
    } finally {
      lock.unlock();
    }
  }

  /** Ends {@link #holdWrites}. */
  public void releaseWrites() {
    lock.lock();
    try {
      holding = false;
      released.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public EngineCapabilities capabilities() {
    return CAPABILITIES;
  }

  @Override
  public AppendOutcome append(AppendRequest request) {
    check(request.records(), request.rows());
    lock.lock();
    try {
      awaitPermission();
      Log log = visible.log(request.log());
      if (request.fence() < log.fence) {
        return new AppendOutcome.Fenced(log.fence);
      }
      if (request.expectedHead() != log.head) {
        return new AppendOutcome.HeadMoved(log.head);
      }
      failIfDue("append to log " + request.log());
      State next =
          visible
              .withRows(request.rows())
              .withLog(request.log(), log.plus(request.fence(), request.records()));
      Boolean written = lostOutcome;
      if (written == null) {
        commit(next, request.durability());
        return new AppendOutcome.Committed(next.log(request.log()).head);
      }
      return loseOutcome(next, request, written);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(List<RowChange> changes, Durability durability) {
    check(List.of(), changes);
    lock.lock();
    try {
      awaitPermission();
      failIfDue("write of " + changes.size() + " rows");
      commit(visible.withRows(changes), durability);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void sync() {
    lock.lock();
    try {
      awaitPermission();
      makeDurable();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long head(Bytes log) {
    return open().log(log).head;
  }

  @Override
  public RowCursor records(Bytes log, long from, long to) {
    if (from < 0 || to < 0) {
      throw new IllegalArgumentException("records [" + from + ", " + to + ")");
    }
    return new Cursor(
        open().log(log).records.ascend(Bytes.u64(from)), from < to ? Bytes.u64(to) : Bytes.u64(0));
  }

  @Override
  public List<Bytes> logs() {
    List<Bytes> logs = new ArrayList<>();
    PersistentMap.Ascent<Bytes, Log> ascent = open().logs.ascend(null);
    for (PersistentMap.Node<Bytes, Log> log = ascent.next(); log != null; log = ascent.next()) {
      if (log.value.head > 0) {
        logs.add(log.key);
      }
    }
    return List.copyOf(logs);
  }

  @Override
  public @Nullable Bytes get(Table table, Bytes key) {
    return rows(table).get(key);
  }

  @Override
  public RowCursor scan(Table table, Bytes from, Bytes to) {
    return new Cursor(rows(table).ascend(from), to.isEmpty() ? null : to);
  }

  @Override
  public @Nullable Row last(Table table, Bytes from, Bytes to) {
    PersistentMap.Node<Bytes, Bytes> entry = rows(table).lastBelow(to.isEmpty() ? null : to);
    return entry == null || entry.key.compareTo(from) < 0 ? null : new Row(entry.key, entry.value);
  }

  /** Always 0: there is no medium. */
  @Override
  public long bytesOnDisk() {
    open();
    return 0;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        if (failure == null) {
          makeDurable();
        }
        abandon();
      }
    } finally {
      lock.unlock();
    }
  }

  private MemoryEngine successor(int unsyncedBatchesKept) {
    lock.lock();
    try {
      abandon();
      List<State> kept =
          unsynced.stream().limit(Math.min(unsyncedBatchesKept, unsynced.size())).toList();
      return new MemoryEngine(tables, durable, kept);
    } finally {
      lock.unlock();
    }
  }

  private void abandon() {
    closed = true;
    released.signalAll();
  }

  private State open() {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
    return visible;
  }

  private PersistentMap<Bytes, Bytes> rows(Table table) {
    declared(table);
    return open().rows(table);
  }

  private void declared(Table table) {
    if (!tables.contains(table)) {
      throw new IllegalArgumentException("table " + table.name() + " was not declared");
    }
  }

  private void check(List<Bytes> records, List<RowChange> rows) {
    for (RowChange row : rows) {
      declared(row.table());
    }
    CAPABILITIES.requireFits(records, rows);
  }

  /** Waits while writes are held, then refuses if this handle is closed or has failed. */
  private void awaitPermission() {
    long nanosLeft = TimeUnit.SECONDS.toNanos(HOLD_SECONDS_MAX);
    while (holding && !closed) {
      try {
        if (nanosLeft <= 0) {
          throw fail("a write was held for more than " + HOLD_SECONDS_MAX + " seconds");
        }
        nanosLeft = released.awaitNanos(nanosLeft);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw fail("interrupted while a write was held");
      }
    }
    open();
    if (failure != null) {
      throw new StoreFailedException("an earlier write failed: " + failure.getMessage(), failure);
    }
  }

  private void failIfDue(String what) {
    if (writesUntilFailure == 0) {
      throw fail(what + " failed: injected fault");
    }
    if (writesUntilFailure > 0) {
      writesUntilFailure--;
    }
  }

  private StoreFailedException fail(String message) {
    StoreFailedException first = new StoreFailedException(message);
    failure = first;
    return first;
  }

  private AppendOutcome loseOutcome(State next, AppendRequest request, boolean written) {
    String message = "append to log " + request.log() + ": injected loss of the outcome";
    fail(message);
    if (written) {
      record(next, request.durability());
    }
    return new AppendOutcome.Unknown(new UnknownOutcomeException(message));
  }

  private void commit(State next, Durability durability) {
    record(next, durability);
    visible = next;
  }

  private void record(State next, Durability durability) {
    unsynced.add(next);
    if (durability == Durability.SYNCED) {
      makeDurable();
    } else if (unsynced.size() > UNSYNCED_BATCHES_MAX) {
      durable = unsynced.remove();
    }
  }

  private void makeDurable() {
    durable = latest();
    unsynced.clear();
  }

  private State latest() {
    State last = unsynced.peekLast();
    return last == null ? durable : last;
  }

  /** All that an engine holds at one moment. */
  private record State(
      PersistentMap<Table, PersistentMap<Bytes, Bytes>> tables, PersistentMap<Bytes, Log> logs) {
    private static final State EMPTY = new State(PersistentMap.empty(), PersistentMap.empty());

    PersistentMap<Bytes, Bytes> rows(Table table) {
      PersistentMap<Bytes, Bytes> rows = tables.get(table);
      return rows == null ? PersistentMap.empty() : rows;
    }

    Log log(Bytes name) {
      Log log = logs.get(name);
      return log == null ? Log.EMPTY : log;
    }

    State withLog(Bytes name, Log log) {
      return new State(tables, logs.with(name, log));
    }

    State withRows(List<RowChange> changes) {
      PersistentMap<Table, PersistentMap<Bytes, Bytes>> changed = tables;
      for (RowChange change : changes) {
        PersistentMap<Bytes, Bytes> old = changed.get(change.table());
        PersistentMap<Bytes, Bytes> rows = old == null ? PersistentMap.empty() : old;
        Bytes value = change.value();
        changed =
            changed.with(
                change.table(),
                value == null ? rows.without(change.key()) : rows.with(change.key(), value));
      }
      return new State(changed, logs);
    }
  }

  /**
   * One log: its records by u64be index.
   *
   * @param head number of records
   * @param fence greatest writer generation seen
   * @param records encoded records
   */
  private record Log(long head, long fence, PersistentMap<Bytes, Bytes> records) {
    private static final Log EMPTY = new Log(0, 0, PersistentMap.empty());

    Log plus(long newFence, List<Bytes> more) {
      PersistentMap<Bytes, Bytes> longer = records;
      long index = head;
      for (Bytes record : more) {
        longer = longer.with(Bytes.u64(index++), record);
      }
      return new Log(index, newFence, longer);
    }
  }

  /** Walks one map; the engine's end ends it too. */
  private final class Cursor implements RowCursor {
    private final PersistentMap.Ascent<Bytes, Bytes> ascent;
    private final @Nullable Bytes to;
    private PersistentMap.@Nullable Node<Bytes, Bytes> row;
    private boolean done;

    Cursor(PersistentMap.Ascent<Bytes, Bytes> ascent, @Nullable Bytes to) {
      this.ascent = ascent;
      this.to = to;
    }

    @Override
    public boolean next() {
      open();
      row = done ? null : ascent.next();
      if (row != null && to != null && row.key.compareTo(to) >= 0) {
        row = null;
      }
      done = row == null;
      return !done;
    }

    @Override
    public Bytes key() {
      return present().key;
    }

    @Override
    public Bytes value() {
      return present().value;
    }

    @Override
    public void close() {
      done = true;
      row = null;
    }

    private PersistentMap.Node<Bytes, Bytes> present() {
      if (row == null) {
        throw new IllegalStateException("the cursor is on no row");
      }
      return row;
    }
  }
}
