package dev.cairn.cli.imports.json;

import dev.cairn.asl.bytes.Bytes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes JSON so that one value has one form: no white space, names in the order of their UTF-16
 * units and the shortest escapes, as RFC 8785 has it. Numbers stay as they were written, where that
 * RFC would round them to doubles. Pure.
 */
public final class StableJson {
  private StableJson() {}

  /** The form of maps, lists, texts, {@link JsonNumber}, truths and {@link JsonNull}, in UTF-8. */
  public static Bytes bytes(Object value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return Bytes.utf8(out.toString());
  }

  private static void write(Object value, StringBuilder out) {
    if (value instanceof Map<?, ?> map) {
      writeMap(map, out);
    } else if (value instanceof List<?> list) {
      out.append('[');
      for (int i = 0; i < list.size(); i++) {
        if (i > 0) {
          out.append(',');
        }
        write(list.get(i), out);
      }
      out.append(']');
    } else if (value instanceof String text) {
      writeText(text, out);
    } else if (value instanceof JsonNumber number) {
      out.append(number.literal());
    } else if (value instanceof Boolean || value == JsonNull.NULL) {
      out.append(value == JsonNull.NULL ? "null" : value);
    } else {
      throw new AssertionError("not a JSON value: " + value.getClass());
    }
  }

  private static void writeMap(Map<?, ?> map, StringBuilder out) {
    Map<String, Object> sorted = new TreeMap<>();
    map.forEach((name, member) -> sorted.put((String) name, member));
    out.append('{');
    boolean first = true;
    for (Map.Entry<String, Object> member : sorted.entrySet()) {
      if (!first) {
        out.append(',');
      }
      first = false;
      writeText(member.getKey(), out);
      out.append(':');
      write(member.getValue(), out);
    }
    out.append('}');
  }

  private static void writeText(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\f' -> out.append("\\f");
        case '\r' -> out.append("\\r");
        default -> {
          if (c < 0x20) {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
