package dev.cairn.tgk;

import dev.cairn.tgk.model.EdgeType;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * How far a walk goes.
 *
 * @param depthMax edges between a start and the farthest node reached, at most
 * @param types the edge types to follow; empty means all
 * @param nodesMax how many nodes may be reached; one more is a {@link
 *     dev.cairn.asl.error.RefusedException}
 */
public record LineageOptions(int depthMax, SortedSet<EdgeType> types, int nodesMax) {
  /** No limit of depth. */
  public static final int DEPTH_UNLIMITED = Integer.MAX_VALUE;

  /** Nodes that a walk may reach unless told otherwise. */
  public static final int NODES_MAX = 2_000_000;

  /** All the way, along every type. */
  public static final LineageOptions ALL =
      new LineageOptions(DEPTH_UNLIMITED, Collections.emptySortedSet(), NODES_MAX);

  public LineageOptions {
    if (depthMax < 0 || nodesMax < 1) {
      throw new IllegalArgumentException("depth " + depthMax + ", nodes " + nodesMax);
    }
    types = Collections.unmodifiableSortedSet(new TreeSet<>(types));
  }

  /** The same down to another depth. */
  public LineageOptions withDepthMax(int depth) {
    return new LineageOptions(depth, types, nodesMax);
  }

  /** The same along these types only. */
  public LineageOptions withTypes(Collection<EdgeType> only) {
    return new LineageOptions(depthMax, new TreeSet<>(only), nodesMax);
  }

  /** The same with another bound on nodes. */
  public LineageOptions withNodesMax(int nodes) {
    return new LineageOptions(depthMax, types, nodes);
  }
}
