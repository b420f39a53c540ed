package dev.cairn.asl.store;

import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.model.Origin;

/**
 * Where a log ends, as the sequencer knows it; replaced, never changed, by each append.
 *
 * @param key the origin's public key
 * @param range right edge of the Merkle tree
 * @param lastLogseq of the last commit; 0 if none
 * @param lastHlc of the last commit; 0 if none
 * @param lastCheckpoint tree size of the latest checkpoint held; 0 if none
 * @param unsignedBytes of one's own log: bytes of records and rows behind that checkpoint; after
 *     opening they are not known and count as {@link Store#CHECKPOINT_SPACING_BYTES}
 */
record LogState(
    PublicKey key,
    CompactRange range,
    long lastLogseq,
    long lastHlc,
    long lastCheckpoint,
    long unsignedBytes) {
  static LogState empty(PublicKey key) {
    return new LogState(key, new CompactRange(), 0, 0, 0, 0);
  }

  LogState signedAt(long treeSize) {
    return new LogState(key, range, lastLogseq, lastHlc, treeSize, 0);
  }

  LogHead head(Origin origin) {
    return new LogHead(origin, key, range.size(), lastLogseq, lastHlc, range.root());
  }
}
