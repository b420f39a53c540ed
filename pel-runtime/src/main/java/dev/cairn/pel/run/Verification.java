package dev.cairn.pel.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Receipt;
import org.jspecify.annotations.Nullable;

/** What came of running a receipt's program again. */
public sealed interface Verification {
  /** The key of the receipt in question. */
  ArtifactKey receipt();

  /**
   * The same receipt, byte for byte.
   *
   * @param executed nodes that ran
   */
  record Confirmed(ArtifactKey receipt, int executed) implements Verification {}

  /**
   * Another receipt.
   *
   * @param place where the two first differ, in the order of execution: {@code
   *     /steps/NODE/outputs/0}
   * @param claimed what the receipt says there; null if nothing
   * @param found what running it gave there; null if nothing
   * @param recomputed the receipt that should have been; null if the claim does not fit its own
   *     program, so that nothing could be run
   */
  record Refuted(
      ArtifactKey receipt,
      String place,
      @Nullable String claimed,
      @Nullable String found,
      @Nullable Receipt recomputed)
      implements Verification {}
}
