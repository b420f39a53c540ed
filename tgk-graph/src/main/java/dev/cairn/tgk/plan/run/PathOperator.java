package dev.cairn.tgk.plan.run;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.EdgeFilter;
import dev.cairn.tgk.Incidence;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.Reach;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * One shortest path: a breadth-first walk that remembers of each node by which node and edge it was
 * reached first. One owner at a time.
 *
 * <pre>
 *   remembered   path of the node before 34 | path of the edge 34; zeros for a start
 * </pre>
 */
final class PathOperator implements Operator {
  /** Things kept at a time: nodes seen, a level, the next one, the path. */
  static final int KEEPERS = 4;

  /** What a step of the path takes in memory. */
  private static final int STEP_BYTES = 256;

  /** Levels that are looked at when only an estimate is wanted. */
  private static final int SAMPLE_DEPTH_MAX = 8;

  private static final byte[] START = new byte[2 * OrderedBytes.PATH_BYTES];

  private final Execution execution;
  private final PlanNode node;
  private final Plan.ShortestPath plan;
  private final Operator starts;
  private @Nullable Deque<Row> steps;

  PathOperator(Execution execution, PlanNode node, Operator starts) {
    this.execution = execution;
    this.node = node;
    this.plan = (Plan.ShortestPath) node.plan();
    this.starts = starts;
  }

  @Override
  public @Nullable Row next() {
    if (steps == null) {
      steps = find();
    }
    return steps.pollFirst();
  }

  private Deque<Row> find() {
    try (SpillMap seen = execution.map(START.length)) {
      SpillSorter level = execution.sorter();
      try {
        for (Row row = starts.next(); row != null; row = starts.next()) {
          byte[] path = OrderedBytes.path(row.key());
          if (seen.add(path, START)) {
            level.add(path);
          }
        }
        byte[] target = OrderedBytes.path(plan.target());
        boolean more = true;
        int depthMax =
            execution.isSample()
                ? Math.min(plan.reach().depthMax(), SAMPLE_DEPTH_MAX)
                : plan.reach().depthMax();
        for (int depth = 0; more && depth < depthMax; depth++) {
          if (seen.get(target) != null) {
            break;
          }
          Level next = new Level(seen, execution.sorter(), target);
          more = expand(level.sorted(), next);
          level.close();
          level = next.nodes;
        }
        return seen.get(target) == null ? new ArrayDeque<>() : backTo(seen);
      } finally {
        level.close();
      }
    }
  }

  /** The level that is being found. */
  private final class Level {
    private final SpillMap seen;
    private final SpillSorter nodes;
    private final byte[] target;
    private long found;
    private boolean more;
    private boolean there;

    Level(SpillMap seen, SpillSorter nodes, byte[] target) {
      this.seen = seen;
      this.nodes = nodes;
      this.target = target;
    }

    void follow(byte[] near, Incidence incidence) {
      Execution.checkInterrupt();
      node.read();
      byte[] back = OrderedBytes.concat(near, OrderedBytes.path(incidence.edge().key()));
      for (Endpoint far : WalkLevels.far(plan.reach().heading(), incidence)) {
        byte[] path = OrderedBytes.path(far.key());
        boolean enough = execution.isSample() && found > WalkLevels.SAMPLE_NODES_MAX;
        if (!enough && seen.add(path, back)) {
          found++;
          nodes.add(path);
          more = true;
          there |= Arrays.equals(path, target);
        }
      }
    }
  }

  /** Expands a level into the next one, until the target is met; true if there is more. */
  private boolean expand(SortedRun level, Level next) {
    Reach reach = plan.reach();
    EdgeFilter filter = EdgeFilter.ofTypes(reach.types());
    for (byte[] near = level.next(); near != null && !next.there; near = level.next()) {
      byte[] from = near;
      execution
          .resolver()
          .graph()
          .forEachEdge(
              OrderedBytes.key(near, 0),
              reach.heading().entry(),
              filter,
              execution.resolver().view(),
              incidence -> next.follow(from, incidence));
    }
    return next.more;
  }

  private Deque<Row> backTo(SpillMap seen) {
    Deque<byte[]> back = new ArrayDeque<>();
    byte[] at = OrderedBytes.path(plan.target());
    for (byte[] entry = require(seen, at);
        !Arrays.equals(entry, START);
        entry = require(seen, at)) {
      back.addFirst(OrderedBytes.concat(at, entry));
      if (back.size() > execution.shareBytes() / STEP_BYTES + 1) {
        throw new RefusedException(
            "query: a path of more than "
                + back.size()
                + " steps does not fit the memory allowed; ask for less depth, or allow more");
      }
      at = Arrays.copyOf(entry, OrderedBytes.PATH_BYTES);
    }
    Deque<Row> rows = new ArrayDeque<>();
    rows.add(row(OrderedBytes.key(at, 0), 0, null));
    for (byte[] step : back) {
      rows.add(
          row(
              OrderedBytes.key(step, 0),
              rows.size(),
              OrderedBytes.key(step, 2 * OrderedBytes.PATH_BYTES)));
    }
    return rows;
  }

  private static byte[] require(SpillMap seen, byte[] path) {
    byte[] entry = seen.get(path);
    if (entry == null) {
      throw new AssertionError("a path that leads through a node never seen");
    }
    return entry;
  }

  private Row row(ArtifactKey key, int depth, @Nullable ArtifactKey via) {
    return new ItemRow(execution.resolver(), key, depth, via, ItemRow.ALL_FIELDS);
  }

  @Override
  public void close() {
    starts.close();
  }
}
