package dev.cairn.cli.report;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.CheckResult;
import dev.cairn.federation.audit.Disagreement;
import dev.cairn.tgk.finding.Severity;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An audit as one page for people: HTML 5 that is well-formed XML too, without scripts, without
 * anything from elsewhere, and under a policy that forbids both. First the verdict, then where the
 * sources differ, drawn, then the sources, then every finding with what to do about it. No times
 * stand in it.
 */
public final class HtmlReport {
  /** Most findings that the page tells. */
  static final int FINDINGS_MAX = 1_000;

  /** Most places of findings that it tells, all together. */
  static final int PLACES_MAX = 10_000;

  /** Most characters of what was seen at a place. */
  static final int DETAIL_CHARACTERS_MAX = 8_000;

  /** Most logs told of one source. */
  static final int HEADS_MAX = 200;

  private final AuditDocument document;
  private final HtmlText out = new HtmlText();
  private int places;

  private HtmlReport(AuditDocument document) {
    this.document = document;
  }

  /** The page, ended by a line feed. */
  public static String of(AuditDocument document) {
    HtmlReport report = new HtmlReport(document);
    report.page();
    return report.out.toString();
  }

  private void page() {
    out.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
        .raw("<meta http-equiv=\"Content-Security-Policy\" content=\"")
        .text(HtmlStyle.policy())
        .raw("\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n")
        .raw("<meta name=\"referrer\" content=\"no-referrer\"/>\n")
        .element("title", "Audit: " + document.verdict())
        .raw("\n<style>")
        .raw(HtmlStyle.SHEET)
        .raw("</style>\n</head>\n<body>\n<main>\n");
    verdict();
    for (int i = 0; i < document.disagreements().size(); i++) {
      new DisagreementSection(document.disagreements().get(i), "differ" + (i + 1), out).write();
    }
    new ExplanationSection(document, out).write();
    sources();
    checks();
    findings();
    footer();
    out.raw("</main>\n</body>\n</html>\n");
  }

  private void verdict() {
    AuditReport report = document.report();
    out.raw("<header class=\"" + document.verdict() + "\">\n")
        .element("h1", Words.verdict(report.verdict()))
        .raw("\n<dl>\n");
    term("What", summary(report));
    term("Where", where(report));
    document.lagging().forEach(text -> term("Lag", text + "."));
    if (!report.notWhole().isEmpty()) {
      term("Not checked in full", document.limits());
    }
    worst(report)
        .forEach(
            finding -> {
              term("Why it matters", Advice.why(finding.kind()));
              term("What to do next", Advice.next(finding.kind()));
            });
    out.raw("</dl>\n</header>\n");
  }

  /** The first of the worst findings; none if there are none. */
  private static List<AuditFinding> worst(AuditReport report) {
    Severity worst = report.worst().orElse(null);
    return report.findings().stream()
        .filter(finding -> finding.severity() == worst)
        .limit(1)
        .toList();
  }

  private static String summary(AuditReport report) {
    TreeMap<Severity, Long> counts = new TreeMap<>(Collections.reverseOrder());
    report.findings().forEach(finding -> counts.merge(finding.severity(), 1L, Long::sum));
    StringBuilder text =
        new StringBuilder(Words.counted(report.sources().size(), "source"))
            .append(" audited, ")
            .append(Words.counted(report.findings().size(), "finding"));
    String join = ": ";
    for (Map.Entry<Severity, Long> count : counts.entrySet()) {
      text.append(join).append(count.getValue()).append(" of severity ");
      text.append(count.getKey().text());
      join = ", ";
    }
    return text.append('.').toString();
  }

  private String where(AuditReport report) {
    if (!document.disagreements().isEmpty()) {
      Disagreement first = document.disagreements().get(0);
      return first.left()
          + " and "
          + first.right()
          + " differ first at record "
          + first.first().index()
          + " of log "
          + first.first().origin()
          + ", logseq "
          + first.first().logseq()
          + ".";
    }
    return worst(report).stream()
        .flatMap(finding -> finding.places().stream())
        .findFirst()
        .map(place -> place.source() + ", " + place.where() + ".")
        .orElse("Nowhere.");
  }

  private void term(String name, String text) {
    out.element("dt", name).raw("\n<dd><bdi>").text(text).raw("</bdi></dd>\n");
  }

  private void sources() {
    out.raw("<section>\n<h2>Sources</h2>\n<div class=\"wide\">\n<table>\n")
        .raw("<caption>What was audited</caption>\n<tr><th scope=\"col\">Source</th>")
        .raw("<th scope=\"col\">Records</th><th scope=\"col\">State root</th></tr>\n");
    document
        .states()
        .forEach(
            (name, state) -> {
              Bytes root = state == null ? null : state.stateRoot();
              out.raw("<tr>");
              cell(name);
              out.element("td", state == null ? "not opened" : "" + state.records());
              code(root == null ? "unknown" : root.toHex());
              out.raw("</tr>\n");
            });
    out.raw("</table>\n</div>\n");
    document.states().forEach(this::heads);
    out.raw("</section>\n");
  }

  private void heads(String name, AuditReport.@Nullable Source state) {
    if (state == null || state.heads().isEmpty()) {
      return;
    }
    out.raw("<details open=\"open\">\n<summary>Logs of <bdi>")
        .text(name)
        .raw("</bdi></summary>\n<div class=\"wide\">\n<table>\n<tr><th scope=\"col\">Log</th>")
        .raw("<th scope=\"col\">Records</th><th scope=\"col\">Last logseq</th>")
        .raw("<th scope=\"col\">Root</th></tr>\n");
    state.heads().stream().limit(HEADS_MAX).forEach(this::head);
    out.raw("</table>\n</div>\n");
    more(state.heads().size() - HEADS_MAX, "log");
    out.raw("</details>\n");
  }

  private void head(LogHead head) {
    out.raw("<tr>");
    code(head.origin().toString());
    out.element("td", "" + head.treeSize());
    out.element("td", Long.toUnsignedString(head.lastLogseq()));
    code(head.root().toHex());
    out.raw("</tr>\n");
  }

  private void checks() {
    out.raw("<section>\n<h2>Checks</h2>\n<div class=\"wide\">\n<table>\n")
        .raw("<caption>What was looked at</caption>\n<tr><th scope=\"col\">Check</th>")
        .raw("<th scope=\"col\">Outcome</th><th scope=\"col\">Looked at</th>")
        .raw("<th scope=\"col\">Places found</th></tr>\n");
    for (CheckResult each : document.report().totals()) {
      out.raw("<tr>");
      cell(each.check().text());
      cell(each.outcome().text() + (each.note().isEmpty() ? "" : ": " + each.note()));
      cell(Words.looked(each));
      out.element("td", "" + each.findings()).raw("</tr>\n");
    }
    out.raw("</table>\n</div>\n</section>\n");
  }

  private void findings() {
    List<AuditFinding> findings = document.report().findings();
    out.raw("<section>\n<h2>Findings</h2>\n");
    if (findings.isEmpty()) {
      out.raw("<p>None.</p>\n");
    }
    findings.stream().limit(FINDINGS_MAX).forEach(this::finding);
    more(findings.size() - FINDINGS_MAX, "finding");
    out.raw("</section>\n");
  }

  private void finding(AuditFinding finding) {
    KeptFindings kept = document.kept();
    out.raw("<article class=\"" + finding.severity().text() + "\">\n<h3><bdi>")
        .text(finding.message())
        .raw("</bdi></h3>\n<p class=\"quiet\">")
        .text(finding.kind().text() + ", severity " + finding.severity().text() + ", finding ")
        .element("code", finding.id().shortText())
        .text(kept == null ? "" : ", " + AuditDocument.text(kept.of(finding)))
        .raw("</p>\n<dl>\n");
    term("What", sentence(finding.kind().statement()));
    term("About", finding.subject());
    term("Why it matters", Advice.why(finding.kind()));
    term("What to do next", Advice.next(finding.kind()));
    out.raw("</dl>\n");
    places(finding);
    out.raw("</article>\n");
  }

  private void places(AuditFinding finding) {
    int shown = Math.min(finding.places().size(), PLACES_MAX - places);
    places += shown;
    if (shown > 0) {
      out.raw("<div class=\"wide\">\n<table>\n<caption>Where it was seen</caption>\n<tr>")
          .raw("<th scope=\"col\">Source</th><th scope=\"col\">Place</th>")
          .raw("<th scope=\"col\">What was seen</th></tr>\n");
      finding.places().stream().limit(shown).forEach(this::place);
      out.raw("</table>\n</div>\n");
    }
    more(finding.count() - shown, "place");
  }

  private void place(Place place) {
    out.raw("<tr>");
    cell(place.source());
    out.raw("<td><bdi>").text(place.where()).raw("</bdi>");
    if (place.logseq() != null) {
      out.text(", logseq " + Long.toUnsignedString(place.logseq()));
    }
    if (place.canonicalId() != null) {
      out.raw("<br/>").element("code", place.canonicalId().toString());
    }
    out.raw("</td><td><pre>")
        .lines(HtmlText.cut(Words.seen(place), DETAIL_CHARACTERS_MAX))
        .raw("</pre></td></tr>\n");
  }

  private void more(long count, String thing) {
    if (count > 0) {
      out.element("p", Words.counted(count, thing) + " more not shown here.").raw("\n");
    }
  }

  private void footer() {
    out.raw("<footer>\n<p class=\"quiet\">Made by <bdi>")
        .text(document.version())
        .raw("</bdi>. Receipts were ")
        .text(document.reexecuted() ? "run again" : "not run again")
        .raw(". The same audit of the same sources gives this page byte for byte.")
        .raw(" cairn audit --report json gives all of it to programs.</p>\n</footer>\n");
  }

  private void cell(String text) {
    out.raw("<td><bdi>").text(text).raw("</bdi></td>");
  }

  private void code(String text) {
    out.raw("<td>").element("code", text).raw("</td>");
  }

  private static String sentence(String statement) {
    return statement.substring(0, 1).toUpperCase(Locale.ROOT) + statement.substring(1) + ".";
  }
}
