package dev.cairn.tgk;

import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A cut, with how many records of each log lie within it, so that what lies between two of them is
 * told without a look at the logs.
 *
 * @param ends by origin; origins without a record within are left out
 */
record Horizon(SortedMap<Origin, End> ends) {
  /** Before everything. */
  static final Horizon NOTHING = new Horizon(new TreeMap<>());

  /**
   * Where a log is cut.
   *
   * @param logseq of the last commit within
   * @param size records within
   */
  record End(long logseq, long size) {}

  /** Records {@code [from, to)} of a log. */
  record Stretch(Origin origin, long from, long to) {}

  Horizon {
    ends = Collections.unmodifiableSortedMap(new TreeMap<>(ends));
  }

  static Horizon of(Snapshot snapshot) {
    TreeMap<Origin, End> ends = new TreeMap<>();
    for (Snapshot.Head head : snapshot.heads()) {
      ends.put(head.origin(), new End(head.logseq(), head.treeSize()));
    }
    return new Horizon(ends);
  }

  Cut cut() {
    TreeMap<Origin, Long> logseqs = new TreeMap<>();
    ends.forEach((origin, end) -> logseqs.put(origin, end.logseq()));
    return new Cut(logseqs);
  }

  /** Records within. */
  long records() {
    return ends.values().stream().mapToLong(End::size).sum();
  }

  /** The records that only one of two horizons has, in order of origins. */
  Iterable<Stretch> between(Horizon other) {
    TreeSet<Origin> origins = new TreeSet<>(ends.keySet());
    origins.addAll(other.ends.keySet());
    TreeMap<Origin, Stretch> between = new TreeMap<>();
    for (Origin origin : origins) {
      long one = size(ends, origin);
      long two = size(other.ends, origin);
      if (one != two) {
        between.put(origin, new Stretch(origin, Math.min(one, two), Math.max(one, two)));
      }
    }
    return between.values();
  }

  /** How many records only one of two horizons has. */
  long distance(Horizon other) {
    long distance = 0;
    for (Stretch stretch : between(other)) {
      distance += stretch.to() - stretch.from();
    }
    return distance;
  }

  /**
   * A horizon on the way to another that has all of this one's records: by about so many records
   * nearer, always at a commit's end.
   */
  Horizon toward(Horizon other, long records, GraphSource source) {
    if (distance(other) <= records) {
      return other;
    }
    TreeMap<Origin, Long> logseqs = new TreeMap<>(cut().logseqs());
    long left = records;
    for (Stretch stretch : between(other)) {
      Origin origin = stretch.origin();
      End end = other.ends.get(origin);
      if (end == null || end.size() != stretch.to()) {
        return other; // It goes back here.
      }
      long last = Math.min(stretch.to(), stretch.from() + Math.max(1, left)) - 1;
      source.forEachRecord(
          new Stretch(origin, last, last + 1),
          (record, unused) -> logseqs.put(origin, record.logseq()));
      left -= last + 1 - stretch.from();
      if (left <= 0) {
        break;
      }
    }
    return source.horizon(new Cut(logseqs));
  }

  private static long size(Map<Origin, End> ends, Origin origin) {
    End end = ends.get(origin);
    return end == null ? 0 : end.size();
  }
}
