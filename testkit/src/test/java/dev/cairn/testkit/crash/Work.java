package dev.cairn.testkit.crash;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PayloadStage;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.Stretch;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What several threads commit to a store, a function of thread and number alone, and what must be
 * there after any end.
 *
 * <p>A commit puts one to four artifacts, some of them large enough for chunks and blob files, and
 * every seventh removes what an earlier one put. A thread begins its next commit when the last one
 * was acknowledged.
 */
final class Work {
  /** Small bounds, so that flushes, merges, new logs and blob files happen soon. */
  static final RocksOptions OPTIONS = new RocksOptions(8 << 20, 1 << 20, 64, 1 << 20, 32 << 10);

  static final Set<Table> TABLES = StoreConfig.tables(List.of(), List.of());

  private static final TypeTag TAG = new TypeTag("application/test");
  private static final int REMOVAL_SPACING = 7;
  private static final int REMOVED_BEHIND = 3;
  private static final int LARGE_SPACING = 5;
  private static final int LARGE_BYTES = 100_000;

  private static final int KEPT = 64;

  // Making them again for each image would take most of a campaign's time.
  private static final Map<Long, List<Put>> PUTS = new ConcurrentHashMap<>();

  private Work() {}

  /** An artifact of the work. */
  private record Put(Bytes payload, ArtifactKey key, PayloadDigest digest) {}

  static Store open(Path database) {
    return open(RocksEngine.open(database, TABLES, OPTIONS), "crash");
  }

  /** A store on an engine that is closed if it cannot be made. */
  static Store open(StorageEngine engine, String name) {
    try {
      return Store.open(
          engine,
          new StoreConfig(
              "crash",
              SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name))),
              1,
              List.of(),
              List.of(),
              () -> 1_000_000));
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  /** Makes one commit; it is durable when this returns. */
  static void commit(Store store, int thread, int number) {
    CommitDraft draft = new CommitDraft();
    for (Put put : puts(thread, number)) {
      draft.put(store.prepare(TAG, put.payload));
    }
    if (removes(number)) {
      draft.tombstone(removed(thread, number), new TombstoneNote(false, null));
    }
    store.commit(draft);
  }

  /**
   * Checks that a store holds whole commits alone, each thread's from the first without a gap, all
   * that were acknowledged, at most one more of each thread; that payloads are what they were, and
   * that the state root is that of the rows.
   *
   * @param acknowledged the last commit of each thread
   * @return commits held
   */
  static int verify(Store store, Map<Integer, Integer> acknowledged, int threads) {
    int held = 0;
    for (int thread = 0; thread < threads; thread++) {
      int last = acknowledged.getOrDefault(thread, -1);
      int number = next(store, thread);
      if (number <= last) {
        throw new AssertionError(
            "thread " + thread + ": commit " + number + " is gone, " + last + " acknowledged");
      }
      if (number > last + 2) {
        throw new AssertionError(
            "thread " + thread + ": commit " + (number - 1) + " out of nowhere");
      }
      for (int removal = REMOVAL_SPACING; removal < number; removal += REMOVAL_SPACING) {
        if (store.now().isLive(removed(thread, removal))) {
          throw new AssertionError("thread " + thread + ": " + removal + " removed nothing");
        }
      }
      held += number;
    }
    Bytes rebuilt = store.rebuiltStateRoot();
    if (!store.stateRoot().equals(rebuilt)) {
      throw new AssertionError("the state root is not that of the rows");
    }
    return held;
  }

  /** The first commit of a thread that a store does not hold. */
  static int next(Store store, int thread) {
    int number = 0;
    while (isHeld(store, thread, number)) {
      number++;
    }
    return number;
  }

  /** Compares all derived rows with those of a fresh store that takes the same log. */
  static void verifyIndexes(Store store) {
    store.signHead();
    try (Store fresh = open(new MemoryEngine(TABLES), "auditor")) {
      for (LogHead head : store.heads()) {
        long from = 0;
        for (Map.Entry<Long, Bytes> checkpoint :
            store.checkpoints(head.origin(), 0, Integer.MAX_VALUE).entrySet()) {
          fresh.replicate(stretch(store, fresh, head, from, checkpoint));
          from = checkpoint.getKey();
        }
      }
      for (Table table : TABLES) {
        if (table.scope() == Table.Scope.DERIVED
            && !rows(store, table).equals(rows(fresh, table))) {
          throw new AssertionError("rows of " + table.name() + " are not what a rebuild gives");
        }
      }
    }
  }

  private static Stretch stretch(
      Store store, Store fresh, LogHead head, long from, Map.Entry<Long, Bytes> checkpoint) {
    List<Stretch.Item> items = new ArrayList<>();
    try (RecordCursor records = store.records(head.origin(), from, checkpoint.getKey())) {
      while (records.next()) {
        items.add(new Stretch.Item(records.encoded(), inline(store, fresh, records.record())));
      }
    }
    return new Stretch(head.origin(), head.key(), from, items, checkpoint.getValue());
  }

  private static @Nullable Bytes inline(Store store, Store fresh, LogRecord record) {
    PayloadDigest digest = record.payloadDigest();
    if (!store.hasPayload(digest)) {
      return null;
    }
    Bytes payload = store.payload(digest, record.payloadLength());
    if (payload.length() <= Store.INLINE_BYTES_MAX) {
      return payload;
    }
    try (PayloadStage stage = fresh.stagePayload(digest, payload.length())) {
      stage.write(payload);
      stage.finish();
    }
    return null;
  }

  private static Map<Bytes, Bytes> rows(Store store, Table table) {
    store.stateRoot();
    TreeMap<Bytes, Bytes> rows = new TreeMap<>();
    try (var cursor = store.rows().scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        rows.put(cursor.key(), cursor.value());
      }
    }
    return rows;
  }

  /** True if a commit is there as a whole, false if nothing of it is. */
  private static boolean isHeld(Store store, int thread, int number) {
    int present = 0;
    List<Put> puts = puts(thread, number);
    for (Put put : puts) {
      if (!store.history(put.key).isEmpty()) {
        present++;
        if (!store.payload(put.digest, put.payload.length()).equals(put.payload)) {
          throw new AssertionError("another payload than was put: " + thread + "/" + number);
        }
      }
    }
    boolean removed = removes(number) && store.history(removed(thread, number)).size() > 1;
    if (present != 0 && (present != puts.size() || removed != removes(number))) {
      throw new AssertionError("half of commit " + thread + "/" + number);
    }
    return present > 0;
  }

  private static boolean removes(int number) {
    return number > 0 && number % REMOVAL_SPACING == 0;
  }

  private static ArtifactKey removed(int thread, int number) {
    return puts(thread, number - REMOVED_BEHIND).get(0).key;
  }

  private static List<Put> puts(int thread, int number) {
    return number < KEPT
        ? PUTS.computeIfAbsent((long) thread << 32 | number, at -> make(thread, number))
        : make(thread, number);
  }

  private static List<Put> make(int thread, int number) {
    List<Put> puts = new ArrayList<>();
    Random random = new Random(thread * 1_000_003L + number);
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      boolean large = i == 0 && number % LARGE_SPACING == 2;
      int length = large ? LARGE_BYTES / 2 + random.nextInt(LARGE_BYTES) : random.nextInt(700);
      byte[] bytes = new byte[12 + length];
      random.nextBytes(bytes);
      ByteBuffer.wrap(bytes).putInt(thread).putInt(number).putInt(i);
      Bytes payload = Bytes.wrap(bytes);
      puts.add(new Put(payload, ArtifactKey.of(payload, TAG), PayloadDigest.of(payload)));
    }
    return List.copyOf(puts);
  }
}
