package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.Table;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DataBlockIndexType;
import org.rocksdb.IndexType;

/**
 * How each kind of table is laid out, with the reasons.
 *
 * <ul>
 *   <li>{@link Table.Access#LOOKED_UP}: a filter, in the table files and in the write buffers, as
 *       most keys asked for while putting are not there; a hash in each block.
 *   <li>{@link Table.Access#SCANNED}: no filter, which would say nothing of a prefix.
 *   <li>{@link Table.Access#BY_DIGEST}: a filter of what keys begin with, in both: a scan of one
 *       digest's rows ({@link KeyRange}) touches only files that have some.
 *   <li>{@link Table.Access#IN_ORDER}: no filter, as keys asked for are there. Rising keys make
 *       table files that do not overlap, so that merging moves them instead of copying. They hold
 *       most bytes of a store, payloads and records, and are packed once: with zstd in larger
 *       blocks, which takes two fifths off what text needs, and where nothing can be packed costs
 *       what LZ4 does ({@code bench/run --rows compression}).
 *   <li>{@link Table.Access#LARGE}: values in blob files, beside the sorted tables, packed with
 *       zstd. Merging leaves them alone: with garbage collection of blobs on, each merge would copy
 *       the oldest of them, garbage or not.
 * </ul>
 *
 * <p>Indexes and filters live in the cache like data: memory stays within the cache's bound however
 * large the store grows. While they all fit, there is one of each a table file, found with one look
 * into the cache; those of a large database are cut into blocks, so that what is not in use need
 * not be there. What is looked up at random is packed with LZ4, whose blocks open fastest. Index
 * keys share prefixes, which a longer restart interval takes out. Native objects are owned by the
 * database.
 */
final class FamilySettings {
  /** Bits of a Bloom filter a key: one miss in a hundred reads a block for nothing. */
  private static final int BLOOM_BITS_PER_KEY = 10;

  /**
   * Size of the pieces in which a family's write buffer grows: small, as there are many families.
   */
  private static final long ARENA_BLOCK_BYTES = 64L << 10;

  private static final int INDEX_RESTART_INTERVAL = 16;

  private static final int ORDERED_BLOCK_BYTES = 8 << 10;

  /** The quickest of zstd: the next ones gain nothing on blocks of this size. */
  private static final int ZSTD_LEVEL = 1;

  /** So many times the cache is a large database. */
  private static final long LARGE_CACHES = 40;

  /** Part of a write buffer that its filter may take. */
  private static final double WRITE_BUFFER_FILTER_PART = 0.02;

  /** What has no setter in the Java interface. */
  private static final Properties FILTERED_WRITE_BUFFERS = new Properties();

  static {
    FILTERED_WRITE_BUFFERS.setProperty("memtable_whole_key_filtering", "true");
  }

  private final Map<Table.Access, ColumnFamilyOptions> byAccess = new EnumMap<>(Table.Access.class);

  /**
   * Makes the settings.
   *
   * @param large whether the database {@link #isLarge}
   * @param natives takes what must be freed, after the database
   */
  FamilySettings(RocksOptions options, boolean large, Cache cache, Deque<AutoCloseable> natives) {
    for (Table.Access access : Table.Access.values()) {
      byAccess.put(access, settings(access, options, large, cache, natives));
    }
  }

  /**
   * True if a database is too large for all its indexes and filters to stay in the cache: by
   * arithmetic they take 1 % of it with payloads of 1 KiB, more with smaller ones.
   */
  static boolean isLarge(long bytesOnDisk, RocksOptions options) {
    return bytesOnDisk / LARGE_CACHES > options.cacheBytes();
  }

  ColumnFamilyOptions of(Table.Access access) {
    ColumnFamilyOptions settings = byAccess.get(access);
    if (settings == null) {
      throw new AssertionError("no settings for " + access);
    }
    return settings;
  }

  private static ColumnFamilyOptions settings(
      Table.Access access,
      RocksOptions options,
      boolean large,
      Cache cache,
      Deque<AutoCloseable> natives) {
    boolean whole = access == Table.Access.LOOKED_UP;
    boolean begun = access == Table.Access.BY_DIGEST;
    BlockBasedTableConfig tables =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setPinTopLevelIndexAndFilter(true)
            .setIndexType(large ? IndexType.kTwoLevelIndexSearch : IndexType.kBinarySearch)
            .setIndexBlockRestartInterval(INDEX_RESTART_INTERVAL)
            .setOptimizeFiltersForMemory(true);
    ColumnFamilyOptions settings =
        whole
            ? ColumnFamilyOptions.getColumnFamilyOptionsFromProps(FILTERED_WRITE_BUFFERS)
            : new ColumnFamilyOptions();
    natives.push(settings);
    if (whole || begun) {
      BloomFilter filter = new BloomFilter(BLOOM_BITS_PER_KEY);
      natives.push(filter);
      tables.setFilterPolicy(filter).setPartitionFilters(large).setWholeKeyFiltering(whole);
      settings.setMemtablePrefixBloomSizeRatio(WRITE_BUFFER_FILTER_PART);
    }
    if (whole) {
      tables
          .setDataBlockIndexType(DataBlockIndexType.kDataBlockBinaryAndHash)
          .setDataBlockHashTableUtilRatio(0.75);
    }
    boolean chunks = access == Table.Access.LARGE;
    if (access == Table.Access.IN_ORDER) {
      CompressionOptions compression = new CompressionOptions().setLevel(ZSTD_LEVEL);
      natives.push(compression);
      tables.setBlockSize(ORDERED_BLOCK_BYTES);
      settings
          .setCompressionType(CompressionType.ZSTD_COMPRESSION)
          .setCompressionOptions(compression);
    } else {
      settings.setCompressionType(CompressionType.LZ4_COMPRESSION);
    }
    if (begun) {
      settings.useFixedLengthPrefixExtractor(HashAlgorithm.DIGEST_BYTES);
    }
    return settings
        .setTableFormatConfig(tables)
        .setWriteBufferSize(Math.max(1L << 20, options.writeBufferBytes() / 2))
        .setArenaBlockSize(ARENA_BLOCK_BYTES)
        .setEnableBlobFiles(true)
        .setMinBlobSize(chunks ? options.blobBytesMin() / 8 : options.blobBytesMin())
        .setBlobCompressionType(CompressionType.ZSTD_COMPRESSION)
        .setEnableBlobGarbageCollection(false);
  }
}
