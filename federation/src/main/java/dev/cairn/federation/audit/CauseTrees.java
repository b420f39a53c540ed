package dev.cairn.federation.audit;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.federation.audit.ContradictedRuns.Contradiction;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Why sources that an audit compared do not have the same artifacts: of runs whose receipts
 * contradict each other, of the record in which two logs contradict each other first, and of what
 * is asked for.
 *
 * @param trees in order of pairs of sources: the record first, then runs in the order of the
 *     digests of what was run
 * @param leftOut how many more contradicted runs there are
 * @param note what is not explained and why, what could not be read on the way, and what is known
 *     of the rest, for people; empty if there is nothing to say
 */
public record CauseTrees(List<CauseTree> trees, long leftOut, String note) {
  /** Most contradicted runs explained of each pair of sources. */
  public static final int RUNS_MAX = 8;

  /** Nothing to explain. */
  public static final CauseTrees NONE = new CauseTrees(List.of(), 0, "");

  /** Nothing can be explained of a peer that was asked for hashes only. */
  public static final CauseTrees NEEDS_RECORDS =
      new CauseTrees(
          List.of(),
          0,
          "what led to the difference is not known: that takes the peer's records, so audit it"
              + " without --check comparison, or with --explain KEY");

  public CauseTrees {
    trees = List.copyOf(trees);
  }

  /**
   * Explains how the first source and each other one differ; at most {@value
   * Disagreements#PAIRS_MAX} pairs.
   *
   * @param sources as they were audited, and still open
   * @param report of that audit
   */
  public static CauseTrees of(List<AuditSource> sources, AuditReport report) {
    List<CauseTree> trees = new ArrayList<>();
    Set<String> notes = new LinkedHashSet<>();
    long leftOut = 0;
    for (Disagreements.Pair pair : pairs(sources, report)) {
      leftOut += new Of(pair).add(trees, notes);
    }
    return new CauseTrees(trees, leftOut, String.join("; ", notes));
  }

  /**
   * Explains why the sources do not have the same in the place of an artifact: of the first source
   * and each other one; of a single source, why it has two answers.
   *
   * @param key an artifact, a receipt or a program that one of them has
   */
  public static CauseTrees of(List<AuditSource> sources, AuditReport report, ArtifactKey key) {
    List<Disagreements.Pair> pairs = pairs(sources, report);
    List<CauseTree> trees = new ArrayList<>();
    boolean shown = false;
    Set<String> notes = new LinkedHashSet<>();
    Set<String> known = new LinkedHashSet<>();
    for (Disagreements.Pair pair : pairs.isEmpty() ? alone(sources, report) : pairs) {
      CauseFinder finder = new Of(pair).finder();
      boolean explained = false;
      try {
        shown |= pair.leftStore().now().isLive(key) || pair.rightStore().now().isLive(key);
        CauseTree tree = finder.of(key);
        explained = !tree.steps().isEmpty();
        if (explained) {
          trees.add(tree);
        }
      } catch (CairnException e) {
        // The audit of the source tells what is wrong with it.
        notes.add(
            key
                + " cannot be explained of "
                + pair.leftName()
                + " and "
                + pair.rightName()
                + ": "
                + e.getMessage());
      }
      if (!explained) {
        known.addAll(finder.known(key));
      }
      notes.addAll(finder.unread());
    }
    if (!trees.isEmpty()) {
      return new CauseTrees(trees, 0, String.join("; ", notes));
    }
    String first =
        !notes.isEmpty()
            ? String.join("; ", notes)
            : shown
                ? key
                    + " needs no explanation: all sources "
                    + (Disagreements.readable(sources, report).size() < sources.size()
                        ? "that could be read "
                        : "")
                    + "show it, and no receipt tells of another in its place"
                : "no source shows " + key;
    boolean tellKnown = !notes.isEmpty() || !shown;
    return new CauseTrees(
        trees,
        0,
        tellKnown && !known.isEmpty()
            ? first + "; what else is known: " + String.join("; ", known)
            : first);
  }

  /** The first source that could be read, beside itself; none if none could. */
  private static List<Disagreements.Pair> alone(List<AuditSource> sources, AuditReport report) {
    return Disagreements.readable(sources, report).stream()
        .limit(1)
        .map(source -> Disagreements.Pair.of(source, source))
        .toList();
  }

  /** The pairs of one federation: others have nothing to do with each other. */
  private static List<Disagreements.Pair> pairs(List<AuditSource> sources, AuditReport report) {
    return Disagreements.pairs(sources, report).stream()
        .filter(pair -> pair.leftStore().federation().equals(pair.rightStore().federation()))
        .limit(Disagreements.PAIRS_MAX)
        .toList();
  }

  /** Receipts of one run that contradict each other, one of each of two sources. */
  private record Two(ArtifactKey left, ArtifactKey right) {
    /** Rather such as only one side has; none if one side has none. */
    static Optional<Two> of(Contradiction run) {
      List<LiveEntry> ofLeft = first(run.receipts().get(0), run.receipts().get(1));
      List<LiveEntry> ofRight = first(run.receipts().get(1), run.receipts().get(0));
      return ofLeft.stream()
          .flatMap(
              one ->
                  ofRight.stream()
                      .filter(other -> !isOneOf(one, List.of(other)))
                      .limit(1)
                      .map(other -> new Two(one.key(), other.key())))
          .findFirst();
    }

    /** In front those that others do not have. */
    private static List<LiveEntry> first(List<LiveEntry> receipts, List<LiveEntry> others) {
      return Stream.concat(
              receipts.stream().filter(receipt -> !isOneOf(receipt, others)),
              receipts.stream().filter(receipt -> isOneOf(receipt, others)))
          .toList();
    }

    private static boolean isOneOf(LiveEntry receipt, List<LiveEntry> others) {
      return others.stream()
          .anyMatch(other -> ContradictedRuns.said(other).equals(ContradictedRuns.said(receipt)));
    }
  }

  /** Two sources. */
  private record Of(Disagreements.Pair pair) {
    CauseFinder finder() {
      return new CauseFinder(
          pair.leftName(), pair.leftStore(), pair.rightName(), pair.rightStore());
    }

    /** Adds what there is to explain, and what cannot be; how much more there is. */
    long add(List<CauseTree> trees, Set<String> notes) {
      try {
        record(notes).filter(Of::saysMore).ifPresent(trees::add);
      } catch (CairnException e) {
        notes.add("why " + both() + " part cannot be explained: " + e.getMessage());
      }
      try {
        return contradictions(trees, notes);
      } catch (CairnException e) {
        notes.add(
            "which runs of " + both() + " contradict each other is not known: " + e.getMessage());
        return 0;
      }
    }

    private long contradictions(List<CauseTree> trees, Set<String> notes) {
      List<Two> first = new ArrayList<>();
      long[] count = new long[1];
      new ContradictedRuns(List.of(pair.leftStore(), pair.rightStore()))
          .forEach(
              each -> {
                Optional<Two> two = Two.of(each);
                count[0] += two.isPresent() ? 1 : 0;
                two.filter(told -> first.size() < RUNS_MAX).ifPresent(first::add);
              },
              (source, why) ->
                  notes.add(
                      "runs of "
                          + both()
                          + " that contradict each other are explained only as far as "
                          + (source == 0 ? pair.leftName() : pair.rightName())
                          + " can be read: "
                          + why.getMessage()));
      first.forEach(two -> trees.add(tree("run", two.left, two.right, notes)));
      return count[0] - first.size();
    }

    private String both() {
      return pair.leftName() + " and " + pair.rightName();
    }

    private CauseTree tree(String place, ArtifactKey left, ArtifactKey right, Set<String> notes) {
      CauseFinder finder = finder();
      CauseTree tree = finder.of(place, left, right);
      notes.addAll(finder.unread());
      return tree;
    }

    /** That a record is not there is told by the audit; how it came to be is not. */
    private static boolean saysMore(CauseTree tree) {
      return tree.steps().stream()
          .anyMatch(step -> step.leftMade() != null || step.rightMade() != null);
    }

    /** The record in which the logs contradict each other first. */
    private Optional<CauseTree> record(Set<String> notes) {
      return Disagreements.of(
              pair.leftName(), pair.leftStore(), pair.rightName(), pair.rightStore())
          .filter(Disagreement::contradicts)
          .flatMap(
              told ->
                  tree(
                      Objects.requireNonNull(told.leftRecord()),
                      Objects.requireNonNull(told.rightRecord()),
                      notes));
    }

    /** Where one log lacks a record, what stands in its place is another thing. */
    private Optional<CauseTree> tree(LogRecord left, LogRecord right, Set<String> notes) {
      for (LogRecord each : List.of(left, right)) {
        CauseFinder finder = finder();
        CauseTree tree = finder.of(each.id());
        if (each.isPut()) {
          notes.addAll(finder.unread());
          if (!tree.steps().isEmpty()) {
            return Optional.of(tree);
          }
        }
      }
      return Optional.empty();
    }
  }
}
