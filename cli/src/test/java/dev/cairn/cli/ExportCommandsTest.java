package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.attestation.VerificationKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Lineage in the forms of other tools. */
class ExportCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Edges of every shape: roles, a payload, no cause, many ends, both sides, odd characters. */
  private static final String TRACE =
      """
      {"artifact": "src", "type": "text/plain", "text": "int main() {}"}
      {"artifact": "bin", "base64": "AAECAw=="}
      {"edge": "x:plain", "from": ["src"], "to": ["bin"]}
      {"edge": "x:build", "from": ["src", {"ref": "lib", "role": "library"}], "to": [{"ref": "bin", "role": "output"}, "log"], "text": "cc -O2"}
      {"edge": "x:payload", "from": ["src"], "to": ["bin"], "text": "why"}
      {"edge": "x:first", "from": [], "to": ["src"]}
      {"edge": "x:self", "from": ["bin", "src"], "to": ["bin", "src"]}
      {"edge": "x:role", "from": [{"ref": "src", "role": "<&\\"'>\\u0001\\ud83d\\ude00 [x](y)"}], "to": ["bin"]}
      {"edge": "prov:used", "from": ["src", "lib"], "to": [{"ref": "bin", "role": "no relation of PROV"}]}
      {"edge": "prov:somethingElse", "from": ["src"], "to": ["bin"]}
      """;

  private static final String BIN = ArtifactKey.of(Bytes.fromHex("00010203"), null).toString();

  @TempDir Path folder;
  Shell shell;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    shell.run("init").ok();
    shell.run("init", "other").ok();
    shell.write("t.jsonl", TRACE);
    shell.run("import", "trace", "t.jsonl").ok();
  }

  private static String uri(String text) {
    return ArtifactKey.of(Bytes.utf8(text), new TypeTag("uri/ref")).toString();
  }

  /** The keys of the edges around an artifact, but for those that say what a document describes. */
  private Set<String> edges(String store, String key) {
    Set<String> keys = new TreeSet<>();
    for (String way : List.of("--up", "--down")) {
      JsonNode lineage = shell.json("--store", store, "lineage", key, way, "--format", "json");
      for (JsonNode edge : lineage.get("edges")) {
        if (!Set.of("prov:document", "prov:bundle").contains(edge.get("type").asText())) {
          keys.add(edge.get("key").asText());
        }
      }
    }
    return keys;
  }

  private void travels(String key) {
    shell.run("export", "prov", key, "-o", "out.json").ok();
    shell.run("--store", "other", "import", "prov", "out.json").ok();
    assertThat(edges("other", key)).isEqualTo(edges(".cairn", key)).isNotEmpty();
    assertThat(shell.run("--store", "other", "export", "prov", key).ok().json().toString().length())
        .isPositive();
  }

  @Test
  void edgesOfEveryShapeComeBackFromProvAsTheyWere() {
    travels(BIN);
  }

  @Test
  void whatWasImportedAsProvComesBackByteForByte() throws IOException {
    shell.write("chart.json", Fixtures.bytes("chart.provjson"));
    shell.run("import", "prov", "chart.json").ok();
    String key = uri("https://news.example/story/chart-2");
    travels(key);
    shell.run("--store", "other", "export", "prov", key, "-o", "again.json").ok();
    assertThat(Files.readString(folder.resolve("again.json")))
        .isEqualTo(Files.readString(folder.resolve("out.json")));
  }

  @Test
  void billsAndAttestationsTravelAsProv() {
    for (String name : List.of("lamp.spdx.json", "lamp.cdx.json", "lamp.intoto.json")) {
      shell.write(name, Fixtures.bytes(name));
      shell.run("import", Fixtures.FORMATS.get(name), name).ok();
    }
    travels(uri("https://sbom.example/lamp-1.4-7b1c#SPDXRef-wick"));
  }

  @Test
  void provHasTheFormOfItsSchema() {
    shell.write("chart.json", Fixtures.bytes("chart.provjson"));
    shell.run("import", "prov", "chart.json").ok();
    JsonNode document =
        shell.run("export", "prov", uri("https://news.example/story/chart-2"), BIN).ok().json();
    Set<String> known =
        Set.of(
            "prefix",
            "entity",
            "activity",
            "agent",
            "bundle",
            "used",
            "wasGeneratedBy",
            "wasDerivedFrom",
            "wasAttributedTo",
            "wasAssociatedWith",
            "actedOnBehalfOf",
            "wasInformedBy",
            "wasStartedBy",
            "wasEndedBy",
            "wasInvalidatedBy",
            "wasInfluencedBy",
            "specializationOf",
            "alternateOf",
            "hadMember",
            "mentionOf");
    assertThat(known).containsAll(names(document));
    Set<String> prefixes = new HashSet<>(names(document.get("prefix")));
    prefixes.addAll(Set.of("prov", "_"));
    for (String section : names(document)) {
      if (!section.equals("prefix")) {
        for (String id : names(document.get(section))) {
          assertThat(prefixes).as(id).contains(id.substring(0, id.indexOf(':')));
        }
      }
    }
    assertThat(
            document.get("entity").get("artifact:" + BIN.substring(12)).get("cairn:size").asText())
        .isEqualTo("4");
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void aStatementIsSignedWithTheNodesKey() throws IOException {
    shell.run("export", "intoto", BIN, "--up", "-o", "s.json", "--public-key", "node.pem").ok();
    JsonNode envelope = JSON.readTree(folder.resolve("s.json").toFile());
    byte[] payload = Base64.getDecoder().decode(envelope.get("payload").asText());
    Bytes signed =
        Bytes.concat(
            Bytes.utf8("DSSEv1 28 application/vnd.in-toto+json " + payload.length + " "),
            Bytes.wrap(payload));
    Bytes signature =
        Bytes.wrap(
            Base64.getDecoder().decode(envelope.get("signatures").get(0).get("sig").asText()));
    VerificationKey key =
        VerificationKey.ofPem(Bytes.wrap(Files.readAllBytes(folder.resolve("node.pem"))));
    assertThat(key.verifies(signed, signature)).isTrue();
    assertThat(key.verifies(signed.plus(Bytes.utf8(" ")), signature)).isFalse();
    String node = shell.json("status").get("node").asText();
    assertThat(envelope.get("signatures").get(0).get("keyid").asText()).isEqualTo(node);

    JsonNode statement = JSON.readTree(payload);
    assertThat(statement.get("_type").asText()).isEqualTo("https://in-toto.io/Statement/v1");
    assertThat(statement.get("subject").get(0).get("name").asText()).isEqualTo(BIN);
    assertThat("sha256:" + statement.get("subject").get(0).get("digest").get("sha256").asText())
        .isEqualTo(shell.json("stat", BIN).get("payloadDigest").asText());
    JsonNode predicate = statement.get("predicate");
    assertThat(predicate.get("node").asText()).isEqualTo(node);
    JsonNode lineage = shell.json("lineage", BIN, "--up", "--format", "json");
    assertThat(new TreeSet<>(predicate.get("edges").findValuesAsText("type")))
        .isEqualTo(new TreeSet<>(lineage.get("edges").findValuesAsText("type")));
    assertThat(predicate.get("artifacts")).hasSize(lineage.get("nodes").size());

    shell.run("--store", "other", "import", "intoto", "s.json", "--key", "node.pem").ok();
    shell.run("init", "third").ok();
    shell.run("--store", "third", "put", "t.jsonl").ok();
    String other = shell.run("--store", "third", "find").ok().lines().get(0).split(" ", -1)[0];
    shell
        .run("--store", "third", "export", "intoto", other, "--public-key", "third.pem", "-o", "x")
        .ok();
    shell
        .run("--store", "other", "import", "intoto", "s.json", "--key", "third.pem")
        .failed(1, "/signatures");
    shell.run("export", "intoto", ArtifactKey.of(Bytes.utf8("absent"), null).toString()).failed(1);
  }

  @Test
  void aStatementHasTheReceiptsOfItsLineage() throws IOException {
    String text = shell.put("in.txt", "b\na\n");
    shell.write(
        "p.json",
        """
        {"program": 1, "inputs": ["text"],
         "nodes": {"hash": {"operator": "digest/sha256@1", "inputs": ["text"]}},
         "outputs": {"digest": "hash"}}
        """);
    JsonNode run = shell.json("run", "p.json", "--in", "text=" + text);
    String output = run.get("outputs").get("digest").asText();
    JsonNode envelope = shell.run("export", "intoto", output).ok().json();
    JsonNode receipts =
        JSON.readTree(Base64.getDecoder().decode(envelope.get("payload").asText()))
            .get("predicate")
            .get("receipts");
    assertThat(receipts).hasSize(1);
    assertThat(receipts.get(0).get("key").asText()).isEqualTo(run.get("receipt").asText());
    assertThat(receipts.get(0).get("outputs").get("digest").asText()).isEqualTo(output);
    assertThat(receipts.get(0).get("inputs").get("text").asText()).isEqualTo(text);
  }

  @Test
  void graphMlIsXmlWithAnEdgeForEachEnd() throws Exception {
    Shell.Outcome written = shell.run("export", "graphml", BIN, "--up").ok();
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    Document document =
        factory.newDocumentBuilder().parse(new ByteArrayInputStream(written.outBytes()));
    assertThat(document.getDocumentElement().getNamespaceURI())
        .isEqualTo("http://graphml.graphdrawing.org/xmlns");
    Set<String> ids = new HashSet<>();
    NodeList nodes = document.getElementsByTagNameNS("*", "node");
    for (int i = 0; i < nodes.getLength(); i++) {
      assertThat(ids.add(((Element) nodes.item(i)).getAttribute("id"))).isTrue();
    }
    Set<String> keys = new HashSet<>();
    NodeList declared = document.getElementsByTagNameNS("*", "key");
    for (int i = 0; i < declared.getLength(); i++) {
      keys.add(((Element) declared.item(i)).getAttribute("id"));
    }
    NodeList data = document.getElementsByTagNameNS("*", "data");
    for (int i = 0; i < data.getLength(); i++) {
      assertThat(keys).contains(((Element) data.item(i)).getAttribute("key"));
    }
    NodeList edges = document.getElementsByTagNameNS("*", "edge");
    for (int i = 0; i < edges.getLength(); i++) {
      assertThat(ids)
          .contains(
              ((Element) edges.item(i)).getAttribute("source"),
              ((Element) edges.item(i)).getAttribute("target"));
    }
    assertThat(written.out()).contains("&lt;&amp;\"'&gt;\ufffd\ud83d\ude00 [x](y)");
  }

  @Test
  void drawingsNameWhatStandsForSomething() {
    shell.write("chart.json", Fixtures.bytes("chart.provjson"));
    shell.run("import", "prov", "chart.json").ok();
    String key = uri("https://news.example/story/chart-2");
    assertThat(shell.run("export", "dot", key, "--up", "--depth", "1").ok().out())
        .startsWith("digraph lineage {")
        .contains("https://news.example/story/correct", "prov:wasGeneratedBy");
    assertThat(shell.run("export", "mermaid", key, "--type", "prov:wasInfluencedBy").ok().out())
        .startsWith("flowchart LR")
        .contains("story/article")
        .doesNotContain("story/correct");
  }

  @Test
  void exportsOfASnapshotStayAsTheyAre() {
    shell.run("snapshot", "create", "--label", "then").ok();
    for (String form : List.of("prov", "intoto", "dot", "graphml", "mermaid")) {
      String before = shell.run("export", form, BIN, "--at", "then").ok().out();
      shell.run("link", "--type", "x:later", "--from", BIN, "--to", uri("later" + form)).ok();
      assertThat(shell.run("export", form, BIN, "--at", "then").ok().out())
          .as(form)
          .isEqualTo(before);
      assertThat(shell.run("export", form, BIN).ok().out()).as(form).isNotEqualTo(before);
      assertThat(shell.run("export", form, BIN).ok().out())
          .as(form)
          .isEqualTo(shell.run("export", form, BIN).ok().out());
    }
  }

  @Test
  void whatCannotBeExportedIsSaid() {
    shell.run("export").failed(2, "no format given");
    shell.run("export", "dot").failed(2, "KEY");
    shell.run("export", "dot", "ffffffffffff").failed(1, "begins with");
    shell.run("export", "dot", BIN, "--up", "--down").failed(2, "--up");
    shell.run("export", "dot", BIN, "--depth", "-1").failed(2, "negative depth");
    shell.run("export", "dot", BIN, "--type", "x").failed(2, "not an edge type");
    shell.run("export", "dot", BIN, "--at", "never").failed(1, "no snapshot");
    shell.run("export", "dot", BIN, "-o", "nowhere/x").failed(3, "no such file");
    JsonNode told = shell.json("export", "dot", BIN, "-o", "x.dot");
    assertThat(told.get("edges").asLong()).isPositive();
    assertThat(told.get("file").asText()).endsWith("x.dot");
    assertThat(shell.json("export", "mermaid", BIN).get("text").asText()).startsWith("flowchart");
  }
}
