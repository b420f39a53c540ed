package dev.cairn.cli.report;

import dev.cairn.federation.audit.CauseTree;
import dev.cairn.federation.audit.CauseTree.Step;
import java.util.List;

/** Why sources do not have the same artifacts, as a section of the page. */
final class ExplanationSection {
  private final AuditDocument document;
  private final HtmlText out;

  ExplanationSection(AuditDocument document, HtmlText out) {
    this.document = document;
    this.out = out;
  }

  void write() {
    String note = document.explanationNote();
    if (document.explanations().trees().isEmpty() && note.isEmpty()) {
      return;
    }
    out.raw("<section>\n<h2>What the differences come from</h2>\n");
    document.explanations().trees().forEach(this::tree);
    if (!note.isEmpty()) {
      out.raw("<p><bdi>").text(note).raw("</bdi></p>\n");
    }
    out.raw("</section>\n");
  }

  private void tree(CauseTree tree) {
    out.raw("<h3><bdi>").text(ExplanationWords.title(tree)).raw("</bdi></h3>\n");
    List<Step> causes = tree.causes();
    for (Step cause : causes.subList(0, Math.min(ExplanationWords.CAUSES_MAX, causes.size()))) {
      out.raw("<p><bdi>").text(ExplanationWords.cause(cause)).raw("</bdi></p>\n");
      out.raw("<div class=\"wide\">\n<table>\n<tr><th scope=\"col\">From the difference up</th>")
          .raw("<th scope=\"col\"><bdi>")
          .text("Left: " + tree.left())
          .raw("</bdi></th><th scope=\"col\"><bdi>")
          .text("Right: " + tree.right())
          .raw("</bdi></th></tr>\n");
      for (Step step : tree.chain(cause)) {
        out.raw("<tr><th scope=\"row\"><bdi>").text(step.place()).raw("</bdi></th>");
        side(ExplanationWords.held(step.leftKey(), step.leftMade()));
        side(ExplanationWords.held(step.rightKey(), step.rightMade()));
        out.raw("</tr>\n");
      }
      out.raw("</table>\n</div>\n");
    }
    if (causes.size() > ExplanationWords.CAUSES_MAX) {
      out.element(
          "p",
          Words.counted(causes.size() - ExplanationWords.CAUSES_MAX, "cause")
              + " more not told here.");
    }
    if (!tree.complete()) {
      out.raw("<p>Not everything was followed: a bound was met.</p>\n");
    }
  }

  private void side(String text) {
    out.raw("<td><code>").text(text).raw("</code></td>");
  }
}
