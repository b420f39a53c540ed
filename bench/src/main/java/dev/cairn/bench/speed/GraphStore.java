package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.WallClock;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.GraphSegments;
import dev.cairn.tgk.LineageCounts;
import dev.cairn.tgk.LineageOptions;
import dev.cairn.tgk.SealedGraph;
import dev.cairn.tgk.index.GraphIndex;
import java.nio.file.Path;
import java.util.List;

/** A store with the graph's index, called as a user would call it. Safe for any thread. */
final class GraphStore implements AutoCloseable {
  private static final List<Index> INDEXES = List.of(new GraphIndex());

  private final Store store;
  private final Path segments;

  private GraphStore(Store store, Path segments) {
    this.store = store;
    this.segments = segments;
  }

  /** Where the database of a folder's store is. */
  static Path database(Path folder) {
    return folder.resolve("db");
  }

  static GraphStore open(Path folder) {
    StoreConfig config =
        new StoreConfig(
            "bench",
            SigningKey.fromSeed(Bytes.wrap(new byte[SigningKey.SEED_BYTES])),
            1,
            INDEXES,
            List.of(),
            WallClock.system());
    RocksEngine engine =
        RocksEngine.open(
            database(folder), StoreConfig.tables(INDEXES, List.of()), RocksOptions.DEFAULT);
    return new GraphStore(Store.open(engine, config), folder.resolve("segments"));
  }

  /** Puts edges in one durable commit. */
  void put(List<Bytes> edges) {
    CommitDraft draft = new CommitDraft();
    for (Bytes edge : edges) {
      draft.put(store.prepare(TypeTag.EDGE, edge));
    }
    store.commit(draft);
  }

  /** The graph, with what is sealed. */
  Graph sealed() {
    return new Graph(store, segments);
  }

  /** The graph as if nothing were sealed. */
  Graph unsealed() {
    return new Graph(store);
  }

  LineageCounts ancestors(Graph graph, ArtifactKey node) {
    return graph.count(List.of(node), Direction.UP, LineageOptions.ALL, store.now());
  }

  /** Takes a snapshot of the present. */
  Snapshot snapshot() {
    return store.snapshot(null).snapshot();
  }

  /** Seals a snapshot from rows. */
  SealedGraph seal(Snapshot snapshot) {
    GraphSegments.removeAll(segments);
    return sealed().seal(snapshot);
  }

  /** True if walks run on numbers. */
  boolean isFast(Graph graph) {
    return graph.isFast(store.now());
  }

  @Override
  public void close() {
    store.close();
  }
}
