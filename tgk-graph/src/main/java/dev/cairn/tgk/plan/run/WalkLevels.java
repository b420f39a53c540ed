package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.EdgeFilter;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.Incidence;
import dev.cairn.tgk.Relation;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.plan.Condition;
import dev.cairn.tgk.plan.Heading;
import dev.cairn.tgk.plan.Reach;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A breadth-first walk, level by level, each level in key order, in bounded memory. One owner at a
 * time; must be closed.
 *
 * <p>Use: {@link #start} with every start, then for each level, while {@link #nextLevel} says there
 * is one, take each node and expand it before the next.
 */
final class WalkLevels implements AutoCloseable {
  /** Things kept at a time: nodes seen, a level, the next one, edges seen, edges of a level. */
  static final int KEEPERS = 5;

  /** Nodes that a walk reaches when only an estimate is wanted. */
  static final long SAMPLE_NODES_MAX = 2_000;

  private static final byte[] NOTHING = new byte[0];

  private final Execution execution;
  private final PlanNode node;
  private final Reach reach;
  private final EdgeFilter filter;
  private final List<Condition> stops;
  private final boolean keepEdges;
  private final SpillMap seen;
  private final SpillMap edgesSeen;
  private @Nullable SpillSorter levelSorter;
  private @Nullable SortedRun level;
  private SpillSorter next;
  private SpillSorter edges;
  private boolean nextIsEmpty = true;
  private long nodes;
  private int depth = -1;

  /**
   * @param node where what is read is counted
   * @param keepEdges true if {@link #takeEdges} will be asked
   */
  WalkLevels(
      Execution execution, PlanNode node, Reach reach, List<Condition> stops, boolean keepEdges) {
    this.execution = execution;
    this.node = node;
    this.reach = reach;
    this.filter = EdgeFilter.ofTypes(reach.types());
    this.stops = stops;
    this.keepEdges = keepEdges;
    this.seen = execution.map(0);
    this.edgesSeen = execution.map(0);
    this.next = execution.sorter();
    this.edges = execution.sorter();
  }

  /** Begins here, too. */
  void start(ArtifactKey key) {
    admit(key);
  }

  /** Moves to the next level; false if it is empty. */
  boolean nextLevel() {
    closeLevel();
    if (nextIsEmpty) {
      return false;
    }
    depth++;
    levelSorter = next;
    level = next.sorted();
    next = execution.sorter();
    nextIsEmpty = true;
    return true;
  }

  /** Edges between a start and this level. */
  int depth() {
    return depth;
  }

  /** The next node of this level; null at its end. */
  @Nullable ArtifactKey nextNode() {
    Execution.checkInterrupt();
    byte[] path = level == null ? null : level.next();
    return path == null ? null : OrderedBytes.key(path, 0);
  }

  /** Follows the edges of a node of this level; true if there was one to follow. */
  boolean expand(ArtifactKey near) {
    if (depth >= reach.depthMax() || (depth > 0 && stopsAt(near))) {
      return false;
    }
    Follower follower = new Follower();
    execution
        .resolver()
        .graph()
        .forEachEdge(
            near, reach.heading().entry(), filter, execution.resolver().view(), follower::follow);
    return follower.followed;
  }

  private boolean stopsAt(ArtifactKey key) {
    return !stops.isEmpty()
        && Step.accepts(stops, ItemRow.of(execution.resolver(), key, ItemRow.NO_DEPTH));
  }

  private final class Follower {
    private boolean followed;

    void follow(Incidence incidence) {
      Execution.checkInterrupt();
      node.read();
      followed = true;
      GraphEdge edge = incidence.edge();
      if (keepEdges) {
        byte[] path = OrderedBytes.path(edge.key());
        if (edgesSeen.add(path, NOTHING)) {
          edges.add(path);
        }
      }
      for (Endpoint far : far(reach.heading(), incidence)) {
        admit(far.key());
      }
    }
  }

  /** The ends that are reached through an edge: all of the other side, or sides. */
  static List<Endpoint> far(Heading heading, Incidence incidence) {
    Relation relation = incidence.relation();
    boolean toCauses =
        heading == Heading.UP || (heading == Heading.BOTH && relation == Relation.TO);
    if (heading == Heading.BOTH && relation == Relation.BOTH) {
      List<Endpoint> all = new ArrayList<>(incidence.edge().edge().from());
      all.addAll(incidence.edge().edge().to());
      return all;
    }
    return toCauses ? incidence.edge().edge().from() : incidence.edge().edge().to();
  }

  private void admit(ArtifactKey key) {
    if (execution.isSample() && nodes > SAMPLE_NODES_MAX) {
      return;
    }
    byte[] path = OrderedBytes.path(key);
    if (seen.add(path, NOTHING)) {
      nodes++;
      next.add(path);
      nextIsEmpty = false;
    }
  }

  /** The edges first followed from this level, in key order; the caller closes them. */
  SpillSorter takeEdges() {
    SpillSorter taken = edges;
    edges = execution.sorter();
    return taken;
  }

  private void closeLevel() {
    if (levelSorter != null) {
      levelSorter.close();
      levelSorter = null;
      level = null;
    }
  }

  @Override
  public void close() {
    closeLevel();
    next.close();
    edges.close();
    seen.close();
    edgesSeen.close();
  }
}
