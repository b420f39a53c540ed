package dev.cairn.asl.merkle;

import dev.cairn.asl.bytes.Bytes;

/**
 * Gives back the hashes of complete subtrees, from which every root and every proof follows. Called
 * in the thread of whoever asks for them.
 */
@FunctionalInterface
public interface SubtreeSource {
  /**
   * The root of the complete subtree over leaves {@code [index * 2^level, (index + 1) * 2^level)}.
   *
   * @param level 0 for a leaf
   * @param index counted from the left within the level
   * @return {@value TreeHasher#HASH_BYTES} bytes; asking beyond the tree's end is the caller's
   *     error
   */
  Bytes subtree(int level, long index);
}
