package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.model.LogRecord;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Keeps the stored state tree: a follower of the log with its own watermark, so that commits do not
 * wait for it. Used under the sequencer's lock.
 */
final class StateTreeKeeper {
  static final Bytes WATERMARK = Bytes.utf8("tree");

  private final StorageEngine engine;
  private final Logs logs;

  StateTreeKeeper(StorageEngine engine, Logs logs) {
    this.engine = engine;
    this.logs = logs;
  }

  /**
   * Brings the stored tree up to the present.
   *
   * @param arrivals number of commits that have arrived
   */
  StateNode advance(long arrivals) {
    long done = watermark();
    while (done < arrivals) {
      Batch batch = new Batch(engine);
      if (StateTree.isSmall(engine)) {
        // There are no nodes yet: one pass over all that is live makes them all.
        StateTree.build(batch, engine);
        done = arrivals;
      } else {
        TreeSet<Bytes> changed = new TreeSet<>();
        done = changedPaths(done, changed);
        StateTree.update(batch, engine, changed);
      }
      batch.put(StoreTables.META, WATERMARK, Bytes.u64(done));
      engine.write(batch.changes(), Durability.RELAXED);
    }
    return StateTree.root(engine);
  }

  /** The root that {@link #advance} would give; writes nothing, so that it costs the same again. */
  StateNode peek(long arrivals) {
    Batch batch = new Batch(engine);
    long done = watermark();
    while (done < arrivals) {
      TreeSet<Bytes> changed = new TreeSet<>();
      done = changedPaths(done, changed);
      StateTree.update(batch, engine, changed);
    }
    return StateTree.root(batch, engine);
  }

  /** Lets the tree be built from the first commit on: for when all its rows are taken away. */
  static void forget(StorageEngine engine) {
    engine.write(List.of(RowChange.delete(StoreTables.META, WATERMARK)), Durability.RELAXED);
  }

  /** How many commits the stored tree has seen. */
  long watermark() {
    Bytes row = engine.get(StoreTables.META, WATERMARK);
    return row == null ? 0 : row.u64At(0);
  }

  /**
   * Collects paths changed by commits from arrival {@code from} on, until enough; the arrival to go
   * on from.
   */
  private long changedPaths(long from, Set<Bytes> changed) {
    long next = from;
    try (RowCursor arrivals = engine.scan(StoreTables.ARRIVAL, Bytes.u64(from), Bytes.EMPTY);
        ArrivedRecords records = new ArrivedRecords(logs)) {
      while (changed.size() < LogRecord.COMMIT_RECORDS_MAX && arrivals.next()) {
        records.of(Arrival.decode(arrivals.value()), record -> changed.add(Paths.of(record.id())));
        next = arrivals.key().u64At(0) + 1;
      }
    }
    return next;
  }
}
