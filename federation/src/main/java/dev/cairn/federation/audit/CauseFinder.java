package dev.cairn.federation.audit;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.CauseSide.Deriving;
import dev.cairn.federation.audit.CauseSide.Run;
import dev.cairn.federation.audit.CauseTree.Made;
import dev.cairn.federation.audit.CauseTree.Why;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Walks up, in two sources at once, from an artifact in whose place they do not have the same: from
 * an output to the step that gave it, from a step to its inputs ({@link RunWalk}), from the input
 * of a run to the run that gave it, where there is no receipt along edges ({@link EdgeWalk}), and
 * as long as what it was made from differs. Nearest first, each pair of artifacts once, within
 * bounds ({@link CauseDrafts}); the same sources give the same tree.
 *
 * <p>Where the two say in different ways how something came to be, those runs are laid beside each
 * other that have most in common: the program, then the number of equal inputs, then the least
 * keys. The stores must have been opened with the graph's and the receipts' indexes. One owner, for
 * one walk.
 */
final class CauseFinder {
  private final CauseSides sides;
  private final CauseDrafts drafts = new CauseDrafts();
  private final EdgeWalk edgeWalk;

  CauseFinder(String leftName, Store leftStore, String rightName, Store rightStore) {
    this(new CauseSides(new CauseSide(leftName, leftStore), new CauseSide(rightName, rightStore)));
  }

  CauseFinder(CauseSides sides) {
    this.sides = sides;
    this.edgeWalk = new EdgeWalk(sides, drafts);
  }

  /** Why the sources do not have the same where one of them has an artifact. */
  CauseTree of(ArtifactKey key) {
    new CauseStart(sides, drafts).of(key).ifPresent(drafts::toExplain);
    return walk(key.toString());
  }

  /** Why two artifacts that stand in one place are not the same. */
  CauseTree of(String place, ArtifactKey leftKey, ArtifactKey rightKey) {
    drafts.add(null, place, new CausePair(leftKey, rightKey)).ifPresent(drafts::toExplain);
    return walk(place);
  }

  /** What was passed over as it could not be read, for people. */
  List<String> unread() {
    return sides.unread();
  }

  /**
   * What is known of an artifact that is not explained, for people: of each source, if anything.
   */
  List<String> known(ArtifactKey key) {
    return Stream.of(sides.left().known(key), sides.right().known(key))
        .filter(text -> !text.isEmpty())
        .distinct()
        .toList();
  }

  private CauseTree walk(String about) {
    for (CauseDraft next = drafts.next(); next != null; next = drafts.next()) {
      try {
        explain(next);
      } catch (CairnException e) {
        // An audit of the source by itself tells; here it ends one way of several.
        next.end(Why.UNREADABLE, String.valueOf(e.getMessage()));
      }
      List<String> unread = sides.takeUnread();
      if (!unread.isEmpty()) {
        next.unread(unread);
      }
    }
    return new CauseTree(
        sides.left().name(),
        sides.right().name(),
        about,
        drafts.done(),
        drafts.isComplete() && !sides.left().isBounded() && !sides.right().isBounded());
  }

  private void explain(CauseDraft draft) {
    ArtifactKey ofLeft = draft.pair().left();
    ArtifactKey ofRight = draft.pair().right();
    if (ofLeft == null || ofRight == null) {
      explainOneSided(draft, Objects.requireNonNull(ofLeft == null ? ofRight : ofLeft));
      return;
    }
    Run leftReceipt = sides.left().run(ofLeft).orElse(null);
    Run rightReceipt = sides.right().run(ofRight).orElse(null);
    if (leftReceipt != null && rightReceipt != null) {
      new RunWalk(sides, drafts, draft, new CauseRuns(leftReceipt, rightReceipt)).all();
      return;
    }
    List<Run> leftRuns = runs(draft, ofLeft, true);
    List<Run> rightRuns = runs(draft, ofRight, false);
    if (!leftRuns.isEmpty() && !rightRuns.isEmpty()) {
      new RunWalk(sides, drafts, draft, CauseRuns.nearest(leftRuns, rightRuns)).from();
      return;
    }
    List<Deriving> leftEdges = edges(draft, ofLeft, true);
    List<Deriving> rightEdges = edges(draft, ofRight, false);
    if (!leftEdges.isEmpty() && !rightEdges.isEmpty()) {
      edgeWalk.explain(draft, leftEdges, rightEdges);
      return;
    }
    draft.made(made(leftRuns, leftEdges), made(rightRuns, rightEdges));
    if (sides.isSpent()) {
      draft.end(Why.BOUND, CauseSides.SPENT);
      return;
    }
    draft.end(draft.isMade() ? Why.ONE_MADE : Why.INPUT, sides.recorded(ofLeft, ofRight));
  }

  /**
   * The runs that gave an artifact, but for those that passed on what they were given; of one met
   * before on the way, only what leads elsewhere.
   */
  private List<Run> runs(CauseDraft draft, ArtifactKey key, boolean inLeft) {
    List<Made> before = draft.madeBefore(inLeft);
    return sides.of(inLeft).runsOf(key).stream()
        .filter(
            run ->
                isNew(run.key(), before)
                    && (!run.receipt().inputs().containsValue(key)
                        || (before.isEmpty() && isGivenByStep(run, key))))
        .toList();
  }

  /** An edge itself, or those that lead to an artifact; again only what leads elsewhere. */
  private List<Deriving> edges(CauseDraft draft, ArtifactKey key, boolean inLeft) {
    CauseSide side = sides.of(inLeft);
    List<Made> before = draft.madeBefore(inLeft);
    return side.edge(key).map(List::of).orElseGet(() -> side.edgesTo(key)).stream()
        .filter(
            each ->
                before.isEmpty()
                    || (isNew(each.key(), before)
                        && each.edge().from().stream().noneMatch(end -> end.key().equals(key))))
        .toList();
  }

  private static boolean isGivenByStep(Run run, ArtifactKey key) {
    return run.receipt().steps().values().stream().anyMatch(step -> step.outputs().contains(key));
  }

  private static boolean isNew(ArtifactKey maker, List<Made> before) {
    return before.stream().noneMatch(made -> made.key().equals(maker));
  }

  private static @Nullable Made made(List<Run> runs, List<Deriving> edges) {
    if (!runs.isEmpty()) {
      return new Made(runs.get(0).key(), "", "");
    }
    return edges.isEmpty() ? null : EdgeWalk.made(edges.get(0));
  }

  /** What one side has and the other side does not. */
  private void explainOneSided(CauseDraft draft, ArtifactKey key) {
    boolean inLeft = draft.pair().left() != null;
    CauseSide here = sides.of(inLeft);
    CauseSide there = sides.of(!inLeft);
    if (there.shows(key)) {
      draft.end(Why.NOT_MADE, there.name() + " has it, and nothing in this place");
      return;
    }
    Run run = here.run(key).or(() -> runs(draft, key, inLeft).stream().findFirst()).orElse(null);
    Deriving edge =
        run == null ? edges(draft, key, inLeft).stream().findFirst().orElse(null) : null;
    Made made =
        run != null ? new Made(run.key(), "", "") : edge == null ? null : EdgeWalk.made(edge);
    draft.made(inLeft ? made : null, inLeft ? null : made);
    if (run != null) {
      lacking(draft, "program", run.receipt().program(), there, inLeft);
      run.receipt()
          .inputs()
          .forEach((name, input) -> lacking(draft, "input " + name, input, there, inLeft));
    } else if (edge != null) {
      edge.edge()
          .from()
          .forEach(end -> lacking(draft, EdgeWalk.place(end), end.key(), there, inLeft));
    }
    if (run == null && here.isSpent() && draft.triedSoFar() == 0) {
      draft.end(Why.BOUND, CauseSides.SPENT);
    } else if (made == null || there.shows(made.key())) {
      draft.end(Why.NOT_HELD, there.whyNot(key, here));
    } else if (draft.triedSoFar() == 0) {
      draft.end(Why.NOT_MADE, there.whyNot(made.key(), here));
    }
  }

  private void lacking(
      CauseDraft draft, String place, ArtifactKey key, CauseSide there, boolean inLeft) {
    if (!draft.isCut() && !there.shows(key)) {
      drafts.follow(draft, place, CausePair.of(key, null, inLeft));
    }
  }
}
