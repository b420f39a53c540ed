package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.merkle.SubtreeSource;
import dev.cairn.asl.merkle.TreeHasher;
import java.util.List;

/** The tree of a log whose beginning is held and whose rest is at hand. One owner at a time. */
final class SplicedTree implements SubtreeSource {
  private final SubtreeSource held;
  private final long heldSize;
  private final List<Bytes> leaves;

  /**
   * A tree of {@code heldSize} leaves and these.
   *
   * @param leaves hashes of the leaves behind those held
   */
  SplicedTree(SubtreeSource held, long heldSize, List<Bytes> leaves) {
    this.held = held;
    this.heldSize = heldSize;
    this.leaves = List.copyOf(leaves);
  }

  @Override
  public Bytes subtree(int level, long index) {
    if ((index + 1) << level <= heldSize) {
      return held.subtree(level, index);
    }
    if (level == 0) {
      return leaves.get(Math.toIntExact(index - heldSize));
    }
    return TreeHasher.node(subtree(level - 1, index * 2), subtree(level - 1, index * 2 + 1));
  }
}
