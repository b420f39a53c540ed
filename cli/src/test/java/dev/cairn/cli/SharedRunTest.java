package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that three nodes run together, over gRPC with mutual TLS. */
class SharedRunTest {
  private static final int CHAINS = 12;

  @TempDir Path folder;
  Shell shell;

  @BeforeEach
  void start() throws Exception {
    shell = node("a");
    StringBuilder nodes = new StringBuilder();
    StringBuilder joined = new StringBuilder();
    for (int i = 0; i < CHAINS; i++) {
      nodes.append(
          """
          "cut%1$d": {"operator": "bytes/slice@1", "inputs": ["i"], "parameters": {"from": %1$d}},
          "sum%1$d": {"operator": "digest/sha256@1", "inputs": ["cut%1$d"]},
          """
              .formatted(i));
      joined.append(i == 0 ? "" : ", ").append("\"sum").append(i).append('"');
    }
    shell.write(
        "program.json",
        "{\"program\": 1, \"inputs\": [\"i\"], \"nodes\": {"
            + nodes
            + "\"all\": {\"operator\": \"bytes/concat@1\", \"inputs\": ["
            + joined
            + "]}}, \"outputs\": {\"o\": \"all\"}}");
  }

  private Shell node(String name) throws Exception {
    Shell node = new Shell(Files.createDirectory(folder.resolve(name)));
    node.run("init").ok();
    return node;
  }

  private JsonNode run(Shell on, String... more) {
    String[] args = {"run", "program.json", "--in", "i=@input"};
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return on.json(all);
  }

  @Test
  void theReceiptIsThatOfARunAloneAndTheWorkIsShared() throws Exception {
    shell.put("input", "what goes into all of it");
    Shell b = node("b");
    Shell c = node("c");
    String[] serve = {"serve", "--work", "--listen", "127.0.0.1:0", "--json"};
    JsonNode result;
    try (Shell.Running servingB = b.start(serve);
        Shell.Running servingC = c.start(serve)) {
      shell.run("peer", "add", "b", servingB.json().get("address").asText()).ok();
      shell.run("peer", "add", "c", servingC.json().get("address").asText()).ok();
      result = run(shell, "--distributed", "--take-over", "20000", "--limit", "run-millis=2min");
      assertThat(result.get("status").asText()).isEqualTo("SUCCEEDED");
    }

    JsonNode shown = shell.json("receipt", "show", result.get("receipt").asText());
    assertThat(shown.get("steps")).hasSize(2 * CHAINS + 1);
    assertThat(
            shell.run("log", "--json").ok().jsonLines().stream()
                .filter(line -> line.toString().contains("PER"))
                .map(line -> line.get("origin").asText())
                .distinct())
        .as("nodes that ran something")
        .hasSize(3);
    Shell alone = node("alone");
    alone.put("input", "what goes into all of it");
    Files.copy(shell.folder().resolve("program.json"), alone.folder().resolve("program.json"));
    assertThat(run(alone).get("receipt")).isEqualTo(result.get("receipt"));
    shell.run("receipt", "divergences").ok();
  }

  @Test
  void aNodeWithoutPeersDoesAllOfIt() {
    shell.put("input", "x".repeat(20));
    JsonNode result = run(shell, "--distributed");
    assertThat(result.get("status").asText()).isEqualTo("SUCCEEDED");
    assertThat(run(shell).get("receipt")).isEqualTo(result.get("receipt"));
  }

  @Test
  void whatCannotBeSharedIsRefused() {
    shell.put("input", "x");
    shell
        .run("run", "program.json", "--in", "i=@input", "--distributed", "--force")
        .failed(2, "--distributed");
    shell
        .run("run", "program.json", "--in", "i=@input", "--distributed", "--take-over", "0")
        .failed(2, "take-over");
    shell.run("run", "program.json", "--distributed").failed(2, "inputs");
    shell.run("run", "program.json", "--in", "i=" + "0".repeat(64), "--distributed").failed(1);
    assertThat(shell.json("status").get("records").asLong()).isEqualTo(1);
  }
}
