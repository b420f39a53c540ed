package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.CompressionOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * What compressing small payloads costs and saves: a database of one family with keys as payloads
 * have them in the store, rising, its settings but for block size and compression those of the
 * store's family. For three kinds of payloads it notes bytes on disk, the processor time of writing
 * them (flushes and merges included) and that of reading them at random with hardly any cache, so
 * that each read unpacks a block. It has no target: it says which setting the store should have.
 */
final class CompressionWork implements Work {
  private static final long SEED = 9;
  private static final long PAYLOAD_BYTES = 96L << 20;
  private static final long CACHE_BYTES = 4L << 20;
  private static final int GETS = 40_000;
  private static final int DICTIONARY_BYTES = 16 << 10;
  private static final int TRAINING_BYTES = 100 * DICTIONARY_BYTES;

  /** In the place of a block's size: values lie in blob files. */
  private static final int BLOBS = 0;

  /** RocksDB's own default level. */
  private static final int UNSET = 32_767;

  private static final int WORDS = 2_000;
  private static final int BATCH_BYTES = 4 << 20;
  private static final int TEXT_BYTES = 4096;
  private static final int CHUNK_BYTES = 256 << 10;

  private static final List<String> NAMES =
      List.of("commons", "netty", "guava", "jackson", "core", "api", "runtime", "util", "codec");

  private static final List<String> VOCABULARY =
      IntStream.range(0, WORDS).mapToObj(CompressionWork::word).toList();

  private record Kind(String name, int gets, LongFunction<byte[]> payload) {}

  private record Way(
      String name, CompressionType type, int blockKibibytes, int level, int dictionaryBytes) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("random, 1 KiB", GETS, index -> Payloads.small(SEED, index)),
          new Kind("statements, 0.5 KiB of JSON", GETS, CompressionWork::statement),
          new Kind("words, 4 KiB", GETS, index -> words(index, TEXT_BYTES)));

  private static final List<Kind> CHUNKS =
      List.of(
          new Kind("random, 256 KiB", 400, index -> Payloads.of(SEED, index, CHUNK_BYTES)),
          new Kind("words, 256 KiB", 400, index -> words(index, CHUNK_BYTES)));

  private static final List<Way> BLOB_WAYS =
      List.of(
          new Way("not compressed", CompressionType.NO_COMPRESSION, BLOBS, UNSET, 0),
          new Way("LZ4", CompressionType.LZ4_COMPRESSION, BLOBS, UNSET, 0),
          new Way("zstd", CompressionType.ZSTD_COMPRESSION, BLOBS, UNSET, 0));

  private static final List<Way> WAYS =
      List.of(
          new Way("LZ4, 4 KiB", CompressionType.LZ4_COMPRESSION, 4, UNSET, 0),
          new Way("LZ4, 8 KiB", CompressionType.LZ4_COMPRESSION, 8, UNSET, 0),
          new Way("LZ4, 16 KiB", CompressionType.LZ4_COMPRESSION, 16, UNSET, 0),
          new Way("zstd 1, 4 KiB", CompressionType.ZSTD_COMPRESSION, 4, 1, 0),
          new Way("zstd 1, 8 KiB", CompressionType.ZSTD_COMPRESSION, 8, 1, 0),
          new Way("zstd 1, 16 KiB", CompressionType.ZSTD_COMPRESSION, 16, 1, 0),
          new Way("zstd 3, 4 KiB", CompressionType.ZSTD_COMPRESSION, 4, 3, 0),
          new Way("zstd 3, 8 KiB", CompressionType.ZSTD_COMPRESSION, 8, 3, 0),
          new Way("zstd 3, 16 KiB", CompressionType.ZSTD_COMPRESSION, 16, 3, 0),
          new Way(
              "zstd 3 with a dictionary, 4 KiB",
              CompressionType.ZSTD_COMPRESSION,
              4,
              3,
              DICTIONARY_BYTES));

  @Override
  public void run(Setting setting, Report report) throws Exception {
    RocksDB.loadLibrary();
    for (Kind kind : KINDS) {
      for (Way way : WAYS) {
        report.note(kind.name + ", " + way.name, measure(kind, way, setting));
      }
    }
    for (Kind kind : CHUNKS) {
      for (Way way : BLOB_WAYS) {
        report.note(kind.name + ", " + way.name, measure(kind, way, setting));
      }
    }
  }

  private static String measure(Kind kind, Way way, Setting setting) throws Exception {
    Path folder = Files.createDirectory(setting.folder().resolve("compression"));
    try {
      return measure(kind, way, folder);
    } finally {
      Folders.delete(folder);
    }
  }

  private static String measure(Kind kind, Way way, Path folder) throws Exception {
    try (Cache cache = new LRUCache(CACHE_BYTES);
        CompressionOptions compression =
            new CompressionOptions()
                .setLevel(way.level)
                .setMaxDictBytes(way.dictionaryBytes)
                .setZStdMaxTrainBytes(way.dictionaryBytes == 0 ? 0 : TRAINING_BYTES);
        Options options =
            new Options()
                .setCreateIfMissing(true)
                .setMaxBackgroundJobs(2)
                .setWriteBufferSize(16 << 20)
                .setCompressionType(way.type)
                .setCompressionOptions(compression)
                .setEnableBlobFiles(way.blockKibibytes == BLOBS)
                .setBlobCompressionType(way.type)
                .setTableFormatConfig(
                    new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setBlockSize(Math.max(4, way.blockKibibytes) * 1024L)
                        .setIndexBlockRestartInterval(16));
        RocksDB database = RocksDB.open(options, folder.toString())) {
      Lap writing = new Lap();
      long[] written = write(kind, database, writing);
      writing.settle();
      Lap reading = new Lap();
      read(kind, written[0], database, reading);
      reading.settle();
      return Report.text(
          "%.3f of the payload on disk; CPU µs each: %.2f to write, %.2f to read",
          tables(database) / (double) written[1],
          writing.cpuNanos() / 1e3 / written[0],
          reading.cpuNanos() / 1e3 / kind.gets);
    }
  }

  /** Number of payloads and their bytes. */
  private static long[] write(Kind kind, RocksDB database, Lap lap) throws RocksDBException {
    long count = 0;
    long bytes = 0;
    try (WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
        FlushOptions waiting = new FlushOptions().setWaitForFlush(true)) {
      while (bytes < PAYLOAD_BYTES) {
        try (WriteBatch batch = new WriteBatch()) {
          for (int i = 0; i < Setting.BATCH && batch.getDataSize() < BATCH_BYTES; i++) {
            byte[] payload = kind.payload.apply(count);
            batch.put(key(count++), payload);
            bytes += payload.length;
          }
          lap.go();
          database.write(unlogged, batch);
          lap.halt();
        }
      }
      lap.go();
      database.flush(waiting);
      lap.halt();
    }
    return new long[] {count, bytes};
  }

  private static void read(Kind kind, long count, RocksDB database, Lap lap)
      throws RocksDBException {
    SplittableRandom random = Payloads.random(SEED + 1, 0);
    for (int i = 0; i < kind.gets; i++) {
      long index = random.nextLong(count);
      byte[] key = key(index);
      lap.go();
      byte[] value = database.get(key);
      lap.halt();
      if (value == null || value.length != kind.payload.apply(index).length) {
        throw new AssertionError("payload " + index + " is not what was written");
      }
    }
  }

  private static long tables(RocksDB database) throws RocksDBException {
    return database.getLiveFilesMetaData().stream().mapToLong(file -> file.size()).sum()
        + database.getLongProperty("rocksdb.total-blob-file-size");
  }

  /** 44 bytes: an origin, and the index in its log. */
  private static byte[] key(long index) {
    return Bytes.concat(Bytes.wrap(new byte[36]), Bytes.u64(index)).toArray();
  }

  /** A statement about one artifact as build tools make them: names that repeat, digests. */
  private static byte[] statement(long index) {
    SplittableRandom random = Payloads.random(SEED, index);
    byte[] digest = new byte[32];
    random.nextBytes(digest);
    String name = NAMES.get(random.nextInt(NAMES.size())) + "-" + NAMES.get(random.nextInt(9));
    String version = random.nextInt(5) + "." + random.nextInt(20) + "." + random.nextInt(10);
    String text =
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"pkg:maven/org.example/"
            + name
            + "@"
            + version
            + "\",\"digest\":{\"sha256\":\""
            + Bytes.wrap(digest).toHex()
            + "\"}}],\"predicateType\":\"https://slsa.dev/provenance/v1\",\"predicate\":{\"buildDefinition\":"
            + "{\"buildType\":\"https://example.org/build@v1\",\"externalParameters\":{\"ref\":\"refs/heads/main\""
            + ",\"run\":"
            + random.nextInt(100_000)
            + "}},\"runDetails\":{\"builder\":{\"id\":\"https://example.org/builder/"
            + random.nextInt(40)
            + "\"},\"metadata\":{\"invocationId\":\""
            + Long.toHexString(random.nextLong())
            + "\"}}}}";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Words of a vocabulary of {@value #WORDS}, the first ones far more often. */
  private static byte[] words(long index, int bytes) {
    SplittableRandom random = Payloads.random(SEED, index);
    StringBuilder text = new StringBuilder();
    while (text.length() < bytes) {
      double rank = random.nextDouble();
      text.append(VOCABULARY.get((int) (rank * rank * rank * WORDS))).append(' ');
    }
    return text.substring(0, bytes).getBytes(StandardCharsets.UTF_8);
  }

  private static String word(int rank) {
    SplittableRandom random = Payloads.random(SEED + 2, rank);
    StringBuilder word = new StringBuilder();
    for (int letters = 2 + random.nextInt(8); letters > 0; letters--) {
      word.append((char) ('a' + random.nextInt(26)));
    }
    return word.toString();
  }
}
