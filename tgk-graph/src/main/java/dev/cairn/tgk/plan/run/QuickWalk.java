package dev.cairn.tgk.plan.run;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.LineageOptions;
import dev.cairn.tgk.LineageVisitor;
import dev.cairn.tgk.plan.Heading;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.Plan.Give;
import dev.cairn.tgk.plan.Reach;
import java.util.Iterator;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A traversal by {@link dev.cairn.tgk.Graph#walk}, which is faster than walking node by node, but
 * all at once and in memory. What does not fit is walked again by a {@link WalkOperator}, which
 * gives the same. One owner at a time.
 */
final class QuickWalk implements Operator {
  /** What such a walk takes for a node. */
  private static final int NODE_BYTES = 512;

  /** Fewer nodes than these are not worth a try. */
  private static final int NODES_MIN = 1_000;

  private final Execution execution;
  private final PlanNode node;
  private final Operator starts;
  private @Nullable SpillSorter found;
  private @Nullable SortedRun rows;
  private @Nullable Operator slow;
  private boolean begun;

  private QuickWalk(Execution execution, PlanNode node, Operator starts) {
    this.execution = execution;
    this.node = node;
    this.starts = starts;
  }

  /** A traversal of whichever kind does it. */
  static Operator orSlow(Execution execution, PlanNode node, Operator starts, boolean lazy) {
    Plan.Traversal plan = (Plan.Traversal) node.plan();
    boolean quick =
        !lazy
            && !execution.isSample()
            && plan.stops().isEmpty()
            && plan.reach().heading() != Heading.BOTH
            && plan.give() != Give.FRONTIER
            && nodesMax(execution) >= NODES_MIN;
    return quick
        ? new QuickWalk(execution, node, starts)
        : new WalkOperator(execution, node, starts);
  }

  private static long nodesMax(Execution execution) {
    return execution.shareBytes() * (WalkLevels.KEEPERS - 2) / NODE_BYTES;
  }

  @Override
  public @Nullable Row next() {
    if (!begun) {
      begun = true;
      begin();
    }
    if (slow != null) {
      return slow.next();
    }
    byte[] record = rows == null ? null : rows.next();
    if (record == null) {
      return null;
    }
    int depth = new OrderedBytes.Reader(record, 0).u32();
    return ItemRow.of(
        execution.resolver(), OrderedBytes.key(record, Integer.BYTES), depth);
  }

  private void begin() {
    Set<ArtifactKey> few = new TreeSet<>(Plan.KEY_ORDER);
    long most = nodesMax(execution);
    for (Row row = starts.next(); row != null && few.size() <= most; row = starts.next()) {
      few.add(row.key());
      if (few.size() > most) {
        slow = new WalkOperator(execution, node, new Restarted(few));
        return;
      }
    }
    SpillSorter sorter = execution.sorter();
    found = sorter;
    try {
      walk(few, (int) Math.min(most, LineageOptions.NODES_MAX), sorter);
      rows = sorter.sorted();
    } catch (RefusedException e) {
      // Too much for this way; the other one has room on disk.
      sorter.close();
      slow = new WalkOperator(execution, node, new Restarted(few));
    }
  }

  private void walk(Set<ArtifactKey> from, int nodesMax, SpillSorter sorter) {
    Plan.Traversal plan = (Plan.Traversal) node.plan();
    Reach reach = plan.reach();
    boolean edges = plan.give() == Give.EDGES;
    execution
        .resolver()
        .graph()
        .walk(
            from,
            reach.heading().direction(),
            LineageOptions.ALL
                .withDepthMax(reach.depthMax())
                .withTypes(reach.types())
                .withNodesMax(nodesMax),
            execution.resolver().view(),
            new LineageVisitor() {
              @Override
              public void node(ArtifactKey key, int depth) {
                Execution.checkInterrupt();
                if (!edges) {
                  sorter.add(record(depth, key));
                }
              }

              @Override
              public void edge(GraphEdge edge, ArtifactKey near, int depth) {
                Execution.checkInterrupt();
                node.read();
                if (edges) {
                  sorter.add(record(depth, edge.key()));
                }
              }
            });
  }

  private static byte[] record(int depth, ArtifactKey key) {
    return OrderedBytes.concat(OrderedBytes.u32(depth), OrderedBytes.path(key));
  }

  @Override
  public void close() {
    if (found != null) {
      found.close();
    }
    if (slow != null) {
      slow.close();
    }
    starts.close();
  }

  /** The starts that were read already, then those that were not. */
  private final class Restarted implements Operator {
    private final Iterator<ArtifactKey> read;

    Restarted(Set<ArtifactKey> read) {
      this.read = read.iterator();
    }

    @Override
    public @Nullable Row next() {
      return read.hasNext()
          ? ItemRow.of(execution.resolver(), read.next(), ItemRow.NO_DEPTH)
          : starts.next();
    }

    @Override
    public void close() {}
  }
}
