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
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
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

  /** Changed paths below which sharing the work costs more than it saves. */
  private static final int SHARED_PATHS_MIN = 256;

  /** Depths of which inner nodes are kept in memory. */
  private static final int KEPT_DEPTHS = 4;

  private final StorageEngine engine;
  private final Logs logs;
  private final Workers workers;

  /**
   * Inner nodes as they are stored, by key: at most 1 + 16 + 256 + 4,096. Empty if it is not known
   * how far a write came. Nobody else changes the rows while this has an owner; its workers ask,
   * each for nodes of its own.
   */
  private final Map<Bytes, StateFork> kept = new ConcurrentHashMap<>();

  private @Nullable Peeked peeked;

  /** A root computed without writing. */
  private record Peeked(long arrivals, StateNode root) {}

  StateTreeKeeper(StorageEngine engine, Logs logs) {
    this(engine, logs, Workers.caller());
  }

  /**
   * A keeper of a store's tree.
   *
   * @param workers read nodes and buckets and hash them; the engine must allow each to read beside
   *     the others
   */
  StateTreeKeeper(StorageEngine engine, Logs logs, Workers workers) {
    this.engine = engine;
    this.logs = logs;
    this.workers = workers;
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
    kept.clear();
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
      long bytes = mendPiece(piece, rest.isEmpty() ? next : -1);
      paths =
          bytes > RowPieces.bytesMax(engine) / 2
              ? Math.max(1, paths / 4)
              : Math.min(PATHS_MAX, paths * 2);
    }
  }

  /**
   * Mends branches and writes them.
   *
   * @param next what the watermark is then; -1 if it stays
   * @return bytes written
   */
  private long mendPiece(NavigableSet<Bytes> piece, long next) {
    boolean written = false;
    try {
      Batch batch = new Batch(engine);
      for (StateTree.NodeChange change :
          StateTree.updated(engine, this::fork, workers(piece), piece).nodes()) {
        take(change, batch);
      }
      if (next >= 0) {
        batch.put(StoreTables.META, WATERMARK, Bytes.u64(next));
      }
      engine.write(batch.changes(), Durability.RELAXED);
      written = true;
      return batch.bytes();
    } finally {
      if (!written) {
        kept.clear();
      }
    }
  }

  private Workers workers(Set<Bytes> changed) {
    return changed.size() < SHARED_PATHS_MIN ? Workers.caller() : workers;
  }

  /** An inner node as it is stored. */
  private @Nullable StateFork fork(Bytes path, int depth) {
    Bytes key = StateTree.nodeKey(path, depth);
    if (depth >= KEPT_DEPTHS) {
      return StateFork.at(engine, key);
    }
    StateFork fork = kept.get(key);
    if (fork == null) {
      fork = StateFork.at(engine, key);
      if (fork != null) {
        kept.put(key, fork);
      }
    }
    return fork;
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

  /** Puts a changed node into a batch, and among what is kept. */
  private void take(StateTree.NodeChange change, Batch batch) {
    StateFork fork = change.fork();
    Bytes row = change.row();
    if (fork == null || row == null) {
      batch.delete(StoreTables.TREE, change.key());
      kept.remove(change.key());
      return;
    }
    batch.put(StoreTables.TREE, change.key(), row);
    if (change.depth() < KEPT_DEPTHS) {
      kept.put(change.key(), fork);
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
    return StateTree.updatedRoot(engine, StateTree.forks(engine), workers(changed), changed);
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
