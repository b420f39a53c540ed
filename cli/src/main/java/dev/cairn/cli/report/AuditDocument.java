package dev.cairn.cli.report;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.audit.AuditCheck;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditReport.Divergence;
import dev.cairn.federation.audit.AuditReport.Lag;
import dev.cairn.federation.audit.CauseTrees;
import dev.cairn.federation.audit.CheckResult;
import dev.cairn.federation.audit.DifferenceClass;
import dev.cairn.federation.audit.Disagreement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that a report of an audit tells.
 *
 * @param report what the audit found
 * @param sources what the user asked to audit, in the order given
 * @param version of the program
 * @param kept what a store of findings made of it; null if none was named
 * @param disagreements how the first source and others differ, those that do
 * @param explanations what the differences come from
 * @param reproduction what became of the file that is to show a finding; null if none was asked
 */
public record AuditDocument(
    AuditReport report,
    List<String> sources,
    String version,
    @Nullable KeptFindings kept,
    List<Disagreement> disagreements,
    CauseTrees explanations,
    @Nullable Reproduction reproduction) {
  public AuditDocument {
    sources = List.copyOf(sources);
    disagreements = List.copyOf(disagreements);
  }

  /** The state of each source, in the order asked; null for one that could not be opened. */
  Map<String, AuditReport.@Nullable Source> states() {
    Map<String, AuditReport.@Nullable Source> states = new LinkedHashMap<>();
    sources.forEach(name -> states.put(name, null));
    report.sources().forEach(source -> states.put(source.source(), source));
    return states;
  }

  /** True if every live receipt was run again. */
  boolean reexecuted() {
    return report.notWhole().stream().noneMatch(each -> each.check() == AuditCheck.RECEIPTS);
  }

  /** Names of the checks that were not made in full. */
  public List<String> notWhole() {
    return report.notWhole().stream().map(each -> each.check().text()).toList();
  }

  /** What was not checked in full, and why, for people; empty if nothing was left. */
  public String limits() {
    Map<String, List<String>> checks = new LinkedHashMap<>();
    for (CheckResult each : report.notWhole()) {
      String how =
          each.outcome().text().replace('-', ' ')
              + (each.note().isEmpty() ? "" : " (" + each.note() + ")");
      checks.computeIfAbsent(how, first -> new ArrayList<>()).add(each.check().text());
    }
    return checks.entrySet().stream()
        .map(same -> String.join(", ", same.getValue()) + " " + same.getKey())
        .collect(Collectors.joining("; "));
  }

  /** A check with what it looked at and how much it found, for people. */
  public static String told(CheckResult result) {
    return result.check().text()
        + ": "
        + Words.looked(result)
        + (result.findings() == 0
            ? ""
            : "; findings at " + Words.counted(result.findings(), "place"));
  }

  /** What was seen at a place, for people: of a difference its class first. */
  public static String seen(Place place) {
    return Words.seen(place);
  }

  /** Which sources lag, for people: one line each; none if none does. */
  public List<String> lagging() {
    Map<String, List<Lag>> bySource = new LinkedHashMap<>();
    for (Lag lag : report.lags()) {
      bySource.computeIfAbsent(lag.source(), each -> new ArrayList<>()).add(lag);
    }
    List<String> lines = new ArrayList<>();
    bySource.forEach(
        (source, lags) ->
            lines.add(
                source
                    + " lags behind by "
                    + Words.records(
                        lags.stream().mapToLong(Lag::behind).reduce(0, AuditReport::sum))
                    + " of "
                    + Words.counted(lags.size(), "log")));
    return lines;
  }

  /** What is not explained, and why, for people; empty if there is nothing to say. */
  public String explanationNote() {
    return explanations.leftOut() == 0
        ? explanations.note()
        : Words.counted(explanations.leftOut(), "contradicted run") + " more not explained here";
  }

  /** The verdict's name as it is written everywhere. */
  public String verdict() {
    return report.verdict().name().toLowerCase(Locale.ROOT);
  }

  /** The document that all other forms are made of. */
  public JsonObject json() {
    JsonArray told = new JsonArray();
    states()
        .forEach(
            (name, state) -> {
              Bytes root = state == null ? null : state.stateRoot();
              told.add(
                  new JsonObject()
                      .add("source", name)
                      .add("stateRoot", root == null ? null : root.toHex())
                      .add("records", state == null ? 0 : state.records())
                      .add("heads", heads(state))
                      .add("checks", checks(name)));
            });
    JsonArray findings = new JsonArray();
    report.findings().forEach(finding -> findings.add(json(finding)));
    JsonObject document =
        new JsonObject()
            .add("verified", report.verified())
            .add("verdict", verdict())
            .add("complete", report.notWhole().isEmpty())
            .addStrings("notWhole", notWhole())
            .add("checks", checks(report.totals()))
            .add("sources", told)
            .add("firstDivergence", json(report.firstDivergence()))
            .add("lags", lags())
            .add("findings", findings)
            .add("disagreements", DisagreementJson.of(disagreements))
            .add("explanations", ExplanationJson.of(explanations.trees()))
            .add("explanationNote", explanationNote().isEmpty() ? null : explanationNote());
    if (reproduction != null) {
      document.add("reproduction", reproduction.json());
    }
    if (kept != null) {
      document.add("kept", json(kept));
    }
    return document;
  }

  private JsonArray lags() {
    JsonArray lags = new JsonArray();
    report
        .lags()
        .forEach(
            lag ->
                lags.add(
                    new JsonObject()
                        .add("source", lag.source())
                        .add("ahead", lag.ahead())
                        .addText("origin", lag.origin())
                        .addU64("records", lag.records())
                        .addU64("aheadRecords", lag.aheadRecords())
                        .addU64("behind", lag.behind())
                        .addU64("logseq", lag.logseq())
                        .addU64("aheadLogseq", lag.aheadLogseq())));
    return lags;
  }

  private JsonArray checks(String source) {
    return checks(report.checks().stream().filter(each -> each.source().equals(source)).toList());
  }

  /** What became of checks. */
  static JsonArray checks(List<CheckResult> results) {
    JsonArray checks = new JsonArray();
    for (CheckResult result : results) {
      JsonObject looked = new JsonObject();
      result.looked().forEach((thing, count) -> looked.add(thing.text(), count.longValue()));
      checks.add(
          new JsonObject()
              .add("check", result.check().text())
              .add("outcome", result.outcome().text())
              .add("looked", looked)
              .add("findings", result.findings())
              .add("note", result.note().isEmpty() ? null : result.note()));
    }
    return checks;
  }

  private static JsonArray heads(AuditReport.@Nullable Source state) {
    JsonArray heads = new JsonArray();
    if (state != null) {
      state
          .heads()
          .forEach(
              head ->
                  heads.add(
                      new JsonObject()
                          .addText("origin", head.origin())
                          .addU64("treeSize", head.treeSize())
                          .addU64("logseq", head.lastLogseq())
                          .add("root", head.root().toHex())));
    }
    return heads;
  }

  private static @Nullable JsonObject json(@Nullable Divergence divergence) {
    return divergence == null
        ? null
        : new JsonObject()
            .addText("origin", divergence.origin())
            .addU64("index", divergence.index())
            .addU64("logseq", divergence.logseq())
            .addText("canonicalId", divergence.canonicalId())
            .add("left", divergence.left())
            .add("right", divergence.right())
            .add("class", text(divergence.difference()))
            .add("differs", divergence.differs());
  }

  /** The name of a difference's class; null if there is none. */
  static @Nullable String text(@Nullable DifferenceClass difference) {
    return difference == null ? null : difference.text();
  }

  private JsonObject json(AuditFinding finding) {
    JsonArray occurrences = new JsonArray();
    finding.places().forEach(place -> occurrences.add(json(finding, place)));
    JsonObject object =
        new JsonObject()
            .add("id", finding.id().shortText())
            .add("kind", finding.kind().text())
            .add("severity", finding.severity().text())
            .add("subject", finding.subject())
            .add("message", finding.message())
            .add("count", finding.count());
    if (kept != null) {
      object.add("standing", text(kept.of(finding)));
    }
    return object.add("occurrences", occurrences);
  }

  private JsonObject json(AuditFinding finding, Place place) {
    JsonObject object =
        new JsonObject()
            .add("source", place.source())
            .add("place", place.where())
            .add("detail", place.detail())
            .addText("origin", place.origin())
            .addText("logseq", place.logseq())
            .addText("canonicalId", place.canonicalId());
    if (place.difference() != null) {
      object.add("class", text(place.difference())).add("differs", place.differs());
    }
    if (kept != null) {
      object.add("standing", text(kept.of(finding, place)));
    }
    return object;
  }

  private static JsonObject json(KeptFindings kept) {
    return new JsonObject()
        .add("store", kept.store())
        .add("newFindings", kept.written().newFindings().size())
        .add("newOccurrences", kept.written().newOccurrences())
        .add("observedAgain", kept.written().refreshed() + kept.written().unchanged());
  }

  /** The name of a constant as it is written everywhere. */
  static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
