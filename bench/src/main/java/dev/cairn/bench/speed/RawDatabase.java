package dev.cairn.bench.speed;

import dev.cairn.bench.speed.WriteTrace.Op;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.ConfigOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.Filter;
import org.rocksdb.LRUCache;
import org.rocksdb.OptionsUtil;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/**
 * The floor: a database used through rocksdbjni and nothing else. As safe for threads as RocksDB
 * is.
 */
final class RawDatabase implements AutoCloseable {
  private static final int BLOOM_BITS_PER_KEY = 10;

  private final Deque<AutoCloseable> natives;
  private final RocksDB database;
  private final Map<String, ColumnFamilyHandle> families;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteOptions relaxed = new WriteOptions().setSync(false);

  private RawDatabase(
      Deque<AutoCloseable> natives, RocksDB database, Map<String, ColumnFamilyHandle> families) {
    this.natives = natives;
    this.database = database;
    this.families = families;
  }

  /** A fresh database with the families and options that the store {@code model} is open with. */
  static RawDatabase like(Path model, Path folder) throws RocksDBException {
    return open(model, folder, false);
  }

  /** Reads a store's own database, which may be open for writing elsewhere. */
  static RawDatabase beside(Path model) throws RocksDBException {
    return open(model, model, true);
  }

  /**
   * A plain database of one family: tables with a Bloom filter, as much memory as the store has, no
   * compression, everything else as RocksDB has it.
   */
  static RawDatabase plain(Path folder) throws RocksDBException {
    RocksDB.loadLibrary();
    Deque<AutoCloseable> natives = new ArrayDeque<>();
    DBOptions options = own(natives, new DBOptions());
    ColumnFamilyOptions family = own(natives, new ColumnFamilyOptions());
    BlockBasedTableConfig tables =
        new BlockBasedTableConfig()
            .setFilterPolicy(own(natives, new BloomFilter(BLOOM_BITS_PER_KEY)))
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true);
    family.setCompressionType(org.rocksdb.CompressionType.NO_COMPRESSION);
    family.setTableFormatConfig(tables);
    share(natives, options, List.of(family));
    return opened(
        natives,
        options,
        List.of(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, family)),
        folder,
        false);
  }

  private static RawDatabase open(Path model, Path folder, boolean readOnly)
      throws RocksDBException {
    RocksDB.loadLibrary();
    Deque<AutoCloseable> natives = new ArrayDeque<>();
    DBOptions options = own(natives, new DBOptions());
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    OptionsUtil.loadLatestOptions(
        own(natives, new ConfigOptions()), model.toString(), options, descriptors);
    List<ColumnFamilyOptions> families = new ArrayList<>();
    for (ColumnFamilyDescriptor descriptor : descriptors) {
      families.add(own(natives, descriptor.getOptions()));
    }
    if (!readOnly) {
      share(natives, options, families);
    }
    return opened(natives, options, descriptors, folder, readOnly);
  }

  /**
   * One cache and one bound on write buffers for all, as the store has: they are not in its file.
   */
  private static void share(
      Deque<AutoCloseable> natives, DBOptions options, List<ColumnFamilyOptions> families) {
    Cache cache = own(natives, new LRUCache(OwnStore.cacheBytes()));
    options.setWriteBufferManager(
        own(natives, new WriteBufferManager(OwnStore.writeBufferBytes(), cache)));
    for (ColumnFamilyOptions family : families) {
      if (family.tableFormatConfig() instanceof BlockBasedTableConfig tables) {
        // A filter that was read from a file cannot be handed on: its native object is not ours.
        Filter filter = own(natives, new BloomFilter(BLOOM_BITS_PER_KEY));
        family.setTableFormatConfig(tables.setBlockCache(cache).setFilterPolicy(filter));
      }
    }
  }

  private static RawDatabase opened(
      Deque<AutoCloseable> natives,
      DBOptions options,
      List<ColumnFamilyDescriptor> descriptors,
      Path folder,
      boolean readOnly)
      throws RocksDBException {
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    String path = folder.toString();
    RocksDB database;
    if (readOnly) {
      database = RocksDB.openReadOnly(options, path, descriptors, handles);
    } else {
      options.setCreateIfMissing(true).setCreateMissingColumnFamilies(true);
      options.setWalDir(path).setDbLogDir("");
      database = RocksDB.open(options, path, descriptors, handles);
    }
    own(natives, database);
    Map<String, ColumnFamilyHandle> families = new TreeMap<>();
    for (ColumnFamilyHandle handle : handles) {
      families.put(new String(handle.getName(), StandardCharsets.UTF_8), own(natives, handle));
    }
    return new RawDatabase(natives, database, families);
  }

  private static <T extends AutoCloseable> T own(Deque<AutoCloseable> natives, T object) {
    natives.push(object);
    return object;
  }

  RocksDB database() {
    return database;
  }

  /** Handles by name. */
  Map<String, ColumnFamilyHandle> families() {
    return families;
  }

  /** The family that has always been there. */
  ColumnFamilyHandle plainFamily() {
    return family("default");
  }

  private ColumnFamilyHandle family(String name) {
    ColumnFamilyHandle family = families.get(name);
    if (family == null) {
      throw new IllegalStateException("no family " + name);
    }
    return family;
  }

  /** Writes rows in one batch, put by put, as a program on rocksdbjni would. */
  void write(List<Op> ops, boolean sync) throws RocksDBException {
    try (WriteBatch batch = new WriteBatch()) {
      for (Op op : ops) {
        ColumnFamilyHandle family = family(op.family());
        if (op.kind() == WriteTrace.Kind.PUT) {
          batch.put(family, op.key(), op.value());
        } else {
          batch.delete(family, op.key());
        }
      }
      database.write(sync ? synced : relaxed, batch);
    }
  }

  /** Puts one row. */
  void put(ColumnFamilyHandle family, byte[] key, byte[] value, boolean sync)
      throws RocksDBException {
    database.put(family, sync ? synced : relaxed, key, value);
  }

  @Override
  public void close() {
    database.cancelAllBackgroundWork(true);
    synced.close();
    relaxed.close();
    while (!natives.isEmpty()) {
      try {
        natives.pop().close();
      } catch (Exception e) {
        throw new AssertionError("freeing a native object", e);
      }
    }
  }
}
