package dev.cairn.cli.console;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object (RFC 8259) being written, fields in the order of the calls. Numbers that formats
 * hold as u64 are written as strings, counts as numbers. One owner at a time.
 *
 * <p>Hand-made because commands must start fast and need so little of a JSON library.
 */
public final class JsonObject {
  private final StringBuilder text = new StringBuilder("{");

  /** An object with no field yet. */
  public JsonObject() {}

  /** Text, or null. */
  public JsonObject add(String name, @Nullable String value) {
    name(name);
    if (value == null) {
      text.append("null");
    } else {
      quote(value, text);
    }
    return this;
  }

  /** The text form of a value, or null. */
  public JsonObject addText(String name, @Nullable Object value) {
    return add(name, value == null ? null : value.toString());
  }

  /** A count. */
  public JsonObject add(String name, long count) {
    name(name);
    text.append(count);
    return this;
  }

  /** A number that a format holds as u64: a string of decimal digits. */
  public JsonObject addU64(String name, long value) {
    return add(name, Long.toUnsignedString(value));
  }

  /** A truth. */
  public JsonObject add(String name, boolean value) {
    name(name);
    text.append(value);
    return this;
  }

  /** A duration in seconds with milliseconds. */
  public JsonObject addSeconds(String name, long nanos) {
    name(name);
    long millis = Math.max(0, nanos / 1_000_000);
    text.append(String.format(Locale.ROOT, "%d.%03d", millis / 1000, millis % 1000));
    return this;
  }

  /** An object within, or null. */
  public JsonObject add(String name, @Nullable JsonObject value) {
    name(name);
    text.append(value == null ? "null" : value.toString());
    return this;
  }

  /** A list within. */
  public JsonObject add(String name, JsonArray value) {
    name(name);
    text.append(value);
    return this;
  }

  /** A list of texts within. */
  public JsonObject addStrings(String name, Iterable<String> values) {
    JsonArray list = new JsonArray();
    values.forEach(list::add);
    return add(name, list);
  }

  /** The fields of a map, whose values are maps, lists, text, numbers, truths or null. */
  public static JsonObject of(Map<?, ?> fields) {
    JsonObject object = new JsonObject();
    fields.forEach(
        (name, value) -> {
          object.name(String.valueOf(name));
          append(value, object.text);
        });
    return object;
  }

  private static void append(@Nullable Object value, StringBuilder out) {
    if (value instanceof Map<?, ?> map) {
      out.append(of(map).text).append('}');
    } else if (value instanceof List<?> list) {
      out.append('[');
      for (int i = 0; i < list.size(); i++) {
        if (i > 0) {
          out.append(',');
        }
        append(list.get(i), out);
      }
      out.append(']');
    } else if (value == null || value instanceof Number || value instanceof Boolean) {
      out.append(value);
    } else {
      quote(value.toString(), out);
    }
  }

  private void name(String name) {
    if (text.length() > 1) {
      text.append(',');
    }
    quote(name, text);
    text.append(':');
  }

  static void quote(String value, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7f || (Character.isSurrogate(c) && !paired(value, i))) {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean paired(String value, int at) {
    return Character.isHighSurrogate(value.charAt(at))
        ? at + 1 < value.length() && Character.isLowSurrogate(value.charAt(at + 1))
        : at > 0 && Character.isHighSurrogate(value.charAt(at - 1));
  }

  /** The document. */
  @Override
  public String toString() {
    return text + "}";
  }
}
