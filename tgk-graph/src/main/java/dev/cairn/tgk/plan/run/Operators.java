package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.plan.Condition;
import dev.cairn.tgk.plan.Plan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes running operators of a plan's nodes. */
final class Operators {
  private final Execution execution;

  Operators(Execution execution) {
    this.execution = execution;
  }

  /** A plan that begins at its beginning. */
  Operator open(PlanNode root) {
    return open(root, false, null);
  }

  /** A plan of which {@link #resumesByKey} is true, behind a key. */
  Operator openBehind(PlanNode root, ArtifactKey after) {
    return open(root, false, after);
  }

  /** True if a plan is a scan with row-wise operators, so that it can go on behind any row. */
  static boolean resumesByKey(Plan plan) {
    Plan at = plan;
    while (at instanceof Plan.IndexFilter
        || at instanceof Plan.Projection
        || at instanceof Plan.TombstoneShadow) {
      at = at.inputs().get(0);
    }
    return at instanceof Plan.SegmentScan;
  }

  /**
   * @param lazy true if perhaps not all rows will be asked for
   * @param after only what comes behind this key, if any
   */
  private Operator open(PlanNode node, boolean lazy, @Nullable ArtifactKey after) {
    Plan plan = node.plan();
    if (Step.of(node, execution.resolver()) != null) {
      return rowWise(node, lazy, after);
    }
    if (plan instanceof Plan.Keys keys) {
      return counted(node, new KeysOperator(keys));
    }
    if (plan instanceof Plan.Traversal) {
      return counted(
          node, QuickWalk.orSlow(execution, node, open(node.input(), false, null), lazy));
    }
    if (plan instanceof Plan.ShortestPath) {
      return counted(node, new PathOperator(execution, node, open(node.input(), false, null)));
    }
    if (plan instanceof Plan.CommonNodes) {
      return counted(node, new CommonOperator(execution, node, open(node.input(), false, null)));
    }
    if (plan instanceof Plan.Merge merge) {
      return counted(node, merge(node, merge, lazy));
    }
    if (plan instanceof Plan.First first) {
      return counted(node, new FirstOperator(open(node.input(), true, null), first.rows()));
    }
    return counted(node, aggregation(node));
  }

  private Operator aggregation(PlanNode node) {
    Operator input = open(node.input(), false, null);
    Plan plan = node.plan();
    if (plan instanceof Plan.Count count) {
      return new GroupOperator(execution, input, count.by(), true);
    }
    if (plan instanceof Plan.Distinct distinct) {
      return new GroupOperator(execution, input, distinct.fields(), false);
    }
    if (plan instanceof Plan.Top top) {
      return new TopOperator(execution, input, top);
    }
    throw new AssertionError("an operator that nothing runs: " + plan.getClass());
  }

  private Operator merge(PlanNode node, Plan.Merge merge, boolean lazy) {
    boolean chain = merge.mode() == Plan.Mode.CHAIN;
    List<Operator> inputs = new ArrayList<>();
    node.inputs().forEach(input -> inputs.add(open(input, lazy && chain, null)));
    return chain ? new ChainOperator(inputs) : new MergeOperator(execution, merge.mode(), inputs);
  }

  /** Row-wise operators, down to what they stand on: at best a scan, whose shards apply them. */
  private Operator rowWise(PlanNode top, boolean lazy, @Nullable ArtifactKey after) {
    List<Step> steps = new ArrayList<>();
    List<Condition> conditions = new ArrayList<>();
    PlanNode lowest = top;
    for (PlanNode node = top; ; node = node.input()) {
      Step step = Step.of(node, execution.resolver());
      if (step == null) {
        break;
      }
      steps.add(0, step);
      if (node.plan() instanceof Plan.IndexFilter filter) {
        conditions.addAll(filter.conditions());
      }
      lowest = node;
    }
    if (lowest.input().plan() instanceof Plan.SegmentScan) {
      return ShardedScan.open(execution, lowest, steps, conditions, after);
    }
    return new StepsOperator(open(lowest.input(), lazy, null), steps);
  }

  private static Operator counted(PlanNode node, Operator operator) {
    return new Operator() {
      @Override
      public @Nullable Row next() {
        Row row = operator.next();
        if (row != null) {
          node.gave();
        }
        return row;
      }

      @Override
      public void close() {
        operator.close();
      }
    };
  }

  private final class KeysOperator implements Operator {
    private final Plan.Keys plan;
    private int at;

    KeysOperator(Plan.Keys plan) {
      this.plan = plan;
    }

    @Override
    public @Nullable Row next() {
      return at == plan.keys().size()
          ? null
          : ItemRow.of(execution.resolver(), plan.keys().get(at++), ItemRow.NO_DEPTH);
    }

    @Override
    public void close() {}
  }

  private record StepsOperator(Operator input, List<Step> steps) implements Operator {
    @Override
    public @Nullable Row next() {
      for (Row row = input.next(); row != null; row = input.next()) {
        Execution.checkInterrupt();
        Row out = Step.apply(steps, row);
        if (out != null) {
          return out;
        }
      }
      return null;
    }

    @Override
    public void close() {
      input.close();
    }
  }

  private static final class FirstOperator implements Operator {
    private final Operator input;
    private int left;

    FirstOperator(Operator input, int rows) {
      this.input = input;
      this.left = rows;
    }

    @Override
    public @Nullable Row next() {
      if (left == 0) {
        input.close(); // Threads that read ahead end here, not with the query.
        return null;
      }
      left--;
      return input.next();
    }

    @Override
    public void close() {
      input.close();
    }
  }

  private static final class ChainOperator implements Operator {
    private final List<Operator> inputs;
    private int at;

    ChainOperator(List<Operator> inputs) {
      this.inputs = List.copyOf(inputs);
    }

    @Override
    public @Nullable Row next() {
      while (at < inputs.size()) {
        Row row = inputs.get(at).next();
        if (row != null) {
          return row;
        }
        at++;
      }
      return null;
    }

    @Override
    public void close() {
      inputs.forEach(Operator::close);
    }
  }
}
