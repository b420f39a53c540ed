package dev.cairn.federation.node;

import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Plausibility;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Entropy;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.member.MemberIndex;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.finding.FindingIndex;
import dev.cairn.tgk.index.GraphIndex;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An open node: its store with the indexes of every layer, and what reads and works on it.
 *
 * <p>Safe for any thread. Must be closed; nothing got from it may be used afterwards.
 */
public final class CairnNode implements AutoCloseable {
  private final Path directory;
  private final List<Index> indexes;
  private final Store store;
  private final Graph graph;
  private final WallClock clock;
  private @Nullable PeerBook peers;

  private CairnNode(Path directory, List<Index> indexes, Store store, WallClock clock) {
    this.directory = directory;
    this.indexes = indexes;
    this.store = store;
    this.graph = new Graph(store, StoreDirectory.segments(directory));
    this.clock = clock;
  }

  static CairnNode open(
      Path directory,
      StoreFormat format,
      SigningKey key,
      WallClock clock,
      Plausibility plausibility,
      StoreMetrics metrics) {
    RocksEngine engine = openEngine(directory, false);
    try {
      StoreFormat settled =
          Incarnation.settle(
              directory, engine, format, NodeId.of(key.publicKey()), false, Entropy.system());
      List<Index> indexes = newIndexes();
      StoreConfig config =
          config(settled, key, indexes, clock).withPlausibility(plausibility).withMetrics(metrics);
      Store store = Store.open(engine, config);
      return new CairnNode(directory, indexes, store, clock);
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  /** See {@link StoreDirectory#openToLook}; nothing if it must be opened for writing. */
  static Optional<CairnNode> openAtRest(
      Path directory, StoreFormat format, SigningKey key, WallClock clock) {
    return RocksEngine.openAtRest(
            StoreDirectory.database(directory), tables(), RocksOptions.DEFAULT)
        .flatMap(engine -> atRest(directory, format, key, clock, engine));
  }

  /** A copy stays in its epoch until something is written to it. */
  private static Optional<CairnNode> atRest(
      Path directory, StoreFormat format, SigningKey key, WallClock clock, StorageEngine engine) {
    try {
      return Optional.of(reading(directory, format, key, clock, engine));
    } catch (RefusedException outdated) {
      return Optional.empty();
    }
  }

  static CairnNode openReadOnly(
      Path directory, StoreFormat format, SigningKey key, WallClock clock) {
    return reading(directory, format, key, clock, openEngineReadOnly(directory));
  }

  /** See {@link StoreDirectory#openReadOnly(Path, WallClock, Supplier, StoreMetrics)}. */
  static CairnNode openReadOnly(
      Path directory,
      StoreFormat format,
      SigningKey key,
      WallClock clock,
      Supplier<Path> scratch,
      StoreMetrics metrics) {
    return reading(
        directory,
        format,
        key,
        clock,
        openEngineReadOnly(directory),
        (engine, config) ->
            Store.openReadOnly(
                engine,
                config.withMetrics(metrics),
                () -> RocksEngine.open(scratch.get(), tables(), RocksOptions.DEFAULT)));
  }

  private static CairnNode reading(
      Path directory, StoreFormat format, SigningKey key, WallClock clock, StorageEngine engine) {
    // Not Store::openReadOnly: for a method of a class not yet initialized a JVM has to make code.
    return reading(
        directory, format, key, clock, engine, (rows, config) -> Store.openReadOnly(rows, config));
  }

  private static CairnNode reading(
      Path directory,
      StoreFormat format,
      SigningKey key,
      WallClock clock,
      StorageEngine engine,
      BiFunction<StorageEngine, StoreConfig, Store> opening) {
    try {
      List<Index> indexes = newIndexes();
      Store store = opening.apply(engine, config(format, key, indexes, clock));
      return new CairnNode(directory, indexes, store, clock);
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  static RocksEngine openEngine(Path directory, boolean afterLoss) {
    Path database = StoreDirectory.database(directory);
    return afterLoss
        ? RocksEngine.openAfterLoss(database, tables(), RocksOptions.DEFAULT)
        : RocksEngine.open(database, tables(), RocksOptions.DEFAULT);
  }

  static StorageEngine openEngineReadOnly(Path directory) {
    return RocksEngine.openReadOnly(
        StoreDirectory.database(directory), tables(), RocksOptions.DEFAULT);
  }

  static StoreConfig config(StoreFormat format, SigningKey key, WallClock clock) {
    return config(format, key, newIndexes(), clock);
  }

  private static StoreConfig config(
      StoreFormat format, SigningKey key, List<Index> indexes, WallClock clock) {
    return new StoreConfig(format.federation(), key, format.epoch(), indexes, localTables(), clock);
  }

  static Set<Table> tables() {
    return StoreConfig.tables(newIndexes(), localTables());
  }

  /** The indexes that every store of a node has, fresh: for stores on other engines as well. */
  public static List<Index> newIndexes() {
    return List.of(new GraphIndex(), new ReceiptIndex(), new FindingIndex(), new MemberIndex());
  }

  /** The local tables that every store of a node has. */
  public static List<Table> localTables() {
    List<Table> tables = new ArrayList<>(PeerBook.tables());
    tables.add(PartialLogs.TABLE);
    return List.copyOf(tables);
  }

  /** Where it lives. */
  public Path directory() {
    return directory;
  }

  /** Its indexes. */
  public List<Index> indexes() {
    return indexes;
  }

  /** Its store. */
  public Store store() {
    return store;
  }

  /** The provenance graph of its store. */
  public Graph graph() {
    return graph;
  }

  /** Runs programs on its store, with every operator found. */
  public Executor executor() {
    return new Executor(store, OperatorRegistry.discover());
  }

  /** Its peers, and what it knows of other nodes. */
  public synchronized PeerBook peers() {
    if (peers == null) {
      peers = PeerBook.open(store, clock);
    }
    return peers;
  }

  /** The receipts live in its store now. */
  public Receipts receipts() {
    return new Receipts(store, store.now());
  }

  @Override
  public void close() {
    store.close();
  }
}
