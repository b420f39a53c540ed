package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn audit bisect}, as a person uses it. */
class AuditBisectTest {
  private static final int PUTS = 12;

  @TempDir private Path folder;
  private Shell a;
  private Shell b;
  private final List<String> keys = new ArrayList<>();

  @BeforeEach
  void makeStores() throws IOException {
    a = new Shell(Files.createDirectory(folder.resolve("A")));
    b = new Shell(Files.createDirectory(folder.resolve("B")));
    a.run("init").ok();
    b.run("init").ok();
    for (int i = 0; i < PUTS; i++) {
      keys.add(a.put("file" + i, "content " + i));
      if (i == 3) {
        a.run("snapshot", "create", "--label", "early").ok();
      }
    }
    a.run("rm", keys.get(2)).ok();
    a.put("after", "the removal");
    a.run("snapshot", "create", "--label", "late").ok();
  }

  private JsonNode found(Shell shell, String... args) {
    Shell.Outcome outcome = shell.run(args);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.json().get("found");
  }

  @Test
  void theRemovalOfAnArtifactIsFound() {
    JsonNode found =
        found(a, "audit", "bisect", ".cairn", "--good", "early", "--live", keys.get(2), "--json");
    assertThat(found.get("logseq").asText()).isEqualTo(String.valueOf(PUTS + 1));
    assertThat(found.get("records").asInt()).isEqualTo(1);
    assertThat(found.at("/first/0/kind").asText()).isEqualTo("TOMBSTONE");
    assertThat(found.at("/before/0/logseq").asText()).isEqualTo(String.valueOf(PUTS));
    assertThat(found.at("/after/0/logseq").asText()).isEqualTo(String.valueOf(PUTS + 1));
    String people =
        a.run("audit", "bisect", ".cairn", "--good", "early", "--live", keys.get(2)).ok().out();
    assertThat(people).contains("first bad   logseq " + (PUTS + 1)).contains("TOMBSTONE");
  }

  @Test
  void theArrivalOfAnArtifactIsFoundFromTheEmptyStoreOn() {
    JsonNode found = found(a, "audit", "bisect", ".cairn", "--not-live", keys.get(7), "--json");
    assertThat(found.at("/first/0/key").asText()).isEqualTo(keys.get(7));
    assertThat(
            found(
                    a,
                    "audit",
                    "bisect",
                    ".cairn",
                    "--bad",
                    "early",
                    "--not-live",
                    keys.get(0),
                    "--json")
                .at("/first/0/key")
                .asText())
        .isEqualTo(keys.get(0));
  }

  @Test
  void whereAnotherSourceStopsBeingTheSameIsFound() {
    b.run("sync", "../A/.cairn").ok();
    assertThat(a.run("audit", "bisect", ".cairn", "--same-as", "../B").code())
        .as("still the same at the present")
        .isEqualTo(1);
    String key = a.put("more", "only A");
    a.put("more2", "only A too");
    JsonNode found = found(a, "audit", "bisect", ".cairn", "--same-as", "../B", "--json");
    assertThat(found.at("/first/0/key").asText()).isEqualTo(key);
  }

  @Test
  void aReceiptThatLostAnInputIsFound() throws IOException {
    Files.writeString(
        folder.resolve("A/program.json"),
        """
        {"program": 1, "inputs": ["x", "y"],
         "nodes": {"joined": {"operator": "bytes/concat@1", "inputs": ["x", "y"]}},
         "outputs": {"joined": "joined"}}
        """);
    Shell.Outcome ran =
        a.run(
            "run",
            "program.json",
            "--in",
            "x=" + keys.get(4),
            "--in",
            "y=" + keys.get(5),
            "--json");
    assertThat(ran.code()).as(ran.err()).isZero();
    String receipt = ran.json().get("receipt").asText();
    a.run("snapshot", "create", "--label", "ran").ok();
    a.put("noise", "noise");
    a.run("rm", keys.get(5)).ok();
    JsonNode found =
        found(a, "audit", "bisect", ".cairn", "--good", "ran", "--receipt", receipt, "--json");
    assertThat(found.at("/first/0/kind").asText()).isEqualTo("TOMBSTONE");
    Shell.Outcome early =
        a.run("audit", "bisect", ".cairn", "--good", "early", "--receipt", receipt);
    assertThat(early.code()).isEqualTo(1);
    assertThat(early.err()).contains("not live at the good end");
  }

  @Test
  void aShellCommandDecidesInTheReplayedStore() throws IOException {
    Path asked = folder.resolve("asked");
    JsonNode found =
        found(
            a,
            "audit",
            "bisect",
            ".cairn",
            "--good",
            "early",
            "--run",
            "test -d \"$CAIRN_STORE\" && echo \"$CAIRN_AT\" >> "
                + asked
                + " && test $(wc -l < "
                + asked
                + ") -ne 2",
            "--json");
    assertThat(found.get("logseq").asText())
        .as("the second answer is no, at the bad end; all others are yes")
        .isEqualTo(String.valueOf(PUTS + 2));
    List<String> lines = Files.readAllLines(asked);
    assertThat(lines).doesNotHaveDuplicates().allMatch(line -> line.startsWith("asl1-sha256:"));
    assertThat(a.run("snapshot", "list", "--json").ok().jsonLines())
        .as("the source keeps its own snapshots only")
        .hasSize(2);
  }

  @Test
  void aShellCommandThatCannotSayEndsTheSearch() {
    Shell.Outcome outcome = a.run("audit", "bisect", ".cairn", "--run", "exit 125");
    assertThat(outcome.code()).isEqualTo(3);
    assertThat(outcome.err()).contains("'exit 125' ended with 125");
    assertThat(a.run("audit", "bisect", ".cairn", "--run", "no-such-command-here").code())
        .isEqualTo(3);
  }

  @Test
  void aBundleIsSearchedToo() {
    a.run("bundle", "create", "all.cairn").ok();
    JsonNode found = found(a, "audit", "bisect", "all.cairn", "--not-live", keys.get(9), "--json");
    assertThat(found.at("/first/0/key").asText()).isEqualTo(keys.get(9));
    Path asked = folder.resolve("asked");
    found(
        a,
        "audit",
        "bisect",
        "all.cairn",
        "--run",
        "echo \"$CAIRN_STORE $CAIRN_AT\" >> " + asked + " && test $(wc -l < " + asked + ") -ne 2",
        "--json");
    assertThat(asked).content().contains("cairn-replay-").contains(" asl1-sha256:");
  }

  @Test
  void whatCannotBeSearchedIsSaid() {
    assertThat(a.run("audit", "bisect", ".cairn").code()).isEqualTo(2);
    assertThat(a.run("audit", "bisect", ".cairn", "--live", keys.get(1), "--run", "true").code())
        .isEqualTo(2);
    assertThat(a.run("audit", "bisect", ".cairn", "--live", keys.get(1)).code())
        .as("it never held in the empty store")
        .isEqualTo(1);
    Shell.Outcome order =
        a.run(
            "audit", "bisect", ".cairn", "--good", "late", "--bad", "early", "--live", keys.get(1));
    assertThat(order.code()).isNotZero();
    assertThat(order.err()).contains("the good cut is not before the bad one");
    assertThat(a.run("audit", ".cairn", "bisect", ".cairn", "--live", keys.get(1)).err())
        .contains("./bisect");
  }
}
