package dev.cairn.tgk.plan.run;

import dev.cairn.tgk.plan.Plan;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * An operator of a plan in one execution, with what it did. Counters are safe for any thread.
 *
 * <p>Kept apart from the plan, as one plan may stand several times in another.
 */
final class PlanNode {
  private final Plan plan;
  private final List<PlanNode> inputs;
  private final LongAdder rows = new LongAdder();
  private final LongAdder read = new LongAdder();

  PlanNode(Plan plan) {
    this.plan = plan;
    this.inputs = plan.inputs().stream().map(PlanNode::new).toList();
  }

  Plan plan() {
    return plan;
  }

  List<PlanNode> inputs() {
    return inputs;
  }

  PlanNode input() {
    return inputs.get(0);
  }

  /** Counts a row that this operator gave. */
  void gave() {
    rows.increment();
  }

  /** Counts ids or edges that this operator read from the store. */
  void read() {
    read.increment();
  }

  /** Counts several of them. */
  void read(long count) {
    read.add(count);
  }

  long rows() {
    return rows.sum();
  }

  long rowsRead() {
    return read.sum();
  }
}
