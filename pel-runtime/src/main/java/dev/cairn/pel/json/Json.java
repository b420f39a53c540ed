package dev.cairn.pel.json;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** A JSON value (RFC 8259). Immutable. */
public sealed interface Json {
  /** {@code null}. */
  record Null() implements Json {}

  /** {@code true} or {@code false}. */
  record Bool(boolean value) implements Json {}

  /** A string of well-formed Unicode. */
  record Text(String value) implements Json {}

  /** An array. */
  record Array(List<Json> items) implements Json {
    public Array {
      items = List.copyOf(items);
    }
  }

  /** An object; names in the order of their UTF-16 units, as RFC 8785 section 3.2.3 wants. */
  record Dict(SortedMap<String, Json> members) implements Json {
    public Dict {
      members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    }
  }

  /**
   * A number as it was written.
   *
   * @param literal by the grammar of RFC 8259
   */
  record Num(String literal) implements Json {
    private static final Pattern INTEGER = Pattern.compile("-?(?:0|[1-9][0-9]{0,18})");

    /** The number written out. */
    public static Num of(long value) {
      return new Num(Long.toString(value));
    }

    /** True if it is written without fraction and exponent, and fits 64 bits. */
    public boolean isLong() {
      if (!INTEGER.matcher(literal).matches()) {
        return false;
      }
      try {
        Long.parseLong(literal);
        return true;
      } catch (NumberFormatException e) {
        return false;
      }
    }

    /** The value, where {@link #isLong}. */
    public long asLong() {
      return Long.parseLong(literal);
    }
  }
}
