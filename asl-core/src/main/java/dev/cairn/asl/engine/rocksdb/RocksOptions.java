package dev.cairn.asl.engine.rocksdb;

/**
 * The bounds of a {@link RocksEngine}, all of native memory, files or disk.
 *
 * <p>Native memory is the cache, in which write buffers, filters and indexes are counted, and what
 * RocksDB does not count: some 16 MiB where that was measured, with 256 files open at most.
 *
 * @param cacheBytes blocks read, filters, indexes and write buffers together
 * @param writeBufferBytes how much of it rows not yet in table files may take before they are
 *     flushed
 * @param openFilesMax table files held open
 * @param walBytesMax write-ahead log that a start may have to replay
 * @param blobBytesMin values of this size and above lie in blob files, beside the sorted tables, so
 *     that merging does not copy them
 * @param openStallMillisMax how long opening may change nothing on disk before it is given up
 * @param cacheCounts whether what the cache gives and lacks is counted, for {@link
 *     RocksEngine#statistics}
 */
public record RocksOptions(
    long cacheBytes,
    long writeBufferBytes,
    int openFilesMax,
    long walBytesMax,
    long blobBytesMin,
    int openStallMillisMax,
    boolean cacheCounts) {
  /** What {@link #openStallMillisMax} is unless said otherwise. */
  public static final int OPEN_STALL_MILLIS = 10_000;

  /** For a store on one machine, a daemon or a command alike. */
  public static final RocksOptions DEFAULT =
      new RocksOptions(128L << 20, 32L << 20, 1024, 64L << 20, 32L << 10);

  public RocksOptions {
    if (writeBufferBytes < 1 << 20 || cacheBytes < writeBufferBytes) {
      throw new IllegalArgumentException(
          "write buffers of " + writeBufferBytes + " bytes in a cache of " + cacheBytes);
    }
    if (openFilesMax < 16 || walBytesMax < writeBufferBytes || blobBytesMin < 1) {
      throw new IllegalArgumentException(
          "open files " + openFilesMax + ", log bytes " + walBytesMax + ", blobs " + blobBytesMin);
    }
    if (openStallMillisMax < 1) {
      throw new IllegalArgumentException("opening may stall for " + openStallMillisMax + " ms");
    }
  }

  /** With the usual patience for opening. */
  public RocksOptions(
      long cacheBytes,
      long writeBufferBytes,
      int openFilesMax,
      long walBytesMax,
      long blobBytesMin) {
    this(
        cacheBytes,
        writeBufferBytes,
        openFilesMax,
        walBytesMax,
        blobBytesMin,
        OPEN_STALL_MILLIS,
        false);
  }

  /** The same, counting what the cache gives and lacks or not. */
  public RocksOptions withCacheCounts(boolean counts) {
    return new RocksOptions(
        cacheBytes,
        writeBufferBytes,
        openFilesMax,
        walBytesMax,
        blobBytesMin,
        openStallMillisMax,
        counts);
  }
}
