package dev.cairn.federation.bundle;

import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.CairnException;
import dev.cairn.federation.protocol.Tally;
import java.util.List;

/**
 * What a bundle holds, or brought.
 *
 * @param header its header
 * @param tally for a bundle written or verified, what is in it; for one applied, what of that was
 *     new, with payloads and bytes as they were carried
 * @param bytes length of the file
 * @param logsWithoutRoots logs that begin in the middle: their roots are checked only by a store
 *     that holds what came before
 * @param leftOut for one applied, why nothing more of a log was taken, one each: its node broke the
 *     rules ({@link dev.cairn.asl.error.MisbehaviourException}), or it does not go on from what is
 *     held ({@link dev.cairn.asl.error.UnextendedException}); the other logs were taken
 */
public record BundleReport(
    BundleHeader header,
    Tally tally,
    long bytes,
    int logsWithoutRoots,
    List<CairnException> leftOut) {
  /** Of a bundle that was not applied. */
  BundleReport(BundleHeader header, Tally tally, long bytes, int logsWithoutRoots) {
    this(header, tally, bytes, logsWithoutRoots, List.of());
  }

  /** The creator's key. */
  public PublicKey creator() {
    return header.creator();
  }
}
