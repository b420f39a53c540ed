package dev.cairn.cli.report;

/** The few elements that drawings are made of. Looks are classes, as the page allows no styles. */
final class Svg {
  private Svg() {}

  /**
   * Begins a drawing, with a title and a description for those who do not see it.
   *
   * @param id begins the ids of elements, which must be the page's only ones
   */
  static void open(
      HtmlText out, String id, int width, int height, String title, String description) {
    out.raw("<svg viewBox=\"0 0 " + width + " " + height + "\" width=\"" + width + "\" height=\"")
        .number(height)
        .raw("\" role=\"img\" aria-labelledby=\"" + id + "-title " + id + "-description\">\n")
        .raw("<title id=\"" + id + "-title\">")
        .text(title)
        .raw("</title>\n<desc id=\"" + id + "-description\">")
        .text(description)
        .raw("</desc>\n");
  }

  static void box(HtmlText out, int x, int y, int width, int height, String className) {
    out.raw(
        "<rect class=\""
            + className
            + "\" x=\""
            + x
            + "\" y=\""
            + y
            + "\" width=\""
            + width
            + "\" height=\""
            + height
            + "\" rx=\"4\"/>\n");
  }

  static void line(HtmlText out, int x1, int y1, int x2, int y2, String className) {
    out.raw(
        "<line class=\""
            + className
            + "\" x1=\""
            + x1
            + "\" y1=\""
            + y1
            + "\" x2=\""
            + x2
            + "\" y2=\""
            + y2
            + "\"/>\n");
  }

  /** Text whose middle is at x. */
  static void text(HtmlText out, int x, int y, String className, String text) {
    out.raw("<text class=\"" + className + "\" x=\"" + x + "\" y=\"" + y + "\">")
        .text(text)
        .raw("</text>\n");
  }
}
