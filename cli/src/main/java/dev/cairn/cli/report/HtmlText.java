package dev.cairn.cli.report;

import java.util.Locale;

/**
 * Text that came from anywhere, as characters of an HTML document. One owner.
 *
 * <p>What is written is well formed as HTML and as XML. Characters that would not show, or that
 * change how others show (controls, directional overrides, line separators, noncharacters, halves
 * of a surrogate pair), are written out as {@code \\u{202E}}, so that what is seen is what was
 * there.
 */
final class HtmlText {
  private final StringBuilder out = new StringBuilder();

  /** Markup, as it is. */
  HtmlText raw(String markup) {
    out.append(markup);
    return this;
  }

  /** Text. */
  HtmlText text(String text) {
    text.codePoints().forEach(this::append);
    return this;
  }

  /** Text in which line feeds stay: for elements that show them. */
  HtmlText lines(String text) {
    text.codePoints()
        .forEach(
            point -> {
              if (point == '\n') {
                out.append('\n');
              } else {
                append(point);
              }
            });
    return this;
  }

  /** A number. */
  HtmlText number(long number) {
    out.append(number);
    return this;
  }

  /** An element that holds text only. */
  HtmlText element(String name, String text) {
    return raw("<" + name + ">").text(text).raw("</" + name + ">");
  }

  /** An element of a class that holds text only. */
  HtmlText element(String name, String className, String text) {
    return raw("<" + name + " class=\"" + className + "\">").text(text).raw("</" + name + ">");
  }

  private void append(int point) {
    switch (point) {
      case '&' -> out.append("&amp;");
      case '<' -> out.append("&lt;");
      case '>' -> out.append("&gt;");
      case '"' -> out.append("&quot;");
      case '\'' -> out.append("&#39;");
      default -> {
        if (isShown(point)) {
          out.appendCodePoint(point);
        } else {
          out.append("\\u{")
              .append(Integer.toHexString(point).toUpperCase(Locale.ROOT))
              .append('}');
        }
      }
    }
  }

  private static boolean isShown(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.PRIVATE_USE ->
          false;
      default -> true;
    };
  }

  /** At most so many characters of a text, with a sign that there was more. */
  static String cut(String text, int charactersMax) {
    return text.codePointCount(0, text.length()) <= charactersMax
        ? text
        : text.substring(0, text.offsetByCodePoints(0, charactersMax - 1)) + "…";
  }

  /** The document. */
  @Override
  public String toString() {
    return out.toString();
  }
}
