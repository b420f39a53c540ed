package dev.cairn.cli.command;

/** Makes text from outside safe to show. */
final class Text {
  private Text() {}

  /** The text on one line, without anything that a terminal would obey. */
  static String safe(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean unsafe =
          Character.isISOControl(c)
              || Character.getType(c) == Character.FORMAT
              || Character.getType(c) == Character.LINE_SEPARATOR
              || Character.getType(c) == Character.PARAGRAPH_SEPARATOR;
      out.append(unsafe ? '\ufffd' : c);
    }
    return out.toString();
  }
}
