package dev.cairn.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.audit.AuditCheck;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.CauseTrees;
import dev.cairn.federation.audit.CheckResult;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.audit.DifferenceClass;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/** Reports of documents that no honest store gives. */
class ReportsTest {
  private static final String NASTY =
      "a\"b<c>&d'\u0000\u001b[31m\ud800\t\n\r]]> \u2028 \ud83d\ude00 e\u0301 \ufffe %20 ../x:y";
  private static final ArtifactKey KEY = ArtifactKey.of(Bytes.utf8("a"), null);
  private static final Origin ORIGIN = new Origin(new NodeId(KEY.digest()), 3);
  private static final LogHead HEAD =
      new LogHead(ORIGIN, SigningKey.fromSeed(KEY.digest()).publicKey(), 9, 8, 7, KEY.digest());

  /** A document with a finding of every kind, in a source and about a subject with nasty names. */
  private static AuditDocument nasty() {
    List<AuditFinding> findings = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      Place record =
          new Place(
              NASTY,
              ORIGIN,
              7L,
              KEY,
              "record 7 of " + NASTY,
              "saw " + NASTY,
              DifferenceClass.CLOCK,
              NASTY);
      Place elsewhere = Place.of("nowhere", NASTY).with("");
      findings.add(new AuditFinding(kind, NASTY, NASTY, List.of(record, elsewhere), 2));
    }
    List<AuditReport.Source> sources =
        List.of(
            new AuditReport.Source(NASTY, KEY.digest(), List.of(HEAD)),
            new AuditReport.Source("plain", null, List.of()));
    return new AuditDocument(
        new AuditReport(sources, null, List.of(), findings, checks()),
        List.of(NASTY, "plain", "unopened"),
        "cairn " + NASTY,
        null,
        List.of(),
        CauseTrees.NONE,
        null);
  }

  /**
   * A check with each outcome that found nothing, and one that found something; of the other
   * source, every check but the one that was left out.
   */
  private static List<CheckResult> checks() {
    List<CheckResult> checks =
        new ArrayList<>(
            List.of(
                check(AuditCheck.RECORDS, Outcome.MADE, 0),
                check(AuditCheck.STATE, Outcome.LEFT_OUT, 0),
                check(AuditCheck.RECEIPTS, Outcome.SAMPLED, 0),
                check(AuditCheck.EPOCHS, Outcome.CUT_SHORT, 0),
                check(AuditCheck.PAYLOADS, Outcome.CUT_SHORT, 7)));
    for (AuditCheck each : AuditCheck.values()) {
      if (each != AuditCheck.STATE) {
        checks.add(new CheckResult("plain", each, Outcome.MADE, new TreeMap<>(), 0, ""));
      }
    }
    return checks;
  }

  private static CheckResult check(AuditCheck check, Outcome outcome, long findings) {
    return new CheckResult(
        NASTY, check, outcome, new TreeMap<>(Map.of(Thing.NOT_HELD, 5L)), findings, NASTY);
  }

  @Test
  void peopleReadTheVerdictFirstAndOfEveryFindingWhatWhereWhyAndWhatNext() {
    List<String> lines = TextReport.of(nasty());
    assertThat(lines.get(0))
        .startsWith("NOT verified (misbehaviour): " + Kind.values().length + " findings")
        .endsWith("not checked in full: payloads, epochs, state, receipts");
    for (Kind kind : Kind.values()) {
      int at =
          IntStream.range(0, lines.size())
              .filter(i -> lines.get(i).matches("(?s)finding   [0-9a-f]+  " + kind.text() + ": .*"))
              .findFirst()
              .orElseThrow();
      assertThat(lines.subList(at + 1, at + 3)).allMatch(line -> line.startsWith("  in "));
      assertThat(lines.get(at + 3)).isEqualTo("  why  " + Advice.why(kind));
      assertThat(lines.get(at + 4)).isEqualTo("  next " + Advice.next(kind));
    }
    assertThat(lines.get(lines.size() - 1)).startsWith("not whole ");
  }

  @Test
  void whatWasNotCheckedStandsInEveryReport() throws IOException {
    JsonNode json = new ObjectMapper().readTree(nasty().json().toString());
    assertThat(json.get("complete").asBoolean()).isFalse();
    assertThat(json.get("notWhole"))
        .extracting(JsonNode::asText)
        .containsExactly("payloads", "epochs", "state", "receipts");
    assertThat(json.get("checks")).hasSize(AuditCheck.values().length);
    assertThat(json.at("/sources/0/checks")).hasSize(5);
    assertThat(json.at("/sources/0/checks/2/outcome").asText()).isEqualTo("sampled");
    assertThat(json.at("/sources/0/checks/2/looked/notHeld").asLong()).isEqualTo(5);
    JsonNode run = new ObjectMapper().readTree(SarifReport.of(nasty())).at("/runs/0");
    assertThat(run.at("/invocations/0/toolConfigurationNotifications"))
        .extracting(each -> each.at("/descriptor/id").asText())
        .containsExactly("check:payloads", "check:epochs", "check:state", "check:receipts");
    assertThat(JunitReport.of(nasty()))
        .contains("skipped=\"2\"", "name=\"state\"", "<skipped message=\"left-out: a&quot;b");
  }

  /** The schema of OASIS, with formats such as that of URIs asserted. */
  private static JsonSchema sarif() throws IOException {
    try (InputStream schema =
        Objects.requireNonNull(
            ReportsTest.class.getResourceAsStream("/schema/sarif-schema-2.1.0.json"))) {
      SchemaValidatorsConfig config =
          SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
          .getSchema(new ObjectMapper().readTree(schema), config);
    }
  }

  @Test
  void sarifIsValidBySarifsSchema() throws IOException {
    JsonSchema schema = sarif();
    for (AuditDocument document :
        List.of(nasty(), Forked.audited(5, List.of("ann", "bob")), clean())) {
      JsonNode log = new ObjectMapper().readTree(SarifReport.of(document));
      assertThat(schema.validate(log)).isEmpty();
    }
    ObjectNode wrong = (ObjectNode) new ObjectMapper().readTree(SarifReport.of(clean()));
    ((ObjectNode) wrong.at("/runs/0/tool/driver")).put("informationUri", "no uri at all");
    assertThat(schema.validate(wrong)).isNotEmpty();
    wrong.put("version", "2.0.0");
    assertThat(schema.validate(wrong)).hasSizeGreaterThan(1);
  }

  private static AuditDocument clean() {
    return new AuditDocument(
        new AuditReport(List.of(), null, List.of(), List.of(), List.of()),
        List.of("plain"),
        "cairn 1",
        null,
        List.of(),
        CauseTrees.NONE,
        null);
  }

  @Test
  void theClassOfADifferenceStandsInEveryReport() throws IOException {
    AuditDocument forked = Forked.audited(5, List.of("ann", "bob"));
    JsonNode json = new ObjectMapper().readTree(forked.json().toString());
    assertThat(json.at("/firstDivergence/class").asText()).isEqualTo("forked");
    assertThat(json.at("/findings/0/occurrences/0/class").asText()).isEqualTo("forked");
    JsonNode result = new ObjectMapper().readTree(SarifReport.of(forked)).at("/runs/0/results/0");
    assertThat(result.at("/properties/class").asText()).isEqualTo("forked");
    assertThat(JunitReport.of(forked)).contains(": forked: ARTIFACT");
    assertThat(HtmlReport.of(forked)).contains("<pre>forked: ARTIFACT");
    JsonNode envelope =
        new ObjectMapper()
            .readTree(AuditStatement.of(forked, SigningKey.fromSeed(KEY.digest())).toUtf8());
    JsonNode statement =
        new ObjectMapper().readTree(Base64.getDecoder().decode(envelope.get("payload").asText()));
    assertThat(statement.at("/predicate/findings/0/classes/0").asText()).isEqualTo("forked");
  }

  @Test
  void aCheckThatWasCutShortLeavesAnAuditUndecidedThoughNothingWasFound() {
    AuditReport report =
        new AuditReport(
            List.of(),
            null,
            List.of(),
            List.of(),
            List.of(check(AuditCheck.STATE, Outcome.CUT_SHORT, 0)));
    assertThat(report.verdict()).isEqualTo(AuditReport.Verdict.UNDECIDED);
  }

  @Test
  void whateverTextASourceHoldsTheJsonIsJson() throws IOException {
    JsonNode json = new ObjectMapper().readTree(nasty().json().toString());
    assertThat(json.get("findings")).hasSize(Kind.values().length);
    JsonNode finding = json.at("/findings/0");
    assertThat(finding.get("kind").asText()).isEqualTo("fork");
    assertThat(finding.get("severity").asText()).isEqualTo("misbehaviour");
    assertThat(finding.at("/occurrences/0/origin").asText()).isEqualTo(ORIGIN.toString());
    assertThat(finding.at("/occurrences/0/logseq").asText()).isEqualTo("7");
    assertThat(finding.at("/occurrences/1/logseq").isNull()).isTrue();
    assertThat(json.at("/sources/2/source").asText()).isEqualTo("unopened");
    assertThat(json.get("verdict").asText()).isEqualTo("misbehaviour");
  }

  @Test
  void whateverTextASourceHoldsTheSarifLogIsWellFormedAndItsUrisAreUris() throws IOException {
    JsonNode run = new ObjectMapper().readTree(SarifReport.of(nasty())).at("/runs/0");
    assertThat(run.get("results")).hasSize(2 * Kind.values().length);
    for (JsonNode artifact : run.get("artifacts")) {
      assertThat(artifact.at("/location/uri").asText()).matches("([A-Za-z0-9._~/-]|%[0-9A-F]{2})+");
    }
    for (JsonNode result : run.get("results")) {
      boolean open = result.get("kind").asText().equals("open");
      assertThat(result.get("level").asText().equals("none")).isEqualTo(open);
      assertThat(run.at("/tool/driver/rules/" + result.get("ruleIndex").asInt()).get("id"))
          .isEqualTo(result.get("ruleId"));
      assertThat(result.has("baselineState")).isFalse();
    }
  }

  @Test
  void whateverTextASourceHoldsTheJunitReportIsXmlAndItsCountsAreTrue()
      throws ParserConfigurationException, IOException, SAXException {
    String text = JunitReport.of(nasty());
    Element suites =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
            .getDocumentElement();
    for (String counted :
        List.of("testcase/tests", "failure/failures", "error/errors", "skipped/skipped")) {
      String element = counted.substring(0, counted.indexOf('/'));
      String attribute = counted.substring(counted.indexOf('/') + 1);
      if (element.equals("skipped")) {
        assertThat(suites.hasAttribute(attribute)).as("no schema knows it there").isFalse();
      } else {
        assertThat(suites.getAttribute(attribute))
            .isEqualTo("" + suites.getElementsByTagName(element).getLength());
      }
      long inSuites = 0;
      for (int i = 0; i < suites.getElementsByTagName("testsuite").getLength(); i++) {
        Element suite = (Element) suites.getElementsByTagName("testsuite").item(i);
        assertThat(suite.getAttribute(attribute))
            .isEqualTo("" + suite.getElementsByTagName(element).getLength());
        inSuites += Long.parseLong(suite.getAttribute(attribute));
      }
      assertThat(suites.getElementsByTagName(element).getLength()).isEqualTo(inSuites);
    }
    assertThat(suites.getAttribute("errors")).isEqualTo("3");
    Element failure = (Element) suites.getElementsByTagName("failure").item(0);
    assertThat(failure.getAttribute("message"))
        .startsWith("a\"b<c>&d'\ufffd\ufffd[31m\ufffd\t\n\r]]>");
  }

  @Test
  void aSourceThatCouldNotBeReadHasNoPassedChecks() {
    AuditDocument document =
        new AuditDocument(
            new AuditReport(List.of(), null, List.of(), List.of(), List.of()),
            List.of("gone"),
            "cairn",
            null,
            List.of(),
            CauseTrees.NONE,
            null);
    assertThat(JunitReport.of(document)).contains("name=\"gone\" tests=\"0\"");
  }
}
