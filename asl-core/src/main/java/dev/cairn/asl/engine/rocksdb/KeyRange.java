package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.Slice;

/**
 * Read options that keep an iterator within {@code from <= key < to}; an empty end is open. In a
 * table that is read {@link dev.cairn.asl.engine.Table.Access#BY_DIGEST}, files that have no key of
 * a range of one digest are passed over; any other range is in total order, as everywhere. The
 * native objects live as long as the iterator. One owner.
 */
final class KeyRange implements AutoCloseable {
  /** How far a range is read ahead, if it is: few calls of the system for many small blocks. */
  private static final long READ_AHEAD_BYTES = 1 << 20;

  private final ReadOptions options = new ReadOptions().setVerifyChecksums(true);
  private final @Nullable Slice lower;
  private final @Nullable Slice upper;

  /** A range for one who reads some of it, upwards. */
  static KeyRange of(Bytes from, Bytes to, boolean fillCache) {
    KeyRange range = new KeyRange(from, to);
    range.options.setFillCache(fillCache);
    range.upwards(from, to);
    return range;
  }

  /** A range of which the last row is wanted: RocksDB looks for it from the far end. */
  static KeyRange backwards(Bytes from, Bytes to) {
    return new KeyRange(from, to);
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
    options.setTotalOrderSeek(true);
  }

  /** The filters of digests may be asked, if the range is one of them. Forwards alone. */
  private void upwards(Bytes from, Bytes to) {
    if (isOfOneDigest(from, to)) {
      options.setTotalOrderSeek(false).setPrefixSameAsStart(true);
    }
  }

  /** True if all keys within begin with the same digest: then filters of digests may be asked. */
  private static boolean isOfOneDigest(Bytes from, Bytes to) {
    if (from.length() < HashAlgorithm.DIGEST_BYTES || to.isEmpty()) {
      return false;
    }
    Bytes digest = from.slice(0, HashAlgorithm.DIGEST_BYTES);
    return to.startsWith(digest) || to.equals(digest.prefixEnd());
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
