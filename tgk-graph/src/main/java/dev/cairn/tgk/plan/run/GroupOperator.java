package dev.cairn.tgk.plan.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.tgk.plan.Field;
import dev.cairn.tgk.plan.Value;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows grouped by the values of fields, in the order of those: counts in memory as long as the
 * groups fit, and sorts partial counts if they do not. One owner at a time.
 *
 * <pre>
 *   record   values of the fields | u64be count
 * </pre>
 */
final class GroupOperator implements Operator {
  /** Things kept at a time: groups, sorted counts. */
  static final int KEEPERS = 2;

  /** What a group takes in memory beyond its values. */
  private static final int GROUP_OVERHEAD_BYTES = 136;

  private final Execution execution;
  private final Operator input;
  private final List<Field> fields;
  private final boolean counted;
  private final Map<Bytes, long[]> groups = new HashMap<>();
  private long groupBytes;
  private @Nullable SpillSorter sorter;
  private @Nullable SortedRun records;
  private byte @Nullable [] ahead;

  /**
   * @param counted true to give counts, and one row if there are no fields
   */
  GroupOperator(Execution execution, Operator input, List<Field> fields, boolean counted) {
    this.execution = execution;
    this.input = input;
    this.fields = fields;
    this.counted = counted;
  }

  @Override
  public @Nullable Row next() {
    if (records == null) {
      records = sort();
      ahead = records.next();
    }
    byte[] first = ahead;
    if (first == null) {
      return null;
    }
    long count = count(first);
    byte[] record = records.next();
    while (record != null && sameGroup(record, first)) {
      count += count(record);
      record = records.next();
    }
    ahead = record;
    return row(first, count);
  }

  private SortedRun sort() {
    SpillSorter all = execution.sorter();
    sorter = all;
    if (fields.isEmpty()) {
      groups.put(Bytes.EMPTY, new long[1]);
    }
    for (Row row = input.next(); row != null; row = input.next()) {
      Execution.checkInterrupt();
      Bytes group = Bytes.wrap(OrderedBytes.values(row, fields));
      long[] known = groups.get(group);
      if (known == null) {
        long size = (long) group.length() + GROUP_OVERHEAD_BYTES;
        if (groupBytes + size > execution.shareBytes() && !groups.isEmpty()) {
          flush(all);
        }
        known = new long[1];
        groups.put(group, known);
        groupBytes += size;
      }
      known[0]++;
    }
    flush(all);
    return all.sorted();
  }

  private void flush(SpillSorter all) {
    groups.forEach(
        (group, count) ->
            all.add(OrderedBytes.concat(group.toArray(), OrderedBytes.u64(count[0]))));
    groups.clear();
    groupBytes = 0;
  }

  private static boolean sameGroup(byte[] a, byte[] b) {
    return Arrays.equals(a, 0, a.length - Long.BYTES, b, 0, b.length - Long.BYTES);
  }

  private static long count(byte[] record) {
    return new OrderedBytes.Reader(record, record.length - Long.BYTES).u64();
  }

  private Row row(byte[] record, long count) {
    Map<Field, Value> values = new EnumMap<>(Field.class);
    OrderedBytes.Reader in =
        new OrderedBytes.Reader(Arrays.copyOf(record, record.length - Long.BYTES), 0);
    for (Field field : fields) {
      Value value = in.value();
      if (value != null) {
        values.put(field, value);
      }
    }
    if (counted) {
      values.put(Field.COUNT, new Value.Num(count));
    }
    return new ValueRow(values);
  }

  @Override
  public void close() {
    if (sorter != null) {
      sorter.close();
    }
    input.close();
  }
}
