package dev.cairn.asl.engine.rocksdb;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.HistogramType;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.rocksdb.StatsLevel;
import org.rocksdb.TickerType;

/**
 * RocksDB's own figures, under names that tell nothing of RocksDB: those that it keeps anyway, and
 * what its cache gives and lacks if {@link RocksOptions#cacheCounts} asks for it.
 *
 * <pre>
 *   cache.bytes, cache.bytes.max, cache.bytes.pinned   what the cache holds, may hold, cannot let go
 *   cache.hits, cache.misses                           blocks found there; read from files instead
 *   cache.bytes.read, cache.bytes.added                bytes given by it; taken into it
 *   buffers.bytes                                      rows not yet in table files
 *   merging.due.bytes, merging.running                 what is to be merged; merges under way
 *   writes.stopped, writes.slowed.bytes.second         1 if writes wait now; the rate they are held to
 *   stalls.slowed, stalls.stopped                      how often writes were slowed, or waited
 * </pre>
 */
final class RocksStatistics {
  private static final String STALLS = "rocksdb.cf-write-stall-stats";

  private RocksStatistics() {}

  /** Counts, and measures no time: that would slow every read. */
  static Statistics counts() {
    Statistics counts = new Statistics(EnumSet.allOf(HistogramType.class));
    counts.setStatsLevel(StatsLevel.EXCEPT_DETAILED_TIMERS);
    return counts;
  }

  static SortedMap<String, Long> read(
      RocksDB database, Collection<ColumnFamilyHandle> families, @Nullable Statistics counts)
      throws RocksDBException {
    SortedMap<String, Long> figures = new TreeMap<>();
    figures.put("cache.bytes", database.getLongProperty("rocksdb.block-cache-usage"));
    figures.put("cache.bytes.max", database.getLongProperty("rocksdb.block-cache-capacity"));
    figures.put("cache.bytes.pinned", database.getLongProperty("rocksdb.block-cache-pinned-usage"));
    figures.put(
        "buffers.bytes", database.getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables"));
    figures.put(
        "merging.due.bytes",
        database.getAggregatedLongProperty("rocksdb.estimate-pending-compaction-bytes"));
    figures.put("merging.running", database.getLongProperty("rocksdb.num-running-compactions"));
    figures.put("writes.stopped", database.getLongProperty("rocksdb.is-write-stopped"));
    figures.put(
        "writes.slowed.bytes.second",
        database.getLongProperty("rocksdb.actual-delayed-write-rate"));
    long slowed = 0;
    long stopped = 0;
    for (ColumnFamilyHandle family : families) {
      Map<String, String> stalls = database.getMapProperty(family, STALLS);
      slowed += Long.parseLong(stalls.getOrDefault("total-delays", "0"));
      stopped += Long.parseLong(stalls.getOrDefault("total-stops", "0"));
    }
    figures.put("stalls.slowed", slowed);
    figures.put("stalls.stopped", stopped);
    if (counts != null) {
      figures.put("cache.hits", counts.getTickerCount(TickerType.BLOCK_CACHE_HIT));
      figures.put("cache.misses", counts.getTickerCount(TickerType.BLOCK_CACHE_MISS));
      figures.put("cache.bytes.read", counts.getTickerCount(TickerType.BLOCK_CACHE_BYTES_READ));
      figures.put("cache.bytes.added", counts.getTickerCount(TickerType.BLOCK_CACHE_BYTES_WRITE));
    }
    return figures;
  }
}
