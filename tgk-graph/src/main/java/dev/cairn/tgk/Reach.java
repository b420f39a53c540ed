package dev.cairn.tgk;

import dev.cairn.tgk.GraphImage.Patch;
import dev.cairn.tgk.GraphImage.Patches;
import dev.cairn.tgk.segment.Hyperedge;
import dev.cairn.tgk.segment.Segment;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * A breadth-first walk over numbers: which nodes are reached, level by level, and through how many
 * edges. No object is made for a node or an edge, and no edge is read from the store.
 *
 * <p>Its arrays are kept from walk to walk: four bytes for each node reached by the longest, and a
 * bit for each node and hyperedge of the image. One owner at a time.
 */
final class Reach {
  private static final int QUEUE_MIN = 1024;

  private long[] seen = new long[0];
  private long[] seenHyperedges = new long[0];
  private boolean hyperedgesSeen;
  private int[] queue = new int[QUEUE_MIN];
  private int size;
  private int[] levels = new int[16];
  private int depth;
  private long edges;

  // Of the walk under way.
  private @Nullable GraphImage image;
  private Segment.@Nullable Unpacked unpacked;
  private boolean up;
  private boolean @Nullable [] wanted;

  /**
   * Walks.
   *
   * @param starts numbers of the starts, distinct
   * @param types which types to follow, by number; null for all
   * @param nodesMax ends the walk once more nodes are reached
   * @param target ends the walk behind the level that it is reached in; -1 for none
   */
  void run(
      GraphImage of,
      Direction direction,
      int[] starts,
      int depthMax,
      boolean @Nullable [] types,
      long nodesMax,
      int target) {
    prepare(of, direction, types);
    for (int start : starts) {
      admit(start);
    }
    Segment.Side side = of.side(direction);
    Patches patches = of.patches(direction);
    depth = 0;
    levels[0] = 0;
    int from = 0;
    while (size > from && size <= nodesMax) {
      note(depth + 1, size);
      if (depth == depthMax || (target >= 0 && isSeen(target))) {
        break;
      }
      int end = size;
      Segment.Unpacked arrays = unpacked;
      if (arrays != null) {
        expandLevel(of, arrays, patches, from, nodesMax);
      } else {
        for (int i = from; i < end && size <= nodesMax; i++) {
          expand(of, side, patches, queue[i]);
        }
      }
      from = end;
      depth += size > end ? 1 : 0;
    }
    side.followed(edges);
  }

  /** How many nodes were reached. */
  int nodes() {
    return size;
  }

  /** How many edges were followed. */
  long edges() {
    return edges;
  }

  /** The greatest level. */
  int depth() {
    return depth;
  }

  /** The nodes of a level, in no order. */
  int[] nodesOf(int level) {
    int[] nodes = Arrays.copyOfRange(queue, levels[level], levels[level + 1]);
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = nodeAt(nodes[i]);
    }
    return nodes;
  }

  /** The same as a set. */
  BitSet levelSet(int level) {
    BitSet set = new BitSet();
    for (int i = levels[level]; i < levels[level + 1]; i++) {
      set.set(nodeAt(queue[i]));
    }
    return set;
  }

  boolean isSeen(int node) {
    int place = placeOf(node);
    return (seen[place >>> 6] & 1L << place) != 0;
  }

  /** Where a node stands in this walk's set and queue: further nodes at their numbers. */
  private int placeOf(int node) {
    Segment.Unpacked arrays = unpacked;
    return arrays == null ? node : arrays.placeOf(node);
  }

  private int nodeAt(int place) {
    Segment.Unpacked arrays = unpacked;
    return arrays == null ? place : arrays.nodeAt(place);
  }

  private void prepare(GraphImage of, Direction direction, boolean @Nullable [] types) {
    image = of;
    up = direction == Direction.UP;
    wanted = types;
    unpacked = of.side(direction).unpacked();
    int words = (of.nodes() >>> 6) + 1;
    if (seen.length < words) {
      seen = new long[words];
    }
    int hyperWords = (of.hyperedges() >>> 6) + 1;
    if (seenHyperedges.length < hyperWords) {
      seenHyperedges = new long[hyperWords];
    }
    size = 0;
    edges = 0;
  }

  /** Forgets a walk, at the cost of what it reached. */
  void clear() {
    if (size > seen.length / 4) {
      Arrays.fill(seen, 0);
    } else {
      for (int i = 0; i < size; i++) {
        seen[queue[i] >>> 6] = 0;
      }
    }
    if (hyperedgesSeen) {
      Arrays.fill(seenHyperedges, 0);
      hyperedgesSeen = false;
    }
    image = null;
    unpacked = null;
    wanted = null;
  }

  private void note(int level, int place) {
    if (level == levels.length) {
      levels = Arrays.copyOf(levels, 2 * level);
    }
    levels[level] = place;
  }

  private void admit(int node) {
    int place = placeOf(node);
    long bit = 1L << place;
    int word = place >>> 6;
    if ((seen[word] & bit) == 0) {
      seen[word] |= bit;
      if (size == queue.length) {
        queue = Arrays.copyOf(queue, 2 * size);
      }
      queue[size++] = place;
    }
  }

  /**
   * Expands the nodes from a place on, on arrays. What is rare, patches and hyperedges, goes the
   * way that all goes without arrays.
   */
  private void expandLevel(
      GraphImage of, Segment.Unpacked arrays, @Nullable Patches patches, int from, long nodesMax) {
    Segment.Side side = of.side(up ? Direction.UP : Direction.DOWN);
    boolean @Nullable [] types = wanted;
    int[] starts = arrays.starts();
    int[] arcs = arrays.arcs();
    int sealed = of.segment().nodes();
    int to = size;
    long[] bits = seen;
    int[] nodes = queue;
    int count = size;
    long followed = 0;
    for (int i = from; i < to && count <= nodesMax; i++) {
      int node = nodes[i];
      if (node >= sealed || (patches != null && patches.of(nodeAt(node)) != null)) {
        size = count;
        expand(of, side, patches, nodeAt(node));
        nodes = queue;
        count = size;
        continue;
      }
      int end = starts[node + 1];
      followed += end - starts[node];
      // Types stay where they are; the segment has a node's arcs in the same order.
      int typesAt = types == null ? 0 : side.start(nodeAt(node)) - starts[node];
      for (int j = starts[node]; j < end; j++) {
        int far = arcs[j];
        if (types != null && !types[side.type(typesAt + j)]) {
          followed--;
          continue;
        }
        if (far >= sealed) {
          size = count;
          enter(far - sealed);
          nodes = queue;
          count = size;
          continue;
        }
        long bit = 1L << far;
        long word = bits[far >>> 6];
        if ((word & bit) == 0) {
          bits[far >>> 6] = word | bit;
          if (count == nodes.length) {
            nodes = Arrays.copyOf(nodes, 2 * count);
            queue = nodes;
          }
          nodes[count++] = far;
        }
      }
    }
    size = count;
    edges += followed;
  }

  private void expand(GraphImage of, Segment.Side side, @Nullable Patches patches, int node) {
    Patch patch = patches == null ? null : patches.of(node);
    int nodes = of.segment().nodes();
    if (patch != null) {
      expandPatched(of, side, patch, node);
    } else if (node < nodes && wanted == null) {
      int end = side.start(node + 1);
      int start = side.start(node);
      edges += end - start;
      for (int i = start; i < end; i++) {
        int far = side.arc(i);
        if (far < nodes) {
          admit(far);
        } else {
          enter(far - nodes);
        }
      }
    } else if (node < nodes) {
      int end = side.start(node + 1);
      for (int i = side.start(node); i < end; i++) {
        follow(side.arc(i), side.type(i), nodes);
      }
    }
  }

  private void follow(int far, int type, int nodes) {
    if (wanted != null && !wanted[type]) {
      return;
    }
    edges++;
    if (far < nodes) {
      admit(far);
    } else {
      enter(far - nodes);
    }
  }

  /** The segment's arcs but for those that are gone, both in one order; then the further ones. */
  private void expandPatched(GraphImage of, Segment.Side side, Patch patch, int node) {
    int nodes = of.segment().nodes();
    if (node < nodes) {
      int gone = 0;
      int end = side.start(node + 1);
      for (int i = side.start(node); i < end; i++) {
        int far = side.arc(i);
        int type = side.type(i);
        if (gone < patch.minus().length
            && patch.minus()[gone] == ((long) far << Integer.SIZE | type)) {
          gone++;
        } else {
          follow(far, type, nodes);
        }
      }
      if (gone < patch.minus().length) {
        throw new AssertionError("an image takes away what its segment does not have");
      }
    }
    for (int i = 0; i < patch.plus().length; i++) {
      int far = patch.plus()[i];
      int type = patch.plusTypes()[i];
      if (far < 0 && (wanted == null || wanted[type])) {
        edges++;
        enterFurther(of, ~far);
      } else if (far >= 0) {
        follow(far, type, Integer.MAX_VALUE);
      }
    }
  }

  /** Goes through a hyperedge, unless that was done: then it does not count once more. */
  private void enter(int hyperedge) {
    GraphImage of = image;
    if (of == null || wasEntered(hyperedge)) {
      return;
    }
    Segment segment = of.segment();
    int from = up ? segment.causesAt(hyperedge) : segment.effectsAt(hyperedge);
    int to = up ? segment.effectsAt(hyperedge) : segment.endsAt(hyperedge);
    for (int i = from; i < to; i++) {
      admit(segment.end(i));
    }
  }

  private void enterFurther(GraphImage of, int index) {
    if (!wasEntered(of.segment().hyperedges() + index)) {
      Hyperedge hyperedge = of.hyperedge(index);
      int count = up ? hyperedge.causes() : hyperedge.effects();
      for (int i = 0; i < count; i++) {
        admit(up ? hyperedge.cause(i) : hyperedge.effect(i));
      }
    }
  }

  private boolean wasEntered(int hyperedge) {
    long bit = 1L << hyperedge;
    int word = hyperedge >>> 6;
    if ((seenHyperedges[word] & bit) != 0) {
      edges--;
      return true;
    }
    seenHyperedges[word] |= bit;
    hyperedgesSeen = true;
    return false;
  }
}
