package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.OperatorSpec;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.text.ProgramText;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code cairn audit} says of where a difference comes from. */
class AuditExplainTest {
  private static final String PROGRAM =
      """
      {"program": 1, "inputs": ["text"],
       "nodes": {"sort": {"operator": "lines/sort@1", "inputs": ["text"]},
                 "count": {"operator": "text/stats@1", "inputs": ["sort"]}},
       "outputs": {"counts": "count"}}
      """;

  @TempDir private Path folder;
  private Shell ann;
  private Shell bob;
  private Shell auditor;

  @BeforeEach
  void makeStores() throws Exception {
    ann = shell("ann");
    bob = shell("bob");
    auditor = shell("auditor");
    ann.run("init").ok();
    bob.run("init").ok();
  }

  private Shell shell(String name) throws Exception {
    return new Shell(Files.createDirectories(folder.resolve(name)));
  }

  private Shell.Outcome refuted(String... command) {
    Shell.Outcome outcome = auditor.run(command);
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(1);
    return outcome;
  }

  private static JsonNode run(Shell shell, String text) {
    shell.write("p.json", PROGRAM);
    return shell.json("run", "p.json", "--in", "text=" + shell.put("text", text));
  }

  /** An operator of that name that does something else. */
  private record Wrong(OperatorId id, OperatorSpec spec) implements Operator {
    @Override
    public OperatorOutput run(OperatorContext context) {
      return OperatorOutput.of(new TypeTag("text/plain"), Bytes.utf8("something else\n"));
    }
  }

  private static void runWrongly(Shell shell, String text) {
    ArtifactKey given = ArtifactKey.parse(shell.put("text", text));
    try (CairnNode node =
        StoreDirectory.open(shell.folder().resolve(".cairn"), () -> 1_700_000_000_000L)) {
      OperatorRegistry right = OperatorRegistry.discover();
      OperatorId sort = new OperatorId("lines/sort", 1);
      OperatorId stats = new OperatorId("text/stats", 1);
      OperatorRegistry wrong =
          OperatorRegistry.of(
              List.of(
                  new Wrong(sort, right.find(sort).orElseThrow().spec()),
                  right.find(stats).orElseThrow()));
      new Executor(node.store(), wrong)
          .run(
              ProgramText.readJson(Bytes.utf8(PROGRAM)),
              new TreeMap<>(Map.of("text", given)),
              RunOptions.defaults());
    }
  }

  @Test
  void aStepThatTwoNodesRanWithDifferentResultsIsNamedInEveryForm() {
    run(ann, "b\na\n");
    runWrongly(bob, "b\na\n");
    Shell.Outcome told = auditor.run("audit", "../ann", "../bob");
    assertThat(told.code()).isEqualTo(1);
    assertThat(told.out())
        .contains("contradiction: receipts of program asl1-sha256:")
        .contains("says that it gave counts=asl1-sha256:")
        .contains("not run again here, so whether it is right is not known")
        .contains("explains  run, why ../ann and ../bob differ")
        .contains("way      run < output counts < input 1 of step count")
        .contains("cause    step: the same step on the same inputs gave something else")
        .contains("by step sort, lines/sort@1, receipt asl1-sha256:");
    JsonNode json = refuted("audit", "../ann", "../bob", "--json").json();
    assertThat(json.get("findings"))
        .extracting(each -> each.get("kind").asText())
        .as("what the comparison found stands first")
        .containsExactly("lag", "lag", "contradiction");
    JsonNode finding = json.get("findings").get(2);
    assertThat(finding.get("occurrences")).hasSize(2);
    for (JsonNode place : finding.get("occurrences")) {
      assertThat(place.get("canonicalId").asText()).startsWith("asl1-sha256:");
      assertThat(place.get("origin").isNull()).isFalse();
      assertThat(place.get("logseq").isNull()).isFalse();
    }
    JsonNode tree = json.get("explanations").get(0);
    JsonNode cause = tree.get("causes").get(0);
    assertThat(cause.get("chain")).hasSize(3);
    JsonNode step = tree.get("steps").get(cause.get("step").asInt());
    assertThat(step.get("why").asText()).isEqualTo("step");
    assertThat(step.get("leftMade").get("node").asText()).isEqualTo("sort");
    assertThat(step.get("left").asText()).isNotEqualTo(step.get("right").asText());
    assertThat(json.get("explanationNote").isNull()).isTrue();
    JsonNode sarif =
        refuted("audit", "../ann", "../bob", "--report", "sarif").json().get("runs").get(0);
    assertThat(sarif.get("results"))
        .extracting(each -> each.get("ruleId").asText())
        .filteredOn("audit:contradiction"::equals)
        .hasSize(2);
    assertThat(sarif.get("properties").get("explanations")).isEqualTo(json.get("explanations"));
    assertThat(auditor.run("audit", "../ann", "../bob", "--report", "junit").out())
        .contains("type=\"audit:contradiction\"")
        .contains("name=\"explanation of run\"")
        .contains("step: the same step on the same inputs gave something else");
    assertThat(auditor.run("audit", "../ann", "../bob", "--report", "html").out())
        .contains("<h2>What the differences come from</h2>")
        .contains("input 1 of step count")
        .contains("cairn run --recompute");
    JsonNode written =
        refuted("audit", "../ann", "../bob", "--reproduce", "answers", "--json")
            .json()
            .get("reproduction");
    assertThat(written.get("records").asInt()).isEqualTo(2);
    JsonNode shown = refuted("audit", "answers", "--json").json();
    assertThat(shown.at("/findings/0/id")).isEqualTo(finding.get("id"));
    JsonNode alone = shown.get("explanations").get(0);
    assertThat(alone.get("causes")).isEqualTo(tree.get("causes"));
    assertThat(alone.at("/steps/2/left")).isEqualTo(tree.at("/steps/2/left"));
    assertThat(alone.at("/steps/2/rightMade")).isEqualTo(tree.at("/steps/2/rightMade"));
    assertThat(auditor.run("audit", "../ann", "../bob", "--json").out())
        .isEqualTo(auditor.run("audit", "../ann", "../bob", "--json").out());
  }

  @Test
  void contradictingReceiptsAreJudgedByRunningThemAgainAndKnownWhenSeenAgain() throws Exception {
    run(ann, "b\na\n");
    runWrongly(bob, "b\na\n");
    auditor.run("init").ok();
    ann.run("sync", "../bob").ok();
    assertThat(refuted("audit", "../ann", "--check", "receipt-claims", "--findings", "found").out())
        .contains("contradiction", "new", "not run again here");
    Shell.Outcome judged = refuted("audit", "../ann", "--reexecute", "--findings", "found");
    assertThat(judged.out())
        .contains("known")
        .contains("right: running the program again gives this receipt")
        .contains("wrong: running the program again gives another receipt, asl1-sha256:");
    assertThat(auditor.run("audit", "findings", "list", "--findings", "found").ok().out())
        .containsOnlyOnce("contradiction");
    assertThat(auditor.run("audit", "../ann", "--skip", "receipt-claims").ok().out())
        .contains("receipt-claims, receipts left out");
    refuted("audit", "../ann", "--sign", "signed", "--json");
    JsonNode envelope =
        new ObjectMapper().readTree(Files.readString(auditor.folder().resolve("signed")));
    assertThat(
            new String(
                Base64.getDecoder().decode(envelope.get("payload").asText()),
                StandardCharsets.UTF_8))
        .contains("contradiction", "receipt-claims");
  }

  @Test
  void whatIsAskedIsExplainedUpToTheInputThatDiffers() {
    JsonNode one = run(ann, "b\na\n");
    run(bob, "c\nb\na\n");
    assertThat(auditor.run("audit", "../ann", "../bob").ok().out()).doesNotContain("explains");
    String key = one.get("outputs").get("counts").asText();
    Shell.Outcome told =
        auditor.run("audit", "../bob", "../ann", "--explain", key.substring(12, 30)).ok();
    assertThat(told.out())
        .contains("explains  output counts, why ../bob and ../ann differ")
        .contains("way      output counts < input 1 of step count < input text")
        .contains("cause    input: it was put as it is");
    assertThat(auditor.run("audit", "../ann", "--explain", key).ok().out())
        .contains("needs no explanation");
    Shell.Outcome none = auditor.run("audit", "../ann", "../bob", "--explain", "abcdef0123");
    assertThat(none.code()).isEqualTo(1);
  }
}
