package dev.cairn.tgk.plan.run;

import dev.cairn.tgk.plan.Plan;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Several inputs as a set: sorts all their rows by key, then by input, then by place in it. One
 * owner at a time.
 *
 * <pre>
 *   record   path 34 | u32be input | u64be place | row
 * </pre>
 */
final class MergeOperator implements Operator {
  private static final int INPUT_AT = OrderedBytes.PATH_BYTES;
  private static final int ROW_AT = INPUT_AT + Integer.BYTES + Long.BYTES;

  private final Execution execution;
  private final Plan.Mode mode;
  private final List<Operator> inputs;
  private @Nullable SpillSorter sorter;
  private @Nullable SortedRun records;
  private byte @Nullable [] ahead;

  MergeOperator(Execution execution, Plan.Mode mode, List<Operator> inputs) {
    this.execution = execution;
    this.mode = mode;
    this.inputs = List.copyOf(inputs);
  }

  @Override
  public @Nullable Row next() {
    if (records == null) {
      records = sort();
      ahead = records.next();
    }
    while (ahead != null) {
      Row row = group(records, ahead);
      if (row != null) {
        return row;
      }
    }
    return null;
  }

  private SortedRun sort() {
    SpillSorter all = execution.sorter();
    sorter = all;
    for (int i = 0; i < inputs.size(); i++) {
      long place = 0;
      Operator input = inputs.get(i);
      for (Row row = input.next(); row != null; row = input.next()) {
        Execution.checkInterrupt();
        all.add(
            OrderedBytes.concat(
                OrderedBytes.path(row.key()),
                OrderedBytes.u32(i),
                OrderedBytes.u64(place++),
                OrderedBytes.row(row)));
      }
    }
    return all.sorted();
  }

  /** Takes all records of one key; the row that they come to, if they do. */
  private @Nullable Row group(SortedRun run, byte[] first) {
    int firstInput = input(first);
    int lastInput = firstInput;
    int inputCount = 1;
    byte[] record = run.next();
    while (record != null && Arrays.equals(record, 0, INPUT_AT, first, 0, INPUT_AT)) {
      if (input(record) != lastInput) {
        lastInput = input(record);
        inputCount++;
      }
      record = run.next();
    }
    ahead = record;
    boolean kept =
        switch (mode) {
          case UNION -> true;
          case INTERSECTION -> inputCount == inputs.size();
          case DIFFERENCE -> firstInput == 0 && inputCount == 1;
          case CHAIN -> throw new AssertionError("a chain is no set");
        };
    return kept ? OrderedBytes.row(first, ROW_AT, execution.resolver()) : null;
  }

  private static int input(byte[] record) {
    return new OrderedBytes.Reader(record, INPUT_AT).u32();
  }

  @Override
  public void close() {
    if (sorter != null) {
      sorter.close();
    }
    inputs.forEach(Operator::close);
  }
}
