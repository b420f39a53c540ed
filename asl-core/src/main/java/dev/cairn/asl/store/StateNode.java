package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;

/**
 * A node of the state tree, as its parent sees it.
 *
 * @param inner whether it has children rather than entries
 * @param hash what commits to all below
 * @param counts live entries below
 */
record StateNode(boolean inner, Bytes hash, LiveCounts counts) {
  static final StateNode EMPTY =
      new StateNode(false, HashAlgorithm.SHA_256.hash(StateTree.BUCKET_PREFIX), LiveCounts.NONE);

  boolean isEmpty() {
    return counts.total() == 0;
  }
}
