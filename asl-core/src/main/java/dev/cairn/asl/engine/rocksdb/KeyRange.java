package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.Slice;

/**
 * Read options that keep an iterator within {@code from <= key < to}; an empty end is open. The
 * native objects live as long as the iterator. One owner.
 */
final class KeyRange implements AutoCloseable {
  /** How far a range is read ahead, if it is: few calls of the system for many small blocks. */
  private static final long READ_AHEAD_BYTES = 1 << 20;

  private final ReadOptions options = new ReadOptions().setVerifyChecksums(true);
  private final @Nullable Slice lower;
  private final @Nullable Slice upper;

  /** A range for one who reads some of it. */
  static KeyRange of(Bytes from, Bytes to, boolean fillCache) {
    KeyRange range = new KeyRange(from, to);
    range.options.setFillCache(fillCache);
    return range;
  }

  /** A range for one who reads all of it, once. */
  static KeyRange ahead(Bytes from, Bytes to) {
    KeyRange range = new KeyRange(from, to);
    range.options.setFillCache(false).setReadaheadSize(READ_AHEAD_BYTES);
    return range;
  }

  private KeyRange(Bytes from, Bytes to) {
    lower = from.isEmpty() ? null : new Slice(from.toArray());
    upper = to.isEmpty() ? null : new Slice(to.toArray());
    if (lower != null) {
      options.setIterateLowerBound(lower);
    }
    if (upper != null) {
      options.setIterateUpperBound(upper);
    }
  }

  ReadOptions options() {
    return options;
  }

  @Override
  public void close() {
    options.close();
    if (lower != null) {
      lower.close();
    }
    if (upper != null) {
      upper.close();
    }
  }
}
