package dev.cairn.testkit.mutation;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.pel.text.ProgramText;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A sound store to be damaged: a replica of a node's log of so many records, signed now and then,
 * with edges, removals and receipts, and two snapshots. One owner.
 */
final class Specimen implements AutoCloseable {
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final String PROGRAM =
      """
      {"program": 1, "inputs": ["text"],
       "nodes": {"sum": {"operator": "digest/sha256@1", "inputs": ["text"]},
                 "again": {"operator": "digest/sha256@1", "inputs": ["sum"]}},
       "outputs": {"digest": "again"}}
      """;

  final Origin origin;
  final RunResult run;

  /** The writer, its state when half was written, the replica, and the replica then. */
  final MemoryEngine writer;

  final MemoryEngine writerBefore;
  final MemoryEngine replica;
  final MemoryEngine replicaBefore;
  final List<LogRecord> records = new ArrayList<>();

  /** Indexes of records whose artifact is live with this record and no other. */
  final List<Integer> plain = new ArrayList<>();

  Specimen(int size, long seed) {
    Random random = new Random(seed);
    writer = engine();
    replica = engine();
    try (Store store = open(writer.share(), "ann", 1);
        Store copy = open(replica.share(), "bob", 1)) {
      origin = store.origin();
      copy.commit(new CommitDraft().put(copy.prepare(TEXT, Bytes.utf8("bob was here"))));
      copy.signHead();
      write(store, random, size / 2, "early ");
      sync(store, copy);
      copy.snapshot("early");
      store.stateRoot();
      writer.sync();
      replica.sync();
      writerBefore = writer.copy();
      replicaBefore = replica.copy();
      run =
          new Executor(store, OperatorRegistry.builtIn())
              .run(
                  ProgramText.readJson(Bytes.utf8(PROGRAM)),
                  new TreeMap<>(Map.of("text", put(store, "what is run on"))),
                  RunOptions.defaults());
      write(store, random, size, "late ");
      store.commit(new CommitDraft().put(store.prepare(TEXT, Bytes.utf8("the end"))));
      sync(store, copy);
      copy.snapshot("late");
      copy.stateRoot();
      store.stateRoot();
      read(copy);
    }
    writer.sync();
    replica.sync();
  }

  static MemoryEngine engine() {
    return new MemoryEngine(StoreConfig.tables(CairnNode.newIndexes(), CairnNode.localTables()));
  }

  static SigningKey key(String name) {
    return SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
  }

  static Store open(StorageEngine engine, String name, int epoch) {
    return Store.open(
        engine,
        new StoreConfig(
            "test",
            key(name),
            epoch,
            CairnNode.newIndexes(),
            CairnNode.localTables(),
            () -> 1_000_000));
  }

  static void sync(Store left, Store right) {
    new StoreSync(left, SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(right, true, true)
        .orThrow();
  }

  static ArtifactKey put(Store store, String text) {
    PreparedArtifact artifact = store.prepare(TEXT, Bytes.utf8(text));
    store.commit(new CommitDraft().put(artifact));
    return artifact.id().key();
  }

  private static void write(Store store, Random random, int size, String prefix) {
    List<ArtifactKey> keys = new ArrayList<>();
    keys.add(put(store, prefix + "first"));
    int signed = 0;
    int spacing = 300;
    for (int i = 0; records(store) < size; i++) {
      if (records(store) - signed > spacing) {
        store.signHead();
        signed = (int) records(store);
        // Within one stored subtree, over several, and over most of what there is.
        spacing = 1 + random.nextInt(random.nextBoolean() ? 100 : 1_200);
      }
      switch (random.nextInt(8)) {
        case 0 -> {
          Edge edge =
              new Edge(
                  new EdgeType("prov:wasDerivedFrom"),
                  List.of(Endpoint.of(keys.get(random.nextInt(keys.size())))),
                  List.of(Endpoint.of(keys.get(keys.size() - 1))),
                  null);
          store.commit(new CommitDraft().put(store.prepare(TypeTag.EDGE, edge.encode())));
        }
        case 1 -> store.tombstone(keys.get(random.nextInt(keys.size())), "no longer true");
        case 2, 3 -> {
          CommitDraft draft = new CommitDraft();
          for (int j = 0; j < 12; j++) {
            draft.put(store.prepare(TEXT, Bytes.utf8(prefix + i + " together " + j)));
          }
          store.commit(draft);
        }
        default -> keys.add(put(store, prefix + i));
      }
    }
  }

  private static long records(Store store) {
    return store.head(store.origin()).map(head -> head.treeSize()).orElse(0L);
  }

  private void read(Store store) {
    long size = store.head(origin).orElseThrow().treeSize();
    for (long index = 0; index < size; index++) {
      LogRecord record = store.record(origin, index).orElseThrow();
      records.add(record);
      boolean shown =
          store
              .now()
              .live(record.id())
              .filter(entry -> entry.index() == record.index() && entry.origin().equals(origin))
              .isPresent();
      if (shown && TEXT.equals(record.tag()) && index > 0 && index + 2 < size) {
        plain.add((int) index);
      }
    }
  }

  // ---- rows

  static Table table(String name) {
    return StoreConfig.tables(CairnNode.newIndexes(), CairnNode.localTables()).stream()
        .filter(table -> table.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  static SortedMap<Bytes, Bytes> rows(StorageEngine engine, String table) {
    TreeMap<Bytes, Bytes> rows = new TreeMap<>();
    try (RowCursor cursor = engine.scan(table(table), Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        rows.put(cursor.key(), cursor.value());
      }
    }
    return rows;
  }

  static void write(StorageEngine engine, String table, Bytes key, Bytes value) {
    engine.write(List.of(RowChange.put(table(table), key, value)), Durability.SYNCED);
  }

  @Override
  public void close() {
    writer.close();
    replica.close();
  }
}
