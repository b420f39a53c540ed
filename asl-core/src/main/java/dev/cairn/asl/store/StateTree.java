package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableSet;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The tree whose root commits to the live state: a radix tree over paths (digest, then hash id),
 * four bits a level.
 *
 * <pre>
 *   bucket  at most 32 entries            SHA-256(0x00 | entry | entry | ...)          entries in order of paths
 *   inner   more than 32                  SHA-256(0x01 | u16be children present | hash of each child present)
 *   empty                                 SHA-256(0x00)
 * </pre>
 *
 * <p>The shape depends on the entries alone, so the root does too, whatever the order in which they
 * came and went. Bit 15-n of the mask stands for the child of nibble n. Stored nodes are updated
 * for the paths that changed: O(changed × depth) hashes; {@link #rootOf} computes the same from
 * nothing in one pass. Used under the sequencer's lock when it writes.
 */
final class StateTree {
  /** Most entries in a bucket. */
  static final int BUCKET_ENTRIES_MAX = 32;

  static final Bytes BUCKET_PREFIX = Bytes.wrap(new byte[] {0});

  /** For who wants the root only. */
  static final ForkSink UNSEEN = (path, depth, fork) -> {};

  private StateTree() {}

  /** The stored root. */
  static StateNode root(TableReader rows) {
    StateFork fork = StateFork.at(rows, nodeKey(Bytes.EMPTY, 0));
    if (fork != null) {
      return fork.node();
    }
    try (RowCursor few = rows.scan(StoreTables.LIVE, Bytes.EMPTY, Bytes.EMPTY)) {
      return rootOf(liveEntries(few));
    }
  }

  /** True if no node is stored: there is none, or so little is live that it needs none. */
  static boolean isSmall(TableReader rows) {
    return rows.get(StoreTables.TREE, nodeKey(Bytes.EMPTY, 0)) == null;
  }

  /** The root from nothing, over all that is live. */
  static StateNode built(TableReader rows, ForkSink sink) {
    try (RowCursor live = rows.scan(StoreTables.LIVE, Bytes.EMPTY, Bytes.EMPTY)) {
      return build(liveEntries(live), Bytes.EMPTY, 0, sink);
    }
  }

  /**
   * The root with the stored nodes brought up to date for paths whose live rows changed.
   *
   * @param stored whose live rows do not change meanwhile
   * @param forks its inner nodes, asked by all workers; those on the way to changed paths are
   *     changed in place
   * @param workers mend the branches below the root
   * @param changed at least one
   */
  static Mended updated(
      TableReader stored, Forks forks, Workers workers, NavigableSet<Bytes> changed) {
    return new Updater(stored, forks, workers, true).update(changed);
  }

  /**
   * The root alone, with arguments as for {@link #updated}: holds no more nodes at a time than the
   * tree is deep, for each worker, however many paths changed.
   */
  static StateNode updatedRoot(
      TableReader stored, Forks forks, Workers workers, NavigableSet<Bytes> changed) {
    return new Updater(stored, forks, workers, false).update(changed).node();
  }

  /** Inner nodes as they are stored, each read when it is asked for. */
  static Forks forks(TableReader rows) {
    return (path, depth) -> StateFork.at(rows, nodeKey(path, depth));
  }

  /** The tree's root over {@code entries}, which come in the order of paths. */
  static StateNode rootOf(Iterator<StateEntry> entries) {
    Entries source = new Entries(entries);
    StateNode root = build(source, Bytes.EMPTY, 0, UNSEEN);
    if (source.peek(1) != 0) {
      throw new AssertionError("entries out of order");
    }
    return root;
  }

  /** Told of every inner node that there is now, those below it first. */
  @FunctionalInterface
  interface ForkSink {
    void inner(Bytes path, int depth, StateFork fork);

    /** Told of a stored node that is no inner one any more. */
    default void gone(Bytes path, int depth) {}
  }

  /** Collects what has to be written. One owner at a time. */
  private static final class Changes implements ForkSink {
    private final List<NodeChange> nodes = new ArrayList<>();

    @Override
    public void inner(Bytes path, int depth, StateFork fork) {
      nodes.add(NodeChange.inner(path, depth, fork));
    }

    @Override
    public void gone(Bytes path, int depth) {
      nodes.add(NodeChange.gone(path, depth));
    }
  }

  /**
   * A stored node that is another one now.
   *
   * @param key of its row
   * @param depth of the node
   * @param fork null if it is no inner node any more
   * @param row what the fork's row says
   */
  record NodeChange(Bytes key, int depth, @Nullable StateFork fork, @Nullable Bytes row) {
    static NodeChange inner(Bytes path, int depth, StateFork fork) {
      return new NodeChange(nodeKey(path, depth), depth, fork, fork.encode());
    }

    static NodeChange gone(Bytes path, int depth) {
      return new NodeChange(nodeKey(path, depth), depth, null, null);
    }
  }

  /**
   * A mended node.
   *
   * @param nodes every stored one at or below it that is another one now, the lower ones first; one
   *     that goes and comes back twice
   */
  record Mended(StateNode node, List<NodeChange> nodes) {}

  /** The node over {@code entries}, which come in the order of paths and all lie below it. */
  static StateNode build(Iterator<StateEntry> entries, Bytes path, int depth, ForkSink sink) {
    return build(new Entries(entries), path, depth, sink);
  }

  /** Takes from {@code source} all entries that share {@code depth} nibbles with {@code path}. */
  private static StateNode build(Entries source, Bytes path, int depth, ForkSink sink) {
    List<StateEntry> few = source.under(path, depth, BUCKET_ENTRIES_MAX + 1);
    if (few.size() <= BUCKET_ENTRIES_MAX) {
      source.drop(few.size());
      return bucket(few);
    }
    StateFork fork = new StateFork();
    for (int nibble = 0; nibble < StateFork.CHILDREN; nibble++) {
      fork.set(nibble, build(source, child(path, depth, nibble), depth + 1, sink));
    }
    sink.inner(path, depth, fork);
    return fork.node();
  }

  private static StateNode bucket(List<StateEntry> entries) {
    if (entries.isEmpty()) {
      return StateNode.EMPTY;
    }
    LiveCounts counts = LiveCounts.NONE;
    for (StateEntry entry : entries) {
      counts = counts.plus(entry.counts());
    }
    return new StateNode(false, HashAlgorithm.SHA_256.hash(bucketContent(entries)), counts);
  }

  /** What a bucket's hash is made of. */
  static Bytes bucketContent(List<StateEntry> entries) {
    Bytes[] parts = new Bytes[entries.size() + 1];
    parts[0] = BUCKET_PREFIX;
    for (int i = 0; i < entries.size(); i++) {
      parts[i + 1] = entries.get(i).encoded();
    }
    return Bytes.concat(parts);
  }

  /** Gives inner nodes as they are stored. Safe for any thread. */
  @FunctionalInterface
  interface Forks {
    /** The node with the first {@code depth} nibbles of {@code path}; null if none is stored. */
    @Nullable StateFork at(Bytes path, int depth);
  }

  /**
   * Splits paths that share {@code depth} nibbles, in order, into runs of those that share one
   * more.
   */
  private static List<List<Bytes>> runs(List<Bytes> paths, int depth) {
    List<List<Bytes>> runs = new ArrayList<>(StateFork.CHILDREN);
    int first = 0;
    while (first < paths.size()) {
      int nibble = Paths.nibble(paths.get(first), depth);
      int end = first + 1;
      while (end < paths.size() && Paths.nibble(paths.get(end), depth) == nibble) {
        end++;
      }
      runs.add(paths.subList(first, end));
      first = end;
    }
    return runs;
  }

  /** The stored tree, mended where paths changed: what is below the root by workers. */
  private static final class Updater {
    private final TableReader stored;
    private final Forks forks;
    private final Workers workers;
    private final boolean collects;

    /** One that gives all changed nodes if it {@code collects}, else the root only. */
    Updater(TableReader stored, Forks forks, Workers workers, boolean collects) {
      this.stored = stored;
      this.forks = forks;
      this.workers = workers;
      this.collects = collects;
    }

    /**
     * Mends the tree.
     *
     * @param changed at least one
     */
    Mended update(NavigableSet<Bytes> changed) {
      List<Bytes> paths = new ArrayList<>(changed);
      StateFork root = forks.at(paths.get(0), 0);
      return root == null ? mended(mender -> mender.rebuild(paths.get(0), 0)) : update(root, paths);
    }

    private Mended update(StateFork root, List<Bytes> paths) {
      List<List<Bytes>> runs = runs(paths, 0);
      List<Supplier<Mended>> pieces = new ArrayList<>(runs.size());
      for (List<Bytes> run : runs) {
        boolean inner = root.isInner(Paths.nibble(run.get(0), 0));
        pieces.add(() -> mended(mender -> mender.child(inner, run, 1)));
      }
      List<NodeChange> changes = new ArrayList<>();
      int next = 0;
      for (Mended piece : workers.all(pieces)) {
        root.set(Paths.nibble(runs.get(next++).get(0), 0), piece.node);
        changes.addAll(piece.nodes);
      }
      Mended all = mended(mender -> mender.settled(root, paths.get(0), 0));
      changes.addAll(all.nodes);
      return new Mended(all.node, changes);
    }

    private Mended mended(Function<Mender, StateNode> work) {
      Changes changes = new Changes();
      try (Mender mender = new Mender(stored, forks, collects ? changes : UNSEEN)) {
        return new Mended(work.apply(mender), changes.nodes);
      }
    }
  }

  /**
   * Mends nodes by the live rows below them, each as soon as those below it are mended, so that it
   * holds one way from the root at a time. One owner; must be closed.
   */
  private static final class Mender implements AutoCloseable {
    private final TableReader stored;
    private final Forks forks;
    private final ForkSink changes;
    private @Nullable RowCursor live;

    /** A mender that tells {@code changes} of every node that is another one now. */
    Mender(TableReader stored, Forks forks, ForkSink changes) {
      this.stored = stored;
      this.forks = forks;
      this.changes = changes;
    }

    /**
     * The node below which paths changed.
     *
     * @param inner whether it was an inner one
     * @param paths in order, which share {@code depth} nibbles
     */
    StateNode child(boolean inner, List<Bytes> paths, int depth) {
      Bytes path = paths.get(0);
      StateFork fork = inner ? forks.at(path, depth) : null;
      if (fork == null) {
        return rebuild(path, depth);
      }
      for (List<Bytes> run : runs(paths, depth)) {
        int nibble = Paths.nibble(run.get(0), depth);
        fork.set(nibble, child(fork.isInner(nibble), run, depth + 1));
      }
      return settled(fork, path, depth);
    }

    /** The node whose children those of {@code fork} are now. */
    StateNode settled(StateFork fork, Bytes path, int depth) {
      if (fork.counts().total() > BUCKET_ENTRIES_MAX) {
        changes.inner(path, depth, fork);
        return fork.node();
      }
      // What fits one bucket fits no inner node below, so the children are buckets without rows.
      changes.gone(path, depth);
      return rebuild(path, depth);
    }

    /** The node over all that is live below it. */
    StateNode rebuild(Bytes path, int depth) {
      RowCursor rows = live;
      if (rows == null) {
        rows = stored.scan(StoreTables.LIVE, Bytes.EMPTY, Bytes.EMPTY);
        live = rows;
      }
      rows.seek(firstBelow(path, depth));
      return build(liveEntries(rows, endBelow(path, depth)), path, depth, changes);
    }

    @Override
    public void close() {
      if (live != null) {
        live.close();
      }
    }
  }

  /**
   * The entries that a view shows as live.
   *
   * @param ids of a view
   */
  static Iterator<StateEntry> entries(IdCursor ids) {
    return new LiveEntries(() -> ids.next() ? ids.live().map(StateEntry::of) : null);
  }

  /**
   * The live ones among rows of {@link StoreTables#LIVE}.
   *
   * @param seen told of every row with its path, live or not, as it is read
   */
  static Iterator<StateEntry> liveEntries(RowCursor rows, BiConsumer<Bytes, LiveRow> seen) {
    return new LiveEntries(
        () -> {
          if (!rows.next()) {
            return null;
          }
          Bytes path = rows.key();
          LiveRow row = LiveRow.read(path, rows.value());
          seen.accept(path, row);
          return StateEntry.ofLive(path, row);
        });
  }

  /** The live ones among all rows of {@link StoreTables#LIVE}. */
  private static Iterator<StateEntry> liveEntries(RowCursor rows) {
    return liveEntries(rows, Bytes.EMPTY);
  }

  /** The live ones among rows of {@link StoreTables#LIVE} before {@code end}; empty for no end. */
  private static Iterator<StateEntry> liveEntries(RowCursor rows, Bytes end) {
    return new LiveEntries(
        () -> {
          if (!rows.next()) {
            return null;
          }
          Bytes path = rows.key();
          return end.isEmpty() || path.compareTo(end) < 0
              ? StateEntry.ofRow(path, rows.value())
              : null;
        });
  }

  /** Skips what is not live. */
  private static final class LiveEntries implements Iterator<StateEntry> {
    private final Supplier<@Nullable Optional<StateEntry>> source;
    private @Nullable StateEntry ahead;

    /**
     * @param source the next row's entry, empty if it is not live, null at the end
     */
    LiveEntries(Supplier<@Nullable Optional<StateEntry>> source) {
      this.source = source;
    }

    @Override
    public boolean hasNext() {
      while (ahead == null) {
        Optional<StateEntry> row = source.get();
        if (row == null) {
          return false;
        }
        ahead = row.orElse(null);
      }
      return true;
    }

    @Override
    public StateEntry next() {
      if (!hasNext() || ahead == null) {
        throw new NoSuchElementException();
      }
      StateEntry entry = ahead;
      ahead = null;
      return entry;
    }
  }

  /** Entries with a bounded look ahead. */
  private static final class Entries {
    private final Iterator<StateEntry> source;
    private final List<StateEntry> ahead = new ArrayList<>();

    Entries(Iterator<StateEntry> source) {
      this.source = source;
    }

    /** Entries ahead, up to {@code count}. */
    int peek(int count) {
      while (ahead.size() < count && source.hasNext()) {
        ahead.add(source.next());
      }
      return Math.min(count, ahead.size());
    }

    List<StateEntry> under(Bytes path, int depth, int limit) {
      List<StateEntry> found = new ArrayList<>();
      int there = peek(limit);
      for (int i = 0; i < there && shares(ahead.get(i).path(), path, depth); i++) {
        found.add(ahead.get(i));
      }
      return found;
    }

    void drop(int count) {
      ahead.subList(0, count).clear();
    }
  }

  static boolean shares(Bytes path, Bytes prefix, int depth) {
    int octets = depth >>> 1;
    for (int i = 0; i < octets; i++) {
      if (path.at(i) != prefix.at(i)) {
        return false;
      }
    }
    return (depth & 1) == 0 || path.at(octets) >>> 4 == prefix.at(octets) >>> 4;
  }

  /**
   * A path that has {@code depth} nibbles of {@code path}, then {@code nibble}, then zeros to a
   * whole byte.
   */
  static Bytes child(Bytes path, int depth, int nibble) {
    byte[] out = new byte[(depth >>> 1) + 1];
    for (int i = 0; i < depth; i++) {
      set(out, i, Paths.nibble(path, i));
    }
    set(out, depth, nibble);
    return Bytes.wrap(out);
  }

  private static void set(byte[] out, int depth, int nibble) {
    out[depth >>> 1] |= (byte) ((depth & 1) == 0 ? nibble << 4 : nibble);
  }

  /** The first {@code depth} nibbles, padded with a zero one to whole bytes. */
  static Bytes firstBelow(Bytes path, int depth) {
    return depth == 0 ? Bytes.EMPTY : child(path, depth - 1, Paths.nibble(path, depth - 1));
  }

  /** The least byte string behind all paths with those nibbles; empty if there is none. */
  static Bytes endBelow(Bytes path, int depth) {
    if (depth == 0) {
      return Bytes.EMPTY;
    }
    byte[] end = firstBelow(path, depth).toArray();
    if ((depth & 1) == 1) {
      end[end.length - 1] |= 0x0f;
    }
    return Bytes.wrap(end).prefixEnd();
  }

  /** The key of a node in {@link StoreTables#TREE}. */
  static Bytes nodeKey(Bytes path, int depth) {
    return Bytes.wrap(new byte[] {(byte) depth}).plus(firstBelow(path, depth));
  }
}
