package dev.cairn.federation.node;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.files.FileTree;
import dev.cairn.asl.files.TemporaryFolder;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.CheckReport;
import dev.cairn.asl.store.Damage;
import dev.cairn.asl.store.RepairSource;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreCheck;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.peers.PeerBook;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A node's store, opened to be checked and mended, and for nothing else: {@link StoreCheck} with
 * the indexes of every layer. Its scratch space is in the store's directory if it may repair, else
 * among the machine's temporary files. One owner at a time; must be closed.
 */
public final class NodeCheck implements AutoCloseable {
  private static final String SCRATCH = "check";

  private final Path scratch;
  private final Runnable removesScratch;
  private final StorageEngine engine;
  private final StoreConfig config;
  private final StoreCheck check;
  private int scratches;

  private NodeCheck(
      Path scratch,
      Runnable removesScratch,
      StorageEngine engine,
      StoreConfig config,
      LongConsumer progress) {
    this.scratch = scratch;
    this.removesScratch = removesScratch;
    this.engine = engine;
    this.config = config;
    this.check = new StoreCheck(engine, config, this::openScratch, progress, PeerBook.localRows());
  }

  static NodeCheck open(
      Path directory, StoreFormat format, SigningKey key, WallClock clock, LongConsumer progress) {
    StorageEngine engine = CairnNode.openEngine(directory, false);
    try {
      Path scratch = directory.resolve(SCRATCH);
      delete(scratch);
      return new NodeCheck(
          scratch, () -> delete(scratch), engine, CairnNode.config(format, key, clock), progress);
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  static NodeCheck openReadOnly(
      Path directory, StoreFormat format, SigningKey key, WallClock clock, LongConsumer progress) {
    StorageEngine engine = CairnNode.openEngineReadOnly(directory);
    try {
      StoreConfig config = CairnNode.config(format, key, clock);
      TemporaryFolder scratch = new TemporaryFolder("cairn-check-");
      try {
        return new NodeCheck(scratch.path(), scratch::close, engine, config, progress);
      } catch (RuntimeException | Error e) {
        scratch.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  /** About how many things one look looks at, for who watches; costs little. */
  public long thingsAbout() {
    long things = 0;
    for (Bytes log : engine.logs()) {
      things += engine.head(log);
    }
    for (Table table : CairnNode.tables()) {
      things += engine.rowsAbout(table);
    }
    return things;
  }

  /** Looks, and changes nothing. */
  public CheckReport check() {
    return withPartialLogs(check.check(), false);
  }

  /**
   * Looks, mends, and looks again.
   *
   * @param source where to get what is missing; null for nowhere
   */
  public CheckReport repair(@Nullable RepairSource source) {
    return withPartialLogs(check.repair(source), true);
  }

  /** The same with the logs held in part: damaged ones are removed where all is made anew. */
  private CheckReport withPartialLogs(CheckReport report, boolean removes) {
    PartialLogs.Check found = PartialLogs.check(engine, config.federation());
    List<Damage> damaged = new ArrayList<>(report.damaged());
    found
        .damaged()
        .forEach(
            (origin, error) -> damaged.add(new Damage(null, "log held in part " + origin, error)));
    found
        .strays()
        .values()
        .forEach(error -> damaged.add(new Damage(null, PartialLogs.TABLE.name(), error)));
    if (removes) {
      for (Origin origin : found.damaged().keySet()) {
        engine.write(PartialLogs.removal(engine, origin), Durability.SYNCED);
      }
      engine.write(
          found.strays().keySet().stream()
              .map(key -> RowChange.delete(PartialLogs.TABLE, key))
              .toList(),
          Durability.SYNCED);
    }
    List<Damage> left = new ArrayList<>(report.left());
    if (!removes) {
      left.addAll(damaged.subList(report.damaged().size(), damaged.size()));
    }
    return new CheckReport(
        report.checked() + found.places(),
        report.found() + found.wrong(),
        damaged,
        report.unneeded(),
        report.remaining() + (removes ? found.moreStrays() : found.wrong()),
        left,
        report.outdated());
  }

  /**
   * As {@link #repair}, from several places, asked in this order.
   *
   * @param sources where to get what is missing
   */
  public CheckReport repairFrom(List<? extends RepairSource> sources) {
    return withPartialLogs(check.repairFrom(sources), true);
  }

  /**
   * An empty store of the same node and federation among the scratch, for payloads on their way;
   * must be closed before this is.
   */
  public Store openScratchStore() {
    return Store.open(openScratch(), config);
  }

  private StorageEngine openScratch() {
    return RocksEngine.open(
        scratch.resolve(Integer.toString(scratches++)), CairnNode.tables(), RocksOptions.DEFAULT);
  }

  private static void delete(Path folder) {
    try {
      FileTree.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      removesScratch.run();
    } finally {
      engine.close();
    }
  }
}
