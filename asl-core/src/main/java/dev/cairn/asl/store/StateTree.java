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
   * @param forks its inner nodes; those on the way to changed paths are changed in place
   * @param workers mend the branches below the root
   * @param changed at least one
   */
  static Mended updated(
      TableReader stored, Forks forks, Workers workers, NavigableSet<Bytes> changed) {
    return new Updater(stored, forks, workers).update(changed);
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

  /** Told of every inner node. */
  @FunctionalInterface
  interface ForkSink {
    void inner(Bytes path, int depth, StateFork fork);
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

  /** Gives inner nodes as they are stored. */
  @FunctionalInterface
  interface Forks {
    /** The node with the first {@code depth} nibbles of {@code path}; null if none is stored. */
    @Nullable StateFork at(Bytes path, int depth);
  }

  /** A node below which paths changed: an inner one, or a bucket if {@code fork} is null. */
  private record Branch(Bytes path, int depth, @Nullable StateFork fork, List<Branch> below) {}

  /**
   * The stored tree, mended where paths changed. The way to the buckets of those paths is looked up
   * first; then workers mend what is below the root, each branch by itself.
   */
  private static final class Updater {
    private final TableReader stored;
    private final Forks forks;
    private final Workers workers;

    Updater(TableReader stored, Forks forks, Workers workers) {
      this.stored = stored;
      this.forks = forks;
      this.workers = workers;
    }

    /**
     * Mends the tree.
     *
     * @param changed at least one
     */
    Mended update(NavigableSet<Bytes> changed) {
      Bytes[] paths = changed.toArray(Bytes[]::new);
      Branch root = branch(paths, 0, paths.length, 0);
      List<Supplier<Mended>> pieces = new ArrayList<>();
      for (Branch branch : root.below) {
        pieces.add(() -> mended(branch));
      }
      List<StateNode> nodes = new ArrayList<>();
      List<NodeChange> changes = new ArrayList<>();
      for (Mended piece : workers.all(pieces)) {
        nodes.add(piece.node);
        changes.addAll(piece.nodes);
      }
      try (Mender mender = new Mender(stored, changes)) {
        return new Mended(mender.fold(root, nodes), changes);
      }
    }

    private Mended mended(Branch branch) {
      List<NodeChange> changes = new ArrayList<>();
      try (Mender mender = new Mender(stored, changes)) {
        return new Mended(mender.mend(branch), changes);
      }
    }

    /**
     * Finds the buckets of changed paths.
     *
     * @param paths in order, of which those in {@code [from, to)} lie below the node
     * @param depth nibbles shared by all below it
     */
    private Branch branch(Bytes[] paths, int from, int to, int depth) {
      StateFork fork = forks.at(paths[from], depth);
      if (fork == null) {
        return bucket(paths[from], depth);
      }
      List<Branch> below = new ArrayList<>();
      int first = from;
      while (first < to) {
        int nibble = Paths.nibble(paths[first], depth);
        int end = first + 1;
        while (end < to && Paths.nibble(paths[end], depth) == nibble) {
          end++;
        }
        below.add(
            fork.isInner(nibble)
                ? branch(paths, first, end, depth + 1)
                : bucket(paths[first], depth + 1));
        first = end;
      }
      return new Branch(paths[from], depth, fork, below);
    }

    private static Branch bucket(Bytes path, int depth) {
      return new Branch(path, depth, null, List.of());
    }
  }

  /** Mends branches by the live rows below them. One owner; must be closed. */
  private static final class Mender implements AutoCloseable {
    private final TableReader stored;
    private final List<NodeChange> changes;
    private @Nullable RowCursor live;

    /** A mender that adds every node that is another one now to {@code changes}. */
    Mender(TableReader stored, List<NodeChange> changes) {
      this.stored = stored;
      this.changes = changes;
    }

    /** The node that a branch is now. */
    StateNode mend(Branch branch) {
      List<StateNode> below = new ArrayList<>(branch.below.size());
      for (Branch each : branch.below) {
        below.add(mend(each));
      }
      return fold(branch, below);
    }

    /**
     * The node that a branch is now.
     *
     * @param below the nodes that those below it are now
     */
    StateNode fold(Branch branch, List<StateNode> below) {
      StateFork fork = branch.fork;
      if (fork == null) {
        return rebuild(branch.path, branch.depth);
      }
      for (int i = 0; i < below.size(); i++) {
        fork.set(Paths.nibble(branch.below.get(i).path, branch.depth), below.get(i));
      }
      if (fork.counts().total() > BUCKET_ENTRIES_MAX) {
        changes.add(NodeChange.inner(branch.path, branch.depth, fork));
        return fork.node();
      }
      // What fits one bucket fits no inner node below, so the children are buckets without rows.
      changes.add(NodeChange.gone(branch.path, branch.depth));
      return rebuild(branch.path, branch.depth);
    }

    private StateNode rebuild(Bytes path, int depth) {
      RowCursor rows = live;
      if (rows == null) {
        rows = stored.scan(StoreTables.LIVE, Bytes.EMPTY, Bytes.EMPTY);
        live = rows;
      }
      rows.seek(firstBelow(path, depth));
      return build(
          liveEntries(rows, endBelow(path, depth)),
          path,
          depth,
          (at, level, fork) -> changes.add(NodeChange.inner(at, level, fork)));
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
