package dev.cairn.cli.report;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.time.HybridClock;
import dev.cairn.federation.audit.Disagreement;
import dev.cairn.federation.audit.Disagreement.End;
import dev.cairn.federation.audit.Disagreement.Fork;
import dev.cairn.federation.audit.Disagreement.Link;
import dev.cairn.federation.audit.Disagreement.LogPair;
import dev.cairn.federation.audit.Disagreement.Node;
import dev.cairn.federation.audit.Disagreement.Subtree;
import dev.cairn.federation.audit.Disagreement.Surroundings;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How two sources differ, as a section of the page: the first record, two drawings, tables. */
final class DisagreementSection {
  private final Disagreement told;
  private final String id;
  private final HtmlText out;

  /**
   * A section.
   *
   * @param id begins the ids of elements, which must be the page's only ones
   */
  DisagreementSection(Disagreement told, String id, HtmlText out) {
    this.told = told;
    this.id = id;
    this.out = out;
  }

  void write() {
    out.raw("<section>\n<h2>Where <bdi>")
        .text(told.left())
        .raw("</bdi> and <bdi>")
        .text(told.right())
        .raw("</bdi> differ</h2>\n");
    records();
    logs();
    out.raw("<h3>Down the trees of the log</h3>\n<figure>\n<div class=\"wide\">\n");
    LogTreeDrawing.draw(told, id + "-log", out);
    out.raw("</div>\n<figcaption>= the same records in both sources; ≠ not the same. The halves ")
        .raw("that agree need not be read.</figcaption>\n</figure>\n");
    descent();
    lineage(told.lineage());
    out.raw("</section>\n");
  }

  private void records() {
    out.raw("<div class=\"wide\">\n<table>\n<caption>The first record that differs: record ")
        .number(told.first().index())
        .raw(" of log ")
        .element("code", told.first().origin().toString())
        .raw("</caption>\n");
    headings("", "Left: " + told.left(), "Right: " + told.right());
    LogRecord left = told.leftRecord();
    LogRecord right = told.rightRecord();
    row("Kind", kind(left), kind(right));
    row("Logseq", logseq(left), logseq(right));
    row("Canonical id", key(left), key(right));
    row("Type", type(left), type(right));
    row("Payload", payload(left), payload(right));
    row("Clock", clock(left), clock(right));
    out.raw("</table>\n</div>\n");
  }

  private static @Nullable String kind(@Nullable LogRecord record) {
    return record == null ? null : Words.kind(record.kind());
  }

  private static @Nullable String logseq(@Nullable LogRecord record) {
    return record == null ? null : Long.toUnsignedString(record.logseq());
  }

  private static @Nullable String key(@Nullable LogRecord record) {
    return record == null ? null : record.id().toString();
  }

  private static @Nullable String type(@Nullable LogRecord record) {
    return record == null ? null : record.tag() == null ? "none" : record.tag().text();
  }

  private static @Nullable String payload(@Nullable LogRecord record) {
    return record == null
        ? null
        : Words.counted(record.payloadLength(), "byte") + ", " + record.payloadDigest();
  }

  private static @Nullable String clock(@Nullable LogRecord record) {
    return record == null
        ? null
        : Instant.ofEpochMilli(HybridClock.millisOf(record.hlc()))
            + ", counter "
            + HybridClock.counterOf(record.hlc());
  }

  private void row(String name, @Nullable String left, @Nullable String right) {
    boolean same = left != null && left.equals(right);
    out.raw("<tr><th scope=\"row\">").text(name).raw("</th>");
    for (String side : new @Nullable String[] {left, right}) {
      out.raw("<td><bdi" + (same ? "" : " class=\"bad\"") + ">")
          .text(side == null ? "nothing held" : side)
          .raw("</bdi></td>");
    }
    out.raw("</tr>\n");
  }

  private void headings(String... names) {
    out.raw("<tr>");
    for (String name : names) {
      if (name.isEmpty()) {
        out.raw("<td></td>");
      } else {
        out.raw("<th scope=\"col\"><bdi>").text(name).raw("</bdi></th>");
      }
    }
    out.raw("</tr>\n");
  }

  private void logs() {
    out.raw("<div class=\"wide\">\n<table>\n<caption>Logs that are not the same; the same are ")
        .text(Words.counted(told.logsEqual(), "other"))
        .raw("</caption>\n");
    headings("Log", "Records left", "Records right", "The same from the start", "So");
    for (LogPair log : told.logs()) {
      out.raw("<tr>");
      code(log.origin().toString());
      out.element("td", "" + log.leftSize())
          .element("td", "" + log.rightSize())
          .element("td", "" + log.equal())
          .element("td", Words.standing(log))
          .raw("</tr>\n");
    }
    out.raw("</table>\n</div>\n");
    if (told.logsLeftOut() > 0) {
      out.element("p", Words.counted(told.logsLeftOut(), "log") + " more not shown here.");
    }
  }

  private void descent() {
    List<Fork> forks = told.descent();
    if (forks.isEmpty()) {
      return;
    }
    out.raw("<details open=\"open\">\n<summary>The same as a table</summary>\n")
        .raw("<div class=\"wide\">\n<table>\n");
    headings("Records", "Left hash", "Right hash", "");
    for (Fork fork : forks) {
      subtree(fork.lower());
      subtree(fork.upper());
    }
    out.raw("</table>\n</div>\n</details>\n");
  }

  private void subtree(Subtree half) {
    out.raw("<tr>").element("td", Words.range(half.from(), half.to()));
    code(hash(half.left()));
    code(hash(half.right()));
    out.raw("<td class=\"" + (half.agrees() ? "good" : "bad") + "\">")
        .text(half.agrees() ? "= the same" : "≠ differ")
        .raw("</td></tr>\n");
  }

  private static String hash(@Nullable Bytes hash) {
    return hash == null ? "nothing held" : hash.toHex();
  }

  private void lineage(@Nullable Surroundings lineage) {
    out.raw("<h3>Around the differing artifacts</h3>\n");
    if (lineage == null) {
      out.raw("<p>The lineage cannot be read.</p>\n");
      return;
    }
    if (lineage.edges().isEmpty()) {
      out.raw("<p>No edge leads to or from them.</p>\n");
    }
    out.raw("<figure>\n<div class=\"wide\">\n");
    LineageDrawing.draw(lineage, id + "-lineage", out);
    out.raw("</div>\n<figcaption>Causes on the left, effects on the right; rounded boxes are ")
        .raw("edges. Heavy borders: named by the records above. Green: live in both sources; red: ")
        .raw("in one; dashed: in neither.")
        .text(lineage.complete() ? "" : " There is more than is drawn.")
        .raw("</figcaption>\n</figure>\n<details open=\"open\">\n")
        .raw("<summary>The same as a table</summary>\n<div class=\"wide\">\n<table>\n");
    headings("Artifact or edge", "Type", "Live", "Made from", "Gave");
    lineage.artifacts().forEach(this::artifact);
    lineage.edges().forEach(this::edge);
    out.raw("</table>\n</div>\n</details>\n");
  }

  private void artifact(Node node) {
    out.raw("<tr>");
    code(node.key().toString());
    out.element("td", node.type() == null ? "none" : node.type())
        .element("td", Words.presence(node.presence()))
        .raw("<td></td><td></td></tr>\n");
  }

  private void edge(Link link) {
    out.raw("<tr>");
    code(link.key().toString());
    out.element("td", link.type() + " (edge)").element("td", Words.presence(link.presence()));
    ends(link.from());
    ends(link.to());
    out.raw("</tr>\n");
  }

  private void ends(List<End> ends) {
    String text =
        ends.stream()
            .map(
                end ->
                    (end.role() == null ? "" : end.role() + ": ")
                        + end.key().digest().toHex().substring(0, 16)
                        + "…")
            .collect(Collectors.joining("\n"));
    out.raw("<td><pre>").lines(text).raw("</pre></td>");
  }

  private void code(String text) {
    out.raw("<td>").element("code", text).raw("</td>");
  }
}
