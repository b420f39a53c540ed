package dev.cairn.tgk.json;

import dev.cairn.asl.error.MalformedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON text, strictly: no name twice in an object, integers of 64 bits only, no lone
 * surrogate, nothing behind the value, bounded depth. A broken grammar is a {@link
 * MalformedException} with line and column. Used once.
 *
 * <p>Values are {@code Map<String, Object>} in the order written, {@code List<Object>}, {@link
 * String}, {@link Long}, {@link Boolean} and null.
 */
public final class JsonParser {
  /** How deep arrays and objects may nest. */
  public static final int DEPTH_MAX = 64;

  private final String format;
  private final String text;
  private int at;

  private JsonParser(String format, String text) {
    this.format = format;
    this.text = text;
  }

  /**
   * Reads all of {@code text} as one value.
   *
   * @param format what is being read, for messages
   */
  public static @Nullable Object parse(String format, String text) {
    JsonParser parser = new JsonParser(format, text);
    Object value = parser.value(0);
    parser.skipSpace();
    if (parser.at < text.length()) {
      throw parser.malformed("something behind the value");
    }
    return value;
  }

  private @Nullable Object value(int depth) {
    if (depth > DEPTH_MAX) {
      throw malformed("nested deeper than " + DEPTH_MAX);
    }
    skipSpace();
    char c = peek();
    return switch (c) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> {
        if (c == '-' || isDigit(c)) {
          yield number();
        }
        throw malformed(at == text.length() ? "ends too early" : "no JSON value begins here");
      }
    };
  }

  private Map<String, @Nullable Object> object(int depth) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    at++;
    skipSpace();
    if (peek() == '}') {
      at++;
      return members;
    }
    while (true) {
      skipSpace();
      if (peek() != '"') {
        throw malformed("a name in quotes must stand here");
      }
      int start = at;
      String name = string();
      if (members.containsKey(name)) {
        at = start;
        throw malformed("this name stands twice");
      }
      skipSpace();
      take(':');
      members.put(name, value(depth + 1));
      skipSpace();
      if (peek() == '}') {
        at++;
        return members;
      }
      take(',');
    }
  }

  private List<@Nullable Object> array(int depth) {
    List<@Nullable Object> items = new ArrayList<>();
    at++;
    skipSpace();
    if (peek() == ']') {
      at++;
      return items;
    }
    while (true) {
      items.add(value(depth + 1));
      skipSpace();
      if (peek() == ']') {
        at++;
        return items;
      }
      take(',');
    }
  }

  /** Reads a string in quotes at {@code from}, for other grammars that have them. */
  public static Quoted quoted(String format, String text, int from) {
    JsonParser parser = new JsonParser(format, text);
    parser.at = from;
    return new Quoted(parser.string(), parser.at);
  }

  /**
   * A string that was read.
   *
   * @param value what it means
   * @param end where it ends in the text
   */
  public record Quoted(String value, int end) {}

  private String string() {
    StringBuilder out = new StringBuilder();
    int start = at++;
    while (true) {
      if (at == text.length()) {
        at = start;
        throw malformed("a quote that is never closed");
      }
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return whole(out, start);
      }
      if (c < 0x20) {
        throw malformed("a control character in quotes; escape it");
      }
      at++;
      out.append(c == '\\' ? escape() : c);
    }
  }

  private String whole(CharSequence read, int start) {
    for (int i = 0; i < read.length(); i++) {
      char c = read.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < read.length()
          && Character.isLowSurrogate(read.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        at = start;
        throw malformed("half a character in quotes");
      }
    }
    return read.toString();
  }

  private char escape() {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> {
        at--;
        throw malformed("no such escape");
      }
    };
  }

  private char unicode() {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit = hexDigit(peek());
      if (digit < 0) {
        throw malformed("four hex digits must stand here");
      }
      value = value << 4 | digit;
      at++;
    }
    return (char) value;
  }

  private static int hexDigit(char c) {
    if (isDigit(c)) {
      return c - '0';
    }
    char lower = (char) (c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }

  private Long number() {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    int digits = at;
    while (isDigit(peek())) {
      at++;
    }
    char next = peek();
    boolean zeros = text.charAt(digits == text.length() ? start : digits) == '0' && at - digits > 1;
    if (at == digits || zeros || next == '.' || next == 'e' || next == 'E') {
      at = start;
      throw malformed("not an integer");
    }
    try {
      return Long.parseLong(text, start, at, 10);
    } catch (NumberFormatException e) {
      at = start;
      throw malformed("not an integer of 64 bits");
    }
  }

  private @Nullable Object word(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) {
      throw malformed("no JSON value begins here");
    }
    at += word.length();
    return value;
  }

  private void take(char wanted) {
    if (peek() != wanted) {
      throw malformed("'" + wanted + "' must stand here");
    }
    at++;
  }

  /** The next character; 0 at the end. */
  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private MalformedException malformed(String what) {
    return new MalformedException(format + ": " + place(text, at) + ": " + what);
  }

  /** Line and column of a character, counted from 1; of a text of one line, the column alone. */
  public static String place(String text, int at) {
    int line = 1;
    int start = 0;
    for (int i = 0; i < at; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        start = i + 1;
      }
    }
    int column = text.codePointCount(start, at) + 1;
    return text.indexOf('\n') < 0 ? "column " + column : "line " + line + ", column " + column;
  }
}
