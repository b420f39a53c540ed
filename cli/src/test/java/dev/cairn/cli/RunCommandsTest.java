package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
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
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
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
}
