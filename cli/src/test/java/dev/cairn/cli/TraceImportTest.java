package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trace format. */
class TraceImportTest {
  private static final String TRACE =
      """
      {"edge": "build:compile", "from": ["src", {"ref": "https://example.com/lib", "role": "library"}], "to": [{"ref": "bin", "role": "output"}], "text": "cc -O2"}
      {"artifact": "src", "type": "text/plain", "text": "int main() {}"}
      {"artifact": "bin", "base64": "AAECAw=="}
      """;

  @TempDir Path folder;
  Shell shell;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    shell.run("init").ok();
  }

  private static String key(String text, String type) {
    return ArtifactKey.of(Bytes.utf8(text), type == null ? null : new TypeTag(type)).toString();
  }

  private long records() {
    return shell.json("status").get("records").asLong();
  }

  @Test
  void aliasesMayBeDeclaredAfterTheyAreUsed() {
    shell.write("t.jsonl", TRACE);
    JsonNode first = shell.json("import", "trace", "t.jsonl");
    assertThat(first.get("artifacts").asLong()).isEqualTo(2);
    assertThat(first.get("edges").asLong()).isEqualTo(1);
    assertThat(first.get("references").asLong()).isEqualTo(1);
    // Two artifacts, the reference, the edge and its payload.
    assertThat(first.get("new").asLong()).isEqualTo(5);
    assertThat(first.get("seconds").isNumber()).isTrue();

    JsonNode edge = shell.json("edges", key("int main() {}", "text/plain"));
    assertThat(edge.get("type").asText()).isEqualTo("build:compile");
    assertThat(edge.get("from").findValuesAsText("key"))
        .containsExactlyInAnyOrder(
            key("int main() {}", "text/plain"), key("https://example.com/lib", "trace/ref"));
    assertThat(edge.get("to").get(0).get("role").asText()).isEqualTo("output");
    assertThat(edge.get("payload").asText()).isEqualTo(key("cc -O2", "text/plain"));
    String binary = edge.get("to").get(0).get("key").asText();
    assertThat(shell.run("get", binary).ok().outBytes()).containsExactly(0, 1, 2, 3);
    assertThat(shell.json("lineage", binary, "--format", "count").get("nodes").asLong())
        .isEqualTo(3);
  }

  @Test
  void importingAgainWritesNothing() {
    shell.write(
        "t.jsonl",
        TRACE
            + "{\"artifact\": \"old\", \"text\": \"gone\"}\n{\"tombstone\": \"old\"}\n"
            + "{\"tombstone\": \"never heard of\"}\n\n");
    assertThat(shell.json("import", "trace", "t.jsonl").get("new").asLong()).isEqualTo(7);
    String root = shell.json("status").get("stateRoot").asText();
    assertThat(shell.json("import", "trace", "t.jsonl").get("new").asLong()).isZero();
    assertThat(shell.json("status").get("stateRoot").asText()).isEqualTo(root);
    assertThat(shell.json("stat", key("gone", null)).get("live").asBoolean()).isFalse();
  }

  @Test
  void theLastLineDecidesWhetherAnArtifactIsLive() {
    shell.write(
        "t.jsonl",
        """
        {"tombstone": "a"}
        {"artifact": "a", "text": "alive"}
        {"artifact": "b", "text": "dead"}
        {"tombstone": "b"}
        """);
    shell.run("import", "trace", "t.jsonl").ok();
    assertThat(shell.json("stat", key("alive", null)).get("live").asBoolean()).isTrue();
    assertThat(shell.json("stat", key("dead", null)).get("live").asBoolean()).isFalse();
    assertThat(shell.json("import", "trace", "t.jsonl").get("new").asLong()).isZero();
  }

  @Test
  void ofTwoEdgesInOneSlotTheLaterLineIsTheLiveOne() {
    StringBuilder trace = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      trace.append(
          "{\"edge\":\"x:y\",\"from\":[\"a\"],\"to\":[\"b\"],\"text\":\"version " + i + "\"}\n");
    }
    shell.write("t.jsonl", trace.toString());
    shell.run("import", "trace", "t.jsonl").ok();
    assertThat(shell.json("edges", key("a", "trace/ref")).get("payload").asText())
        .isEqualTo(key("version 4", "text/plain"));
    assertThat(shell.json("import", "trace", "t.jsonl").get("new").asLong()).isZero();
  }

  @Test
  void keysMeanWhatTheySay() {
    String put = shell.put("file", "content");
    String digest = shell.json("stat", put).get("payloadDigest").asText();
    String absent = key("not here", null);
    shell.write(
        "t.jsonl",
        "{\"edge\":\"x:y\",\"from\":[\""
            + put
            + "\",\""
            + digest
            + "\"],\"to\":[\""
            + absent
            + "\"]}\n");
    JsonNode told = shell.json("import", "trace", "t.jsonl");
    assertThat(told.get("references").asLong()).isZero();
    JsonNode edge = shell.json("edges", absent);
    // The key and the digest name one artifact, so there is one end.
    assertThat(edge.get("from").findValuesAsText("key")).containsExactly(put);

    shell.write(
        "u.jsonl",
        "{\"edge\":\"x:y\",\"from\":[\"sha256:" + "0".repeat(64) + "\"],\"to\":[\"b\"]}\n");
    shell.run("import", "trace", "u.jsonl").failed(1, "line 1", "0 artifacts");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "[]",
        "{}",
        "{\"artifact\": \"a\"}",
        "{\"artifact\": \"a\", \"text\": \"x\", \"base64\": \"eA==\"}",
        "{\"artifact\": \"a\", \"base64\": \"not base64!\"}",
        "{\"artifact\": \"a\", \"text\": 7}",
        "{\"artifact\": \"\", \"text\": \"x\"}",
        "{\"artifact\": \"a\", \"text\": \"x\", \"type\": \"\"}",
        "{\"artifact\": \"a\", \"text\": \"x\", \"type\": \"späte\"}",
        "{\"artifact\": \"a\", \"text\": \"x\", \"type\": \"tgk/edge\"}",
        "{\"artifact\": \"a\", \"text\": \"x\", \"extra\": 1}",
        "{\"artifact\": \"a\", \"artifact\": \"b\", \"text\": \"x\"}",
        "{\"artifact\": \"a\", \"text\": \"\\ud800\"}",
        "{\"artifact\": \"a\", \"tombstone\": \"a\", \"text\": \"x\"}",
        "{\"artifact\": \"good\", \"text\": \"but another text\"}",
        "{\"edge\": \"x:y\", \"from\": [\"a\"]}",
        "{\"edge\": \"x:y\", \"to\": [\"a\"]}",
        "{\"edge\": \"x:y\", \"from\": [\"a\"], \"to\": []}",
        "{\"edge\": \"x:y\", \"from\": \"a\", \"to\": [\"b\"]}",
        "{\"edge\": \"x:y\", \"from\": [{\"role\": \"r\"}], \"to\": [\"b\"]}",
        "{\"edge\": \"x:y\", \"from\": [{\"ref\": \"a\", \"role\": \"\"}], \"to\": [\"b\"]}",
        "{\"edge\": \"x:y\", \"from\": [{\"ref\": \"a\", \"more\": 1}], \"to\": [\"b\"]}",
        "{\"edge\": \"x:y\", \"from\": [7], \"to\": [\"b\"]}",
        "{\"edge\": \"no namespace\", \"from\": [\"a\"], \"to\": [\"b\"]}",
        "{\"tombstone\": \"a\", \"text\": \"why\"}",
        "{\"artifact\": \"a\", \"text\": \"x\"} {\"artifact\": \"b\", \"text\": \"y\"}",
        "{\"artifact\": \"a\", \"text\": \"x\"",
        "{\"edge\": \"x:y\", \"from\": [[[[[[[[[[[[[[]]]]]]]]]]]]]], \"to\": [\"b\"]}",
      })
  void aMalformedLineIsNamedAndNothingIsWritten(String line) {
    shell.write("t.jsonl", "{\"artifact\": \"good\", \"text\": \"fine\"}\n" + line + "\n");
    shell.run("import", "trace", "t.jsonl").failed(1, "t.jsonl, line 2: ");
    assertThat(records()).isZero();

    Shell.Outcome kept = shell.run("import", "trace", "t.jsonl", "--keep-going", "--json");
    assertThat(kept.code()).isEqualTo(1);
    assertThat(kept.err()).contains("line 2: ");
    assertThat(kept.json().get("artifacts").asLong()).isEqualTo(1);
    assertThat(kept.json().get("skipped").asLong()).isEqualTo(1);
    assertThat(records()).isEqualTo(1);
  }

  @Test
  void bytesThatAreNotUtf8AreMalformed() {
    byte[] line =
        "{\"artifact\": \"a\", \"text\": \"?\"}\n"
            .getBytes(java.nio.charset.StandardCharsets.UTF_8);
    line[line.length - 4] = (byte) 0xff;
    shell.write("t.jsonl", line);
    shell.run("import", "trace", "t.jsonl").failed(1, "line 1: not UTF-8");
  }

  @Test
  void standardInputIsReadToo() {
    assertThat(shell.stdin(TRACE).json("import", "trace", "-").get("new").asLong()).isEqualTo(5);
    shell.stdin("{").run("import", "trace", "-").failed(1, "-, line 1");
    shell.run("import", "trace", "missing").failed(3, "no such file");
  }

  @Test
  void oneTraceComesInManyFilesThroughAMap() throws IOException {
    shell.write("one.jsonl", "{\"artifact\": \"src\", \"text\": \"source\"}\n");
    shell.write(
        "two.jsonl",
        """
        {"artifact": "bin", "text": "binary"}
        {"edge": "x:y", "from": ["src"], "to": ["bin"]}
        """);
    shell.run("import", "trace", "one.jsonl", "--map", "m.tsv").ok();
    assertThat(Files.readAllLines(folder.resolve("m.tsv")))
        .containsExactly("src\t" + key("source", null));
    JsonNode second = shell.json("import", "trace", "two.jsonl", "--map", "m.tsv");
    assertThat(second.get("references").asLong()).isZero();
    assertThat(Files.readAllLines(folder.resolve("m.tsv")))
        .containsExactly("src\t" + key("source", null), "bin\t" + key("binary", null));
    assertThat(shell.json("edges", key("binary", null)).get("from").findValuesAsText("key"))
        .containsExactly(key("source", null));

    shell.write("three.jsonl", "{\"artifact\": \"src\", \"text\": \"another\"}\n");
    shell.run("import", "trace", "three.jsonl", "--map", "m.tsv").failed(1, "line 1", "the map");
    shell.write("four.jsonl", "{\"artifact\": \"a\\tb\", \"text\": \"x\"}\n");
    shell.run("import", "trace", "four.jsonl", "--map", "m.tsv").failed(1, "line 1", "tab");
    shell.write("bad.tsv", "no tab here\n");
    shell.run("import", "trace", "one.jsonl", "--map", "bad.tsv").failed(1, "bad.tsv, line 1");
  }

  @Test
  void theSameTraceGivesTheSameStateOnEveryNodeWhateverIsThereBefore() {
    StringBuilder trace = new StringBuilder();
    for (int i = 0; i < 2500; i++) {
      trace.append("{\"artifact\":\"a" + i + "\",\"text\":\"text " + i + "\"}\n");
      trace.append(
          "{\"edge\":\"x:y\",\"from\":[\"a"
              + i
              + "\",\"ref"
              + i
              + "\"],\"to\":[\"a"
              + (i / 2)
              + "\"]}\n");
    }
    shell.write("t.jsonl", trace.toString());
    shell.run("init", "other").ok();
    JsonNode one = shell.json("import", "trace", "t.jsonl");
    JsonNode two = shell.json("--store", "other", "import", "trace", "t.jsonl");
    assertThat(one.get("new").asLong()).isEqualTo(7500);
    assertThat(two.get("new").asLong()).isEqualTo(7500);
    List<String> left = shell.run("find").ok().lines();
    assertThat(shell.run("--store", "other", "find").ok().lines()).isEqualTo(left).hasSize(7500);
  }
}
