package dev.cairn.federation.audit;

import dev.cairn.federation.audit.CauseTree.Made;
import dev.cairn.federation.audit.CauseTree.Step;
import dev.cairn.federation.audit.CauseTree.Why;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A step of a {@link CauseTree} in the making. One owner. */
final class CauseDraft {
  private final int number;
  private final @Nullable CauseDraft explained;
  private final int depth;
  private final String place;
  private final CausePair pair;
  private @Nullable Made leftMade;
  private @Nullable Made rightMade;
  private Why why = Why.FOLLOWS;
  private String detail = "";
  private @Nullable CauseDraft shownAt;
  private boolean leftRuns;
  private int tried;
  private int behind;
  private boolean cut;

  /**
   * A step of which no more is known.
   *
   * @param explained the one whose difference it explains; null for the first
   */
  CauseDraft(int number, @Nullable CauseDraft explained, String place, CausePair pair) {
    this.number = number;
    this.explained = explained;
    this.depth = explained == null ? 0 : explained.depth + 1;
    this.place = place;
    this.pair = pair;
  }

  int number() {
    return number;
  }

  @Nullable CauseDraft explained() {
    return explained;
  }

  int depth() {
    return depth;
  }

  CausePair pair() {
    return pair;
  }

  Why why() {
    return why;
  }

  /** Says how each side's was made. */
  void made(@Nullable Made byLeft, @Nullable Made byRight) {
    leftMade = byLeft;
    rightMade = byRight;
  }

  /** True if it is told of one side at least how that was made. */
  boolean isMade() {
    return leftMade != null || rightMade != null;
  }

  void end(Why reason, String more) {
    why = reason;
    detail = more;
  }

  /**
   * What would tell of it could not be read. Where nothing else does, that ends it, and not that
   * nothing tells of it.
   */
  void unread(List<String> what) {
    if (why.isAbsence()) {
      String known = detail.isEmpty() ? "" : "; " + detail;
      end(Why.UNREADABLE, String.join("; ", what) + known);
    }
  }

  /** It is told at an earlier step. */
  void endAs(CauseDraft earlier) {
    shownAt = earlier;
    end(Why.SHOWN, "step " + earlier.number);
  }

  /** The earlier step at which it is told; null if it is told here. */
  @Nullable CauseDraft shownAt() {
    return why == Why.SHOWN ? shownAt : null;
  }

  /** It is to be explained outside of the two runs in which it came up. */
  void leaveRuns() {
    leftRuns = true;
  }

  boolean hasLeftRuns() {
    return leftRuns;
  }

  /** Something else is to be looked at to explain it. */
  void tried() {
    tried++;
  }

  /** How much was to be looked at to explain it. */
  int triedSoFar() {
    return tried;
  }

  /** A step was added that explains it. */
  void hasBehind() {
    behind++;
  }

  /** There was no room for a step that would explain it. */
  void cut() {
    cut = true;
  }

  boolean isCut() {
    return cut;
  }

  /** The steps on the way here that are about the same two artifacts. */
  List<CauseDraft> before() {
    List<CauseDraft> same = new ArrayList<>();
    for (CauseDraft at = explained; at != null; at = at.explained) {
      if (at.pair.equals(pair)) {
        same.add(at);
      }
    }
    return same;
  }

  /** What those say of how one side's was made: to tell it again leads nowhere. */
  List<Made> madeBefore(boolean inLeft) {
    return before().stream()
        .flatMap(each -> Stream.ofNullable(inLeft ? each.leftMade : each.rightMade))
        .toList();
  }

  /** What is behind it, for which there was no room, is not told. */
  boolean isCutOff() {
    return why == Why.FOLLOWS && tried > 0 && behind == 0;
  }

  Step done() {
    int explains = explained == null ? -1 : explained.number;
    return new Step(
        number,
        explains,
        depth,
        place,
        pair.left(),
        pair.right(),
        leftMade,
        rightMade,
        why,
        detail);
  }
}
