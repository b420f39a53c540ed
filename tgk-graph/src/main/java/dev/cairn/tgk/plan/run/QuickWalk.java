package dev.cairn.tgk.plan.run;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.LineageCounts;
import dev.cairn.tgk.LineageOptions;
import dev.cairn.tgk.LineageVisitor;
import dev.cairn.tgk.plan.Heading;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.Plan.Give;
import java.util.Iterator;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A traversal by {@link dev.cairn.tgk.Graph#reach}, which is faster than walking node by node, but
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
    return ItemRow.of(execution.resolver(), OrderedBytes.key(record, Integer.BYTES), depth);
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
    Direction direction = plan.reach().heading().direction();
    LineageOptions options =
        LineageOptions.ALL
            .withDepthMax(plan.reach().depthMax())
            .withTypes(plan.reach().types())
            .withNodesMax(nodesMax);
    Resolver resolver = execution.resolver();
    LineageCounts counts;
    if (plan.give() == Give.NODES) {
      counts =
          resolver
              .graph()
              .reach(
                  from,
                  direction,
                  options,
                  resolver.view(),
                  (key, depth) -> add(sorter, depth, key));
    } else {
      LineageVisitor visitor =
          new LineageVisitor() {
            @Override
            public void edge(GraphEdge edge, ArtifactKey near, int depth) {
              add(sorter, depth, edge.key());
            }
          };
      counts = resolver.graph().walk(from, direction, options, resolver.view(), visitor);
    }
    node.read(counts.edges());
  }

  private static void add(SpillSorter sorter, int depth, ArtifactKey key) {
    Execution.checkInterrupt();
    sorter.add(OrderedBytes.concat(OrderedBytes.u32(depth), OrderedBytes.path(key)));
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
