package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import java.util.List;
import java.util.stream.Stream;

/** The two sources of one walk. */
record CauseSides(CauseSide left, CauseSide right) {
  /** Why it ends where not all was read that would tell, for people. */
  static final String SPENT =
      (CauseSide.RECEIPT_BYTES_IN_ALL_MAX >> 20)
          + " MiB of receipts, or as much of edges as may be read, in all";

  /** True if of one of them something was not read, as so much was: it may tell otherwise. */
  boolean isSpent() {
    return left.isSpent() || right.isSpent();
  }

  /** What could not be read since this was asked last, for people. */
  List<String> takeUnread() {
    return Stream.of(left, right)
        .flatMap(side -> side.unread().takeFresh().stream())
        .distinct()
        .toList();
  }

  /** What could not be read at all, for people. */
  List<String> unread() {
    return Stream.of(left, right).flatMap(side -> side.unread().all().stream()).distinct().toList();
  }

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
