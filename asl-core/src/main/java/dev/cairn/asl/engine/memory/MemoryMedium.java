package dev.cairn.asl.engine.memory;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.EngineCapabilities;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What the handles of one memory engine share: the states written, the faults asked for, and the
 * lock under which both change.
 *
 * <p>{@link #latest} is read by any thread; all else under {@link #lock}.
 */
final class MemoryMedium {
  static final EngineCapabilities CAPABILITIES =
      new EngineCapabilities(256 << 20, 512L << 20, true, true);

  final ReentrantLock lock = new ReentrantLock();
  final MemoryFaults faults = new MemoryFaults(this);
  private final Map<Place, Deferred> deferred = new TreeMap<>();
  private final Deque<MemoryState> unsynced = new ArrayDeque<>();
  private MemoryState durable;
  private volatile MemoryState latest;
  private volatile boolean ended;
  private long changes;

  private record Place(Table table, Bytes key) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byTable = table.compareTo(other.table);
      return byTable != 0 ? byTable : key.compareTo(other.key);
    }
  }

  /**
   * A row that a loss of power takes back.
   *
   * @param value as it was written
   * @param before what the row held that is not lost with it; null if there was none
   */
  private record Deferred(Bytes value, @Nullable Bytes before) {}

  MemoryMedium(MemoryState durable, List<MemoryState> unsynced) {
    this.durable = durable;
    this.unsynced.addAll(unsynced);
    this.latest = unsynced.isEmpty() ? durable : unsynced.get(unsynced.size() - 1);
  }

  MemoryState latest() {
    return latest;
  }

  int unsyncedBatches() {
    return unsynced.size();
  }

  boolean hasEnded() {
    return ended;
  }

  /** Writes a state that was made from {@link #latest} by changing these rows and perhaps more. */
  void record(MemoryState next, List<RowChange> changes, Durability durability) {
    changes.forEach(change -> deferred.remove(new Place(change.table(), change.key())));
    record(next, durability);
  }

  /** Grows with each write and each sync. */
  long changes() {
    return changes;
  }

  private void record(MemoryState next, Durability durability) {
    changes++;
    unsynced.add(next);
    latest = next;
    if (durability == Durability.SYNCED) {
      makeDurable();
    } else if (unsynced.size() > MemoryEngine.UNSYNCED_BATCHES_MAX) {
      durable = unsynced.remove();
    }
  }

  /** Writes rows, of which deferred ones stay apart until {@link #sync}. */
  void recordRows(List<RowChange> changes, Durability durability) {
    MemoryState next = latest.withRows(changes);
    if (durability == Durability.DEFERRED) {
      changes.forEach(this::defer);
      record(next, durability);
    } else {
      record(next, changes, durability);
    }
  }

  private void defer(RowChange change) {
    Place place = new Place(change.table(), change.key());
    Bytes value = change.value();
    Bytes held = latest.rows(place.table).get(place.key);
    if (value != null && (held == null || !value.equals(held))) {
      Deferred earlier = deferred.get(place);
      deferred.put(place, new Deferred(value, earlier != null ? earlier.before() : held));
    }
  }

  private static boolean holds(MemoryState state, Place place, Bytes value) {
    Bytes held = state.rows(place.table).get(place.key);
    return held != null && held.equals(value);
  }

  private void makeDurable() {
    durable = latest;
    unsynced.clear();
  }

  /** Makes all durable, deferred rows too. */
  void sync() {
    changes++;
    makeDurable();
    deferred.clear();
  }

  /** What is left of a state once the deferred rows are lost. */
  private MemoryState withoutDeferred(MemoryState state) {
    List<RowChange> lost = new ArrayList<>();
    deferred.forEach(
        (place, row) -> {
          if (holds(state, place, row.value())) {
            lost.add(new RowChange(place.table, place.key, row.before()));
          }
        });
    return lost.isEmpty() ? state : state.withRows(lost);
  }

  /** Ends every handle; what a new machine finds, with the oldest unsynced batches as asked. */
  MemoryMedium successor(int unsyncedBatchesKept) {
    ended = true;
    faults.wakeAll();
    return new MemoryMedium(
        withoutDeferred(durable),
        unsynced.stream()
            .limit(Math.min(unsyncedBatchesKept, unsynced.size()))
            .map(this::withoutDeferred)
            .toList());
  }

  /** A medium apart that holds what is durable. */
  MemoryMedium copy() {
    return new MemoryMedium(withoutDeferred(durable), List.of());
  }

  /** Refuses what is too large, and rows of tables that were not declared. */
  void check(List<Bytes> records, List<RowChange> rows) {
    MemoryState any = latest;
    for (RowChange row : rows) {
      PersistentMap<Bytes, Bytes> unused = any.rows(row.table());
    }
    CAPABILITIES.requireFits(records, rows);
  }
}
