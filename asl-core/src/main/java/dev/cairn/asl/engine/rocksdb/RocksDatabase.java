package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.UnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBufferManager;

/**
 * An open RocksDB database with its settings, its families by name, and every native object that
 * must be freed with it.
 *
 * <p>Families that are in the database but not asked for are opened, since RocksDB demands it of a
 * writer, and left alone.
 */
final class RocksDatabase implements AutoCloseable {
  /** RocksDB's own family, always there; we keep it empty. */
  static final String EMPTY_FAMILY = "default";

  /**
   * The cache is cut into so few parts that the largest block, a filter's or an index's, is small
   * beside each.
   */
  private static final int CACHE_SHARD_BITS = 2;

  /** What payloads read at random may not drive out of the cache: indexes and filters. */
  private static final double CACHE_INDEX_PART = 0.5;

  /**
   * Few parts, so that none is full, and files are closed and opened again, while others are not.
   */
  private static final int TABLE_CACHE_SHARD_BITS = 2;

  /** What a database is opened for. */
  private enum Use {
    WRITING,
    READING,
    READING_BESIDE_WRITER
  }

  private static final int FILE_OPENING_THREADS_MAX = 16;
  private static final long BYTES_PER_OPENING_THREAD = 4L << 30;
  private static final int KEPT_INFO_LOGS = 2;
  private static final long INFO_LOG_BYTES_MAX = 1L << 20;
  private static final long MANIFEST_BYTES_MAX = 16L << 20;
  private static final long BYTES_PER_BACKGROUND_SYNC = 1L << 20;

  /**
   * Each write-ahead log tells the size of the one before it, so that a lost file or a cut end
   * shows; the MANIFEST is read again on closing. Neither costs anything that can be measured.
   */
  private static final Properties WITHOUT_SETTERS = new Properties();

  static {
    WITHOUT_SETTERS.setProperty("track_and_verify_wals", "true");
    WITHOUT_SETTERS.setProperty("verify_manifest_content_on_close", "true");
  }

  private final Path directory;
  private final Deque<AutoCloseable> natives;
  private final RocksDB database;
  private final Map<String, ColumnFamilyHandle> families;
  private final @Nullable Statistics counts;

  private RocksDatabase(
      Path directory,
      Deque<AutoCloseable> natives,
      RocksDB database,
      Map<String, ColumnFamilyHandle> families,
      @Nullable Statistics counts) {
    this.directory = directory;
    this.natives = natives;
    this.database = database;
    this.families = families;
    this.counts = counts;
  }

  /** Opens for writing and makes what is missing; {@link Opening} has looked at the files. */
  static RocksDatabase open(
      Path directory, Map<String, Table.Access> families, RocksOptions options) {
    return open(directory, families, options, Use.WRITING, WITHOUT_SETTERS);
  }

  /**
   * The same as the first version of this code did, whose write-ahead logs do not tell of those
   * before them. RocksDB with {@code track_and_verify_wals} takes it for damage if a database has
   * no log at all: a crash while it was made leaves one so, and this opens it.
   */
  static RocksDatabase openUntracked(
      Path directory, Map<String, Table.Access> families, RocksOptions options) {
    return open(directory, families, options, Use.WRITING, new Properties());
  }

  /**
   * Opens the present state for reading; changes nothing on disk.
   *
   * @param besideWriter whether a writer may be at work: then all files are opened at once
   */
  static RocksDatabase openReadOnly(
      Path directory,
      Map<String, Table.Access> families,
      RocksOptions options,
      boolean besideWriter) {
    return open(
        directory,
        families,
        options,
        besideWriter ? Use.READING_BESIDE_WRITER : Use.READING,
        new Properties());
  }

  private static RocksDatabase open(
      Path directory,
      Map<String, Table.Access> asked,
      RocksOptions options,
      Use use,
      Properties properties) {
    NativeLibrary.load();
    Deque<AutoCloseable> natives = new ArrayDeque<>();
    boolean opened = false;
    try {
      DBOptions settings = own(natives, settings(properties));
      Cache cache =
          own(
              natives,
              new LRUCache(options.cacheBytes(), CACHE_SHARD_BITS, false, CACHE_INDEX_PART));
      configure(settings, options, cache, natives, use);
      Statistics counts = options.cacheCounts() ? own(natives, RocksStatistics.counts()) : null;
      if (counts != null) {
        settings.setStatistics(counts);
      }
      long held = bytes(directory, name -> true);
      settings.setMaxFileOpeningThreads(fileOpeningThreads(held));
      boolean large = FamilySettings.isLarge(held, options);
      FamilySettings familySettings = new FamilySettings(options, large, cache, natives);
      List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
      Map<String, Table.Access> ordered = new TreeMap<>(asked);
      ordered.put(EMPTY_FAMILY, Table.Access.LOOKED_UP);
      ordered.forEach(
          (name, access) ->
              descriptors.add(
                  new ColumnFamilyDescriptor(
                      name.getBytes(StandardCharsets.UTF_8), familySettings.of(access))));
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      String path = directory.toAbsolutePath().toString();
      RocksDB database =
          own(
              natives,
              use == Use.WRITING
                  ? RocksDB.open(settings, path, descriptors, handles)
                  : RocksDB.openReadOnly(settings, path, descriptors, handles));
      Map<String, ColumnFamilyHandle> families = new TreeMap<>();
      int i = 0;
      for (String name : ordered.keySet()) {
        families.put(name, own(natives, handles.get(i++)));
      }
      opened = true;
      return new RocksDatabase(directory, natives, database, families, counts);
    } catch (RocksDBException e) {
      throw RocksErrors.opening(e, directory);
    } finally {
      if (!opened) {
        free(natives);
      }
    }
  }

  /**
   * How many threads open table files. RocksDB starts as many anew for each family that has a file:
   * 16, its default, for each of forty families take far longer than the files of a small store.
   */
  private static int fileOpeningThreads(long bytesOnDisk) {
    return (int) Math.min(FILE_OPENING_THREADS_MAX, 1 + bytesOnDisk / BYTES_PER_OPENING_THREAD);
  }

  private static DBOptions settings(Properties properties) {
    return properties.isEmpty() ? new DBOptions() : DBOptions.getDBOptionsFromProps(properties);
  }

  /**
   * The settings, each with its reason where it is not plain.
   *
   * <p>{@link Inspection} has cut torn tails, so the recovery mode is AbsoluteConsistency: whatever
   * RocksDB finds wrong then is an error. PointInTime, the default, would open with any tail
   * silently gone. A reader beside a writer may meet a record that is just being written, and
   * passes over it. No log is recycled, so old bytes cannot pass for a record, and none is
   * compressed (the default; there is no setter), so that its frames can be read without RocksDB.
   */
  private static void configure(
      DBOptions settings,
      RocksOptions options,
      Cache cache,
      Deque<AutoCloseable> natives,
      Use use) {
    // Write buffers are charged to the cache, so that the two together stay within one bound.
    WriteBufferManager writeBuffers =
        own(natives, new WriteBufferManager(options.writeBufferBytes(), cache));
    settings
        .setCreateIfMissing(use == Use.WRITING)
        .setCreateMissingColumnFamilies(use == Use.WRITING)
        .setParanoidChecks(true)
        .setWalRecoveryMode(
            use == Use.READING_BESIDE_WRITER
                ? WALRecoveryMode.TolerateCorruptedTailRecords
                : WALRecoveryMode.AbsoluteConsistency)
        .setRecycleLogFileNum(0)
        .setMaxTotalWalSize(options.walBytesMax())
        .setWriteBufferManager(writeBuffers)
        // What is open stays readable though the writer deletes it.
        .setMaxOpenFiles(use == Use.READING_BESIDE_WRITER ? -1 : options.openFilesMax())
        .setTableCacheNumshardbits(TABLE_CACHE_SHARD_BITS)
        .setMaxBackgroundJobs(2)
        .setBytesPerSync(BYTES_PER_BACKGROUND_SYNC)
        .setMaxManifestFileSize(MANIFEST_BYTES_MAX)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setKeepLogFileNum(KEPT_INFO_LOGS)
        .setMaxLogFileSize(INFO_LOG_BYTES_MAX)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
  }

  RocksDB database() {
    return database;
  }

  /** The family of that name; null only for one that a reader's database does not have. */
  @Nullable ColumnFamilyHandle family(String name) {
    return families.get(name);
  }

  /** Makes an empty family if there is none of that name. */
  void require(String name) {
    if (families.containsKey(name)) {
      return;
    }
    try {
      ColumnFamilyDescriptor descriptor =
          new ColumnFamilyDescriptor(
              name.getBytes(StandardCharsets.UTF_8), own(natives, new ColumnFamilyOptions()));
      families.put(name, own(natives, database.createColumnFamily(descriptor)));
    } catch (RocksDBException e) {
      throw RocksErrors.opening(e, directory);
    }
  }

  /** Merges all, and rewrites every blob file that holds a deleted value. */
  void compactAll() throws RocksDBException {
    MutableColumnFamilyOptions all =
        MutableColumnFamilyOptions.builder()
            .setEnableBlobGarbageCollection(true)
            .setBlobGarbageCollectionAgeCutoff(1.0)
            .build();
    MutableColumnFamilyOptions usual =
        MutableColumnFamilyOptions.builder().setEnableBlobGarbageCollection(false).build();
    try (CompactRangeOptions options =
        new CompactRangeOptions()
            .setExclusiveManualCompaction(false)
            .setBottommostLevelCompaction(
                CompactRangeOptions.BottommostLevelCompaction.kForceOptimized)) {
      for (ColumnFamilyHandle family : families.values()) {
        database.setOptions(family, all);
        try {
          database.compactRange(family, null, null, options);
        } finally {
          database.setOptions(family, usual);
        }
      }
    }
  }

  /** Writes what all families have in memory into table files, so that no log is needed. */
  void flushAll(FlushOptions options) throws RocksDBException {
    database.flush(options, List.copyOf(families.values()));
  }

  /** Bytes of all files in the database's folder. */
  long bytesOnDisk() {
    return bytes(directory, name -> true);
  }

  /** Bytes of its write-ahead logs. */
  long logBytes() {
    return logBytes(directory);
  }

  /** The same of a database that need not be open. */
  static long logBytes(Path directory) {
    return bytes(directory, name -> Inspection.LOG_NAME.matcher(name).matches());
  }

  private static long bytes(Path directory, Predicate<String> names) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> names.test(String.valueOf(file.getFileName())))
          .mapToLong(RocksDatabase::size)
          .sum();
    } catch (IOException | UncheckedIOException e) {
      throw new UnavailableException("cannot list " + directory + ": " + e, e);
    }
  }

  /** Figures about its work; see {@link RocksStatistics}. */
  SortedMap<String, Long> statistics() throws RocksDBException {
    return RocksStatistics.read(database, families.values(), counts);
  }

  /**
   * Ends flushing and merging for good, after a write has failed. When a full disk has room again,
   * RocksDB would by itself flush one family after the other without the failed batch, which the
   * write-ahead log still holds: closed in between, the next opening would replay that batch into
   * the other families only. Reads go on.
   */
  void standStill() {
    database.cancelAllBackgroundWork(false);
  }

  /** Frees everything; no native call may be under way or follow. */
  @Override
  public void close() {
    database.cancelAllBackgroundWork(true);
    free(natives);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return 0; // Deleted meanwhile, by a compaction.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static <T extends AutoCloseable> T own(Deque<AutoCloseable> natives, T object) {
    natives.push(object);
    return object;
  }

  /** Frees in the reverse order of making. */
  private static void free(Deque<AutoCloseable> natives) {
    while (!natives.isEmpty()) {
      try {
        natives.pop().close();
      } catch (Exception e) {
        throw new AssertionError("freeing a native object", e);
      }
    }
  }
}
