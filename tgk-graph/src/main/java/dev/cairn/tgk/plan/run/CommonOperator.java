package dev.cairn.tgk.plan.run;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.plan.Plan;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a walk from each start reaches: walks from one start after the other, then counts by how
 * many of them each node was reached. One owner at a time.
 *
 * <pre>
 *   reached   path 34 | u32be depth            common   u32be depth | path 34
 * </pre>
 */
final class CommonOperator implements Operator {
  /** Things kept at a time, beside those of a walk: nodes reached, nodes in common. */
  static final int KEEPERS = 2;

  /** Starts that are walked from when only an estimate is wanted. */
  private static final int SAMPLE_STARTS_MAX = 4;

  private final Execution execution;
  private final PlanNode node;
  private final Operator starts;
  private @Nullable SpillSorter common;
  private @Nullable SortedRun rows;

  CommonOperator(Execution execution, PlanNode node, Operator starts) {
    this.execution = execution;
    this.node = node;
    this.starts = starts;
  }

  @Override
  public @Nullable Row next() {
    if (rows == null) {
      rows = find();
    }
    byte[] record = rows.next();
    return record == null
        ? null
        : ItemRow.of(
            execution.resolver(),
            OrderedBytes.key(record, Integer.BYTES),
            new OrderedBytes.Reader(record, 0).u32());
  }

  private SortedRun find() {
    TreeSet<ArtifactKey> from = new TreeSet<>(Plan.KEY_ORDER);
    for (Row row = starts.next(); row != null; row = starts.next()) {
      if (execution.isSample() && from.size() == SAMPLE_STARTS_MAX) {
        break;
      }
      from.add(row.key());
      if (from.size() > Plan.CommonNodes.STARTS_MAX) {
        throw new RefusedException(
            "query: common: more than "
                + Plan.CommonNodes.STARTS_MAX
                + " starts; ask of fewer artifacts");
      }
    }
    SpillSorter found = execution.sorter();
    common = found;
    try (SpillSorter reached = execution.sorter()) {
      for (ArtifactKey start : from) {
        reach(start, reached);
      }
      collect(reached.sorted(), from.size(), found);
    }
    return found.sorted();
  }

  private void reach(ArtifactKey start, SpillSorter reached) {
    Plan.CommonNodes plan = (Plan.CommonNodes) node.plan();
    try (WalkLevels levels = new WalkLevels(execution, node, plan.reach(), List.of(), false)) {
      levels.start(start);
      while (levels.nextLevel()) {
        byte[] depth = OrderedBytes.u32(levels.depth());
        for (ArtifactKey key = levels.nextNode(); key != null; key = levels.nextNode()) {
          reached.add(OrderedBytes.concat(OrderedBytes.path(key), depth));
          boolean unused = levels.expand(key);
        }
      }
    }
  }

  /** Of equal paths, which stand together by rising depth, the last one if there are enough. */
  private static void collect(SortedRun reached, int wanted, SpillSorter common) {
    byte[] record = reached.next();
    while (record != null) {
      byte[] path = Arrays.copyOf(record, OrderedBytes.PATH_BYTES);
      byte[] deepest = record;
      int count = 0;
      while (record != null && Arrays.equals(path, Arrays.copyOf(record, path.length))) {
        deepest = record;
        count++;
        record = reached.next();
      }
      if (count == wanted) {
        common.add(
            OrderedBytes.concat(Arrays.copyOfRange(deepest, path.length, deepest.length), path));
      }
    }
  }

  @Override
  public void close() {
    if (common != null) {
      common.close();
    }
    starts.close();
  }
}
