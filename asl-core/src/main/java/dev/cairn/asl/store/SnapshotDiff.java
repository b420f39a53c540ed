package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What became live, and what ceased to be, from one cut to another.
 *
 * <p>Only artifacts that some record between the two cuts speaks of can differ. If those records
 * are few, they are read from the logs; if they are many, every artifact is looked at under both
 * cuts, in one pass and with no memory. Safe for any thread, beside writers too: a cut never
 * changes.
 */
final class SnapshotDiff {
  /** Most records between two cuts whose artifacts are kept in memory. */
  static final int RECORDS_IN_MEMORY_MAX = 65_536;

  private final TableReader rows;
  private final Logs logs;
  private final View from;
  private final View to;
  private final Consumer<LiveChange> sink;

  private SnapshotDiff(TableReader rows, Logs logs, View from, View to, Consumer<LiveChange> sink) {
    this.rows = rows;
    this.logs = logs;
    this.from = from;
    this.to = to;
    this.sink = sink;
  }

  /** Records of a log that only one of two cuts includes. */
  private record Between(long first, long end) {
    long count() {
      return end - first;
    }
  }

  /** Tells {@code sink} of every change, in the order of digests. */
  static void run(
      TableReader rows, Logs logs, Views views, Cut from, Cut to, Consumer<LiveChange> sink) {
    run(rows, logs, views, from, to, RECORDS_IN_MEMORY_MAX, sink);
  }

  /** The same with another bound in place of {@link #RECORDS_IN_MEMORY_MAX}. */
  static void run(
      TableReader rows,
      Logs logs,
      Views views,
      Cut from,
      Cut to,
      long recordsInMemoryMax,
      Consumer<LiveChange> sink) {
    SortedMap<Origin, Between> between = between(logs, from, to);
    SnapshotDiff diff = new SnapshotDiff(rows, logs, views.at(from), views.at(to), sink);
    long records = between.values().stream().mapToLong(Between::count).sum();
    if (records <= recordsInMemoryMax) {
      diff.few(between);
    } else {
      diff.all();
    }
  }

  private static SortedMap<Origin, Between> between(Logs logs, Cut from, Cut to) {
    SortedMap<Origin, Between> between = new TreeMap<>();
    TreeSet<Origin> origins = new TreeSet<>(from.logseqs().keySet());
    origins.addAll(to.logseqs().keySet());
    for (Origin origin : origins) {
      long one = end(logs, origin, from);
      long other = end(logs, origin, to);
      if (one != other) {
        between.put(origin, new Between(Math.min(one, other), Math.max(one, other)));
      }
    }
    return between;
  }

  private static long end(Logs logs, Origin origin, Cut cut) {
    Long logseq = cut.logseqs().get(origin);
    return logseq == null ? 0 : logs.firstIndexAfter(origin, logseq);
  }

  private void few(SortedMap<Origin, Between> between) {
    TreeSet<Bytes> paths = new TreeSet<>();
    between.forEach(
        (origin, range) -> {
          try (RecordCursor records = logs.cursor(origin, range.first(), range.end())) {
            while (records.next()) {
              paths.add(Paths.of(records.record().id()));
            }
          }
        });
    paths.forEach(this::compare);
  }

  private void all() {
    try (RowCursor all = rows.scan(StoreTables.LIVE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (all.next()) {
        compare(all.key());
      }
    }
  }

  private void compare(Bytes path) {
    ArtifactKey key = LiveRow.id(path);
    Optional<LiveEntry> before = from.live(key);
    Optional<LiveEntry> after = to.live(key);
    if (before.isPresent() != after.isPresent()) {
      sink.accept(
          after
              .map(entry -> new LiveChange(entry, true))
              .orElseGet(() -> new LiveChange(before.orElseThrow(), false)));
    }
  }
}
