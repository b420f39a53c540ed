package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Edges and what is read from them. */
class GraphCommandsTest {
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
    shell.run("link", "--type", "build:link", "--from", object, "--to", "@binary").ok();
  }

  @Test
  void linkingTwiceWritesOneRecord() {
    JsonNode again =
        shell.json("link", "--type", "build:compile", "--from", source + "=unit", "--to", object);
    assertThat(again.get("new").asBoolean()).isFalse();
    assertThat(again.get("type").asText()).isEqualTo("tgk/edge");
    assertThat(shell.json("status").get("edges").asLong()).isEqualTo(2);
  }

  @Test
  void edgesOfAnArtifactAreListedWithBothSides() {
    List<JsonNode> edges = shell.run("edges", object, "--json").ok().jsonLines();
    assertThat(edges)
        .extracting(e -> e.get("type").asText() + " " + e.get("relation").asText())
        .containsExactlyInAnyOrder("build:compile to", "build:link from");
    JsonNode compile = shell.json("edges", object, "--type", "build:compile");
    assertThat(compile.get("from").get(0).get("key").asText()).isEqualTo(source);
    assertThat(compile.get("from").get(0).get("role").asText()).isEqualTo("unit");
    assertThat(compile.get("to").get(0).get("key").asText()).isEqualTo(object);
    assertThat(shell.run("edges", object).ok().out()).contains("build:link", source + "=unit");
  }

  @Test
  void aRemovedEdgeIsSeenInHistoryOnly() {
    String edge = shell.json("edges", source).get("key").asText();
    shell.run("rm", edge).ok();
    assertThat(shell.run("edges", source).ok().lines()).isEmpty();
    assertThat(shell.json("edges", source, "--history").get("state").asText())
        .isEqualTo("retracted");
  }

  @Test
  void lineageCountsBothWays() {
    JsonNode up = shell.json("lineage", binary, "--format", "count");
    assertThat(up.get("nodes").asLong()).isEqualTo(3);
    assertThat(up.get("edges").asLong()).isEqualTo(2);
    assertThat(up.get("depth").asLong()).isEqualTo(2);
    assertThat(shell.json("lineage", binary, "--up", "--format", "count")).isEqualTo(up);
    assertThat(shell.json("lineage", source, "--down", "--format", "count")).isEqualTo(up);
    assertThat(
            shell
                .json("lineage", binary, "--depth", "1", "--format", "count")
                .get("nodes")
                .asLong())
        .isEqualTo(2);
    assertThat(
            shell
                .json("lineage", binary, "--type", "build:link", "--format", "count")
                .get("edges")
                .asLong())
        .isEqualTo(1);
  }

  @Test
  void lineageAtASnapshotDoesNotSeeWhatCameLater() {
    shell.run("snapshot", "create", "--label", "before").ok();
    String more = shell.put("more", "m");
    shell.run("link", "--type", "build:compile", "--from", more, "--to", object).ok();
    assertThat(shell.json("lineage", binary, "--format", "count").get("nodes").asLong())
        .isEqualTo(4);
    assertThat(
            shell
                .json("lineage", binary, "--at", "before", "--format", "count")
                .get("nodes")
                .asLong())
        .isEqualTo(3);
  }

  @Test
  void lineageIsDrawnInSeveralNotations() {
    assertThat(shell.run("lineage", binary).ok().lines()).hasSize(3);
    assertThat(shell.run("lineage", binary, "--format", "dot").ok().out()).startsWith("digraph");
    assertThat(shell.run("lineage", binary, "--format", "mermaid").ok().out())
        .startsWith("flowchart");
    JsonNode json = shell.json("lineage", binary);
    assertThat(json.get("nodes")).hasSize(3);
    assertThat(json.get("counts").get("edges").asLong()).isEqualTo(2);
    shell.run("lineage", binary, "--up", "--down").failed(2);
    shell.run("lineage", binary, "--format", "png").failed(2, "png");
    shell.run("lineage", binary, "--depth", "-1").failed(2, "depth");
  }

  @Test
  void aPathLeadsFromCauseToEffectWhicheverIsNamedFirst() {
    for (List<String> ends : List.of(List.of(source, binary), List.of(binary, source))) {
      JsonNode path = shell.json("path", ends.get(0), ends.get(1));
      assertThat(path.get("from").asText()).isEqualTo(source);
      assertThat(path.get("to").asText()).isEqualTo(binary);
      assertThat(path.get("steps").findValuesAsText("type"))
          .containsExactly("build:compile", "build:link");
    }
    assertThat(shell.json("path", source, source).get("length").asLong()).isZero();
    String alone = shell.put("alone", "a");
    shell.run("path", alone, binary).failed(1, "no derivation");
  }

  @Test
  void aMalformedEdgeIsAUsageError() {
    shell
        .run("link", "--type", "nonsense", "--from", source, "--to", object)
        .failed(2, "edge type");
    shell.run("link", "--type", "a:b", "--from", source).failed(2, "--to");
    shell.run("link", "--type", "a:b", "--from", source, source, "--to", object).failed(2, "twice");
    shell.run("link", "--type", "a:b", "--from", source + "=", "--to", object).failed(2, "role");
    assertThat(shell.json("status").get("edges").asLong()).isEqualTo(2);
  }
}
