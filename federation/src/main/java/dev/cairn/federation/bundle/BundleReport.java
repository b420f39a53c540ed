package dev.cairn.federation.bundle;

import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.federation.protocol.Tally;

/**
 * What a bundle holds, or brought.
 *
 * @param header its header
 * @param tally for a bundle written or verified, what is in it; for one applied, what of that was
 *     new, with payloads and bytes as they were carried
 * @param bytes length of the file
 * @param logsWithoutRoots logs that begin in the middle: their roots are checked only by a store
 *     that holds what came before
 */
public record BundleReport(BundleHeader header, Tally tally, long bytes, int logsWithoutRoots) {
  /** The creator's key. */
  public PublicKey creator() {
    return header.creator();
  }
}
