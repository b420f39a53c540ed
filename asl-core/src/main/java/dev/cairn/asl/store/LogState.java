package dev.cairn.asl.store;

import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.model.Origin;

/**
 * Where a log ends, as the sequencer knows it; replaced, never changed, by each append.
 *
 * @param key the origin's public key
 * @param edge right edge of the Merkle tree
 * @param lastLogseq of the last commit; 0 if none
 * @param lastHlc of the last commit; 0 if none
 * @param lastCheckpoint tree size of the latest checkpoint held; 0 if none
 * @param unsignedBytes of one's own log: bytes of records and rows behind that checkpoint; after
 *     opening they are not known and count as {@link Store#CHECKPOINT_SPACING_BYTES}
 */
record LogState(
    PublicKey key,
    LogEdge edge,
    long lastLogseq,
    long lastHlc,
    long lastCheckpoint,
    long unsignedBytes) {
  LogState(
      PublicKey key,
      CompactRange range,
      long lastLogseq,
      long lastHlc,
      long lastCheckpoint,
      long unsignedBytes) {
    this(key, LogEdge.of(range), lastLogseq, lastHlc, lastCheckpoint, unsignedBytes);
  }

  static LogState empty(PublicKey key) {
    return new LogState(key, new CompactRange(), 0, 0, 0, 0);
  }

  LogState signedAt(long treeSize) {
    return new LogState(key, edge, lastLogseq, lastHlc, treeSize, 0);
  }

  /** Records in the log. */
  long size() {
    return edge.size();
  }

  /** The edge, to read or to copy. */
  CompactRange range() {
    return edge.range();
  }

  LogHead head(Origin origin) {
    return new LogHead(origin, key, size(), lastLogseq, lastHlc, range().root());
  }
}
