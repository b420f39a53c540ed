package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn query}, and reads of the graph at snapshots. */
class QueryCommandTest {
  @TempDir Path folder;
  Shell shell;
  String source;
  String object;
  String binary;

  @BeforeEach
  void linkThreeFiles() {
    shell = new Shell(folder);
    shell.run("init").ok();
    source = shell.put("source", "s");
    object = shell.put("object", "o");
    binary = shell.put("binary", "b");
    shell.run("link", "--type", "build:compile", "--from", source + "=unit", "--to", object).ok();
    shell.run("link", "--type", "build:link", "--from", object, "--to", binary).ok();
  }

  private List<String> keys(String... arguments) {
    String[] all = new String[arguments.length + 2];
    all[0] = "query";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[all.length - 1] = "--json";
    return shell.run(all).ok().jsonLines().stream()
        .map(row -> row.path("key").asText())
        .filter(key -> !key.isEmpty())
        .toList();
  }

  @Test
  void aPlanIsAnsweredARowALine() {
    assertThat(keys("keys " + binary + " | up")).containsExactly(binary, object, source);
    JsonNode count = shell.json("query", "edges | count");
    assertThat(count.get("count").asLong()).isEqualTo(2);
    assertThat(shell.run("query", "edges | edgeType=build:link | select edgeType, to").ok().out())
        .isEqualTo("build:link  " + binary + "\n");
  }

  @Test
  void keysInPlansAreReadAsEverywhere() {
    String digits = binary.substring(binary.indexOf(':') + 1, binary.indexOf(':') + 13);
    assertThat(keys("keys " + digits + " | up depth=1")).containsExactly(binary, object);
    assertThat(keys("keys @binary | path up to=" + source)).containsExactly(binary, object, source);
    shell.run("query", "keys 000000000000").failed(1, "no artifact's key begins");
    shell.run("query", "keys nonsense!").failed(2, "column 14");
  }

  @Test
  void aPlanMayBeJsonAndLieInAFile() throws IOException {
    Files.writeString(
        folder.resolve("plan.txt"), "# what it is made of\nkeys " + binary + "\n| up frontier\n");
    assertThat(keys("@plan.txt")).containsExactly(source);
    assertThat(keys("[{\"keys\":[\"" + binary + "\"]},{\"walk\":\"up\",\"give\":\"frontier\"}]"))
        .containsExactly(source);
    Files.write(folder.resolve("bad"), new byte[] {'a', (byte) 0xff});
    shell.run("query", "@bad").failed(2, "not UTF-8");
    shell.run("query", "@missing").failed(3, "no such file");
  }

  @Test
  void aMistakeIsAUsageErrorWithItsPlace() {
    shell.run("query", "edges | typ=a").failed(2, "column 9: no field is named 'typ'");
    shell.run("query", "[{\"scan\":\"edge\"}]").failed(2, "/0/scan: 'edge' is not one of");
    shell.run("query", "edges", "--limit", "-1").failed(2, "negative limit");
    shell.run("query", "edges", "--threads", "0").failed(2, "threads");
    shell.run("query", "edges", "--memory", "0").failed(2, "memory");
    shell.run("query", "edges", "--estimate").failed(2, "--explain");
    shell.run("query", "edges", "--continue", "cq1.x").failed(2, "continuation");
    shell.run("query", "artifacts" + " | up".repeat(256)).failed(2, "more than 256 operators");
  }

  @Test
  void pagesFollowOneAnotherAtASnapshotAndNotOverAMovedView() {
    shell.run("snapshot", "create", "--label", "s").ok();
    List<String> all = keys("everything", "--at", "s");
    List<JsonNode> first =
        shell.run("query", "everything", "--at", "s", "--limit", "2", "--json").ok().jsonLines();
    assertThat(first).hasSize(3);
    assertThat(first.get(2).get("end").asText()).isEqualTo("limit");
    String where = first.get(2).get("continue").asText();
    shell.put("more", "m");
    assertThat(keys("everything", "--at", "s", "--continue", where))
        .isEqualTo(all.subList(2, all.size()));
    JsonNode last =
        shell
            .run("query", "everything", "--at", "s", "--continue", where, "--limit", "9", "--json")
            .ok()
            .jsonLines()
            .get(all.size() - 2);
    assertThat(last.get("end").asText()).isEqualTo("complete");
    assertThat(last.get("continue").isNull()).isTrue();
    shell.run("query", "everything", "--continue", where).failed(3, "the view has moved");
    shell.run("query", "edges", "--at", "s", "--continue", where).failed(3, "another plan");
    assertThat(shell.run("query", "everything", "--limit", "1").ok().err())
        .contains("--continue cq1.");
  }

  @Test
  void anExplanationTellsRowsExpectedAndGiven() {
    String out = shell.run("query", "keys " + binary + " | up", "--explain").ok().out();
    assertThat(out).contains("Traversal: up  (expected 3, gave 3, read 2)");
    JsonNode json = shell.json("query", "edges", "--explain");
    assertThat(json.get("rows").asLong()).isEqualTo(2);
    assertThat(shell.run("query", "edges", "--explain", "--estimate").ok().out())
        .isEqualTo("TombstoneShadow: live  (expected 2)\n  SegmentScan: edges  (expected 2)\n");
  }

  @Test
  void edgesAndPathsCanBeReadAsOfASnapshot() {
    shell.run("snapshot", "create", "--label", "s").ok();
    String edge = shell.json("edges", source).get("key").asText();
    shell.run("rm", edge).ok();
    assertThat(shell.run("edges", source).ok().lines()).isEmpty();
    assertThat(shell.json("edges", source, "--at", "s").get("key").asText()).isEqualTo(edge);
    shell.run("path", source, binary).failed(1, "no derivation");
    assertThat(shell.json("path", source, binary, "--at", "s").get("length").asLong()).isEqualTo(2);
    assertThat(keys("edges history | state=retracted")).containsExactly(edge);
    assertThat(shell.run("query", "edges | count", "--at", "nowhere").code()).isEqualTo(1);
  }

  @Test
  void theSameRowsComeWithAnyThreadsAndMemory() {
    byte[] rows = shell.run("query", "everything | both", "--json").ok().outBytes();
    assertThat(new String(rows, StandardCharsets.UTF_8)).contains(binary);
    assertThat(
            shell
                .run("query", "everything | both", "--json", "--threads", "3", "--memory", "1")
                .ok()
                .outBytes())
        .isEqualTo(rows);
  }
}
