package dev.cairn.asl.store;

import dev.cairn.asl.note.Checkpoint;
import java.util.List;

/**
 * A stretch that {@link Store#verify} found to agree with itself and with its checkpoint's
 * signature, though not yet with the log that it goes on with: what {@link
 * Store#replicate(VerifiedStretch)} takes. Only the store that verified it takes it. Immutable.
 */
public final class VerifiedStretch {
  private final StretchChecker by;
  private final Stretch stretch;
  private final List<StretchChecker.Checked> records;
  private final Checkpoint checkpoint;

  VerifiedStretch(
      StretchChecker by,
      Stretch stretch,
      List<StretchChecker.Checked> records,
      Checkpoint checkpoint) {
    this.by = by;
    this.stretch = stretch;
    this.records = records;
    this.checkpoint = checkpoint;
  }

  /** Who verified it. */
  StretchChecker by() {
    return by;
  }

  Stretch stretch() {
    return stretch;
  }

  List<StretchChecker.Checked> records() {
    return records;
  }

  Checkpoint checkpoint() {
    return checkpoint;
  }
}
