package dev.cairn.pel.operator.cel;

/** The library's words as they may stand in a message: one line, bounded. */
final class Words {
  private static final int CHARS_MAX = 200;

  private Words() {}

  static String printable(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length() && out.length() < CHARS_MAX; i++) {
      char c = text.charAt(i);
      out.append(c >= 0x20 && c <= 0x7e ? c : ' ');
    }
    return out.toString().strip();
  }
}
