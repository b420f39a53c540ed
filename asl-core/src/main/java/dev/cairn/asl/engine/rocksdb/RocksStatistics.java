package dev.cairn.asl.engine.rocksdb;

import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * RocksDB's own figures, under names that tell nothing of RocksDB. Only those that it keeps anyway:
 * counting more would slow every read.
 */
final class RocksStatistics {
  private static final String STALLS = "rocksdb.cf-write-stall-stats";

  private RocksStatistics() {}

  static SortedMap<String, Long> read(RocksDB database, Collection<ColumnFamilyHandle> families)
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
    return figures;
  }
}
