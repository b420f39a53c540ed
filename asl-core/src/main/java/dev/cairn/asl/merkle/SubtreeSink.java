package dev.cairn.asl.merkle;

import dev.cairn.asl.bytes.Bytes;

/**
 * Told of every complete subtree as a growing tree completes it: what a tile store writes. Called
 * by the tree's owner only.
 */
@FunctionalInterface
public interface SubtreeSink {
  /** Keeps nothing. */
  SubtreeSink NONE = (level, index, hash) -> {};

  /**
   * The subtree over leaves {@code [index * 2^level, (index + 1) * 2^level)} is complete and never
   * changes again.
   *
   * @param level 0 for a leaf
   * @param index counted from the left within the level
   * @param hash its root
   */
  void complete(int level, long index, Bytes hash);
}
