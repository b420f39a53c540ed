package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.Stretch;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands tell of a store of which another node's records say nothing but lies. */
final class LyingRecordsCommandTest {
  private static final String TRACE =
      """
      {"artifact": "src", "type": "text/plain", "text": "int main() {}"}
      {"artifact": "bin", "base64": "AAECAw=="}
      {"edge": "x:build", "from": ["src"], "to": ["bin"]}
      {"edge": "x:check", "from": ["src", "bin"], "to": ["bin"]}
      """;

  private static final String BIN = ArtifactKey.of(Bytes.fromHex("00010203"), null).toString();

  /** All that is asked, here of what was put and of edges. */
  private static final List<List<String>> QUESTIONS =
      List.of(
          List.of("find", "--type", "tgk/edge"),
          List.of("query", "edges | select key, edgeType, kind, type, size, logseq, origin"),
          List.of("query", "keys " + BIN + " | up edges | select key, kind, state"),
          List.of("lineage", BIN, "--up", "--format", "json"),
          List.of("export", "prov", BIN),
          List.of("export", "mermaid", BIN));

  @TempDir Path folder;

  private static Map<String, String> answers(Shell shell) throws IOException {
    Map<String, String> answers = new TreeMap<>();
    for (List<String> question : QUESTIONS) {
      answers.put(
          String.join(" ", question), shell.run(question.toArray(String[]::new)).ok().out());
    }
    JsonNode envelope = shell.run("export", "intoto", BIN).ok().json();
    JsonNode statement =
        new ObjectMapper().readTree(Base64.getDecoder().decode(envelope.get("payload").asText()));
    // Which logs are held it tells, too.
    ((ObjectNode) statement.get("predicate")).remove("cut");
    answers.put("export intoto", statement.toString());
    return answers;
  }

  @Test
  void theyTellTheSameAsWithoutTheLies() throws IOException {
    Shell shell = new Shell(folder);
    shell.run("init").ok();
    shell.write("t.jsonl", TRACE);
    shell.run("import", "trace", "t.jsonl").ok();
    Map<String, String> before = answers(shell);
    assertThat(before.values()).noneMatch(String::isBlank);
    assertThat(before.get("find --type tgk/edge").lines()).hasSize(2);

    try (CairnNode node = StoreDirectory.open(folder.resolve(".cairn"))) {
      SortedSet<ArtifactKey> keys = new TreeSet<>();
      node.store().now().forEachLive(entry -> keys.add(entry.key()));
      lie(node.store(), keys);
    }
    assertThat(answers(shell)).isEqualTo(before);
    assertThat(shell.json("stat", BIN).get("size").asText()).isEqualTo("4");
  }

  private static void lie(Store store, SortedSet<ArtifactKey> keys) {
    SigningKey liar = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("liar")));
    Origin origin = new Origin(NodeId.of(liar.publicKey()), 1);
    PayloadDigest nobodys = PayloadDigest.of(Bytes.utf8("nobody's"));
    TypeTag text = new TypeTag("text/lie");
    List<Stretch.Item> items = new ArrayList<>();
    CompactRange log = new CompactRange();
    for (ArtifactKey key : keys) {
      Bytes record =
          new LogRecord(items.size(), 999, 1, RecordKind.ARTIFACT, key, text, 1L << 60, nobodys)
              .encode();
      items.add(new Stretch.Item(record, null));
      log.append(TreeHasher.leaf(record));
    }
    Checkpoint end = new Checkpoint(store.federation(), origin, items.size(), log.root(), 999);
    store.replicate(new Stretch(origin, liar.publicKey(), 0, items, end.sign(liar)));
  }
}
