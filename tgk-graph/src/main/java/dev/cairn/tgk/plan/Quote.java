package dev.cairn.tgk.plan;

import java.util.Locale;

/** Shows foreign text in messages: quoted, printable ASCII, cut. */
final class Quote {
  private static final int CHARS_MAX = 80;

  private Quote() {}

  static String of(String text) {
    StringBuilder out = new StringBuilder("'");
    for (int i = 0; i < text.length() && i < CHARS_MAX; i++) {
      char c = text.charAt(i);
      if (c >= 0x20 && c <= 0x7e) {
        out.append(c);
      } else {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
    }
    return out.append(text.length() > CHARS_MAX ? "...'" : "'").toString();
  }
}
