package dev.cairn.tgk.plan;

import dev.cairn.tgk.plan.Condition.Range;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** Ends of ranges as people write them. */
final class Times {
  private static final long DAY_MILLIS = 86_400_000;

  private Times() {}

  /** The first millisecond meant by a day or an instant. */
  static long least(String text) {
    return millis(text, false);
  }

  /** The last millisecond meant by a day or an instant. */
  static long greatest(String text) {
    return millis(text, true);
  }

  private static long millis(String text, boolean last) {
    try {
      if (text.contains("T")) {
        return OffsetDateTime.parse(text).toInstant().toEpochMilli();
      }
      long start = LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
      return last ? start + DAY_MILLIS - 1 : start;
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException(
          Quote.of(text) + " is no time; write 2026-01-31 or 2026-01-31T12:00:00Z", e);
    }
  }

  /** A range of a field's numbers or times; an empty end is open. */
  static Range range(Field field, String least, String greatest) {
    boolean time = field.kind() == Field.Kind.TIME;
    return new Range(
        least.isEmpty() ? Range.OPEN_LEAST : time ? least(least) : number(least),
        greatest.isEmpty() ? Range.OPEN_GREATEST : time ? greatest(greatest) : number(greatest));
  }

  private static long number(String text) {
    if (!text.matches("0|[1-9][0-9]{0,18}")) {
      throw new IllegalArgumentException(Quote.of(text) + " is no number");
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(Quote.of(text) + " is too great", e);
    }
  }

  /** One end of a range as text; empty if it is open. */
  static String text(Field field, long end) {
    if (end == Range.OPEN_LEAST || end == Range.OPEN_GREATEST) {
      return "";
    }
    return field.kind() == Field.Kind.TIME
        ? Instant.ofEpochMilli(end).toString()
        : Long.toString(end);
  }
}
