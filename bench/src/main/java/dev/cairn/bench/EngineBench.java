package dev.cairn.bench;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * What {@link RocksEngine} costs over plain rocksdbjni that writes and reads the same bytes.
 *
 * <p>A record is 200 bytes, with a payload of 1 KiB and four small rows in tables of their own.
 * Every round does the same work with both, in turns, so that a slow moment of the machine hits
 * both; the ratio is between the medians of the rounds. Figures are only comparable within one run.
 *
 * <pre>
 *   EngineBench FOLDER [ROUNDS]
 * </pre>
 */
public final class EngineBench {
  private static final int RECORD_BYTES = 200;
  private static final int PAYLOAD_BYTES = 1024;
  private static final int SMALL_TABLES = 4;
  private static final int SINGLES = 300;
  private static final int BATCH = 1000;
  private static final int BATCHES = 10;
  private static final int GETS = 20_000;
  private static final Bytes LOG = Bytes.wrap(new byte[40]);

  private EngineBench() {}

  /** Runs all of it and prints a table. */
  public static void main(String[] arguments) throws IOException, RocksDBException {
    Path folder = Files.createTempDirectory(Path.of(arguments[0]), "engine-bench");
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 9;
    List<Table> tables = new ArrayList<>(List.of(new Table("payload", Table.Scope.LOCAL)));
    for (int i = 0; i < SMALL_TABLES; i++) {
      tables.add(new Table("rows." + i, Table.Scope.DERIVED));
    }
    long[][] engineNanos = new long[3][rounds];
    long[][] rawNanos = new long[3][rounds];
    try (StorageEngine engine =
            RocksEngine.open(
                folder.resolve("engine"), new TreeSet<>(tables), RocksOptions.DEFAULT);
        Raw raw = new Raw(folder.resolve("raw"), tables)) {
      for (int round = 0; round < rounds; round++) {
        Work work = new Work(tables, round);
        engineNanos[0][round] = nanos(() -> appendEach(engine, work.singles));
        rawNanos[0][round] = nanos(() -> raw.appendEach(work.singles));
        rawNanos[1][round] = nanos(() -> raw.appendEach(work.batches));
        engineNanos[1][round] = nanos(() -> appendEach(engine, work.batches));
        engineNanos[2][round] = nanos(() -> getAll(engine, tables.get(0), work.gets));
        rawNanos[2][round] = nanos(() -> raw.getAll(work.gets));
      }
    }
    print("append 1, synced", SINGLES, engineNanos[0], rawNanos[0]);
    print("append 1,000, synced", BATCH * BATCHES, engineNanos[1], rawNanos[1]);
    print("random get of 1 KiB", GETS, engineNanos[2], rawNanos[2]);
  }

  private static void print(String what, int count, long[] engineNanos, long[] rawNanos) {
    double engine = median(engineNanos);
    double raw = median(rawNanos);
    System.out.printf(
        java.util.Locale.ROOT,
        "%-22s engine %,10.0f/s   raw %,10.0f/s   ratio %.2f%n",
        what,
        count * 1e9 / engine,
        count * 1e9 / raw,
        raw / engine);
  }

  private static double median(long[] values) {
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static long nanos(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return System.nanoTime() - start;
  }

  private static void appendEach(StorageEngine engine, List<AppendRequest> requests) {
    for (AppendRequest request : requests) {
      if (!(engine.append(request) instanceof AppendOutcome.Committed)) {
        throw new AssertionError("append at " + request.expectedHead());
      }
    }
  }

  private static void getAll(StorageEngine engine, Table table, List<Bytes> keys) {
    for (Bytes key : keys) {
      if (engine.get(table, key) == null) {
        throw new AssertionError("no row " + key);
      }
    }
  }

  /** What one round writes and reads; made before the clock runs. */
  private static final class Work {
    private static final int RECORDS_A_ROUND = SINGLES + BATCH * BATCHES;

    private final List<AppendRequest> singles = new ArrayList<>();
    private final List<AppendRequest> batches = new ArrayList<>();
    private final List<Bytes> gets = new ArrayList<>();
    private final List<Table> tables;
    private final Random random;

    Work(List<Table> tables, int round) {
      this.tables = tables;
      this.random = new Random(round);
      long head = (long) round * RECORDS_A_ROUND;
      for (int i = 0; i < SINGLES; i++) {
        singles.add(request(head++, 1));
      }
      for (int i = 0; i < BATCHES; i++) {
        batches.add(request(head, BATCH));
        head += BATCH;
      }
      for (int i = 0; i < GETS; i++) {
        gets.add(key((long) (random.nextDouble() * head)));
      }
    }

    private AppendRequest request(long head, int count) {
      List<Bytes> records = new ArrayList<>();
      List<RowChange> rows = new ArrayList<>();
      for (long index = head; index < head + count; index++) {
        records.add(randomBytes(RECORD_BYTES));
        rows.add(RowChange.put(tables.get(0), key(index), randomBytes(PAYLOAD_BYTES)));
        for (int i = 1; i <= SMALL_TABLES; i++) {
          rows.add(RowChange.put(tables.get(i), key(index * 5 + i), randomBytes(8 * i)));
        }
      }
      return new AppendRequest(LOG, 0, head, records, rows, Durability.SYNCED);
    }

    /** 32 bytes that scatter like a digest. */
    private static Bytes key(long index) {
      byte[] key = new byte[32];
      new Random(index).nextBytes(key);
      return Bytes.wrap(key);
    }

    private Bytes randomBytes(int length) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      return Bytes.wrap(bytes);
    }
  }

  /** The floor: plain calls, RocksDB's defaults, no head check. */
  private static final class Raw implements AutoCloseable {
    private final RocksDB database;
    private final List<ColumnFamilyHandle> families = new ArrayList<>();
    private final DBOptions options =
        new DBOptions().setCreateIfMissing(true).setCreateMissingColumnFamilies(true);
    private final WriteOptions synced = new WriteOptions().setSync(true);
    private final List<Table> tables;

    Raw(Path folder, List<Table> tables) throws RocksDBException {
      RocksDB.loadLibrary();
      this.tables = tables;
      List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
      for (String name : List.of("default", "log", "head")) {
        descriptors.add(new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.UTF_8)));
      }
      for (Table table : tables) {
        descriptors.add(new ColumnFamilyDescriptor(table.name().getBytes(StandardCharsets.UTF_8)));
      }
      database = RocksDB.open(options, folder.toString(), descriptors, families);
    }

    void appendEach(List<AppendRequest> requests) {
      for (AppendRequest request : requests) {
        try (WriteBatch batch = new WriteBatch()) {
          long index = request.expectedHead();
          for (Bytes record : request.records()) {
            batch.put(families.get(1), LOG.plus(Bytes.u64(index++)).toArray(), record.toArray());
          }
          for (RowChange row : request.rows()) {
            Bytes value = row.value() == null ? Bytes.EMPTY : row.value();
            ColumnFamilyHandle family = families.get(3 + tables.indexOf(row.table()));
            batch.put(family, row.key().toArray(), value.toArray());
          }
          batch.put(families.get(2), LOG.toArray(), new byte[16]);
          database.write(synced, batch);
        } catch (RocksDBException e) {
          throw new AssertionError(e);
        }
      }
    }

    void getAll(List<Bytes> keys) {
      try {
        for (Bytes key : keys) {
          if (database.get(families.get(3), key.toArray()) == null) {
            throw new AssertionError("no row " + key);
          }
        }
      } catch (RocksDBException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void close() {
      database.close();
      synced.close();
      options.close();
    }
  }
}
