package dev.cairn.tgk.plan;

import java.util.Comparator;

/**
 * Which texts are meant: one, or all that begin so. The empty text, whole, stands for absence.
 *
 * @param text the text or its beginning
 * @param beginning true if any text that begins so is meant
 */
public record TextPattern(String text, boolean beginning) implements Comparable<TextPattern> {
  /** Longest text, in characters. */
  public static final int CHARS_MAX = 4096;

  private static final Comparator<TextPattern> ORDER =
      Comparator.comparing(TextPattern::text).thenComparing(TextPattern::beginning);

  public TextPattern {
    if (text.length() > CHARS_MAX) {
      throw new IllegalArgumentException(
          "a text of " + text.length() + " characters, more than " + CHARS_MAX);
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean paired =
          Character.isHighSurrogate(c)
              ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
              : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
      if (Character.isSurrogate(c) && !paired) {
        throw new IllegalArgumentException("a text with half a character in it");
      }
    }
  }

  /** Exactly this text. */
  public static TextPattern exactly(String text) {
    return new TextPattern(text, false);
  }

  /** Any text that begins so. */
  public static TextPattern beginning(String text) {
    return new TextPattern(text, true);
  }

  boolean accepts(String candidate) {
    return beginning ? candidate.startsWith(text) : candidate.equals(text);
  }

  /** By text, the whole one first. */
  @Override
  public int compareTo(TextPattern other) {
    return ORDER.compare(this, other);
  }
}
