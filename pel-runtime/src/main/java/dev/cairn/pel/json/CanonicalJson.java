package dev.cairn.pel.json;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/**
 * The canonical form of JSON: RFC 8785 (JCS). No white space, names in the order of their UTF-16
 * units, the shortest escapes, numbers as ECMAScript prints the IEEE 754 double that they mean.
 *
 * <p>Two kinds of numbers are refused, since the canonical form would say something else: those
 * beyond the greatest double, and integers that the canonical form would change, such as
 * 9007199254740993. Fractions are rounded to the nearest double, as the RFC says.
 */
public final class CanonicalJson {
  private CanonicalJson() {}

  /** The canonical bytes of a value. */
  public static Bytes encode(Json value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return Bytes.utf8(out.toString());
  }

  /** The canonical form of a number literal. */
  public static String number(String literal) {
    String canonical = EcmaNumber.format(literal);
    if (!literal.contains(".") && !literal.contains("e") && !literal.contains("E")) {
      EcmaNumber.demandSame(literal, canonical);
    }
    return canonical;
  }

  private static void write(Json value, StringBuilder out) {
    if (value instanceof Json.Null) {
      out.append("null");
    } else if (value instanceof Json.Bool bool) {
      out.append(bool.value());
    } else if (value instanceof Json.Num number) {
      out.append(number(number.literal()));
    } else if (value instanceof Json.Text text) {
      writeText(text.value(), out);
    } else if (value instanceof Json.Array array) {
      writeArray(array, out);
    } else if (value instanceof Json.Dict object) {
      writeObject(object, out);
    }
  }

  private static void writeArray(Json.Array array, StringBuilder out) {
    out.append('[');
    for (Iterator<Json> items = array.items().iterator(); items.hasNext(); ) {
      write(items.next(), out);
      if (items.hasNext()) {
        out.append(',');
      }
    }
    out.append(']');
  }

  private static void writeObject(Json.Dict object, StringBuilder out) {
    out.append('{');
    Iterator<Map.Entry<String, Json>> members = object.members().entrySet().iterator();
    while (members.hasNext()) {
      Map.Entry<String, Json> member = members.next();
      writeText(member.getKey(), out);
      out.append(':');
      write(member.getValue(), out);
      if (members.hasNext()) {
        out.append(',');
      }
    }
    out.append('}');
  }

  /** RFC 8785 section 3.2.2.2. */
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

  static MalformedException refused(String literal, String why) {
    String shown = literal.length() > 40 ? literal.substring(0, 40) + "..." : literal;
    return new MalformedException("JSON number " + shown + ": " + why);
  }
}
