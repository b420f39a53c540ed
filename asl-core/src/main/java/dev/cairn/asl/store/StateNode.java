package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.DamagedException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A node of the state tree, as stored.
 *
 * <pre>
 *   u8 inner (0 bucket, 1 inner) | hash 32 | u64 artifacts | u64 edges | u64 receipts
 * </pre>
 *
 * @param inner whether it has children rather than entries
 * @param hash what commits to all below
 * @param counts live entries below
 */
record StateNode(boolean inner, Bytes hash, LiveCounts counts) {
  static final StateNode EMPTY =
      new StateNode(false, HashAlgorithm.SHA_256.hash(StateTree.BUCKET_PREFIX), LiveCounts.NONE);

  private static final int COUNTS_AT = 1 + HashAlgorithm.DIGEST_BYTES;
  private static final int BYTES = COUNTS_AT + 3 * Long.BYTES;

  boolean isEmpty() {
    return counts.total() == 0;
  }

  Bytes encode() {
    return Bytes.wrap(
        ByteBuffer.allocate(BYTES)
            .put((byte) (inner ? 1 : 0))
            .put(hash.toByteBuffer())
            .putLong(counts.artifacts())
            .putLong(counts.edges())
            .putLong(counts.receipts())
            .array());
  }

  /** The row's meaning; {@link DamagedException} if it has none. */
  static StateNode decode(@Nullable Bytes row) {
    if (row == null) {
      return EMPTY;
    }
    if (row.length() != BYTES || row.at(0) > 1) {
      throw new DamagedException(
          "a row of " + StoreTables.TREE.name() + " is damaged: " + row.toHex());
    }
    return new StateNode(
        row.at(0) == 1,
        row.slice(1, COUNTS_AT),
        new LiveCounts(
            row.u64At(COUNTS_AT),
            row.u64At(COUNTS_AT + Long.BYTES),
            row.u64At(COUNTS_AT + 2 * Long.BYTES)));
  }
}
