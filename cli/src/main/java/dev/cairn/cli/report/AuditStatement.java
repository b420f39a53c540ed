package dev.cairn.cli.report;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.store.LogHead;
import dev.cairn.cli.attestation.Envelope;
import dev.cairn.cli.imports.json.JsonNumber;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.CheckResult;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * What an audit verified, as an in-toto statement (v1) in a DSSE envelope that whoever audited
 * signs with an Ed25519 key.
 *
 * <p>Subjects are the state of each source that could be read, and each of its logs, by their
 * roots. The predicate, of type {@value #PREDICATE_TYPE}, is described in {@code
 * docs/interchange.md}. There is no time in it: the same audit of the same sources has the same
 * bytes. Pure.
 */
public final class AuditStatement {
  /** The type of the predicate. */
  public static final String PREDICATE_TYPE = "urn:cairn:predicate:audit:v1";

  /** The algorithm that a state root's digest is named by. */
  public static final String STATE_ROOT = "cairnStateRoot";

  /** The algorithm that a log root's digest is named by. */
  public static final String LOG_ROOT = "cairnLogRoot";

  private AuditStatement() {}

  /** True if there is anything to state: some source could be read. */
  public static boolean hasSubject(AuditDocument document) {
    return !subjects(document.report()).isEmpty();
  }

  /**
   * The envelope's JSON.
   *
   * @throws IllegalArgumentException if there is no subject
   */
  public static Bytes of(AuditDocument document, SigningKey key) {
    return Envelope.ofStatement(
            subjects(document.report()), PREDICATE_TYPE, predicate(document), key)
        .toJson();
  }

  private static List<Object> subjects(AuditReport report) {
    Set<Object> subjects = new LinkedHashSet<>();
    for (AuditReport.Source source : report.sources()) {
      Bytes root = source.stateRoot();
      if (root != null) {
        subjects.add(subject(source.source(), STATE_ROOT, root));
      }
      for (LogHead head : source.heads()) {
        subjects.add(subject(head.origin().toString(), LOG_ROOT, head.root()));
      }
    }
    return List.copyOf(subjects);
  }

  private static Object subject(String name, String algorithm, Bytes root) {
    return Map.of("name", name, "digest", Map.of(algorithm, root.toHex()));
  }

  private static Map<String, Object> predicate(AuditDocument document) {
    AuditReport report = document.report();
    Map<String, Object> predicate = new TreeMap<>();
    predicate.put("verifier", Map.of("id", "urn:cairn:audit", "version", document.version()));
    predicate.put("verified", report.verified());
    predicate.put("verdict", document.verdict());
    predicate.put("reexecuted", document.reexecuted());
    predicate.put("complete", report.notWhole().isEmpty());
    predicate.put("notWhole", document.notWhole());
    predicate.put("checks", report.totals().stream().map(each -> (Object) check(each)).toList());
    predicate.put(
        "sources", report.sources().stream().map(source -> (Object) source(source)).toList());
    predicate.put(
        "findings", report.findings().stream().map(finding -> (Object) finding(finding)).toList());
    predicate.put("lags", report.lags().stream().map(lag -> (Object) lag(lag)).toList());
    Bytes json = Bytes.utf8(document.json() + "\n");
    predicate.put(
        "report",
        Map.of(
            "mediaType",
            "application/json",
            "digest",
            Map.of("sha256", HashAlgorithm.SHA_256.hash(json).toHex())));
    return predicate;
  }

  private static Map<String, Object> check(CheckResult result) {
    Map<String, Object> looked = new TreeMap<>();
    result.looked().forEach((thing, count) -> looked.put(thing.text(), JsonNumber.of(count)));
    return Map.of(
        "check", result.check().text(),
        "outcome", result.outcome().text(),
        "looked", looked,
        "findings", JsonNumber.of(result.findings()),
        "note", result.note());
  }

  private static Map<String, Object> source(AuditReport.Source source) {
    Map<String, Object> out = new TreeMap<>();
    out.put("source", source.source());
    Bytes root = source.stateRoot();
    if (root != null) {
      out.put("stateRoot", root.toHex());
    }
    List<Object> heads = new ArrayList<>();
    for (LogHead head : source.heads()) {
      heads.add(
          Map.of(
              "origin", head.origin().toString(),
              "treeSize", Long.toUnsignedString(head.treeSize()),
              "logseq", Long.toUnsignedString(head.lastLogseq()),
              "root", head.root().toHex()));
    }
    out.put("heads", heads);
    return out;
  }

  private static Map<String, Object> lag(AuditReport.Lag lag) {
    return Map.of(
        "source", lag.source(),
        "ahead", lag.ahead(),
        "origin", lag.origin().toString(),
        "records", Long.toUnsignedString(lag.records()),
        "behind", Long.toUnsignedString(lag.behind()));
  }

  private static Map<String, Object> finding(AuditFinding finding) {
    Map<String, Object> out = new TreeMap<>();
    out.put("id", finding.id().shortText());
    out.put("kind", finding.kind().text());
    out.put("severity", finding.severity().text());
    out.put("count", JsonNumber.of(finding.count()));
    List<String> classes =
        finding.places().stream()
            .map(place -> AuditDocument.text(place.difference()))
            .filter(Objects::nonNull)
            .distinct()
            .sorted()
            .toList();
    if (!classes.isEmpty()) {
      out.put("classes", classes);
    }
    return out;
  }
}
