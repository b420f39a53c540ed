package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Stores that have a row in every table, to be damaged. */
final class CheckedStores {
  static final TypeTag WORD = new TypeTag("test/word");
  static final List<Index> INDEXES = List.of(new Words());
  static final Set<Table> TABLES = StoreConfig.tables(INDEXES, List.of());

  private CheckedStores() {}

  /** An index of a structured type: the payload of each word, and where it was put. */
  static final class Words implements Index {
    static final Table TABLE = new Table("test.words", Table.Scope.DERIVED);

    @Override
    public String name() {
      return "test.words";
    }

    @Override
    public int version() {
      return 1;
    }

    @Override
    public List<Table> tables() {
      return List.of(TABLE);
    }

    @Override
    public Set<TypeTag> structuredTypes() {
      return Set.of(WORD);
    }

    @Override
    public void apply(CommitView commit, RowWriter rows) {
      for (CommitView.Entry entry : commit.entries()) {
        Bytes payload = entry.payload();
        if (WORD.equals(entry.record().tag()) && payload != null) {
          rows.put(TABLE, payload, entry.record().id().bytes());
        }
      }
    }
  }

  static StoreConfig config(String name) {
    StoreConfig plain = StoreFixture.config(name);
    return new StoreConfig("test", plain.key(), 1, INDEXES, List.of(), plain.clock());
  }

  static MemoryEngine memory() {
    return new MemoryEngine(TABLES);
  }

  static RocksEngine rocks(Path folder) {
    return RocksEngine.open(folder, TABLES, RocksOptions.DEFAULT);
  }

  static StoreCheck check(String name, StorageEngine engine) {
    return new StoreCheck(engine, config(name), CheckedStores::memory, count -> {});
  }

  static Bytes large(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  /** Node "a" with two logs, and something of every kind. The engine stays open. */
  static void fill(StorageEngine engine) {
    try (Store b = Store.open(memory(), config("b"))) {
      CommitDraft many = new CommitDraft();
      for (int i = 0; i < 300; i++) {
        many.put(b.prepare(null, Bytes.utf8("b" + i)));
      }
      b.commit(many);
      ArtifactKey gone = b.put(new TypeTag("text/plain"), Bytes.utf8("b gone"));
      b.tombstone(gone, "b does not want it");
      b.put(WORD, Bytes.utf8("bword"));
      Store a = Store.open(new Unclosed(engine), config("a"));
      fill(a);
      StoreFixture.copy(b, a);
      a.put(null, Bytes.utf8("after b"));
      a.snapshot("kept");
      a.erase(a.put(null, Bytes.utf8("waits for the snapshot")), null);
      waitingErasure(a);
      a.close();
    }
  }

  private static void fill(Store a) {
    TypeTag text = new TypeTag("text/plain");
    for (int i = 0; i < 60; i++) {
      a.put(i % 3 == 0 ? null : text, Bytes.utf8("a" + i));
    }
    a.put(null, Bytes.utf8("a1"));
    ArtifactKey again = a.put(text, Bytes.utf8("comes and goes"));
    a.tombstone(again, "first");
    a.put(text, Bytes.utf8("comes and goes"));
    a.tombstone(again, "second");
    a.put(text, Bytes.utf8("comes and goes"));
    a.erase(a.put(text, Bytes.utf8("erased")), "asked to");
    a.put(WORD, Bytes.utf8("aword"));
    a.put(null, large(1, 700_000));
    a.put(text, large(1, 700_000));
    a.put(null, large(1, 700_000).plus(large(2, 200_000)));
    try (PayloadStage stage = a.stagePayload(PayloadDigest.of(Bytes.utf8("early")), 5)) {
      stage.write(Bytes.utf8("early"));
      stage.finish();
    }
  }

  private static void waitingErasure(Store a) {
    a.lease(new Lease("held", 2_000_000, Set.of(StoreFixture.key("a1"))));
    ArtifactKey shown = a.put(null, Bytes.utf8("shown"));
    a.snapshot("shows");
    a.commit(new CommitDraft().tombstone(shown, new TombstoneNote(true, "later")));
  }

  static NavigableMap<Bytes, Bytes> rows(StorageEngine engine, Table table) {
    NavigableMap<Bytes, Bytes> rows = new TreeMap<>();
    try (RowCursor cursor = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        rows.put(cursor.key(), cursor.value());
      }
    }
    return rows;
  }

  /** Every table but the store's counter of openings and what was set aside. */
  static Map<String, NavigableMap<Bytes, Bytes>> allRows(StorageEngine engine) {
    Map<String, NavigableMap<Bytes, Bytes>> all = new TreeMap<>();
    for (Table table : TABLES) {
      if (!table.equals(StoreTables.QUARANTINE)) {
        all.put(table.name(), rows(engine, table));
      }
    }
    NavigableMap<Bytes, Bytes> meta = all.get(StoreTables.META.name());
    if (meta != null) {
      meta.remove(OpeningNumbers.FENCE);
    }
    return all;
  }

  static void put(StorageEngine engine, Table table, Bytes key, @Nullable Bytes value) {
    engine.write(List.of(new RowChange(table, key, value)), Durability.SYNCED);
  }

  static Bytes flipped(Bytes bytes, int bit) {
    byte[] changed = bytes.toArray();
    changed[(bit / 8) % changed.length] ^= (byte) (1 << (bit % 8));
    return Bytes.wrap(changed);
  }

  static Bytes someKey(StorageEngine engine, Table table, Random random) {
    List<Bytes> keys = new ArrayList<>(rows(engine, table).keySet());
    return keys.get(random.nextInt(keys.size()));
  }
}
