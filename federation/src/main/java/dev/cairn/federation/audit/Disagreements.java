package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditReport.Divergence;
import dev.cairn.federation.audit.AuditSource.OfBundle;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.Disagreement.Fork;
import dev.cairn.federation.audit.Disagreement.LogPair;
import dev.cairn.federation.audit.Disagreement.Standing;
import dev.cairn.federation.audit.Disagreement.Subtree;
import dev.cairn.federation.audit.Disagreement.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks again at sources that an audit compared, to tell how they differ: what an audit's verdict
 * needs is less than what people need to see. Reads a few rows for each level of a tree and nothing
 * else; what cannot be read is left out here, as the audit has reported it. One owner.
 */
public final class Disagreements {
  /** Most pairs of sources that are looked at. */
  public static final int PAIRS_MAX = 8;

  /** Most logs that differ told of one pair. */
  public static final int LOGS_MAX = 100;

  private final Store left;
  private final Store right;
  private final Divergences divergences;

  private Disagreements(Store left, Store right) {
    this.left = left;
    this.right = right;
    this.divergences = new Divergences(left, right);
  }

  /**
   * How the first source and each other one differ that contradict each other; at most {@value
   * #PAIRS_MAX}. Where one merely lags, there is nothing to tell.
   *
   * @param sources as they were audited, and still open
   * @param report of that audit
   */
  public static List<Disagreement> of(List<AuditSource> sources, AuditReport report) {
    List<Disagreement> found = new ArrayList<>();
    for (Pair pair : pairs(sources, report)) {
      if (found.size() == PAIRS_MAX) {
        break;
      }
      of(pair.leftName, pair.leftStore, pair.rightName, pair.rightStore)
          .filter(Disagreement::contradicts)
          .ifPresent(found::add);
    }
    return List.copyOf(found);
  }

  /** Two sources that were compared. */
  record Pair(String leftName, Store leftStore, String rightName, Store rightStore) {
    static Pair of(Opened left, Opened right) {
      return new Pair(left.name, left.store, right.name, right.store);
    }
  }

  /** A source as a store. */
  record Opened(String name, Store store) {}

  /** The first source that could be read with each other one. */
  static List<Pair> pairs(List<AuditSource> sources, AuditReport report) {
    List<Opened> readable = readable(sources, report);
    return readable.stream().skip(1).map(other -> Pair.of(readable.get(0), other)).toList();
  }

  /** Each source that could be read. */
  static List<Opened> readable(List<AuditSource> sources, AuditReport report) {
    List<Opened> readable = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      Store store = compared(sources.get(i), report.sources().get(i));
      if (store != null) {
        readable.add(new Opened(sources.get(i).name(), store));
      }
    }
    return readable;
  }

  /**
   * How two stores differ: in the first record in which they contradict each other, else in the
   * first that one of them lacks; empty if their records are the same, or cannot be read.
   */
  public static Optional<Disagreement> of(
      String leftName, Store left, String rightName, Store right) {
    try {
      Disagreements pair = new Disagreements(left, right);
      return pair.divergences
          .firstContradiction()
          .or(pair.divergences::first)
          .map(first -> pair.told(leftName, rightName, first));
    } catch (CairnException e) {
      return Optional.empty();
    }
  }

  /** The store that an audit compared for a source; null if it could not be made into one. */
  private static @Nullable Store compared(AuditSource source, AuditReport.Source audited) {
    if (source instanceof OfStore given) {
      return given.store();
    }
    boolean replayed = audited.stateRoot() != null || !audited.heads().isEmpty();
    return source instanceof OfBundle bundle && replayed ? bundle.scratch() : null;
  }

  private Disagreement told(String leftName, String rightName, Divergence first) {
    List<LogPair> logs = new ArrayList<>();
    long differ = 0;
    long same = 0;
    for (Origin origin : divergences.origins()) {
      LogPair pair = pair(origin);
      if (pair == null) {
        same++;
      } else if (++differ <= LOGS_MAX) {
        logs.add(pair);
      }
    }
    Origin origin = first.origin();
    return new Disagreement(
        leftName,
        rightName,
        first,
        Divergences.held(left, origin, first.index()).record().orElse(null),
        Divergences.held(right, origin, first.index()).record().orElse(null),
        logs,
        differ - logs.size(),
        same,
        descent(origin, first.index()),
        surroundings(origin, first.index()));
  }

  /** How a log stands on both sides; null if it is the same. */
  private @Nullable LogPair pair(Origin origin) {
    long leftSize = size(left, origin);
    long rightSize = size(right, origin);
    long equal = divergences.equalRecords(origin);
    if (equal == leftSize && equal == rightSize) {
      return null;
    }
    Standing standing =
        equal == rightSize
            ? Standing.RIGHT_LAGS
            : equal == leftSize ? Standing.LEFT_LAGS : Standing.CONTRADICTS;
    return new LogPair(
        origin,
        leftSize,
        hash(left, origin, 0, leftSize),
        rightSize,
        hash(right, origin, 0, rightSize),
        equal,
        standing);
  }

  private @Nullable Surroundings surroundings(Origin origin, long index) {
    try {
      return new SurroundingsFinder(left, right)
          .around(
              Divergences.held(left, origin, index).record(),
              Divergences.held(right, origin, index).record());
    } catch (CairnException e) {
      // A damaged edge or record: the audit of its source tells.
      return null;
    }
  }

  private List<Fork> descent(Origin origin, long index) {
    long size = Math.max(size(left, origin), size(right, origin));
    int level = Long.SIZE - Long.numberOfLeadingZeros(size - 1);
    List<Fork> descent = new ArrayList<>();
    long from = 0;
    while (--level >= 0) {
      long middle = from + (1L << level);
      if (middle >= size) {
        continue; // nobody holds anything of the upper half: no fork in either tree
      }
      boolean inLower = index < middle;
      Subtree lower = subtree(origin, from, middle);
      Subtree upper = subtree(origin, middle, Math.min(size, middle + (1L << level)));
      descent.add(new Fork(lower, upper, inLower));
      from = inLower ? from : middle;
      size = inLower ? middle : size;
    }
    return descent;
  }

  private Subtree subtree(Origin origin, long from, long to) {
    return new Subtree(from, to, hash(left, origin, from, to), hash(right, origin, from, to));
  }

  /** Hash over what a store holds of a range whose start is aligned; null if that is nothing. */
  private static @Nullable Bytes hash(Store store, Origin origin, long from, long to) {
    long end = Math.min(to, size(store, origin));
    return from >= end ? null : held(store, origin, from, end - from);
  }

  private static Bytes held(Store store, Origin origin, long from, long width) {
    long largest = Long.highestOneBit(width);
    int level = Long.numberOfTrailingZeros(largest);
    Bytes first = store.logSubtree(origin, level, from >>> level);
    return largest == width
        ? first
        : TreeHasher.node(first, held(store, origin, from + largest, width - largest));
  }

  private static long size(Store store, Origin origin) {
    return store.head(origin).map(LogHead::treeSize).orElse(0L);
  }
}
