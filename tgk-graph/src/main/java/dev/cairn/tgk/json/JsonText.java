package dev.cairn.tgk.json;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON (RFC 8259) in one way: no white space, members in the order given, text escaped only
 * where it must be, as RFC 8785 does.
 */
public final class JsonText {
  private JsonText() {}

  /** Writes maps, lists, text, integers, truths and null. */
  public static void write(@Nullable Object value, StringBuilder out) {
    if (value instanceof Map<?, ?> map) {
      char separator = '{';
      for (Map.Entry<?, ?> member : map.entrySet()) {
        quote(String.valueOf(member.getKey()), out.append(separator));
        write(member.getValue(), out.append(':'));
        separator = ',';
      }
      out.append(map.isEmpty() ? "{}" : "}");
    } else if (value instanceof List<?> list) {
      char separator = '[';
      for (Object item : list) {
        write(item, out.append(separator));
        separator = ',';
      }
      out.append(list.isEmpty() ? "[]" : "]");
    } else if (value instanceof String text) {
      quote(text, out);
    } else {
      out.append(value);
    }
  }

  /** The same as text. */
  public static String of(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return out.toString();
  }

  /** Writes text in quotes. */
  public static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
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
