package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Brings indexes that are new to a store, or of a new version, up to its log, and refuses a store
 * that has indexes which the caller left out: their rows would fall behind. Runs once, at opening.
 *
 * <p>An index's mark says that its rows are whole and of what version. It goes before its rows do
 * and comes back after they did, so a rebuild that was cut short is begun again by whatever version
 * opens the store next.
 */
final class IndexCatchUp {
  private static final Bytes NAME_PREFIX = Bytes.utf8("index/");

  private final StorageEngine engine;
  private final Logs logs;
  private final PayloadStore payloads;
  private final StoreMetrics metrics;

  IndexCatchUp(StorageEngine engine, Logs logs, PayloadStore payloads) {
    this(engine, logs, payloads, StoreMetrics.NONE);
  }

  /**
   * @param metrics told how far it is
   */
  IndexCatchUp(StorageEngine engine, Logs logs, PayloadStore payloads, StoreMetrics metrics) {
    this.engine = engine;
    this.logs = logs;
    this.payloads = payloads;
    this.metrics = metrics;
  }

  /**
   * Brings all up to date.
   *
   * @param indexes in the order in which they are built; the first is {@link LivenessIndex},
   *     through which payloads are found
   * @param arrivals number of commits that have arrived
   * @param onceFirst runs when the first is whole
   */
  void run(List<Index> indexes, long arrivals, Runnable onceFirst) {
    checkNoneLeftOut(indexes);
    announce(indexes, arrivals);
    run(indexes.subList(0, 1), arrivals);
    onceFirst.run();
    run(indexes.subList(1, indexes.size()), arrivals);
  }

  /**
   * The same for a store that is only read: what its indexes lack is made beside it.
   *
   * @param scratch the engine of the store
   * @throws RefusedException if that is more than may be written there
   */
  void runBeside(ScratchEngine scratch, List<Index> indexes, long arrivals) {
    TreeSet<Table> tables = new TreeSet<>(List.of(StoreTables.META, StoreTables.TREE));
    indexes.forEach(index -> tables.addAll(index.tables()));
    scratch.building(tables, () -> run(indexes, arrivals, () -> {}));
  }

  /**
   * For a store that is only read, and nothing can be written beside it.
   *
   * @throws RefusedException if an index is not up to date
   */
  void requireDone(List<Index> indexes) {
    checkNoneLeftOut(indexes);
    for (Index index : indexes) {
      if (!isUpToDate(index, stored(index))) {
        throw new RefusedException(
            "the index '"
                + index.name()
                + "' must be brought up to date first: open the store for writing once,"
                + " or restore it if it is a backup");
      }
    }
  }

  private @Nullable Bytes stored(Index index) {
    return engine.get(StoreTables.META, metaKey(index.name()));
  }

  private static boolean isUpToDate(Index index, @Nullable Bytes stored) {
    return stored != null && Bytes.u64(index.version()).equals(stored);
  }

  private void announce(List<Index> indexes, long arrivals) {
    long outdated = 0;
    for (Index index : indexes) {
      outdated += isUpToDate(index, stored(index)) ? 0 : 1;
    }
    if (outdated > 0 && arrivals > 0) {
      metrics.indexing(outdated * arrivals);
    }
  }

  private void run(List<Index> indexes, long arrivals) {
    List<RowChange> marks = new ArrayList<>();
    for (Index index : indexes) {
      Bytes key = metaKey(index.name());
      Bytes stored = stored(index);
      if (!isUpToDate(index, stored)) {
        if (stored != null) {
          engine.write(List.of(RowChange.delete(StoreTables.META, key)), Durability.RELAXED);
        }
        rebuild(index, stored != null, arrivals);
        marks.add(RowChange.put(StoreTables.META, key, Bytes.u64(index.version())));
      }
    }
    if (!marks.isEmpty()) {
      engine.write(marks, Durability.SYNCED);
    }
  }

  private void checkNoneLeftOut(List<Index> indexes) {
    TreeSet<String> given = new TreeSet<>();
    for (Index index : indexes) {
      if (!given.add(index.name())) {
        throw new IllegalArgumentException("two indexes are named " + index.name());
      }
    }
    try (RowCursor rows = engine.scanPrefix(StoreTables.META, NAME_PREFIX)) {
      while (rows.next()) {
        String name = rows.key().slice(NAME_PREFIX.length()).toUtf8();
        if (!given.contains(name)) {
          throw new RefusedException(
              "the store has an index '" + name + "': open it with that index");
        }
      }
    }
  }

  private void rebuild(Index index, boolean clear, long arrivals) {
    if (clear || arrivals > 0) {
      index.tables().forEach(table -> RowPieces.clear(engine, table));
      if (index.tables().contains(StoreTables.LIVE)) {
        clearTree();
      }
    }
    fold(index, arrivals);
  }

  /** Folds all commits into the tables of an index, which are empty. */
  void fold(Index index, long arrivals) {
    long next = 0;
    while (next < arrivals) {
      Batch batch = new Batch(engine);
      long before = next;
      next = foldSome(index, batch, next);
      engine.write(batch.changes(), Durability.RELAXED);
      metrics.indexed(next - before);
    }
  }

  /** Lets an index be built from nothing by the next {@link #run}, durably. */
  void distrust(Index index) {
    engine.write(
        List.of(RowChange.delete(StoreTables.META, metaKey(index.name()))), Durability.SYNCED);
  }

  /** Lets the state tree be built from nothing. */
  void clearTree() {
    StateTreeKeeper.forget(engine);
    RowPieces.clear(engine, StoreTables.TREE);
  }

  private long foldSome(Index index, Batch batch, long from) {
    long next = from;
    try (RowCursor rows = engine.scan(StoreTables.ARRIVAL, Bytes.u64(from), Bytes.EMPTY);
        ArrivedRecords records = new ArrivedRecords(logs)) {
      while (batch.bytes() < RowPieces.bytesMax(engine) && rows.next()) {
        index.apply(commit(index, Arrival.read(rows.key(), rows.value()), records), batch);
        next = Arrival.number(rows.key()) + 1;
      }
    }
    return next;
  }

  private CommitView commit(Index index, Arrival arrival, ArrivedRecords records) {
    List<CommitView.Entry> entries = new ArrayList<>();
    records.of(
        arrival, record -> entries.add(new CommitView.Entry(record, payload(index, record))));
    return new CommitView(arrival.origin(), entries.get(0).record().logseq(), entries);
  }

  /**
   * What this index wants to see: notes of tombstones, and payloads of its own types. The type may
   * be older than what checks it, so a payload may be longer than any that is well-formed, erased,
   * or never have come: null for these. Edges, receipts and tombstones were always checked: without
   * their payloads the store is damaged.
   */
  private @Nullable Bytes payload(Index index, LogRecord record) {
    TypeTag tag = record.tag();
    boolean wanted = !record.isPut() || (tag != null && index.structuredTypes().contains(tag));
    if (!wanted) {
      return null;
    }
    boolean alwaysChecked = record.kind() != RecordKind.ARTIFACT;
    if (!alwaysChecked && record.payloadLength() > Structures.PAYLOAD_BYTES_MAX) {
      return null;
    }
    try {
      return payloads.read(record.payloadDigest(), Structures.PAYLOAD_BYTES_MAX);
    } catch (NotFoundException e) {
      if (alwaysChecked) {
        throw e;
      }
      return null;
    }
  }

  static Bytes metaKey(String name) {
    return NAME_PREFIX.plus(Bytes.utf8(name));
  }
}
