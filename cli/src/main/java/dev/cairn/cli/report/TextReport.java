package dev.cairn.cli.report;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditReport.Divergence;
import dev.cairn.federation.audit.CauseTree;
import dev.cairn.federation.audit.CheckResult;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.federation.audit.DifferenceClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An audit for people at a terminal, as lines: the verdict first, then what was found, where, why
 * it matters and what to do next; at the end what was checked, and what was not. One owner.
 */
public final class TextReport {
  private final AuditDocument document;
  private final AuditReport report;
  private final List<String> lines = new ArrayList<>();

  private TextReport(AuditDocument document) {
    this.document = document;
    this.report = document.report();
  }

  /** The lines. Names and texts out of a source stand in them as they are. */
  public static List<String> of(AuditDocument document) {
    TextReport text = new TextReport(document);
    text.verdict();
    text.sources();
    text.divergence();
    text.explanations();
    document.report().findings().forEach(text::finding);
    text.kept();
    Reproduction reproduction = document.reproduction();
    if (reproduction != null) {
      text.line("reproduce " + reproduction.text());
    }
    document.lagging().forEach(each -> text.line("lag       " + each));
    text.checks();
    return text.lines;
  }

  private void line(String text) {
    lines.add(text);
  }

  private void verdict() {
    line(
        (report.verified()
                ? "verified"
                : "NOT verified ("
                    + document.verdict()
                    + "): "
                    + counted(report.findings().size(), "finding"))
            + (document.lagging().isEmpty() ? "" : ", " + String.join(", ", document.lagging()))
            + (document.limits().isEmpty()
                ? ""
                : ", not checked in full: " + String.join(", ", document.notWhole())));
  }

  private void sources() {
    for (AuditReport.Source source : report.sources()) {
      Bytes root = source.stateRoot();
      line(
          "source    "
              + source.source()
              + ": "
              + counted(source.records(), "record")
              + ", state root "
              + (root == null ? "unknown" : root.toHex()));
    }
  }

  private void divergence() {
    Divergence divergence = report.firstDivergence();
    if (divergence == null) {
      return;
    }
    line(
        "diverges  first at logseq "
            + divergence.logseq()
            + ", record "
            + divergence.index()
            + " of "
            + divergence.origin()
            + ", "
            + divergence.canonicalId());
    DifferenceClass difference = divergence.difference();
    if (difference != null) {
      line("  class   " + difference.text() + ": " + difference.statement());
      if (!divergence.differs().isEmpty()) {
        line("  differs " + divergence.differs());
      }
    }
    line("  left    " + divergence.left());
    line("  right   " + divergence.right());
  }

  private void explanations() {
    for (CauseTree tree : document.explanations().trees()) {
      line("explains  " + ExplanationWords.title(tree));
      ExplanationWords.lines(tree).forEach(each -> line("  " + each));
    }
    if (!document.explanationNote().isEmpty()) {
      line("explains  " + document.explanationNote());
    }
  }

  private void finding(AuditFinding finding) {
    KeptFindings kept = document.kept();
    line(
        "finding   "
            + finding.id().shortText()
            + "  "
            + finding.kind().text()
            + ": "
            + finding.message()
            + (finding.count() > 1 ? " (" + finding.count() + " times)" : "")
            + (kept == null ? "" : ", " + kept.of(finding).name().toLowerCase(Locale.ROOT)));
    for (Place place : finding.places()) {
      line(
          "  in "
              + place.source()
              + ", "
              + place.where()
              + ": "
              + AuditDocument.seen(place).replace('\n', ' '));
    }
    line("  why  " + Advice.why(finding.kind()));
    line("  next " + Advice.next(finding.kind()));
  }

  private void kept() {
    KeptFindings kept = document.kept();
    if (kept != null) {
      line(
          "kept      in "
              + kept.store()
              + ": "
              + counted(kept.written().newFindings().size(), "new finding")
              + ", "
              + counted(kept.written().newOccurrences(), "new place")
              + ", "
              + counted(kept.written().refreshed() + kept.written().unchanged(), "place")
              + " observed again");
    }
  }

  private void checks() {
    for (CheckResult each : report.totals()) {
      if (each.outcome() != Outcome.LEFT_OUT) {
        line("checked   " + AuditDocument.told(each));
      }
    }
    if (!document.limits().isEmpty()) {
      line("not whole " + document.limits());
    }
  }

  private static String counted(long count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }
}
