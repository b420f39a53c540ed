package dev.cairn.tgk.plan.run;

import dev.cairn.tgk.json.JsonText;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.PlanText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A plan's operators with the rows that each is expected to give and, after it ran, gave.
 *
 * @param operator its name
 * @param detail what it says in the plan's text form
 * @param estimatedRows rows that it is expected to give
 * @param rows rows that it gave; null if it did not run
 * @param rowsRead ids or edges that it read from the store; null if it did not run
 * @param inputs the operators below it
 */
public record Explanation(
    String operator,
    String detail,
    long estimatedRows,
    @Nullable Long rows,
    @Nullable Long rowsRead,
    List<Explanation> inputs) {
  /** Longest detail shown, in characters. */
  public static final int DETAIL_CHARS_MAX = 120;

  public Explanation {
    inputs = List.copyOf(inputs);
  }

  static Explanation of(Estimate estimate, @Nullable PlanNode ran) {
    List<Explanation> inputs = new ArrayList<>();
    for (int i = 0; i < estimate.inputs().size(); i++) {
      inputs.add(of(estimate.inputs().get(i), ran == null ? null : ran.inputs().get(i)));
    }
    return new Explanation(
        name(estimate.plan()),
        cut(PlanText.stage(estimate.plan())),
        estimate.rows(),
        ran == null ? null : ran.rows(),
        ran == null ? null : ran.rowsRead(),
        inputs);
  }

  private static String name(Plan plan) {
    return plan instanceof Plan.Aggregation ? "Aggregation" : plan.getClass().getSimpleName();
  }

  private static String cut(String detail) {
    return detail.length() <= DETAIL_CHARS_MAX
        ? detail
        : detail.substring(0, DETAIL_CHARS_MAX) + "...";
  }

  /** Lines for people, the outermost operator first, inputs indented below it. */
  public String text() {
    StringBuilder out = new StringBuilder();
    write(out, 0);
    return out.toString();
  }

  private void write(StringBuilder out, int depth) {
    out.append("  ".repeat(depth)).append(operator).append(": ").append(detail);
    out.append("  (expected ").append(estimatedRows);
    if (rows != null) {
      out.append(", gave ").append(rows);
    }
    if (rowsRead != null && rowsRead > 0) {
      out.append(", read ").append(rowsRead);
    }
    out.append(")\n");
    for (Explanation input : inputs) {
      input.write(out, depth + 1);
    }
  }

  /** The same as one JSON document. */
  public String json() {
    return JsonText.of(structure());
  }

  private Map<String, @Nullable Object> structure() {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("operator", operator);
    out.put("detail", detail);
    out.put("estimatedRows", estimatedRows);
    if (rows != null) {
      out.put("rows", rows);
      out.put("rowsRead", rowsRead);
    }
    out.put("inputs", inputs.stream().map(Explanation::structure).toList());
    return out;
  }
}
