package dev.cairn.cli.report;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.CheckResult;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.federation.audit.FindingKeeper;
import dev.cairn.federation.audit.FindingKeeper.Standing;
import dev.cairn.tgk.finding.Severity;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An audit as a SARIF log (Static Analysis Results Interchange Format, OASIS standard 2.1.0): one
 * run, a rule for each kind of finding, a result for each place. A result's partial fingerprints
 * are the ids of its finding and occurrence, which are the same in every run. Findings that could
 * not be decided are of kind {@code open}, whose level the standard demands to be {@code none}.
 */
public final class SarifReport {
  private static final String SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
  private static final List<Kind> RULES = List.of(Kind.values());
  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

  private final AuditDocument document;
  private final List<String> artifacts;

  private SarifReport(AuditDocument document) {
    this.document = document;
    this.artifacts = new ArrayList<>(document.states().keySet());
  }

  /** The log, as one line of JSON. */
  public static String of(AuditDocument document) {
    return new SarifReport(document).log().toString();
  }

  private JsonObject log() {
    return new JsonObject()
        .add("$schema", SCHEMA)
        .add("version", "2.1.0")
        .add("runs", new JsonArray().add(run()));
  }

  private JsonObject run() {
    JsonArray results = new JsonArray();
    for (AuditFinding finding : document.report().findings()) {
      for (Place place : finding.places()) {
        results.add(result(finding, place));
      }
    }
    JsonArray sources = new JsonArray();
    artifacts.forEach(name -> sources.add(new JsonObject().add("location", location(name))));
    return new JsonObject()
        .add("tool", new JsonObject().add("driver", driver()))
        .add(
            "invocations",
            new JsonArray()
                .add(
                    new JsonObject()
                        .add("executionSuccessful", true)
                        .add("exitCode", document.report().verdict().exitCode())
                        .add("toolConfigurationNotifications", notWhole())))
        .add("artifacts", sources)
        .add("columnKind", "utf16CodeUnits")
        .add("results", results)
        .add("properties", properties());
  }

  /** One notification for each check that was not made in full. */
  private JsonArray notWhole() {
    JsonArray notifications = new JsonArray();
    for (CheckResult result : document.report().notWhole()) {
      String told =
          "Check "
              + result.check().text()
              + ": "
              + result.outcome().text()
              + (result.note().isEmpty() ? "" : ", " + result.note())
              + ".";
      notifications.add(
          new JsonObject()
              .add("descriptor", new JsonObject().add("id", "check:" + result.check().text()))
              .add("level", result.outcome() == Outcome.CUT_SHORT ? "error" : "warning")
              .add("message", text(told)));
    }
    return notifications;
  }

  private JsonObject driver() {
    JsonArray rules = new JsonArray();
    for (Kind kind : RULES) {
      rules.add(
          new JsonObject()
              .add("id", kind.rule().text())
              .add("shortDescription", text(sentence(kind.statement())))
              .add("defaultConfiguration", new JsonObject().add("level", level(kind.severity())))
              .add("properties", new JsonObject().add("severity", kind.severity().text())));
    }
    return new JsonObject()
        .add("name", "cairn")
        .add("fullName", document.version())
        .add("rules", rules);
  }

  private static String level(Severity severity) {
    return switch (severity) {
      case NOTE -> "note";
      case WARNING -> "warning";
      case UNDECIDED -> "none";
      case ERROR, MISBEHAVIOUR -> "error";
    };
  }

  private JsonObject result(AuditFinding finding, Place place) {
    JsonObject result =
        new JsonObject()
            .add("ruleId", finding.kind().rule().text())
            .add("ruleIndex", RULES.indexOf(finding.kind()))
            .add("kind", finding.severity() == Severity.UNDECIDED ? "open" : "fail")
            .add("level", level(finding.severity()))
            .add("message", text(finding.message() + ": " + place.detail()))
            .add("locations", new JsonArray().add(location(place)))
            .add(
                "partialFingerprints",
                new JsonObject()
                    .addText("findingId/v1", finding.id())
                    .addText("occurrence/v1", FindingKeeper.occurrenceKey(finding, place)));
    KeptFindings kept = document.kept();
    if (kept != null) {
      Standing standing = kept.of(finding, place);
      result.add("baselineState", standing == Standing.NEW ? "new" : "unchanged");
      if (standing == Standing.ACKNOWLEDGED) {
        result.add(
            "suppressions",
            new JsonArray()
                .add(new JsonObject().add("kind", "external").add("status", "accepted")));
      }
    }
    JsonObject properties =
        new JsonObject()
            .add("id", finding.id().shortText())
            .add("severity", finding.severity().text())
            .add("subject", finding.subject())
            .add("count", finding.count());
    if (place.difference() != null) {
      properties
          .add("class", AuditDocument.text(place.difference()))
          .add("differs", place.differs());
    }
    return result.add("properties", properties);
  }

  private JsonObject location(Place place) {
    JsonObject location = new JsonObject();
    if (artifacts.contains(place.source())) {
      location.add(
          "physicalLocation",
          new JsonObject()
              .add(
                  "artifactLocation",
                  location(place.source()).add("index", artifacts.indexOf(place.source()))));
    }
    return location.add(
        "logicalLocations",
        new JsonArray()
            .add(
                new JsonObject()
                    .add("name", place.where())
                    .add("fullyQualifiedName", place.source() + ": " + place.where())
                    .add("kind", place.origin() == null ? "resource" : "record")
                    .add(
                        "properties",
                        new JsonObject()
                            .add("source", place.source())
                            .addText("origin", place.origin())
                            .addText("logseq", place.logseq())
                            .addText("canonicalId", place.canonicalId()))));
  }

  /** A source as a URI reference (RFC 3986): a relative one, as sources are called. */
  private static JsonObject location(String source) {
    StringBuilder uri = new StringBuilder();
    for (byte octet : source.getBytes(StandardCharsets.UTF_8)) {
      if (UNRESERVED.indexOf(octet) >= 0) {
        uri.append((char) octet);
      } else {
        uri.append(String.format(Locale.ROOT, "%%%02X", octet & 0xff));
      }
    }
    return new JsonObject().add("uri", uri.toString());
  }

  private JsonObject properties() {
    JsonArray sources = new JsonArray();
    for (AuditReport.Source source : document.report().sources()) {
      Bytes root = source.stateRoot();
      sources.add(
          new JsonObject()
              .add("source", source.source())
              .add("stateRoot", root == null ? null : root.toHex())
              .add("records", source.records()));
    }
    return new JsonObject()
        .add("verified", document.report().verified())
        .add("verdict", document.verdict())
        .add("complete", document.report().notWhole().isEmpty())
        .add("checks", AuditDocument.checks(document.report().totals()))
        .add("sources", sources)
        .add("explanations", ExplanationJson.of(document.explanations().trees()));
  }

  private static JsonObject text(String text) {
    return new JsonObject().add("text", text);
  }

  private static String sentence(String statement) {
    return statement.substring(0, 1).toUpperCase(Locale.ROOT) + statement.substring(1) + ".";
  }
}
