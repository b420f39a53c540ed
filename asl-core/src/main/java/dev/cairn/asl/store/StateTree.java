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
  static final NodeSink UNSEEN =
      new NodeSink() {
        @Override
        public void inner(Bytes path, int depth, StateFork fork) {}

        @Override
        public void gone(Bytes path, int depth) {}
      };

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
   * @param changed at least one
   * @param sink is told of every node that is another one now
   */
  static StateNode updated(TableReader stored, NavigableSet<Bytes> changed, NodeSink sink) {
    try (RowCursor live = stored.scan(StoreTables.LIVE, Bytes.EMPTY, Bytes.EMPTY)) {
      return new Updater(stored, live, sink).update(changed.first(), 0, changed);
    }
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

  /** Told of every inner node that changes: of one twice, if it goes and comes back. */
  interface NodeSink extends ForkSink {
    /** The node is no inner one any more. */
    void gone(Bytes path, int depth);
  }

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

  /** The stored tree, mended where paths changed. */
  private static final class Updater {
    private final TableReader stored;
    private final RowCursor live;
    private final NodeSink sink;

    /**
     * @param live over all of {@link StoreTables#LIVE}; it is moved about
     */
    Updater(TableReader stored, RowCursor live, NodeSink sink) {
      this.stored = stored;
      this.live = live;
      this.sink = sink;
    }

    /**
     * Mends the inner node or bucket at {@code depth}.
     *
     * @param path any path below the node
     * @param depth nibbles shared by all below it
     * @param changed the changed paths below it, at least one
     */
    StateNode update(Bytes path, int depth, NavigableSet<Bytes> changed) {
      StateFork fork = StateFork.at(stored, nodeKey(path, depth));
      return fork == null ? rebuild(path, depth) : update(fork, path, depth, changed);
    }

    private StateNode update(StateFork fork, Bytes path, int depth, NavigableSet<Bytes> changed) {
      @Nullable Bytes first = changed.first();
      while (first != null) {
        int nibble = Paths.nibble(first, depth);
        Bytes end = endBelow(first, depth + 1);
        NavigableSet<Bytes> from = changed.tailSet(first, true);
        NavigableSet<Bytes> below = end.isEmpty() ? from : from.headSet(end, false);
        fork.set(
            nibble,
            fork.child(nibble).inner()
                ? update(first, depth + 1, below)
                : rebuild(first, depth + 1));
        first = changed.higher(below.last());
      }
      if (fork.counts().total() > BUCKET_ENTRIES_MAX) {
        sink.inner(path, depth, fork);
        return fork.node();
      }
      // What fits one bucket fits no inner node below, so the children are buckets without rows.
      sink.gone(path, depth);
      return rebuild(path, depth);
    }

    private StateNode rebuild(Bytes path, int depth) {
      Bytes end = endBelow(path, depth);
      live.seek(firstBelow(path, depth));
      return build(liveEntries(live, end), path, depth, sink);
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
              ? StateEntry.ofLive(path, LiveRow.read(path, rows.value()))
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
    for (int i = 0; i < depth; i++) {
      if (Paths.nibble(path, i) != Paths.nibble(prefix, i)) {
        return false;
      }
    }
    return true;
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
