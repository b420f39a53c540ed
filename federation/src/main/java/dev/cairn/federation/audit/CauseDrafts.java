package dev.cairn.federation.audit;

import dev.cairn.federation.audit.CauseTree.Step;
import dev.cairn.federation.audit.CauseTree.Why;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a {@link CauseTree} in the making, and which of them are still to be explained:
 * nearest first, each pair of artifacts once, within bounds. One owner.
 */
final class CauseDrafts {
  /** Most steps of one tree. */
  static final int STEPS_MAX = 256;

  /** Most steps on one way. */
  static final int DEPTH_MAX = 64;

  /** Most endpoints of edges that are compared with each other for one tree. */
  static final long COMPARISONS_MAX = 1L << 23;

  private final List<CauseDraft> drafts = new ArrayList<>();
  private final Map<Visit, CauseDraft> seen = new HashMap<>();
  private final ArrayDeque<CauseDraft> open = new ArrayDeque<>();
  private boolean complete = true;
  private long comparisonsLeft = COMPARISONS_MAX;

  /**
   * Two artifacts at the so-manieth step of one way that is about them: what gives back its input
   * leads to the same pair again, of which then something else is asked.
   */
  private record Visit(CausePair pair, int before) {}

  /** A new step; empty if both sides have the same there, or it is not to be explained itself. */
  Optional<CauseDraft> add(@Nullable CauseDraft explained, String place, CausePair pair) {
    if (pair.isSame()) {
      return Optional.empty();
    }
    if (explained != null) {
      explained.tried();
    }
    if (drafts.size() == STEPS_MAX) {
      if (explained != null) {
        explained.cut();
      }
      complete = false;
      return Optional.empty();
    }
    CauseDraft draft = new CauseDraft(drafts.size(), explained, place, pair);
    drafts.add(draft);
    if (explained != null) {
      explained.hasBehind();
    }
    CauseDraft before = seen.putIfAbsent(new Visit(pair, draft.before().size()), draft);
    if (before != null) {
      draft.endAs(before);
      return Optional.empty();
    }
    if (draft.depth() == DEPTH_MAX) {
      complete = false;
      draft.end(Why.BOUND, DEPTH_MAX + " steps deep");
      return Optional.empty();
    }
    return Optional.of(draft);
  }

  /** Adds a step that is to be explained in its turn. */
  void follow(CauseDraft explained, String place, CausePair pair) {
    add(explained, place, pair).ifPresent(open::add);
  }

  /** A step is to be explained when those before it are. */
  void toExplain(CauseDraft draft) {
    open.add(draft);
  }

  /** The next one to explain; null if there is none. */
  @Nullable CauseDraft next() {
    return open.poll();
  }

  /** Whether so many endpoints more may be compared. */
  boolean mayCompare(long endpoints) {
    comparisonsLeft -= endpoints;
    complete &= comparisonsLeft >= 0;
    return comparisonsLeft >= 0;
  }

  /** Something was left out. */
  void leftOut() {
    complete = false;
  }

  boolean isComplete() {
    return complete;
  }

  /** All steps, as they are told. */
  List<Step> done() {
    drafts.stream()
        .filter(CauseDraft::isCutOff)
        .forEach(each -> each.end(Why.BOUND, STEPS_MAX + " steps in all"));
    endCircles();
    return drafts.stream().map(CauseDraft::done).toList();
  }

  /**
   * Ends the ways that lead from step to step told above, and nowhere else: there, each of several
   * artifacts is said to have been made from the others.
   */
  private void endCircles() {
    boolean[] leads = new boolean[drafts.size()];
    boolean more = true;
    while (more) {
      more = false;
      for (CauseDraft each : drafts) {
        CauseDraft shown = each.shownAt();
        CauseDraft explained = each.explained();
        if (!leads[each.number()]
            && (each.why().ends() || (shown != null && leads[shown.number()]))) {
          leads[each.number()] = true;
          more = true;
        }
        if (leads[each.number()] && explained != null && !leads[explained.number()]) {
          leads[explained.number()] = true;
          more = true;
        }
      }
    }
    for (CauseDraft each : drafts) {
      CauseDraft shown = each.shownAt();
      if (shown != null && !leads[each.number()]) {
        each.end(Why.CIRCLE, "step " + shown.number());
      }
    }
  }
}
