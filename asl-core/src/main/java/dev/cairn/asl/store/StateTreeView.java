package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The state tree as it is under one cut, to be descended node by node: by audits and by nodes that
 * find what they differ in.
 *
 * <p>Nodes of the first {@value #KEPT_DEPTHS} levels are kept in memory, at most 4,369 of them;
 * those below are made from the live entries when they are asked for, about one in 65,536 of all.
 * What the store gains meanwhile is not seen. Safe for any thread.
 */
public final class StateTreeView {
  /** A node is named by its first nibbles, of which there are at most so many. */
  public static final int DEPTH_MAX = 2 * ArtifactKey.BYTES;

  private static final int KEPT_DEPTHS = 4;

  private final View view;
  private final StateNode root;
  private final Map<Bytes, StateFork> kept;

  private StateTreeView(View view, StateNode root, Map<Bytes, StateFork> kept) {
    this.view = view;
    this.root = root;
    this.kept = kept;
  }

  /** The tree that is stored, which is up to date and shows {@code view}. */
  static StateTreeView stored(TableReader rows, View view) {
    TreeMap<Bytes, StateFork> kept = new TreeMap<>();
    keep(rows, Bytes.EMPTY, 0, kept);
    return new StateTreeView(view, StateTree.root(rows), kept);
  }

  private static void keep(TableReader rows, Bytes path, int depth, Map<Bytes, StateFork> kept) {
    Bytes key = StateTree.nodeKey(path, depth);
    StateFork fork = StateFork.at(rows, key);
    if (fork == null) {
      return;
    }
    kept.put(key, fork);
    for (int nibble = 0; nibble < StateFork.CHILDREN && depth + 1 < KEPT_DEPTHS; nibble++) {
      if (fork.child(nibble).inner()) {
        keep(rows, StateTree.child(path, depth, nibble), depth + 1, kept);
      }
    }
  }

  /** The tree made from nothing, in one pass. */
  static StateTreeView made(View view) {
    TreeMap<Bytes, StateFork> kept = new TreeMap<>();
    try (IdCursor ids = view.ids(Bytes.EMPTY, Bytes.EMPTY)) {
      StateNode root =
          StateTree.build(
              StateTree.entries(ids),
              Bytes.EMPTY,
              0,
              (path, depth, fork) -> {
                if (depth < KEPT_DEPTHS) {
                  kept.put(StateTree.nodeKey(path, depth), fork);
                }
              });
      return new StateTreeView(view, root, kept);
    }
  }

  /** The state root. */
  public Bytes root() {
    return root.hash();
  }

  /** How much is live. */
  public LiveCounts counts() {
    return root.counts();
  }

  /**
   * The hash of all live entries whose paths begin with {@code depth} nibbles of {@code path}: that
   * of the node there, or of the bucket that they would be; null if there is no entry.
   */
  public @Nullable Bytes hash(Bytes path, int depth) {
    StateNode node = node(path, depth);
    return node.isEmpty() && depth > 0 ? null : node.hash();
  }

  private StateNode node(Bytes path, int depth) {
    if (depth == 0) {
      return root;
    }
    StateFork parent = kept.get(StateTree.nodeKey(path, depth - 1));
    if (parent != null) {
      return parent.child(Paths.nibble(path, depth - 1));
    }
    return below(path, depth, (at, level, fork) -> {});
  }

  /**
   * What the hash of the node there is made of: {@code 00 | entry | ...} for a bucket, {@code 01 |
   * u16be children | hash | ...} for an inner node.
   */
  public Bytes content(Bytes path, int depth) {
    StateFork fork = kept.get(StateTree.nodeKey(path, depth));
    if (fork != null) {
      return fork.content();
    }
    List<StateFork> found = new ArrayList<>();
    below(
        path,
        depth,
        (at, level, inner) -> {
          if (level == depth) {
            found.add(inner);
          }
        });
    return found.isEmpty()
        ? StateTree.bucketContent(entryList(path, depth))
        : found.get(0).content();
  }

  /** The encoded live entries whose paths begin with {@code depth} nibbles of {@code path}. */
  public List<Bytes> entries(Bytes path, int depth, int limit) {
    List<Bytes> encoded = new ArrayList<>();
    try (IdCursor ids = ids(path, depth)) {
      Iterator<StateEntry> entries = StateTree.entries(ids);
      while (encoded.size() < limit && entries.hasNext()) {
        encoded.add(entries.next().encoded());
      }
    }
    return encoded;
  }

  private List<StateEntry> entryList(Bytes path, int depth) {
    List<StateEntry> all = new ArrayList<>();
    try (IdCursor ids = ids(path, depth)) {
      StateTree.entries(ids).forEachRemaining(all::add);
    }
    return all;
  }

  private StateNode below(Bytes path, int depth, StateTree.ForkSink sink) {
    try (IdCursor ids = ids(path, depth)) {
      return StateTree.build(StateTree.entries(ids), path, depth, sink);
    }
  }

  private IdCursor ids(Bytes path, int depth) {
    return view.ids(StateTree.firstBelow(path, depth), StateTree.endBelow(path, depth));
  }
}
