package dev.cairn.tgk.plan.run;

import dev.cairn.tgk.plan.Condition;
import dev.cairn.tgk.plan.Plan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An operator that looks at one row at a time, so that shards can apply it each for itself. */
final class Step {
  private final PlanNode node;
  private final Resolver resolver;

  private Step(PlanNode node, Resolver resolver) {
    this.node = node;
    this.resolver = resolver;
  }

  /** The step of an operator; null if it looks at more than a row. */
  static @Nullable Step of(PlanNode node, Resolver resolver) {
    Plan plan = node.plan();
    boolean local =
        plan instanceof Plan.IndexFilter
            || plan instanceof Plan.Projection
            || plan instanceof Plan.TombstoneShadow;
    return local ? new Step(node, resolver) : null;
  }

  /** What becomes of a row; null if it is left out. */
  @Nullable Row apply(Row row) {
    Row out = row;
    Plan plan = node.plan();
    if (plan instanceof Plan.IndexFilter filter) {
      out = accepts(filter.conditions(), row) ? row : null;
    } else if (plan instanceof Plan.Projection projection) {
      out = row.only(projection.fields());
    } else if (plan instanceof Plan.TombstoneShadow shadow) {
      out = shadow.history() || isLive(row) ? row : null;
    }
    if (out != null) {
      node.gave();
    }
    return out;
  }

  /** What becomes of a row after several steps. */
  static @Nullable Row apply(List<Step> steps, Row row) {
    Row out = row;
    for (int i = 0; i < steps.size() && out != null; i++) {
      out = steps.get(i).apply(out);
    }
    return out;
  }

  static boolean accepts(List<Condition> conditions, Row row) {
    for (Condition condition : conditions) {
      if (!condition.accepts(row.value(condition.field()))) {
        return false;
      }
    }
    return true;
  }

  private boolean isLive(Row row) {
    ItemRow item =
        row instanceof ItemRow known ? known : ItemRow.of(resolver, row.key(), ItemRow.NO_DEPTH);
    return item.isLive();
  }
}
