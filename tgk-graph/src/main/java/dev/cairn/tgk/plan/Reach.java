package dev.cairn.tgk.plan;

import dev.cairn.tgk.model.EdgeType;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Where a walk may go.
 *
 * @param heading which way
 * @param depthMax edges between a start and the farthest row, at most
 * @param types the edge types to follow; empty means all
 */
public record Reach(Heading heading, int depthMax, SortedSet<EdgeType> types) {
  /** No limit of depth. */
  public static final int DEPTH_UNLIMITED = Integer.MAX_VALUE;

  /** Most types that can be named. */
  public static final int TYPES_MAX = 1_000;

  public Reach {
    if (depthMax < 0) {
      throw new IllegalArgumentException("depth " + depthMax + " is negative");
    }
    types = Collections.unmodifiableSortedSet(new TreeSet<>(types));
    if (types.size() > TYPES_MAX) {
      throw new IllegalArgumentException(types.size() + " edge types, more than " + TYPES_MAX);
    }
  }

  /** All the way, along every type. */
  public static Reach of(Heading heading) {
    return new Reach(heading, DEPTH_UNLIMITED, Collections.emptySortedSet());
  }

  /** The same down to another depth. */
  public Reach withDepthMax(int depth) {
    return new Reach(heading, depth, types);
  }

  /** The same along these types only. */
  public Reach withTypes(Collection<EdgeType> only) {
    return new Reach(heading, depthMax, new TreeSet<>(only));
  }
}
