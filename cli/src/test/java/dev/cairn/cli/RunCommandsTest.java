package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs and receipts. */
class RunCommandsTest {
  private static final String PROGRAM =
      """
      {"program": 1,
       "inputs": ["left", "right"],
       "nodes": {"joined": {"operator": "bytes/concat@1", "inputs": ["left", "right"]},
                 "digest": {"operator": "digest/sha256@1", "inputs": ["joined"]}},
       "outputs": {"joined": "joined", "digest": "digest"}}
      """;

  @TempDir Path folder;
  Shell shell;
  String left;
  String right;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    shell.run("init").ok();
    left = shell.put("left", "one ");
    right = shell.put("right", "two");
    shell.write("program.json", PROGRAM);
  }

  private JsonNode run(String... more) {
    String[] args = {"run", "program.json", "--in", "left=" + left, "--in", "right=@right"};
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return shell.json(all);
  }

  @Test
  void aRunLeavesOutputsAndAReceiptAndIsNotRepeated() {
    JsonNode first = run();
    assertThat(first.get("status").asText()).isEqualTo("SUCCEEDED");
    assertThat(first.get("executed").asLong()).isEqualTo(2);
    assertThat(first.get("reused").asLong()).isZero();
    assertThat(shell.run("get", first.get("outputs").get("joined").asText()).ok().out())
        .isEqualTo("one two");

    JsonNode second = run();
    assertThat(second.get("receipt")).isEqualTo(first.get("receipt"));
    assertThat(second.get("executed").asLong()).isZero();
    assertThat(second.get("reused").asLong()).isEqualTo(2);
    JsonNode forced = run("--force");
    assertThat(forced.get("receipt")).isEqualTo(first.get("receipt"));
    assertThat(forced.get("executed").asLong()).isEqualTo(2);
    assertThat(shell.json("status").get("receipts").asLong()).isEqualTo(1);
  }

  @Test
  void aProgramIsGivenAsFileOrByKey() {
    String receipt = run().get("receipt").asText();
    String program = shell.json("receipt", "show", receipt).get("program").asText();
    JsonNode byKey = shell.json("run", program, "--in", "left=" + left, "--in", "right=" + right);
    assertThat(byKey.get("receipt").asText()).isEqualTo(receipt);
    JsonNode byFile =
        shell.json("run", "@program.json", "--in", "left=" + left, "--in", "right=" + right);
    assertThat(byFile.get("receipt").asText()).isEqualTo(receipt);
  }

  @Test
  void receiptsAreListedShownAndVerified() {
    String receipt = run().get("receipt").asText();
    JsonNode listed = shell.json("receipt", "list");
    assertThat(listed.get("receipt").asText()).isEqualTo(receipt);
    assertThat(listed.get("status").asText()).isEqualTo("SUCCEEDED");
    JsonNode shown = shell.json("receipt", "show", receipt);
    assertThat(shown.get("inputs").get("left").asText()).isEqualTo(left);
    assertThat(shown.get("steps").findValuesAsText("node")).containsExactly("digest", "joined");
    JsonNode verified = shell.json("receipt", "verify", receipt);
    assertThat(verified.get("verified").asBoolean()).isTrue();
    assertThat(verified.get("executed").asLong()).isEqualTo(2);
    assertThat(shell.run("receipt", "show", receipt).ok().out()).contains("bytes/concat@1");
    shell.run("receipt", "show", left).failed(1, "no receipt");
    shell.run("receipt", "verify", left).failed(1, "no receipt");
  }

  @Test
  void whatIsWrongWithAProgramIsNamedAndNothingIsWritten() {
    long records = shell.json("status").get("records").asLong();
    shell.write("cyclic.json", PROGRAM.replace("[\"left\", \"right\"]}", "[\"digest\"]}"));
    shell
        .run("run", "cyclic.json", "--in", "left=" + left, "--in", "right=" + right)
        .failed(1, "cyclic.json");
    shell.write("unknown.json", PROGRAM.replace("bytes/concat@1", "bytes/nothing@1"));
    shell
        .run("run", "unknown.json", "--in", "left=" + left, "--in", "right=" + right)
        .failed(1, "bytes/nothing@1");
    shell.run("run", "program.json", "--in", "left=" + left).failed(2, "right");
    shell.run("run", "program.json", "--in", "left").failed(2, "not an input");
    shell.run("run", "missing.json").failed(3, "no such file");
    assertThat(shell.json("status").get("records").asLong()).isEqualTo(records);
  }

  @Test
  void anExplanationRunsNothingAndSaysWhy() {
    run();
    long records = shell.json("status").get("records").asLong();
    JsonNode whole = run("--explain");
    assertThat(whole.get("reused").asLong()).isEqualTo(2);
    assertThat(whole.get("whole").get("node")).isEqualTo(shell.json("status").get("node"));
    JsonNode changed =
        shell.json(
            "run", "program.json", "--in", "left=" + right, "--in", "right=@right", "--explain");
    assertThat(changed.get("runs").asLong()).isEqualTo(1);
    JsonNode joined = changed.get("nodes").get(0);
    assertThat(joined.get("plan").asText()).isEqualTo("runs");
    assertThat(joined.get("reasons").get(0).get("place").asText()).isEqualTo("/inputs/0");
    assertThat(joined.get("reasons").get(0).get("there").asText()).isEqualTo(left);
    assertThat(
            shell
                .run(
                    "run",
                    "program.json",
                    "--in",
                    "left=" + right,
                    "--in",
                    "right=@right",
                    "--explain")
                .ok()
                .out())
        .contains("RUNS  joined  bytes/concat@1")
        .contains("/inputs/0: another input: here " + right + ", there " + left)
        .contains("DEPENDS  digest");
    assertThat(shell.json("status").get("records").asLong()).isEqualTo(records);
  }

  private Shell.Outcome negative(String... args) {
    Shell.Outcome outcome = shell.run(args);
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(1);
    return outcome;
  }

  @Test
  void aLieIsListedJudgedAndTakenOutOfReuse() throws IOException {
    String truth = run().get("receipt").asText();
    shell.run("receipt", "divergences").ok();
    String output = shell.json("receipt", "show", truth).get("outputs").get("joined").asText();
    byte[] receipt = shell.run("get", truth).ok().output().toArray();
    byte[] from = HexFormat.of().parseHex(output.substring(output.indexOf(':') + 1));
    byte[] to = HexFormat.of().parseHex(left.substring(left.indexOf(':') + 1));
    for (int at = 0; at + 32 <= receipt.length; at++) {
      if (Arrays.equals(receipt, at, at + 32, from, 0, 32)) {
        System.arraycopy(to, 0, receipt, at, 32);
      }
    }
    Files.write(folder.resolve("lie"), receipt);
    String lie = shell.run("put", "lie", "--type", "pel/receipt").ok().out().strip();

    JsonNode found = negative("receipt", "divergences", "--json").jsonLines().get(0);
    assertThat(found.get("kind").asText()).isEqualTo("run");
    assertThat(negative("receipt", "divergences").out())
        .contains(truth)
        .contains(lie)
        .contains("step  ");
    JsonNode judged =
        negative(
                "run",
                "program.json",
                "--in",
                "left=" + left,
                "--in",
                "right=@right",
                "--recompute",
                "--json")
            .json();
    assertThat(judged.get("receipt").asText()).isEqualTo(truth);
    for (JsonNode judgement : judged.get("judgements")) {
      assertThat(judgement.get("right").asBoolean())
          .isEqualTo(judgement.get("receipt").asText().equals(truth));
    }
    assertThat(negative("receipt", "verify", lie).out()).contains("right is " + truth);

    shell.run("rm", lie).ok();
    shell.run("receipt", "divergences").ok();
  }

  @Test
  void theLedgerKeepsTheGreatestStatus() {
    shell.run("run", "program.json", "--in", "left=" + left, "--in", "right=@right", "--skip").ok();
    assertThat(shell.json("receipt", "ledger").get("status").asText()).isEqualTo("SKIPPED");
    String receipt = run().get("receipt").asText();
    JsonNode line = shell.json("receipt", "ledger", "--status", "SUCCEEDED");
    assertThat(line.get("receipt").asText()).isEqualTo(receipt);
    assertThat(line.get("receipts").asLong()).isEqualTo(2);
    assertThat(shell.run("receipt", "ledger", "--status", "SKIPPED").ok().out()).isEmpty();
    shell.run("rm", receipt).ok();
    assertThat(shell.json("receipt", "ledger").get("status").asText()).isEqualTo("SUCCEEDED");
  }

  @Test
  void policiesLimitsAndTriesThatMakeNoSenseAreRefused() {
    String[] base = {"run", "program.json", "--in", "left=" + left, "--in", "right=@right"};
    for (String wrong :
        new String[] {
          "--reuse=some", "--reuse=0-of-any", "--reuse=2-of-own", "--reuse=1-of-own,own",
          "--reuse=1-of-nobody", "--limit=time=1", "--limit=step-millis=0", "--limit=run-millis=9k",
          "--limit=run-millis=999999999999999h", "--tries=0", "--tries=101", "--threads=0"
        }) {
      String[] all = Arrays.copyOf(base, base.length + 1);
      all[base.length] = wrong;
      shell.run(all).failed(2);
    }
    assertThat(run("--reuse", "1-of-own").get("executed").asLong()).isEqualTo(2);
    assertThat(run("--reuse", "own").get("executed").asLong()).isZero();
    assertThat(run("--reuse", "2-of-any").get("executed").asLong()).isEqualTo(2);
    shell
        .run(
            "run",
            "program.json",
            "--in",
            "left=" + left,
            "--in",
            "right=@right",
            "--force",
            "--limit",
            "run-output-bytes=3")
        .failed(3, "run-output-bytes");
  }
}
