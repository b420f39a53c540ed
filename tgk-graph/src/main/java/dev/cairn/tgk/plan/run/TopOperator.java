package dev.cairn.tgk.plan.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The rows with the greatest values, kept in memory: more than fit are refused. One owner. */
final class TopOperator implements Operator {
  /** What a row takes in memory beyond its bytes. */
  private static final int ROW_OVERHEAD_BYTES = 96;

  /** A row, ranked. */
  private record Ranked(boolean valued, long value, long place, Bytes row) {
    static final Comparator<Ranked> BEST_FIRST =
        Comparator.comparing(Ranked::valued, Comparator.reverseOrder())
            .thenComparing(Ranked::value, Comparator.reverseOrder())
            .thenComparing(Ranked::place);
  }

  private final Execution execution;
  private final Operator input;
  private final Plan.Top plan;
  private @Nullable Deque<Ranked> best;

  TopOperator(Execution execution, Operator input, Plan.Top plan) {
    this.execution = execution;
    this.input = input;
    this.plan = plan;
  }

  @Override
  public @Nullable Row next() {
    if (best == null) {
      best = find();
    }
    Ranked first = best.pollFirst();
    return first == null ? null : OrderedBytes.row(first.row().toArray(), 0, execution.resolver());
  }

  private Deque<Ranked> find() {
    PriorityQueue<Ranked> worstFirst =
        new PriorityQueue<>(Collections.reverseOrder(Ranked.BEST_FIRST));
    long bytes = 0;
    long place = 0;
    for (Row row = input.next(); row != null; row = input.next()) {
      Execution.checkInterrupt();
      Ranked ranked = rank(row, place++);
      worstFirst.add(ranked);
      bytes += ranked.row().length() + ROW_OVERHEAD_BYTES;
      if (worstFirst.size() > plan.rows()) {
        Ranked worst = worstFirst.remove();
        bytes -= worst.row().length() + ROW_OVERHEAD_BYTES;
      }
      if (bytes > execution.shareBytes()) {
        throw new RefusedException(
            "query: top: the "
                + worstFirst.size()
                + " greatest rows take more than the "
                + execution.shareBytes()
                + " bytes of memory that there are for them; ask for fewer rows, select fewer"
                + " fields, or allow more memory");
      }
    }
    List<Ranked> sorted = new ArrayList<>(worstFirst);
    sorted.sort(Ranked.BEST_FIRST);
    return new ArrayDeque<>(sorted);
  }

  private Ranked rank(Row row, long place) {
    Value value = row.value(plan.by());
    return new Ranked(
        value != null,
        value instanceof Value.Num num ? num.number() : 0,
        place,
        Bytes.wrap(OrderedBytes.row(row)));
  }

  @Override
  public void close() {
    input.close();
  }
}
