package dev.cairn.tgk;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.GraphImage.Patch;
import dev.cairn.tgk.GraphImage.Patches;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.segment.Hyperedge;
import dev.cairn.tgk.segment.Segment;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the edges of rare types: an image tells in one pass over its arcs' types which nodes have
 * such an edge, and only the rows of these are read. Used once; one owner.
 */
final class TypedEdges {
  /** It is worth it if the nodes to look at have at most this part of all arcs. */
  static final int ARCS_PART = 8;

  /** So many arcs are always few. */
  static final int WORTH_MIN = 8;

  private final GraphImage image;
  private final boolean[] wanted;
  private final Set<Bytes> typeRows;

  private TypedEdges(GraphImage image, Predicate<EdgeType> types) {
    this.image = image;
    this.wanted = image.accepted(types);
    this.typeRows =
        Walk.typeRows(image.types().stream().filter(types).collect(Collectors.toList()));
  }

  /**
   * Keys of edges, among them all that are live in the image and of one of these types; nothing if
   * they are not few.
   */
  static Optional<Set<ArtifactKey>> keys(
      GraphSource source, GraphImage image, Predicate<EdgeType> types, int keysMax) {
    TypedEdges edges = new TypedEdges(image, types);
    if (edges.typeRows.isEmpty()) {
      return Optional.of(Set.of());
    }
    Near up = edges.near(Direction.UP, false);
    Near down = edges.near(Direction.DOWN, false);
    boolean fromEffects = up.arcs <= down.arcs;
    Near less = fromEffects ? up : down;
    // Edges without an effect, or a cause, are met from the other side only.
    Near others = edges.near(fromEffects ? Direction.DOWN : Direction.UP, true);
    long arcs = (long) image.segment().up().arcs() + image.segment().down().arcs();
    if (less.arcs + others.arcs > WORTH_MIN + arcs / ARCS_PART) {
      return Optional.empty();
    }
    Set<ArtifactKey> keys = new TreeSet<>();
    boolean few =
        edges.read(source, less, keys, keysMax) && edges.read(source, others, keys, keysMax);
    return few ? Optional.of(keys) : Optional.empty();
  }

  /** The nodes with an arc of a wanted type, and how many arcs they have. */
  private static final class Near {
    private final Direction direction;
    private int[] nodes = new int[64];
    private int count;
    private long arcs;

    Near(Direction direction) {
      this.direction = direction;
    }

    void add(int node, long more) {
      if (count == nodes.length) {
        nodes = Arrays.copyOf(nodes, 2 * count);
      }
      nodes[count++] = node;
      arcs += more;
    }
  }

  private Near near(Direction direction, boolean oneSided) {
    Near near = new Near(direction);
    Segment.Side side = image.side(direction);
    @Nullable Patches patches = image.patches(direction);
    int sealed = image.segment().nodes();
    for (int node = 0; node < image.nodes(); node++) {
      int start = node < sealed ? side.start(node) : 0;
      int end = node < sealed ? side.start(node + 1) : 0;
      boolean found = false;
      for (int i = start; i < end && !found; i++) {
        found = wanted[side.type(i)] && (!oneSided || endsHere(direction, side.arc(i)));
      }
      Patch patch = patches == null ? null : patches.of(node);
      int further = patch == null ? 0 : patch.plus().length;
      for (int i = 0; patch != null && i < further && !found; i++) {
        found = wanted[patch.plusTypes()[i]] && (!oneSided || endsHere(direction, patch.plus()[i]));
      }
      if (found) {
        near.add(node, (long) end - start + further);
      }
    }
    return near;
  }

  /** True if an arc leads to a hyperedge with nothing at its other side. */
  private boolean endsHere(Direction direction, int arc) {
    if (arc < 0) {
      Hyperedge further = image.hyperedge(~arc);
      return (direction == Direction.UP ? further.causes() : further.effects()) == 0;
    }
    Segment segment = image.segment();
    int hyperedge = arc - segment.nodes();
    if (hyperedge < 0 || hyperedge >= segment.hyperedges()) {
      return false;
    }
    return direction == Direction.UP
        ? segment.causesAt(hyperedge) == segment.effectsAt(hyperedge)
        : segment.effectsAt(hyperedge) == segment.endsAt(hyperedge);
  }

  /** Adds the keys of edges that rows of these nodes lead to; false if they are too many. */
  private boolean read(GraphSource source, Near near, Set<ArtifactKey> keys, int keysMax) {
    for (int i = 0; i < near.count; i++) {
      Bytes node = image.key(near.nodes[i]).bytes();
      try (RowCursor rows = source.rows().scanPrefix(near.direction.table(), node)) {
        while (rows.next()) {
          if (typeRows.contains(rows.value())) {
            keys.add(Walk.detach(GraphIndex.edgeOfAdjacency(near.direction.table(), rows.key())));
          }
          if (keys.size() > keysMax) {
            return false;
          }
        }
      }
    }
    return true;
  }
}
