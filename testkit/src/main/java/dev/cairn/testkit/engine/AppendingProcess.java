package dev.cairn.testkit.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.error.StoreFailedException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A program that appends to a RocksDB store until it is killed, and prints the log's head on a line
 * of its own each time a synced append was acknowledged. It ends by itself when nobody reads its
 * lines any more, or after {@value #RECORDS_MAX} records.
 *
 * <p>What it writes is a function of the index alone, so that {@link #verify} can tell, after any
 * end, whether all that a head promises is there and nothing beyond.
 */
public final class AppendingProcess {
  /** Records after which it stops. */
  public static final long RECORDS_MAX = 2_000_000;

  /** Small bounds, so that flushes, merges and blob files happen while it runs. */
  static final RocksOptions OPTIONS = new RocksOptions(8 << 20, 1 << 20, 64, 2 << 20, 32 << 10);

  /** Last line after a write failed and the engine did as it must. */
  static final String STOPPED = "stopped";

  static final Bytes LOG = Bytes.utf8("killed");

  private static final Table DERIVED = new Table("test.derived", Table.Scope.DERIVED);
  private static final Table PAYLOAD = new Table("test.payload", Table.Scope.LOCAL);
  private static final Set<Table> TABLES = Set.of(DERIVED, PAYLOAD);
  private static final int BATCH_MAX = 40;

  /** Nothing is flushed before the write-ahead log has reached the caller's limit. */
  private static final RocksOptions ONE_LOG =
      new RocksOptions(256 << 20, 128 << 20, 64, 256 << 20, 32 << 10);

  private AppendingProcess() {}

  /**
   * Arguments: the store's folder, a seed for sizes of batches, and optionally {@code one-log}: a
   * write-ahead log that grows to the limit on a file's size that the caller has set. Then the last
   * line is {@link #STOPPED}, once all that the contract says after a failed write was checked.
   */
  public static void main(String[] arguments) {
    PrintStream acknowledged = new PrintStream(System.out, false, US_ASCII);
    Random random = new Random(Long.parseLong(arguments[1]));
    RocksOptions options = arguments.length > 2 ? ONE_LOG : OPTIONS;
    try (StorageEngine engine = RocksEngine.open(Path.of(arguments[0]), TABLES, options)) {
      long head = engine.head(LOG);
      while (head < RECORDS_MAX && !acknowledged.checkError()) {
        long next = append(engine, head, 1 + random.nextInt(BATCH_MAX));
        if (next < 0) {
          expectStopped(engine, head);
          acknowledged.println(STOPPED);
          break;
        }
        head = next;
        acknowledged.println(head);
      }
    }
    acknowledged.flush();
  }

  static StorageEngine open(Path directory) {
    return RocksEngine.open(directory, TABLES, OPTIONS);
  }

  static StorageEngine openReadOnly(Path directory) {
    return RocksEngine.openReadOnly(directory, TABLES, OPTIONS);
  }

  /** The head after an append; -1 if a write failed. */
  private static long append(StorageEngine engine, long head, int count) {
    List<RowChange> payloads = new ArrayList<>();
    for (long index = head; index < head + count; index++) {
      payloads.add(RowChange.put(PAYLOAD, Bytes.u64(index), payload(index)));
    }
    try {
      engine.write(payloads, Durability.RELAXED);
    } catch (StoreFailedException e) {
      return -1;
    }
    AppendOutcome outcome = engine.append(request(head, count));
    if (outcome instanceof AppendOutcome.Committed committed) {
      return committed.head();
    }
    if (outcome instanceof AppendOutcome.Unknown) {
      return -1;
    }
    throw new AssertionError("append at " + head + ": " + outcome);
  }

  private static AppendRequest request(long head, int count) {
    List<Bytes> records = new ArrayList<>();
    List<RowChange> rows = new ArrayList<>();
    for (long index = head; index < head + count; index++) {
      records.add(record(index));
      rows.add(RowChange.put(DERIVED, derivedKey(index), Bytes.u64(index)));
    }
    return new AppendRequest(LOG, 0, head, records, rows, Durability.SYNCED);
  }

  private static void expectStopped(StorageEngine engine, long head) {
    List<Runnable> writes =
        List.of(
            () -> engine.append(request(head, 1)),
            () -> engine.write(List.of(), Durability.SYNCED),
            engine::sync);
    for (Runnable write : writes) {
      boolean refused = false;
      try {
        write.run();
      } catch (StoreFailedException e) {
        refused = true;
      }
      if (!refused) {
        throw new AssertionError("a write after a failed one was taken");
      }
    }
    if (verify(engine) != head) {
      throw new AssertionError("readers do not see the head " + head);
    }
  }

  /**
   * Checks that an engine holds exactly the records and rows of its head, and every payload under
   * it; returns the head.
   */
  static long verify(StorageEngine engine) {
    long head = verify(engine, 0);
    long rows = 0;
    try (RowCursor derived = engine.scan(DERIVED, Bytes.EMPTY, Bytes.EMPTY)) {
      while (derived.next()) {
        rows++;
      }
    }
    if (rows != head) {
      throw new AssertionError(rows + " rows, but the head is " + head);
    }
    return head;
  }

  /** The same for the records from an index on. */
  static long verify(StorageEngine engine, long from) {
    long head = engine.head(LOG);
    long index = Math.min(from, head);
    try (RowCursor records = engine.records(LOG, index, Long.MAX_VALUE)) {
      for (; records.next(); index++) {
        expect(records.key(), Bytes.u64(index), "index", index);
        expect(records.value(), record(index), "record", index);
        expect(engine.get(DERIVED, derivedKey(index)), Bytes.u64(index), "row", index);
        expect(engine.get(PAYLOAD, Bytes.u64(index)), payload(index), "payload", index);
      }
    }
    if (index != head) {
      throw new AssertionError("records end at " + index + ", but the head is " + head);
    }
    return head;
  }

  private static void expect(@Nullable Bytes actual, Bytes expected, String what, long index) {
    if (actual == null || !actual.equals(expected)) {
      throw new AssertionError(what + " " + index + " is " + actual + " instead of " + expected);
    }
  }

  private static Bytes record(long index) {
    return filled(index, 60 + (int) (index % 90));
  }

  /** Mostly small, sometimes large enough for a blob file. */
  private static Bytes payload(long index) {
    return filled(index + 1, index % 97 == 0 ? 50_000 : (int) (index * 31 % 900));
  }

  private static Bytes derivedKey(long index) {
    return Bytes.u64(Long.reverse(index));
  }

  private static Bytes filled(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }
}
