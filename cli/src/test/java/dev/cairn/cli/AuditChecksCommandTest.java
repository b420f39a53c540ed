package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn audit} with checks chosen, and what its reports tell of those left out. */
class AuditChecksCommandTest {
  @TempDir private Path folder;
  private Shell shell;

  @BeforeEach
  void makeStore() {
    shell = new Shell(folder);
    shell.run("init").ok();
    shell.put("one", "first");
    shell.put("two", "second");
  }

  private Map<String, String> files() throws IOException, GeneralSecurityException {
    TreeMap<String, String> digests = new TreeMap<>();
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder.resolve(".cairn"))) {
      all = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : all) {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      digests.put(
          file.toString() + " " + Files.getLastModifiedTime(file),
          HexFormat.of().formatHex(sha256.digest(Files.readAllBytes(file))));
    }
    return digests;
  }

  @Test
  void anAuditWritesNothingToItsSource() throws Exception {
    shell.run("snapshot", "create", "--label", "s").ok();
    Map<String, String> before = files();
    shell.run("audit", ".cairn").ok();
    shell.run("audit", ".cairn", "--json", "--findings", "../findings").ok();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aCheckThatIsNotKnownIsRefusedWithTheNamesOfAll() {
    for (String option : List.of("--check", "--skip")) {
      Shell.Outcome refused = shell.run("audit", ".cairn", option, "records,nope");
      assertThat(refused.code()).isEqualTo(2);
      assertThat(refused.err()).contains("'nope'", "opening, records, payloads", "comparison");
    }
    assertThat(shell.run("audit", ".cairn", "--skip", "opening").code()).isEqualTo(2);
    assertThat(shell.run("audit", ".cairn", "--skip", "receipts", "--reexecute").code())
        .isEqualTo(2);
    assertThat(shell.run("audit", ".cairn", "--receipts", "0").code()).isEqualTo(2);
    assertThat(shell.run("audit", ".cairn", "--receipts", "all", "--seed", "1").code())
        .isEqualTo(2);
    assertThat(shell.run("audit", ".cairn", "--receipts", "all", "--reexecute").code())
        .isEqualTo(2);
  }

  @Test
  void aComparisonOfOneSourceIsNoneAndVerifiesNothing() {
    Shell.Outcome refused = shell.run("audit", ".cairn", "--check", "comparison");
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err()).contains("one SOURCE", "name another one");
    assertThat(shell.run("audit", ".cairn", "--check", "records,comparison").code()).isEqualTo(2);
    assertThat(shell.run("audit", ".cairn", "--skip", "records").ok().out()).contains("verified");
  }

  @Test
  void peopleReadWhatWasCheckedAndWhatWasNot() {
    assertThat(shell.run("audit", ".cairn").ok().out())
        .contains("checked   records: 1 log, 2 records", "verified, not checked in full: receipts");
    assertThat(shell.run("audit", ".cairn", "--reexecute").ok().out())
        .contains("checked   receipts: 0 receipts")
        .startsWith("verified\n");
    assertThat(shell.run("audit", ".cairn", "--skip", "tails,payloads").ok().out())
        .contains(
            "payloads, tails, receipts left out",
            "verified, not checked in full: payloads, tails, receipts")
        .doesNotContain("checked   payloads");
  }

  @Test
  void programsReadItInEveryForm() throws IOException {
    String[] audit = {"audit", ".cairn", "--check", "records,payloads", "--sign", "signed.json"};
    JsonNode json =
        shell
            .run(Stream.concat(Stream.of(audit), Stream.of("--json")).toArray(String[]::new))
            .ok()
            .json();
    assertThat(json.get("verified").asBoolean()).isTrue();
    assertThat(json.get("complete").asBoolean()).isFalse();
    assertThat(json.get("notWhole")).hasSize(15);
    assertThat(json.at("/checks/1/check").asText()).isEqualTo("records");
    assertThat(json.at("/checks/1/outcome").asText()).isEqualTo("made");
    assertThat(json.at("/checks/1/looked/records").asLong()).isEqualTo(2);
    assertThat(json.at("/checks/2/looked/bytes").asLong()).isEqualTo(11);
    assertThat(json.at("/checks/3/outcome").asText()).isEqualTo("left-out");
    JsonNode envelope =
        new ObjectMapper().readTree(Files.readString(folder.resolve("signed.json")));
    JsonNode predicate =
        new ObjectMapper()
            .readTree(
                new String(
                    Base64.getDecoder().decode(envelope.get("payload").asText()),
                    StandardCharsets.UTF_8))
            .get("predicate");
    assertThat(predicate.get("complete").asBoolean()).isFalse();
    assertThat(predicate.get("notWhole")).isEqualTo(json.get("notWhole"));
    assertThat(predicate.at("/checks/2/looked/bytes").asLong()).isEqualTo(11);
    String junit =
        shell.run("audit", ".cairn", "--check", "records", "--report", "junit").ok().out();
    assertThat(junit).contains("skipped=\"15\"", "<testcase name=\"records\"");
    String sarif =
        shell.run("audit", ".cairn", "--check", "records", "--report", "sarif").ok().out();
    assertThat(
            new ObjectMapper()
                .readTree(sarif)
                .at("/runs/0/invocations/0/toolConfigurationNotifications"))
        .hasSize(16);
  }

  @Test
  void aSampleTellsItsSeed() throws IOException {
    Files.writeString(
        folder.resolve("p.json"),
        "{\"program\": 1, \"inputs\": [\"text\"], \"nodes\": {\"sum\": {\"operator\":"
            + " \"digest/sha256@1\", \"inputs\": [\"text\"]}}, \"outputs\": {\"digest\":"
            + " \"sum\"}}");
    shell.run("run", "p.json", "--in", "text=@one").ok();
    shell.run("run", "p.json", "--in", "text=@two").ok();
    Shell.Outcome sample = shell.run("audit", ".cairn", "--receipts", "1", "--seed", "42").ok();
    assertThat(sample.out())
        .contains(
            "checked   receipts: 1 receipt, 2 live receipts",
            "receipts sampled (a sample of 1 of 2, seed 42)",
            "verified, not checked in full: receipts");
    assertThat(shell.run("audit", ".cairn", "--receipts", "1", "--seed", "42").ok().out())
        .isEqualTo(sample.out());
    assertThat(shell.run("audit", ".cairn", "--receipts", "1").ok().out()).contains(", seed ");
    assertThat(shell.run("audit", ".cairn", "--receipts-behind", "@one").ok().out())
        .contains("the 0 of 2 behind asl1-sha256:");
  }

  @Test
  void receiptsThatTakeMoreWorkThanIsAllowedStayUndecided() throws IOException {
    Files.writeString(
        folder.resolve("p.json"),
        "{\"program\": 1, \"inputs\": [\"text\"], \"nodes\": {\"small\": {\"operator\":"
            + " \"zstd/compress@1\", \"inputs\": [\"text\"], \"parameters\": {\"level\": 19}}},"
            + " \"outputs\": {\"small\": \"small\"}}");
    for (String name : List.of("a", "b", "c")) {
      Files.writeString(folder.resolve(name), name.repeat(600_000));
      shell.run("put", name).ok();
      shell.run("run", "p.json", "--in", "text=@" + name).ok();
    }
    assertThat(shell.run("audit", ".cairn", "--reexecute").ok().out())
        .containsPattern(
            "checked   receipts: 3 receipts, 3 live receipts, 19[0-9]{8} units of work");
    String[] bounded = {"audit", ".cairn", "--reexecute", "--receipts-work", "1"};
    Shell.Outcome spent = shell.run(bounded);
    assertThat(spent.code()).isEqualTo(3);
    assertThat(spent.out())
        .contains(
            "checked   receipts: 1 receipt, 3 live receipts, 6",
            "undecided: not all receipts were run again: what that may take is spent",
            ": 2 of 3 were not, from asl1-sha256:",
            " of 1000000000 units of work",
            "not whole receipts cut short (2 of 3 receipts were not run again)",
            "NOT verified (undecided): 1 finding");
    assertThat(shell.run(bounded).out()).isEqualTo(spent.out());
    assertThat(shell.run("--json", "audit", ".cairn", "--reexecute", "--receipts-work", "1").out())
        .containsPattern(
            "\\{\"check\":\"receipts\",\"outcome\":\"cut-short\",\"looked\":"
                + "\\{\"receipts\":1,\"receiptsLive\":3,\"work\":6[0-9]{8}}");
    for (String wrong : List.of("0", "1000000001", "much")) {
      shell
          .run("audit", ".cairn", "--reexecute", "--receipts-work", wrong)
          .failed(2, "--receipts-work '" + wrong + "'", "1 to 1000000000");
    }
    shell.run("audit", ".cairn", "--receipts-work", "1").failed(2, "add --reexecute");
  }
}
