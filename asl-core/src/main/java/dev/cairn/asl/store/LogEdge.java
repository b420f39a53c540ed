package dev.cairn.asl.store;

import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.SubtreeSource;
import org.jspecify.annotations.Nullable;

/**
 * The right edge of a log's Merkle tree. That of a stored log is computed when somebody first asks:
 * up to 255 records of each log would have to be read and hashed otherwise, whoever opens a store.
 * Safe for any thread, as what lies below the log's end never changes.
 */
final class LogEdge {
  private final long size;
  private final SubtreeSource stored;
  private volatile @Nullable CompactRange range;

  private LogEdge(long size, SubtreeSource stored, @Nullable CompactRange range) {
    this.size = size;
    this.stored = stored;
    this.range = range;
  }

  /** The edge that {@code range} is, which must not be changed any more. */
  static LogEdge of(CompactRange range) {
    return new LogEdge(
        range.size(),
        (level, index) -> {
          throw new AssertionError("the edge is known");
        },
        range);
  }

  /** The edge over the first {@code size} records of what is stored. */
  static LogEdge stored(long size, SubtreeSource stored) {
    return new LogEdge(size, stored, null);
  }

  /** Records in the log. */
  long size() {
    return size;
  }

  /**
   * The edge; only a {@link CompactRange#copy} of it may be changed.
   *
   * @throws DamagedException if records or subtrees that it is made from are missing
   */
  CompactRange range() {
    CompactRange known = range;
    if (known == null) {
      known = CompactRange.from(stored, size);
      range = known;
    }
    return known;
  }
}
