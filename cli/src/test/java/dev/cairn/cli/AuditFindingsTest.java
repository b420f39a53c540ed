package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/** Audits that keep what they find, the store of findings, and reports for programs. */
class AuditFindingsTest {
  private static final String[] FINDINGS = {"--findings", "../findings"};

  @TempDir private Path folder;
  private Shell a;
  private Shell b;

  @BeforeEach
  void makeStores() throws IOException {
    a = new Shell(Files.createDirectory(folder.resolve("A")));
    b = new Shell(Files.createDirectory(folder.resolve("B")));
    a.run("init").ok();
    b.run("init").ok();
  }

  private JsonNode audit(int code, String... more) {
    String[] args =
        concat(new String[] {"audit", ".cairn", "../B", "--fail-on", "lag", "--json"}, more);
    Shell.Outcome outcome = a.run(args);
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(code);
    return outcome.json();
  }

  private List<JsonNode> list(String... more) {
    String[] args = concat(new String[] {"audit", "findings", "list", "--json"}, FINDINGS);
    return a.run(concat(args, more)).ok().jsonLines();
  }

  private JsonNode show(String id, String... more) {
    String[] args = concat(new String[] {"audit", "findings", "show", id, "--json"}, FINDINGS);
    return a.run(concat(args, more)).ok().json();
  }

  private Shell.Outcome acknowledge(String... more) {
    return a.run(
        concat(concat(new String[] {"audit", "findings", "ack", "--json"}, FINDINGS), more));
  }

  private static String[] concat(String[] some, String... more) {
    String[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  // ---- keeping

  @Test
  void aSecondAuditObservesTheSameFindingAgainInsteadOfReportingANewOne() {
    String key = a.put("one", "only A");
    JsonNode first = audit(1, FINDINGS);
    assertThat(first.at("/kept/newFindings").asInt()).isEqualTo(1);
    assertThat(first.at("/kept/newOccurrences").asInt()).isEqualTo(1);
    assertThat(first.at("/kept/observedAgain").asInt()).isZero();
    assertThat(first.at("/findings/0/standing").asText()).isEqualTo("new");
    assertThat(first.at("/findings/0/occurrences/0/standing").asText()).isEqualTo("new");

    JsonNode second = audit(1, FINDINGS);
    assertThat(second.at("/kept/newFindings").asInt()).isZero();
    assertThat(second.at("/kept/newOccurrences").asInt()).isZero();
    assertThat(second.at("/kept/observedAgain").asInt()).isEqualTo(1);
    assertThat(second.at("/findings/0/standing").asText()).isEqualTo("known");
    assertThat(second.at("/findings/0/id")).isEqualTo(first.at("/findings/0/id"));

    List<JsonNode> kept = list();
    assertThat(kept).hasSize(1);
    JsonNode finding = kept.get(0);
    assertThat(finding.get("id")).isEqualTo(first.at("/findings/0/id"));
    assertThat(finding.get("fullId").asText()).matches("[0-9a-f]{64}");
    assertThat(finding.get("rule").asText()).isEqualTo("audit:lag");
    assertThat(finding.get("severity").asText()).isEqualTo("note");
    assertThat(finding.get("subject").asText()).startsWith(node(a));
    assertThat(finding.get("occurrences").asInt()).isEqualTo(1);
    assertThat(finding.get("firstSeen").asText()).isLessThan(finding.get("lastSeen").asText());
    assertThat(finding.get("acknowledged").asBoolean()).isFalse();

    JsonNode shown = show(finding.get("id").asText(), "--history");
    JsonNode occurrence = shown.at("/occurrences/0");
    assertThat(occurrence.get("source").asText()).isEqualTo(".cairn and ../B");
    assertThat(occurrence.get("canonicalId").asText()).isEqualTo(key);
    assertThat(occurrence.get("logseq").asText()).isEqualTo("1");
    assertThat(occurrence.get("origin").asText()).isEqualTo(node(a) + "/1");
    JsonNode observation = occurrence.at("/observations/0");
    assertThat(observation.get("observer").asText()).isEqualTo(node(a.in(folder), "findings"));
    assertThat(observation.get("detail").asText()).contains("lags 1 record behind .cairn");
    assertThat(observation.get("history")).hasSize(1);
    assertThat(observation.at("/history/0/lastSeen")).isEqualTo(finding.get("firstSeen"));
    assertThat(shown.get("more").asBoolean()).isFalse();
  }

  private static String node(Shell shell) {
    return shell.json("status").get("node").asText();
  }

  private static String node(Shell shell, String store) {
    return shell.json("status", "--store", store).get("node").asText();
  }

  @Test
  void anAuditThatFindsNothingKeepsNothingAndMakesTheStoreAllTheSame() {
    a.put("one", "both");
    a.run("sync", "../B").ok();
    JsonNode report = audit(0, FINDINGS);
    assertThat(report.get("verified").asBoolean()).isTrue();
    assertThat(report.at("/kept/newFindings").asInt()).isZero();
    assertThat(list()).isEmpty();
    assertThat(a.run(concat(new String[] {"audit", "findings", "list"}, FINDINGS)).ok().out())
        .isEmpty();
  }

  @Test
  void withoutAStoreOfFindingsNothingOfItIsTold() {
    a.put("one", "only A");
    JsonNode report = audit(1);
    assertThat(report.has("kept")).isFalse();
    assertThat(report.at("/findings/0").has("standing")).isFalse();
    assertThat(folder.resolve("findings")).doesNotExist();
  }

  @Test
  void theStoresOfTwoAuditorsComeToHoldTheSame() {
    a.put("one", "only A");
    audit(1, FINDINGS);
    audit(1, "--findings", "../others");
    String id = list().get(0).get("id").asText();
    acknowledge(id, "--reason", "B lags behind").ok();
    Shell top = a.in(folder);
    top.run("sync", "others", "--store", "findings").ok();
    List<JsonNode> mine = list();
    List<JsonNode> theirs =
        top.run("audit", "findings", "list", "--findings", "others", "--json").ok().jsonLines();
    assertThat(theirs).isEqualTo(mine);
    assertThat(mine.get(0).get("acknowledged").asBoolean()).isTrue();
    assertThat(show(id).at("/occurrences/0/observations")).hasSize(2);
    assertThat(audit(1, "--findings", "../others").at("/findings/0/standing").asText())
        .isEqualTo("acknowledged");
  }

  // ---- acknowledging

  @Test
  void whatIsAcknowledgedStaysSoUntilItIsSeenElsewhereOrThatIsWithdrawn() {
    a.put("one", "only A");
    audit(1, FINDINGS);
    String id = list().get(0).get("id").asText();
    JsonNode acknowledged = acknowledge(id.substring(0, 6), "--reason", "known").ok().json();
    assertThat(acknowledged.get("id").asText()).isEqualTo(id);
    assertThat(acknowledged.get("changed").asInt()).isEqualTo(1);
    assertThat(acknowledge(id, "--reason", "known").ok().json().get("changed").asInt()).isZero();
    assertThat(audit(1, FINDINGS).at("/findings/0/standing").asText()).isEqualTo("acknowledged");
    assertThat(list("--open")).isEmpty();
    assertThat(list("--acknowledged")).hasSize(1);
    JsonNode state = show(id).at("/occurrences/0/observations/0/acknowledgement");
    assertThat(state.get("reason").asText()).isEqualTo("known");
    assertThat(state.get("standing").asBoolean()).isTrue();

    assertThat(
            acknowledge(id, "--withdraw", "--reason", "not so").ok().json().get("changed").asInt())
        .isEqualTo(1);
    assertThat(list("--open")).hasSize(1);
    acknowledge(id, "--reason", "known").ok();
    a.run("sync", "../B").ok();
    a.put("two", "only A, later");
    JsonNode elsewhere = audit(1, FINDINGS);
    assertThat(elsewhere.at("/findings/0/id").asText()).isEqualTo(id);
    assertThat(elsewhere.at("/findings/0/standing").asText()).isEqualTo("new");
    assertThat(list("--open")).extracting(one -> one.get("occurrences").asInt()).containsExactly(2);
  }

  // ---- listing

  @Test
  void findingsAreListedByWhatIsAskedForAndPageByPage() throws IOException {
    a.put("one", "only A");
    audit(1, FINDINGS);
    a.run("bundle", "create", "../all.cairn").ok();
    byte[] damaged = Files.readAllBytes(folder.resolve("all.cairn"));
    damaged[300] ^= 1;
    Files.write(folder.resolve("all.cairn"), damaged);
    a.run(concat(new String[] {"audit", "../all.cairn"}, FINDINGS));
    List<JsonNode> all = list();
    assertThat(all).hasSize(2);
    assertThat(all).extracting(one -> one.get("fullId").asText()).isSorted();
    assertThat(list("--rule", "audit:bundle")).hasSize(1);
    assertThat(list("--source", "../all.cairn")).hasSize(1);
    assertThat(list("--severity", "error")).hasSize(1);
    assertThat(list("--severity", "note")).hasSize(1);
    assertThat(list("--severity", "misbehaviour")).isEmpty();
    assertThat(list("--subject", "../all.cairn")).hasSize(1);
    assertThat(list("--limit", "1")).containsExactly(all.get(0));
    String[] args = concat(new String[] {"audit", "findings", "list", "--limit", "1"}, FINDINGS);
    assertThat(a.run(args).ok().err()).contains("--after " + all.get(0).get("fullId").asText());
    assertThat(list("--after", all.get(0).get("fullId").asText())).containsExactly(all.get(1));
  }

  @Test
  void whatCannotBeKeptShownOrAcknowledgedIsNamed() throws IOException {
    a.put("one", "only A");
    a.run("audit", ".cairn", "--findings", ".cairn").failed(2, "itself a source");
    a.run("audit", ".cairn", "--findings", ".").failed(2, "itself a source");
    Files.writeString(folder.resolve("file"), "x");
    a.run("audit", ".cairn", "--findings", "../file").failed(3, "no store");
    a.run("audit", ".cairn", "--findings", "..").failed(3, "no empty folder");
    a.run("audit", ".cairn", "findings", "list", "--findings", "../f").failed(2, "./findings");
    a.run("audit", "findings").failed(2, "no command");
    a.run("audit", "findings", "list").failed(2, "--findings");
    a.run("audit", "findings", "list", "--findings", "../none").failed(3, "no store of findings");
    assertThat(folder.resolve("none")).doesNotExist();

    audit(1, FINDINGS);
    String id = list().get(0).get("id").asText();
    String[] show = concat(new String[] {"audit", "findings", "show"}, FINDINGS);
    a.run(concat(show, id.substring(0, 5))).failed(2, "6 to 64");
    a.run(concat(show, "zzzzzz")).failed(2, "hex digits");
    a.run(concat(show, "0".repeat(64))).failed(1, "no finding", "cairn audit findings list");
    a.run(concat(show, id, "--limit", "0")).failed(2, "--limit");
    acknowledge(id).failed(2, "--reason");
    acknowledge(id, "--reason", " ").failed(2, "say why");
    acknowledge(id, "0".repeat(64), "--reason", "x").failed(1, "no finding");
    assertThat(list("--acknowledged")).isEmpty();
    String[] list = concat(new String[] {"audit", "findings", "list"}, FINDINGS);
    a.run(concat(list, "--rule", "fork")).failed(2, "no rule");
    a.run(concat(list, "--severity", "bad")).failed(2, "severity");
    a.run(concat(list, "--after", id)).failed(2, "64 hex digits");
    a.run(concat(list, "--open", "--acknowledged")).failed(2, "choose one");
    a.run(concat(list, "--limit", "0")).failed(2, "--limit");
  }

  // ---- reports

  @Test
  void reportsOfTheSameAuditAreTheSameByteForByte() {
    a.put("one", "only A");
    for (String form : List.of("json", "sarif", "junit", "html")) {
      Shell.Outcome first = a.run("audit", ".cairn", "../B", "--report", form);
      assertThat(first.code()).isZero();
      assertThat(a.run("audit", ".cairn", "../B", "--report", form).output())
          .as(form)
          .isEqualTo(first.output());
    }
    assertThat(a.run("audit", ".cairn", "../B", "--report", "JSON").output())
        .isEqualTo(a.run("audit", ".cairn", "../B", "--json").output());
    a.run("audit", ".cairn", "--report", "pdf").failed(2, "pdf");
    a.run("audit", ".cairn", "--report", "junit", "--json").failed(2, "choose one");
  }

  @Test
  void aSarifLogNamesRulesResultsAndFingerprints() {
    String key = a.put("one", "only A");
    audit(1, FINDINGS);
    String id = list().get(0).get("fullId").asText();
    acknowledge(id, "--reason", "known").ok();
    JsonNode log =
        a.run(concat(new String[] {"audit", ".cairn", "../B", "--report", "sarif"}, FINDINGS))
            .json();
    assertThat(log.get("version").asText()).isEqualTo("2.1.0");
    JsonNode run = log.at("/runs/0");
    JsonNode result = run.at("/results/0");
    assertThat(run.get("results")).hasSize(1);
    JsonNode rule = run.at("/tool/driver/rules/" + result.get("ruleIndex").asInt());
    assertThat(rule.get("id")).isEqualTo(result.get("ruleId"));
    assertThat(rule.get("id").asText()).isEqualTo("audit:lag");
    assertThat(result.get("level").asText()).isEqualTo("note");
    assertThat(result.get("kind").asText()).isEqualTo("fail");
    assertThat(result.at("/partialFingerprints/findingId~1v1").asText()).isEqualTo(id);
    assertThat(result.at("/partialFingerprints/occurrence~1v1"))
        .isEqualTo(show(id).at("/occurrences/0/key"));
    assertThat(result.at("/locations/0/logicalLocations/0/properties/canonicalId").asText())
        .isEqualTo(key);
    assertThat(result.get("baselineState").asText()).isEqualTo("unchanged");
    assertThat(result.at("/suppressions/0/status").asText()).isEqualTo("accepted");
    assertThat(run.at("/invocations/0/exitCode").asInt()).isZero();
    assertThat(run.at("/properties/sources/0/stateRoot").asText()).matches("[0-9a-f]{64}");
    assertThat(run.at("/artifacts/1/location/uri").asText()).isEqualTo("../B");
  }

  @Test
  void aJunitReportCountsWhatFailedAndWhatPassed()
      throws ParserConfigurationException, IOException, SAXException {
    a.put("one", "only A");
    Element suites = xml(a.run("audit", ".cairn", "../B", "--report", "junit").outBytes());
    assertThat(suites.getTagName()).isEqualTo("testsuites");
    int cases = suites.getElementsByTagName("testcase").getLength();
    assertThat(suites.getAttribute("tests")).isEqualTo("" + cases);
    assertThat(suites.getAttribute("failures")).as("lag is no failure").isEqualTo("0");
    assertThat(suites.getAttribute("errors")).isEqualTo("0");
    Element note = (Element) suites.getElementsByTagName("system-out").item(0);
    assertThat(note.getTextContent()).contains("(note)", "lags 1 record behind");
    Element suite = (Element) note.getParentNode().getParentNode();
    assertThat(suite.getAttribute("name")).isEqualTo(".cairn and ../B");
    Files.writeString(folder.resolve("A/torn.cairn"), "cairn bundle, but no more");
    Element torn = xml(a.run("audit", "torn.cairn", "--report", "junit").outBytes());
    assertThat(torn.getAttribute("failures")).isEqualTo("1");
    Element failure = (Element) torn.getElementsByTagName("failure").item(0);
    assertThat(failure.getAttribute("type")).isEqualTo("audit:bundle");
    a.run("sync", "../B").ok();
    Element sound = xml(a.run("audit", ".cairn", "../B", "--report", "junit").ok().outBytes());
    assertThat(sound.getAttribute("failures")).isEqualTo("0");
    assertThat(sound.getElementsByTagName("testcase").getLength()).isEqualTo(cases);
  }

  private static Element xml(byte[] bytes)
      throws ParserConfigurationException, IOException, SAXException {
    assertThat(new String(bytes, StandardCharsets.UTF_8)).startsWith("<?xml version=\"1.0\"");
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(bytes))
        .getDocumentElement();
  }
}
