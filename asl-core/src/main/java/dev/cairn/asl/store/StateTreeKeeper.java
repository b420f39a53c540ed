package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.LogRecord;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the stored state tree: a follower of the log with its own watermark, so that commits do not
 * wait for it. Used under the sequencer's lock.
 *
 * <p>However far it lags, it writes and holds bounded pieces: a tree made from nothing is written
 * bottom up, and counts from when its root is there; a tree that is mended has whole branches
 * mended in each piece, and the watermark rises with the last one. What was cut short is done
 * again.
 */
final class StateTreeKeeper {
  static final Bytes WATERMARK = Bytes.utf8("tree");

  /** Most changed paths of a piece. */
  private static final int PATHS_MAX = 4096;

  /** Changed paths of a first piece when much changed; later ones follow what a piece came to. */
  private static final int PATHS_FIRST = 64;

  private final StorageEngine engine;
  private final Logs logs;
  private @Nullable Peeked peeked;

  /** A root computed without writing. */
  private record Peeked(long arrivals, StateNode root) {}

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
      done = StateTree.isSmall(engine) ? build(arrivals) : follow(done, arrivals);
    }
    return StateTree.root(engine);
  }

  /** Makes all nodes in one pass over all that is live. */
  private long build(long arrivals) {
    // The root's row is the first one of the table, and the last one to be written.
    RowPieces.clear(engine, StoreTables.TREE);
    RowPieces rows = new RowPieces(engine);
    var unused = StateTree.built(engine, (path, depth, fork) -> rows.add(row(path, depth, fork)));
    rows.add(RowChange.put(StoreTables.META, WATERMARK, Bytes.u64(arrivals)));
    rows.flush();
    return arrivals;
  }

  /** Follows the log for a bounded stretch; the arrival to go on from. */
  private long follow(long done, long arrivals) {
    TreeSet<Bytes> changed = new TreeSet<>();
    long next = changedPaths(done, changed);
    if (next < arrivals && StateTree.root(engine).counts().total() <= changed.size()) {
      // Making all nodes anew costs less than mending the few that there are.
      return build(arrivals);
    }
    mend(changed, next);
    return next;
  }

  /** Mends the branches of the changed paths, a run of neighbours at a time. */
  private void mend(NavigableSet<Bytes> changed, long next) {
    // Of a lag that ends here, no branch can have grown by more than the paths at hand.
    int paths = changed.size() < LogRecord.COMMIT_RECORDS_MAX ? PATHS_MAX : PATHS_FIRST;
    NavigableSet<Bytes> rest = changed;
    while (!rest.isEmpty()) {
      NavigableSet<Bytes> piece = first(rest, paths);
      rest = rest.tailSet(piece.last(), false);
      Batch batch = new Batch(engine);
      var unused = StateTree.updated(engine, piece, new Nodes(batch));
      if (rest.isEmpty()) {
        batch.put(StoreTables.META, WATERMARK, Bytes.u64(next));
      }
      engine.write(batch.changes(), Durability.RELAXED);
      paths =
          batch.bytes() > RowPieces.bytesMax(engine) / 2
              ? Math.max(1, paths / 4)
              : Math.min(PATHS_MAX, paths * 2);
    }
  }

  private static NavigableSet<Bytes> first(NavigableSet<Bytes> paths, int count) {
    NavigableSet<Bytes> first = new TreeSet<>();
    for (Bytes path : paths) {
      if (first.size() == count) {
        break;
      }
      first.add(path);
    }
    return first;
  }

  private static RowChange row(Bytes path, int depth, StateFork fork) {
    return RowChange.put(StoreTables.TREE, StateTree.nodeKey(path, depth), fork.encode());
  }

  /** Changed nodes on their way into a batch. */
  private record Nodes(Batch batch) implements StateTree.NodeSink {
    @Override
    public void inner(Bytes path, int depth, StateFork fork) {
      batch.put(StoreTables.TREE, StateTree.nodeKey(path, depth), fork.encode());
    }

    @Override
    public void gone(Bytes path, int depth) {
      batch.delete(StoreTables.TREE, StateTree.nodeKey(path, depth));
    }
  }

  /** The root that {@link #advance} would give; writes nothing. */
  StateNode peek(long arrivals) {
    Peeked before = peeked;
    if (before == null || before.arrivals != arrivals) {
      before = new Peeked(arrivals, computed(arrivals));
      peeked = before;
    }
    return before.root;
  }

  private StateNode computed(long arrivals) {
    long done = watermark();
    if (done >= arrivals) {
      return StateTree.root(engine);
    }
    TreeSet<Bytes> changed = new TreeSet<>();
    if (StateTree.isSmall(engine) || changedPaths(done, changed) < arrivals) {
      return StateTree.built(engine, StateTree.UNSEEN);
    }
    return StateTree.updated(engine, changed, StateTree.UNSEEN);
  }

  /** Lets the tree be built from the first commit on: for when all its rows are taken away. */
  static void forget(StorageEngine engine) {
    engine.write(List.of(RowChange.delete(StoreTables.META, WATERMARK)), Durability.RELAXED);
  }

  /** How many commits the stored tree has seen. */
  long watermark() {
    Bytes row = engine.get(StoreTables.META, WATERMARK);
    return row == null ? 0 : StoreTables.META.read(WATERMARK, row, Table::number);
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
        records.of(
            Arrival.read(arrivals.key(), arrivals.value()),
            record -> changed.add(Paths.of(record.id())));
        next = Arrival.number(arrivals.key()) + 1;
      }
    }
    if (changed.isEmpty()) {
      throw new DamagedException("arrival " + from + " has no record");
    }
    return next;
  }
}
