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
  private final ReadOptions options = new ReadOptions().setVerifyChecksums(true);
  private final @Nullable Slice lower;
  private final @Nullable Slice upper;

  KeyRange(Bytes from, Bytes to, boolean fillCache) {
    options.setFillCache(fillCache);
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
