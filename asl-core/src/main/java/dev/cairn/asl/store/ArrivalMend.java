package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.model.Origin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Gives the commits that are missing from the order of arrival the numbers that are damaged or
 * missing there.
 *
 * <p>Commits of one log arrive in its order, so each missing one fits between the numbers of its
 * neighbours in the log; among those that fit, the one that must come first does, and of equals the
 * first in the total order. With one log, or one row damaged, that is what was there. All in one
 * write, or not at all if there is more than {@link StoreCheck#ROWS_AT_ONCE} to mend. Used once.
 */
final class ArrivalMend {
  private final StorageEngine engine;
  private final Scratch scratch;
  private final Logs logs;

  ArrivalMend(StorageEngine engine, Scratch scratch, Logs logs) {
    this.engine = engine;
    this.scratch = scratch;
    this.logs = logs;
  }

  /**
   * A commit without a number.
   *
   * @param after the number must be greater
   * @param before and less
   */
  private record Missing(Arrival arrival, long logseq, long after, long before) {}

  /** True if anything was changed. */
  boolean run() {
    List<RowChange> changes = new ArrayList<>();
    List<Long> numbers = new ArrayList<>();
    try (RowCursor rows = scratch.toMend(MendKind.ARRIVAL)) {
      while (rows.next()) {
        Bytes key = MendKind.ARRIVAL.rowKey(rows.key());
        if (key.length() == Long.BYTES) {
          numbers.add(key.u64At(0));
        } else {
          changes.add(RowChange.delete(StoreTables.ARRIVAL, key));
        }
        if (numbers.size() + changes.size() > StoreCheck.ROWS_AT_ONCE) {
          return false;
        }
      }
    }
    List<Missing> missing = missing();
    if (missing.size() > StoreCheck.ROWS_AT_ONCE
        || (missing.isEmpty() && changes.isEmpty() && numbers.isEmpty())) {
      return false;
    }
    place(numbers, missing, changes);
    engine.write(changes, Durability.SYNCED);
    return !changes.isEmpty();
  }

  private List<Missing> missing() {
    List<Missing> missing = new ArrayList<>();
    List<Arrival> open = new ArrayList<>();
    Origin origin = null;
    long after = -1;
    try (RowCursor commits = scratch.scan(StoreTables.CONTENT)) {
      while (commits.next() && missing.size() + open.size() <= StoreCheck.ROWS_AT_ONCE) {
        Origin of = Origin.fromBytes(commits.key().slice(0, Origin.BYTES));
        if (!of.equals(origin)) {
          close(open, after, Long.MAX_VALUE, missing);
          origin = of;
          after = -1;
        }
        if (commits.value().length() > Long.BYTES) {
          long number = commits.value().u64At(Long.BYTES);
          close(open, after, number, missing);
          after = number;
        } else {
          open.add(new Arrival(of, commits.key().u64At(Origin.BYTES), commits.value().u64At(0)));
        }
      }
    }
    close(open, after, Long.MAX_VALUE, missing);
    return missing;
  }

  private void close(List<Arrival> open, long after, long before, List<Missing> missing) {
    for (Arrival arrival : open) {
      long logseq = logs.require(arrival.origin(), arrival.first()).logseq();
      missing.add(new Missing(arrival, logseq, after, before));
    }
    open.clear();
  }

  private void place(List<Long> numbers, List<Missing> missing, List<RowChange> changes) {
    PriorityQueue<Missing> ready =
        new PriorityQueue<>(
            Comparator.comparingLong(Missing::before)
                .thenComparingLong(Missing::logseq)
                .thenComparing(one -> one.arrival().origin()));
    List<Missing> later = new ArrayList<>(missing);
    later.sort(Comparator.comparingLong(Missing::after));
    int next = 0;
    for (long number : numbers) {
      while (next < later.size() && later.get(next).after() < number) {
        ready.add(later.get(next++));
      }
      @Nullable Missing one = ready.poll();
      changes.add(
          one == null
              ? RowChange.delete(StoreTables.ARRIVAL, Bytes.u64(number))
              : row(number, one));
    }
    while (next < later.size()) {
      ready.add(later.get(next++));
    }
    long number = StoreCheck.arrivals(engine);
    for (Missing one = ready.poll(); one != null; one = ready.poll()) {
      changes.add(row(number++, one));
    }
  }

  private static RowChange row(long number, Missing one) {
    return RowChange.put(StoreTables.ARRIVAL, Bytes.u64(number), one.arrival().encode());
  }
}
