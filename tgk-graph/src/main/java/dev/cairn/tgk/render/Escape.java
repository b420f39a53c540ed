package dev.cairn.tgk.render;

import java.util.Locale;

/** Makes any text safe inside the notations that we write. Roles may hold any character at all. */
final class Escape {
  private Escape() {}

  /**
   * One line of plain text: control, format and separator characters, which could break the line or
   * steer a terminal, and backslashes become backslash escapes.
   */
  static String line(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (c == '\\') {
                out.append("\\\\");
              } else if (isUnsafe(c)) {
                out.append(String.format(Locale.ROOT, c > 0xffff ? "\\u{%x}" : "\\u%04x", c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.toString();
  }

  /** Inside a double-quoted string of the DOT language. */
  static String dot(String text) {
    return line(text).replace("\\", "\\\\").replace("\"", "\\\"");
  }

  /** Inside a double-quoted label of Mermaid, which reads {@code #code;} as a character. */
  static String mermaid(String text) {
    String line = line(text);
    StringBuilder out = new StringBuilder(line.length());
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if ("#\"&<>`;|[]{}()\\%*_~$".indexOf(c) >= 0) {
        out.append('#').append((int) c).append(';');
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static boolean isUnsafe(int c) {
    int type = Character.getType(c);
    return type == Character.CONTROL
        || type == Character.FORMAT
        || type == Character.SURROGATE
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }
}
