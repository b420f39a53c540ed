package dev.cairn.federation.audit;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.audit.Divergences.Fork;
import dev.cairn.federation.audit.Divergences.Held;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/**
 * Compares what sources hold of one log: who contradicts whom, and who merely lags.
 *
 * <p>At the first record that not all who go so far hold alike, they fall into groups. The
 * <b>reference</b> is the group with a member whose record a checkpoint of the log's node covers
 * that verifies there; of several such, or of none, the largest; of equally large ones, that of the
 * source that was named first. Every source of another group differs from it, and is set aside; the
 * others are compared on. So the order in which sources are named counts only where signatures and
 * numbers decide nothing. Those that are left agree as far as they go: whoever goes less far lags
 * behind what is signed. What of another node's log goes beyond that is extra, and nobody lags. One
 * owner.
 */
final class LogComparison {
  /** How many records behind a difference are looked at to tell what it is. */
  static final int WINDOW = 256;

  private final Origin origin;
  private final List<Parting> partings = new ArrayList<>();
  private final List<Lag> lags = new ArrayList<>();
  private final List<ComparedSource> agreeing;

  /**
   * A source that contradicts the reference.
   *
   * @param index of the first record that does
   * @param reference a source of the reference's group
   * @param other the source that differs
   * @param difference how
   * @param expected what the reference holds
   * @param found what the other one holds
   */
  record Parting(
      long index,
      ComparedSource reference,
      ComparedSource other,
      DifferenceClass difference,
      Held expected,
      Held found) {}

  /**
   * A source that holds less than another, and nothing else.
   *
   * @param to how many records the one that is ahead holds, and can show to be the node's
   */
  record Lag(ComparedSource behind, ComparedSource ahead, long to) {}

  /**
   * Compares.
   *
   * @param sources all that are compared, in the order in which they were named
   */
  LogComparison(Origin origin, List<ComparedSource> sources) {
    this.origin = origin;
    List<ComparedSource> left = new ArrayList<>(sources);
    OptionalLong index = firstParting(left);
    while (index.isPresent()) {
      part(index.getAsLong(), left);
      index = firstParting(left);
    }
    this.agreeing = List.copyOf(left);
    Map<ComparedSource, Long> reach = new LinkedHashMap<>();
    left.forEach(each -> reach.put(each, reach(each)));
    long most = Collections.max(reach.values());
    ComparedSource ahead = left.get(0);
    for (ComparedSource each : left) {
      if (each.size(origin) > most) {
        unsigned(most, each, left);
      }
      ahead = reach(each, most) > reach(ahead, most) ? each : ahead;
    }
    for (ComparedSource each : left) {
      if (reach(each, most) < most) {
        lags.add(new Lag(each, ahead, most));
      }
    }
  }

  private long reach(ComparedSource source, long most) {
    return Math.min(source.size(origin), most);
  }

  /**
   * How many records of the log a source can show to be its node's: those up to the last checkpoint
   * that verifies, and of the log that it writes all. Nobody lags behind others than those.
   */
  private long reach(ComparedSource source) {
    long size = source.size(origin);
    boolean open = LogAudit.mayEndUnsigned(source.store(), origin);
    if (open || size == 0 || Divergences.signed(source.store(), origin, size - 1).isPresent()) {
      return size;
    }
    return Divergences.lastSigned(source.store(), origin);
  }

  /** What goes beyond all that anybody signed. */
  private void unsigned(long index, ComparedSource source, List<ComparedSource> all) {
    ComparedSource reference =
        all.stream().filter(each -> each.rank() != source.rank()).findFirst().orElse(null);
    if (reference != null) {
      partings.add(
          new Parting(
              index,
              reference,
              source,
              DifferenceClass.EXTRA,
              Held.NONE,
              Divergences.held(source.store(), origin, index)));
    }
  }

  /** Those that contradict their reference, in order of indexes, then as they were named. */
  List<Parting> partings() {
    return partings;
  }

  /** Those that contradict none of each other, as they were named; at least one. */
  List<ComparedSource> agreeing() {
    return agreeing;
  }

  /** Those that hold less than another, as they were named. */
  List<Lag> lags() {
    return lags;
  }

  private ComparedSource longest(List<ComparedSource> sources) {
    ComparedSource longest = sources.get(0);
    for (ComparedSource each : sources) {
      longest = each.size(origin) > longest.size(origin) ? each : longest;
    }
    return longest;
  }

  private OptionalLong firstParting(List<ComparedSource> sources) {
    ComparedSource longest = longest(sources);
    return sources.stream()
        .filter(each -> each.rank() != longest.rank())
        .map(each -> Divergences.between(longest, each).parts(origin))
        .flatMapToLong(OptionalLong::stream)
        .min();
  }

  /** Sets those aside that do not hold at an index what the reference holds. */
  private void part(long index, List<ComparedSource> agreeing) {
    Map<Held, List<ComparedSource>> groups = new LinkedHashMap<>();
    for (ComparedSource each : agreeing) {
      if (each.size(origin) > index) {
        Held held = Divergences.held(each.store(), origin, index);
        groups.computeIfAbsent(held, none -> new ArrayList<>()).add(each);
      }
    }
    if (groups.size() == 1) {
      otherTrees(index, agreeing);
      return;
    }
    Held expected =
        groups.entrySet().stream()
            .min(
                Comparator.<Map.Entry<Held, List<ComparedSource>>>comparingInt(
                        group -> isSigned(group.getValue(), index) ? 0 : 1)
                    .thenComparingInt(group -> -group.getValue().size())
                    .thenComparingInt(group -> group.getValue().get(0).rank()))
            .orElseThrow()
            .getKey();
    List<ComparedSource> right = Objects.requireNonNull(groups.remove(expected));
    for (Map.Entry<Held, List<ComparedSource>> group : groups.entrySet()) {
      for (ComparedSource other : group.getValue()) {
        ComparedSource reference = right.get(0);
        partings.add(
            new Parting(
                index,
                reference,
                other,
                difference(index, reference, expected, other, group.getKey()),
                expected,
                group.getKey()));
        agreeing.remove(other);
      }
    }
  }

  /** The records are the same, and the trees that are stored of them are not. */
  private void otherTrees(long index, List<ComparedSource> agreeing) {
    ComparedSource longest = longest(agreeing);
    Held held = Divergences.held(longest.store(), origin, index);
    for (ComparedSource other : List.copyOf(agreeing)) {
      OptionalLong parts = Divergences.between(longest, other).parts(origin);
      if (other.rank() != longest.rank() && parts.isPresent() && parts.getAsLong() == index) {
        partings.add(new Parting(index, longest, other, DifferenceClass.DERIVED_STATE, held, held));
        agreeing.remove(other);
      }
    }
  }

  private boolean isSigned(List<ComparedSource> group, long index) {
    return group.stream()
        .anyMatch(
            each ->
                !each.damage().suspects(origin).contains(index / LogAudit.TILE)
                    && Divergences.signed(each.store(), origin, index).isPresent());
  }

  private DifferenceClass difference(
      long index, ComparedSource reference, Held expected, ComparedSource other, Held found) {
    boolean forked =
        Divergences.between(reference, other)
            .fork(origin)
            .map(Fork::index)
            .filter(at -> at == index)
            .isPresent();
    if (forked) {
      return DifferenceClass.FORKED;
    }
    return difference(
        expected,
        found,
        record -> follows(other, index, record, found),
        record -> follows(reference, index, record, found));
  }

  /**
   * How two logs of which one is not known to be a fork of the other differ in a place.
   *
   * @param comesLater whether a record that the reference holds there stands a little behind it in
   *     the other log
   * @param cameEarlier whether one that the other log holds there stands a little behind it in the
   *     reference
   */
  static DifferenceClass difference(
      Held expected,
      Held found,
      Predicate<LogRecord> comesLater,
      Predicate<LogRecord> cameEarlier) {
    LogRecord theirs = found.record().orElse(null);
    LogRecord ours = expected.record().orElse(null);
    if (theirs == null) {
      return DifferenceClass.MISSING;
    }
    if (ours == null) {
      return DifferenceClass.EXTRA;
    }
    if (sameContent(ours, theirs)) {
      return sameTime(ours, theirs) ? DifferenceClass.ORDER : DifferenceClass.CLOCK;
    }
    boolean later = comesLater.test(ours);
    boolean earlier = cameEarlier.test(theirs);
    if (later && earlier) {
      return DifferenceClass.ORDER;
    }
    if (later) {
      return DifferenceClass.EXTRA;
    }
    return earlier ? DifferenceClass.MISSING : DifferenceClass.PAYLOAD;
  }

  /**
   * True if a record stands a little behind an index in a source, or farther behind, where the one
   * that was found at the index says to stand itself: two rows may have changed places.
   */
  private boolean follows(ComparedSource source, long index, LogRecord wanted, Held found) {
    long size = source.size(origin);
    long end = Math.min(size, index + 1 + WINDOW);
    long own = found.record().map(LogRecord::index).orElse(index);
    return LongStream.concat(
            LongStream.range(index + 1, end),
            own >= end && own < size ? LongStream.of(own) : LongStream.empty())
        .mapToObj(at -> Divergences.held(source.store(), origin, at).record())
        .flatMap(Optional::stream)
        .anyMatch(record -> sameContent(record, wanted));
  }

  static boolean sameContent(LogRecord one, LogRecord other) {
    return one.kind() == other.kind()
        && one.id().equals(other.id())
        && Objects.equals(one.tag(), other.tag())
        && one.payloadLength() == other.payloadLength()
        && one.payloadDigest().equals(other.payloadDigest());
  }

  private static boolean sameTime(LogRecord one, LogRecord other) {
    return one.logseq() == other.logseq() && one.hlc() == other.hlc();
  }
}
