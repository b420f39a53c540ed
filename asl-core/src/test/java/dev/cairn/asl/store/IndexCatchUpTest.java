package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Indexes that are new, or of a new version, wherever the power fails meanwhile. */
final class IndexCatchUpTest {
  private static final int COMMITS = 150;

  @Test
  void anIndexRebuiltHalfwayIsRebuiltByWhicheverVersionOpensTheStoreNext() {
    for (int next : new int[] {1, 2}) {
      int writes = 0;
      boolean completed = false;
      while (!completed) {
        MemoryEngine engine = filled();
        engine.faults().failCommitsAfter(writes, 1);
        try {
          Store.open(engine, config(2)).close();
          completed = true;
        } catch (StoreFailedException e) {
          completed = false;
        }
        try (Store store = Store.open(engine.reopen(), config(next))) {
          assertThat(rows(store))
              .as("after %s writes, version %s", writes, next)
              .isEqualTo(expected(next));
        }
        writes++;
      }
      assertThat(writes).isGreaterThan(3);
    }
  }

  @Test
  void anIndexRebuiltHalfwayIsRebuiltWhateverPartOfItReachedTheMedium() {
    for (int next : new int[] {1, 2}) {
      for (int kept = 0; kept < 8; kept++) {
        MemoryEngine engine = filled();
        AtomicInteger appends = new AtomicInteger();
        HookedEngine hooked =
            new HookedEngine(engine)
                .beforeWrite(
                    changes -> {
                      if (appends.incrementAndGet() > 5) {
                        throw new StoreFailedException("the power fails");
                      }
                    });
        try {
          Store.open(hooked, config(2));
        } catch (StoreFailedException e) {
          assertThat(e).hasMessage("the power fails");
        }
        try (Store store = Store.open(engine.crash(kept), config(next))) {
          assertThat(rows(store)).as("%s batches kept", kept).isEqualTo(expected(next));
        }
      }
    }
  }

  @Test
  void aRebuildNeverWritesMoreAtOnceThanTheCommitsDid() {
    MemoryEngine engine = filledWith(COMMITS, 200);
    HookedEngine narrow = new HookedEngine(engine).batchBytesMax(300_000);
    try (Store store = Store.open(narrow, config(3))) {
      assertThat(rows(store)).hasSize(COMMITS * 200);
    }
  }

  @Test
  void theStateTreeIsBuiltAnewWithTheLivenessItStandsOn() {
    MemoryEngine engine = filled();
    Bytes root;
    try (Store store = Store.open(engine, config(1))) {
      root = store.stateRoot();
    }
    MemoryEngine again = engine.reopen();
    Bytes liveness = Bytes.utf8("index/asl.liveness");
    List<RowChange> damage =
        List.of(
            RowChange.put(StoreTables.META, liveness, Bytes.u64(99)),
            RowChange.put(StoreTables.TREE, Bytes.fromHex("00"), new StateFork().encode()));
    again.write(damage, Durability.SYNCED);
    try (Store store = Store.open(again, config(1))) {
      assertThat(store.stateRoot()).isEqualTo(root).isEqualTo(store.rebuiltStateRoot());
    }
  }

  @Test
  void whatIsTooLongOrErasedUnderATypeThatIsNewlyCheckedIsGivenAsNull() {
    TypeTag type = new TypeTag("test/typed");
    MemoryEngine engine = new MemoryEngine(StoreConfig.tables(List.of(new Typed(type)), List.of()));
    Bytes tooLong = Bytes.wrap(new byte[Structures.PAYLOAD_BYTES_MAX + 1]);
    try (Store store = Store.open(engine, config(List.of()))) {
      store.put(type, Bytes.utf8("small"));
      store.put(type, tooLong);
      ArtifactKey erased = store.put(type, Bytes.utf8("erased"));
      store.tombstone(erased, null);
      store.erase(erased, null);
    }
    try (Store store = Store.open(engine.reopen(), config(List.of(new Typed(type))))) {
      try (RowCursor rows = store.rows().scan(Typed.TABLE, Bytes.EMPTY, Bytes.EMPTY)) {
        List<Bytes> seen = new ArrayList<>();
        while (rows.next()) {
          seen.add(rows.value());
        }
        assertThat(seen)
            .containsExactly(Bytes.utf8("small"), Bytes.utf8("none"), Bytes.utf8("none"));
      }
    }
  }

  /** Each record of a type by its index, with its payload. */
  private record Typed(TypeTag type) implements Index {
    static final Table TABLE = new Table("test.typed", Table.Scope.DERIVED);

    @Override
    public String name() {
      return "test.typed";
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
      return Set.of(type);
    }

    @Override
    public void apply(CommitView commit, RowWriter rows) {
      for (CommitView.Entry entry : commit.entries()) {
        if (type.equals(entry.record().tag()) && entry.record().isPut()) {
          Bytes payload = entry.payload();
          rows.put(
              TABLE,
              Bytes.u64(entry.record().index()),
              payload == null ? Bytes.utf8("none") : payload);
        }
      }
    }
  }

  @Test
  void anIndexIsNeitherLeftOutNorGivenTwice() {
    MemoryEngine engine = filled();
    StoreConfig twice = config(List.of(new Versioned(1), new Versioned(1)));
    assertThatThrownBy(() -> Store.open(engine, twice))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static MemoryEngine empty() {
    return new MemoryEngine(StoreConfig.tables(List.of(new Versioned(1)), List.of()));
  }

  private static Map<String, Bytes> everything(MemoryEngine engine) {
    Map<String, Bytes> all = new TreeMap<>();
    for (Table table : StoreConfig.tables(List.of(new Versioned(1)), List.of())) {
      try (RowCursor cursor = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
        while (cursor.next()) {
          all.put(table.name() + " " + cursor.key().toHex(), cursor.value());
        }
      }
    }
    return all;
  }

  /** Of a store that is only read; its own engine stays as it is. */
  private static void assertBuiltBeside(MemoryEngine engine, int version, Bytes root) {
    Map<String, Bytes> before = everything(engine);
    assertThatThrownBy(() -> Store.openReadOnly(engine.share(), config(version)))
        .as("with nothing beside it")
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("open the store for writing once");
    AtomicInteger made = new AtomicInteger();
    try (Store store =
        Store.openReadOnly(
            engine.share(),
            config(version),
            () -> {
              made.incrementAndGet();
              return empty();
            })) {
      assertThat(rows(store)).isEqualTo(expected(version));
      assertThat(store.stateRoot()).isEqualTo(root).isEqualTo(store.rebuiltStateRoot());
      assertThatThrownBy(() -> store.put(null, Bytes.utf8("more")))
          .isInstanceOf(RefusedException.class);
    }
    assertThat(made).hasValue(1);
    assertThat(everything(engine)).isEqualTo(before);
  }

  @Test
  void whatAStoreThatIsOnlyReadLacksIsMadeBesideIt() {
    MemoryEngine engine = filled();
    Bytes root;
    try (Store store = Store.open(engine.share(), config(1))) {
      root = store.stateRoot();
    }
    assertBuiltBeside(engine, 2, root);
    MemoryEngine older = engine.copy();
    RowPieces.clear(older, Versioned.TABLE);
    older.write(
        List.of(RowChange.delete(StoreTables.META, IndexCatchUp.metaKey("test.versioned"))),
        Durability.SYNCED);
    assertBuiltBeside(older, 1, root);
    MemoryEngine cutShort = engine.copy();
    cutShort.write(
        List.of(
            RowChange.put(
                Versioned.TABLE, Bytes.utf8("of a build that was cut short"), Bytes.EMPTY),
            RowChange.delete(StoreTables.META, IndexCatchUp.metaKey("test.versioned")),
            RowChange.delete(StoreTables.META, IndexCatchUp.metaKey("asl.liveness"))),
        Durability.SYNCED);
    assertBuiltBeside(cutShort, 1, root);
  }

  @Test
  void whatIsMadeBesideAStoreIsClosedIfThatFails() {
    MemoryEngine engine = filled();
    Map<String, Bytes> before = everything(engine);
    AtomicInteger closed = new AtomicInteger();
    MemoryEngine full = empty();
    full.faults().failCommitsAfter(0, 1);
    StorageEngine scratch =
        new ForwardingEngine(full) {
          @Override
          public void close() {
            closed.incrementAndGet();
            super.close();
          }
        };
    assertThatThrownBy(() -> Store.openReadOnly(engine.share(), config(2), () -> scratch))
        .isInstanceOf(StoreFailedException.class);
    assertThat(closed).hasValue(1);
    assertThat(everything(engine)).isEqualTo(before);
  }

  private static MemoryEngine filled() {
    return filledWith(COMMITS, 1);
  }

  private static MemoryEngine filledWith(int commits, int records) {
    MemoryEngine engine =
        new MemoryEngine(StoreConfig.tables(List.of(new Versioned(1)), List.of()));
    Store store = Store.open(engine, config(1));
    for (int i = 0; i < commits; i++) {
      CommitDraft draft = new CommitDraft();
      for (int j = 0; j < records; j++) {
        draft.put(
            store.prepare(new TypeTag("text/plain"), Bytes.utf8(j == 0 ? "n" + i : i + "." + j)));
      }
      store.commit(draft);
    }
    store.close();
    return engine.reopen();
  }

  private static Map<Bytes, Bytes> expected(int version) {
    Map<Bytes, Bytes> rows = new TreeMap<>();
    for (int i = 0; i < COMMITS; i++) {
      rows.put(StoreFixture.key("n" + i).bytes(), Bytes.u64(version));
    }
    return rows;
  }

  private static Map<Bytes, Bytes> rows(Store store) {
    Map<Bytes, Bytes> rows = new TreeMap<>();
    try (RowCursor cursor = store.rows().scan(Versioned.TABLE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        rows.put(cursor.key(), cursor.value());
      }
    }
    return rows;
  }

  private static StoreConfig config(int version) {
    return config(List.of(new Versioned(version)));
  }

  private static StoreConfig config(List<Index> indexes) {
    StoreConfig plain = StoreFixture.config("a");
    return new StoreConfig("test", plain.key(), 1, indexes, List.of(), plain.clock());
  }

  /** One row for each record, which says what version wrote it. */
  private record Versioned(int version) implements Index {
    static final Table TABLE = new Table("test.versioned", Table.Scope.DERIVED);

    @Override
    public String name() {
      return "test.versioned";
    }

    @Override
    public List<Table> tables() {
      return List.of(TABLE);
    }

    @Override
    public void apply(CommitView commit, RowWriter rows) {
      commit
          .entries()
          .forEach(entry -> rows.put(TABLE, entry.record().id().bytes(), Bytes.u64(version)));
    }
  }
}
