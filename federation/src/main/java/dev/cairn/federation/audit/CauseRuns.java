package dev.cairn.federation.audit;

import dev.cairn.federation.audit.CauseSide.Run;
import java.util.List;
import java.util.Objects;

/** Two runs that are laid beside each other, one of each source. */
record CauseRuns(Run left, Run right) {
  Run of(boolean inLeft) {
    return inLeft ? left : right;
  }

  /** Those that have most in common: the program, then equal inputs, then the first ones. */
  static CauseRuns nearest(List<Run> leftRuns, List<Run> rightRuns) {
    CauseRuns best = null;
    long bestScore = -1;
    for (Run one : leftRuns) {
      for (Run other : rightRuns) {
        boolean program = one.receipt().program().equals(other.receipt().program());
        long score = equalInputs(one, other) + (program ? 1L << 32 : 0);
        if (score > bestScore) {
          best = new CauseRuns(one, other);
          bestScore = score;
        }
      }
    }
    return Objects.requireNonNull(best);
  }

  /** How many inputs of one run the other has too, under the same names. */
  static long equalInputs(Run one, Run other) {
    return one.receipt().inputs().entrySet().stream()
        .filter(input -> input.getValue().equals(other.receipt().inputs().get(input.getKey())))
        .count();
  }
}
