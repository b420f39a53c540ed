package dev.cairn.tgk;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.segment.Hyperedge;
import dev.cairn.tgk.segment.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The live edges of one view as numbers: a segment, and what the view has more and less.
 *
 * <p>Nodes have the segment's numbers; further ones follow behind, in no order. A node whose edges
 * differ from the segment's has a {@link Patch}. What several edges of one slot come to is one arc:
 * the slot is live or not. Immutable, and shares what it can with the image that it was made from;
 * safe for any thread.
 */
final class GraphImage {
  /** Nodes whose patches stand in one array. */
  static final int CHUNK_SHIFT = 8;

  static final int CHUNK_NODES = 1 << CHUNK_SHIFT;

  /**
   * How a node's arcs of one direction differ from the segment's.
   *
   * @param plus far nodes; what is negative is ~i of the further hyperedge i
   * @param plusTypes type of each
   * @param minus arcs of the segment that are gone, ascending: number in the high half, type in the
   *     low one
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Patch(int[] plus, int[] plusTypes, long[] minus) {}

  /** The patches of one direction, by node; what is null has none. */
  static final class Patches {
    private final @Nullable Patch[] @Nullable [] chunks;

    Patches(@Nullable Patch[] @Nullable [] chunks) {
      this.chunks = chunks;
    }

    @Nullable Patch of(int node) {
      int chunk = node >>> CHUNK_SHIFT;
      @Nullable Patch[] patches = chunk < chunks.length ? chunks[chunk] : null;
      return patches == null ? null : patches[node & (CHUNK_NODES - 1)];
    }

    /** The same with other patches for some nodes. */
    Patches with(Map<Integer, Patch> changed, int nodes) {
      int length = Math.max(chunks.length, (nodes >>> CHUNK_SHIFT) + 1);
      @Nullable Patch[] @Nullable [] copy = Arrays.copyOf(chunks, length);
      for (Map.Entry<Integer, Patch> entry : changed.entrySet()) {
        int chunk = entry.getKey() >>> CHUNK_SHIFT;
        @Nullable Patch[] patches = copy[chunk];
        if (patches == null) {
          patches = new Patch[CHUNK_NODES];
        } else if (chunk < chunks.length && patches == chunks[chunk]) {
          patches = patches.clone();
        }
        patches[entry.getKey() & (CHUNK_NODES - 1)] = entry.getValue();
        copy[chunk] = patches;
      }
      return new Patches(copy);
    }
  }

  /**
   * What the view has more and less than the segment.
   *
   * @param up patches of arcs to causes
   * @param down patches of arcs to effects
   * @param added the further nodes and hyperedges, and types; never changed where this image looks
   * @param nodes how many nodes there are, further ones included
   * @param hyperedges how many further hyperedges there are
   */
  record Changes(Patches up, Patches down, Added added, int nodes, int hyperedges) {}

  private final Segment segment;
  private final Horizon horizon;
  private final long arrivals;
  private final @Nullable Changes changes;

  GraphImage(Segment segment, Horizon horizon, long arrivals, @Nullable Changes changes) {
    this.segment = segment;
    this.horizon = horizon;
    this.arrivals = arrivals;
    this.changes = changes;
  }

  Segment segment() {
    return segment;
  }

  /** What it shows. */
  Horizon horizon() {
    return horizon;
  }

  /** {@link GraphSource#arrivals} before it was made. */
  long arrivals() {
    return arrivals;
  }

  @Nullable Changes changes() {
    return changes;
  }

  int nodes() {
    return changes == null ? segment.nodes() : changes.nodes();
  }

  /** Number of hyperedges, further ones included, which follow the segment's. */
  int hyperedges() {
    return segment.hyperedges() + (changes == null ? 0 : changes.hyperedges());
  }

  Segment.Side side(Direction direction) {
    return direction == Direction.UP ? segment.up() : segment.down();
  }

  @Nullable Patches patches(Direction direction) {
    if (changes == null) {
      return null;
    }
    return direction == Direction.UP ? changes.up() : changes.down();
  }

  /** Number of a node, or -1. */
  int find(ArtifactKey key) {
    int node = segment.find(key);
    if (node >= 0 || changes == null) {
      return Math.max(node, -1);
    }
    int further = changes.added().find(key);
    return further >= 0 && further < changes.nodes() ? further : -1;
  }

  ArtifactKey key(int node) {
    if (node < segment.nodes() || changes == null) {
      return segment.key(node);
    }
    return changes.added().key(node);
  }

  /** A further hyperedge. */
  Hyperedge hyperedge(int index) {
    if (changes == null) {
      throw new IndexOutOfBoundsException("hyperedge " + index);
    }
    return changes.added().hyperedge(index);
  }

  /** All types that it may have edges of, by number. */
  List<EdgeType> types() {
    List<EdgeType> types = new ArrayList<>(segment.types());
    int further = changes == null ? 0 : changes.added().types();
    for (int i = 0; i < further && changes != null; i++) {
      types.add(changes.added().type(segment.types().size() + i));
    }
    return types;
  }

  /** Which of {@link #types} are accepted, by number. */
  boolean[] accepted(Predicate<EdgeType> test) {
    List<EdgeType> types = types();
    boolean[] accepted = new boolean[types.size()];
    for (int i = 0; i < accepted.length; i++) {
      accepted[i] = test.test(types.get(i));
    }
    return accepted;
  }

  /** Which types are wanted, by number; null if all are. */
  boolean @Nullable [] wanted(Collection<EdgeType> types) {
    if (types.isEmpty()) {
      return null;
    }
    boolean[] wanted = accepted(types::contains);
    return allOf(wanted) ? null : wanted;
  }

  private static boolean allOf(boolean[] wanted) {
    for (boolean one : wanted) {
      if (!one) {
        return false;
      }
    }
    return true;
  }
}
