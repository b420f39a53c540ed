package dev.cairn.tgk;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.tgk.segment.Segment;
import dev.cairn.tgk.segment.SegmentFiles;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The sealed segments of a store: which there are, whether they are of use, which is nearest.
 *
 * <p>A file is looked at again once it is another than it was, whoever wrote it: this process,
 * another, or a person. Safe for any thread.
 */
final class SealedSegments {
  /**
   * A snapshot is due once more than this part of its records lie between it and what is sealed: so
   * each record is written at most some twenty times, however often snapshots are taken.
   */
  static final int SEAL_PART = 16;

  private final GraphSource source;
  private final SegmentFiles files;
  private final Map<ArtifactKey, Opened> opened = new TreeMap<>();
  private String folderStamp = "";

  /**
   * A file that was opened.
   *
   * @param stamp tells whether it is still the same
   * @param segment nothing if it is of no use
   */
  private record Opened(String stamp, Optional<Segment> segment) {}

  /** A sealed snapshot. */
  record Sealed(ArtifactKey snapshot, Horizon horizon, Segment segment) {}

  private record Candidate(Snapshot snapshot, String stamp, long distance) {}

  SealedSegments(GraphSource source, SegmentFiles files) {
    this.source = source;
    this.files = files;
  }

  /** True if files came or went since it was asked last. Costs a look at the folder. */
  synchronized boolean haveChanged() {
    String stamp = files.stamp();
    boolean changed = !stamp.equals(folderStamp);
    folderStamp = stamp;
    return changed;
  }

  /** The one that the fewest records lie between, if that are not too many. */
  synchronized @Nullable Sealed nearest(Horizon horizon, long distanceMax) {
    Map<ArtifactKey, String> there = files.stamps();
    opened.keySet().retainAll(there.keySet());
    if (there.isEmpty()) {
      return null;
    }
    List<Candidate> candidates = new ArrayList<>();
    for (Snapshot snapshot : source.snapshots()) {
      String stamp = there.get(snapshot.key());
      long distance = stamp == null ? Long.MAX_VALUE : Horizon.of(snapshot).distance(horizon);
      if (stamp != null && distance <= distanceMax) {
        candidates.add(new Candidate(snapshot, stamp, distance));
      }
    }
    candidates.sort(Comparator.comparingLong(Candidate::distance));
    for (Candidate candidate : candidates) {
      Segment segment = open(candidate.snapshot.key(), candidate.stamp).orElse(null);
      if (segment != null) {
        return new Sealed(candidate.snapshot.key(), Horizon.of(candidate.snapshot), segment);
      }
    }
    return null;
  }

  private Optional<Segment> open(ArtifactKey snapshot, String stamp) {
    Opened known = opened.get(snapshot);
    if (known != null && known.stamp.equals(stamp)) {
      return known.segment;
    }
    Optional<Segment> segment;
    try {
      segment = files.open(snapshot);
    } catch (CairnException | UncheckedIOException e) {
      LoggerFactory.getLogger(SealedSegments.class)
          .warn("a graph segment is of no use until its snapshot is sealed again", e);
      segment = Optional.empty();
    }
    opened.put(snapshot, new Opened(stamp, segment));
    return segment;
  }

  /** Something is not what it says: none of the files is used before it is another one. */
  synchronized void distrust() {
    opened.replaceAll((snapshot, known) -> new Opened(known.stamp, Optional.empty()));
  }

  /** True if there is a file of a snapshot, and it is not the one that a segment was read from. */
  synchronized boolean isOther(ArtifactKey snapshot, Segment segment) {
    String stamp = files.stamps().get(snapshot);
    if (stamp == null) {
      return false;
    }
    Opened known = opened.get(snapshot);
    return known == null || !known.stamp.equals(stamp) || known.segment.orElse(null) != segment;
  }

  /**
   * A snapshot that should be sealed: one whose file is damaged, else the greatest if much has come
   * since what is sealed.
   *
   * @param recordsMin of how many records a snapshot must be, and how many must have come since
   * @param except which not to name
   */
  synchronized @Nullable Snapshot due(long recordsMin, Predicate<ArtifactKey> except) {
    Map<ArtifactKey, String> there = files.stamps();
    opened.keySet().retainAll(there.keySet());
    Snapshot greatest = null;
    long most = Math.max(1, recordsMin);
    List<Horizon> sealed = new ArrayList<>();
    for (Snapshot snapshot : source.snapshots()) {
      Horizon horizon = Horizon.of(snapshot);
      String stamp = there.get(snapshot.key());
      if (stamp != null && open(snapshot.key(), stamp).isPresent()) {
        sealed.add(horizon);
      } else if (stamp != null && !except.test(snapshot.key())) {
        return snapshot;
      }
      if (horizon.records() >= most && !except.test(snapshot.key())) {
        most = horizon.records();
        greatest = snapshot;
      }
    }
    return greatest != null && isFar(Horizon.of(greatest), sealed, recordsMin) ? greatest : null;
  }

  private static boolean isFar(Horizon horizon, List<Horizon> sealed, long recordsMin) {
    long enough = Math.max(recordsMin, horizon.records() / SEAL_PART);
    for (Horizon other : sealed) {
      if (other.distance(horizon) < enough) {
        return false;
      }
    }
    return true;
  }
}
