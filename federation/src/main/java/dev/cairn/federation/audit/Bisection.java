package dev.cairn.federation.audit;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Searches the commits between two cuts, in their total order of (logseq, origin), for the first
 * after which something no longer holds.
 *
 * <p>It asks at a number of cuts that grows with the logarithm of how many commits there are. If
 * what is asked changes more than once between the two cuts, one of the changes for the worse is
 * found. Nothing is written. One owner.
 */
public final class Bisection {
  private final Store store;
  private final Predicate<Cut> holds;
  private int asked;

  /**
   * A search in {@code store}, which is not written to meanwhile.
   *
   * @param holds what is searched for, of a cut; asked at least twice, and never of the same cut
   *     again in a row. What it throws ends the search
   */
  public Bisection(Store store, Predicate<Cut> holds) {
    this.store = store;
    this.holds = holds;
  }

  /** How a search ends. */
  public sealed interface Outcome {
    /** How often was asked. */
    int asked();
  }

  /**
   * The commit is found.
   *
   * @param origin whose log it is in
   * @param logseq of the commit
   * @param firstIndex of its first record in that log
   * @param records how many it has
   * @param before the cut before it, under which it holds
   * @param after the cut with it, under which it does not hold
   */
  public record Found(
      Origin origin, long logseq, long firstIndex, long records, Cut before, Cut after, int asked)
      implements Outcome {}

  /** It does not hold under the good cut. */
  public record NeverHeld(int asked) implements Outcome {}

  /** It holds under the bad cut. */
  public record StillHolds(int asked) implements Outcome {}

  /** How often a search up to this cut asks at most. */
  public static int asksMax(Cut bad) {
    long high = bad.logseqs().values().stream().mapToLong(Long::longValue).max().orElse(0);
    return 2 + halvings(high) + halvings(bad.logseqs().size());
  }

  private static int halvings(long count) {
    return Long.SIZE - Long.numberOfLeadingZeros(Math.max(0, count - 1));
  }

  /** The first commit after which it does not hold, of those in {@code bad} but not in good. */
  public Outcome search(Cut good, Cut bad) {
    check(good, bad);
    long low = 0;
    Cut before = at(good, bad, low);
    if (!ask(before)) {
      return new NeverHeld(asked);
    }
    long high = bad.logseqs().values().stream().mapToLong(Long::longValue).max().orElse(0);
    Cut after = at(good, bad, high);
    if (after.equals(before) || ask(after)) {
      return new StillHolds(asked);
    }
    while (high - low > 1) {
      long middle = low + (high - low) / 2;
      Cut cut = at(good, bad, middle);
      if (cut.equals(before) || (!cut.equals(after) && ask(cut))) {
        low = middle;
        before = cut;
      } else {
        high = middle;
        after = cut;
      }
    }
    return among(before, after, high);
  }

  private boolean ask(Cut cut) {
    asked++;
    return holds.test(cut);
  }

  private void check(Cut good, Cut bad) {
    bad.logseqs()
        .forEach(
            (origin, logseq) -> {
              long held = store.head(origin).map(LogHead::lastLogseq).orElse(0L);
              if (held < logseq) {
                throw new RefusedException(
                    "log " + origin + " ends at logseq " + held + ", before the bad cut");
              }
            });
    good.logseqs()
        .forEach(
            (origin, logseq) -> {
              if (bad.logseqs().getOrDefault(origin, 0L) < logseq) {
                throw new RefusedException(
                    "the good cut is not before the bad one: it has more of log " + origin);
              }
            });
  }

  /** The commits up to {@code logseq}, no less than the good cut and no more than the bad one. */
  private Cut at(Cut good, Cut bad, long logseq) {
    TreeMap<Origin, Long> cut = new TreeMap<>();
    for (Map.Entry<Origin, Long> end : bad.logseqs().entrySet()) {
      Origin origin = end.getKey();
      long from = good.logseqs().getOrDefault(origin, 0L);
      long last = lastCommit(origin, Math.max(from, Math.min(logseq, end.getValue())));
      if (last > 0) {
        cut.put(origin, last);
      }
    }
    return new Cut(cut);
  }

  /** The logseq of an origin's last commit that is not above {@code logseq}; 0 if there is none. */
  private long lastCommit(Origin origin, long logseq) {
    long size = store.firstIndexAfter(origin, logseq);
    return size == 0 ? 0 : store.record(origin, size - 1).orElseThrow().logseq();
  }

  /** Of several commits with one logseq the first, in order of origins, that makes it fail. */
  private Outcome among(Cut before, Cut after, long logseq) {
    List<Origin> origins = new ArrayList<>();
    after
        .logseqs()
        .forEach(
            (origin, last) -> {
              if (last == logseq && before.logseqs().getOrDefault(origin, 0L) < logseq) {
                origins.add(origin);
              }
            });
    int low = 0;
    int high = origins.size();
    while (high - low > 1) {
      int middle = low + (high - low) / 2;
      if (ask(with(before, origins.subList(0, middle), logseq))) {
        low = middle;
      } else {
        high = middle;
      }
    }
    Origin origin = origins.get(low);
    long first = store.firstIndexAfter(origin, logseq - 1);
    return new Found(
        origin,
        logseq,
        first,
        store.firstIndexAfter(origin, logseq) - first,
        with(before, origins.subList(0, low), logseq),
        with(before, origins.subList(0, high), logseq),
        asked);
  }

  private static Cut with(Cut before, List<Origin> origins, long logseq) {
    TreeMap<Origin, Long> cut = new TreeMap<>(before.logseqs());
    origins.forEach(origin -> cut.put(origin, logseq));
    return new Cut(cut);
  }
}
