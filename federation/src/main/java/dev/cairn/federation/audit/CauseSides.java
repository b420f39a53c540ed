package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import java.util.stream.Stream;

/** The two sources of one walk. */
record CauseSides(CauseSide left, CauseSide right) {
  CauseSide of(boolean inLeft) {
    return inLeft ? left : right;
  }

  /** Where the records of what they have in one place stand, for people. */
  String recorded(ArtifactKey ofLeft, ArtifactKey ofRight) {
    return Stream.of(left.recorded(ofLeft), right.recorded(ofRight))
        .filter(text -> !text.isEmpty())
        .distinct()
        .reduce((one, other) -> one + "; " + other)
        .orElse("");
  }
}
