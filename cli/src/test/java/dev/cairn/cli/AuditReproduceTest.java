package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn audit --reproduce}: a finding in a file of its own. */
class AuditReproduceTest {
  @TempDir private Path folder;
  private Shell ann;
  private Shell auditor;

  @BeforeEach
  void makeStore() throws IOException {
    ann = new Shell(Files.createDirectories(folder.resolve("ann")));
    auditor = new Shell(Files.createDirectories(folder.resolve("auditor")));
    ann.run("init").ok();
  }

  private JsonNode json(Shell.Outcome outcome, int code) {
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(code);
    return outcome.json();
  }

  private static JsonNode first(JsonNode audited, String kind) {
    for (JsonNode finding : audited.get("findings")) {
      if (finding.get("kind").asText().equals(kind)) {
        return finding;
      }
    }
    throw new AssertionError("no " + kind + " in " + audited);
  }

  private static void copy(Path from, Path to) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(from)) {
      all = walk.sorted().toList();
    }
    for (Path path : all) {
      Path target = to.resolve(from.relativize(path).toString());
      if (Files.isDirectory(path)) {
        Files.createDirectories(target);
      } else {
        Files.copy(path, target, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  @Test
  void aForkIsProvenByTheFileAlone() throws IOException {
    for (int i = 0; i < 20; i++) {
      ann.put("common" + i, "text " + i);
    }
    Path db = ann.folder().resolve(".cairn/db");
    Path earlier = folder.resolve("earlier");
    copy(db, earlier);
    ann.put("story", "one story");
    Shell bob = new Shell(Files.createDirectories(folder.resolve("bob")));
    bob.run("init").ok();
    bob.run("sync", "../ann").ok();
    // What no store can notice by itself: its file system was put back to an earlier day.
    try (Stream<Path> files = Files.list(db)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    copy(earlier, db);
    ann.put("story", "another story");
    ann.run("prove", "@story", "-o", "signed").ok();
    JsonNode whole =
        json(auditor.run("audit", "../ann", "../bob", "--reproduce", "fork", "--json"), 4);
    assertThat(whole.get("reproduction").get("file").asText()).isEqualTo("fork");
    assertThat(whole.get("reproduction").get("records").asInt()).isEqualTo(2);
    assertThat(Files.size(auditor.folder().resolve("fork")))
        .isEqualTo(whole.get("reproduction").get("bytes").asLong())
        .isLessThan(4_000);
    JsonNode alone = json(auditor.run("audit", "fork", "--json"), 4);
    assertThat(alone.get("firstDivergence")).isEqualTo(whole.get("firstDivergence"));
    assertThat(first(alone, "fork")).isEqualTo(first(whole, "fork"));
    assertThat(first(alone, "divergence")).isEqualTo(first(whole, "divergence"));
    assertThat(alone.has("reproduction")).isFalse();
    String divergence = first(whole, "divergence").get("id").asText();
    JsonNode chosen =
        json(
            auditor.run(
                "audit",
                "../ann",
                "../bob",
                "--reproduce",
                "chosen",
                "--finding",
                divergence.substring(0, 6).toUpperCase(Locale.ROOT),
                "--json"),
            4);
    assertThat(chosen.at("/reproduction/finding").asText()).isEqualTo(divergence);
    assertThat(first(json(auditor.run("audit", "chosen", "--json"), 4), "divergence"))
        .isEqualTo(first(whole, "divergence"));
    assertThat(auditor.run("audit", "chosen", "--reproduce", "x", "--finding", divergence).code())
        .isEqualTo(2);
    for (String form : List.of("sarif", "junit", "html")) {
      assertThat(auditor.run("audit", "fork", "--report", form).code()).isEqualTo(4);
    }
    assertThat(auditor.run("audit", "../ann", "fork").code()).isEqualTo(2);
    assertThat(auditor.run("audit", "fork", "--reproduce", "again").code()).isEqualTo(2);
    for (String[] other :
        new String[][] {
          {"replay", "fork"}, {"bundle", "verify", "fork"}, {"audit", "fork", "--skip", "records"}
        }) {
      assertThat(auditor.run(other).code()).isNotZero();
    }
    assertThat(auditor.run("replay", "fork").err()).contains("look at it with 'cairn audit'");
    byte[] damaged = Files.readAllBytes(auditor.folder().resolve("fork"));
    damaged[damaged.length / 2] ^= 1;
    Files.write(auditor.folder().resolve("damaged"), damaged);
    assertThat(auditor.run("audit", "damaged").code()).isEqualTo(1);
  }

  @Test
  void aLieOfAReceiptIsShownByWhatItRanOn() throws IOException {
    ann.write(
        "p.json",
        """
        {"program": 1, "inputs": ["text"],
         "nodes": {"digest": {"operator": "digest/sha256@1", "inputs": ["text"]}},
         "outputs": {"digest": "digest"}}
        """);
    JsonNode run = ann.json("run", "p.json", "--in", "text=" + ann.put("text", "a text"));
    byte[] receipt = ann.run("get", run.get("receipt").asText()).ok().output().toArray();
    byte[] from = digest(run.get("outputs").get("digest").asText());
    byte[] to = digest(ann.put("other", "another output"));
    for (int at = 0; at + 32 <= receipt.length; at++) {
      if (Arrays.equals(receipt, at, at + 32, from, 0, 32)) {
        System.arraycopy(to, 0, receipt, at, 32);
      }
    }
    Files.write(ann.folder().resolve("lie"), receipt);
    ann.run("put", "lie", "--type", "pel/receipt").ok();
    JsonNode whole =
        json(auditor.run("audit", "../ann", "--reexecute", "--reproduce", "lie", "--json"), 1);
    assertThat(whole.get("reproduction").get("records").asInt()).isEqualTo(3);
    JsonNode alone = json(auditor.run("audit", "lie", "--json"), 1);
    assertThat(first(alone, "receipt")).isEqualTo(first(whole, "receipt"));
    assertThat(auditor.run("audit", "lie").out()).contains("NOT verified (refuted)");
  }

  private static byte[] digest(String key) {
    return HexFormat.of().parseHex(key.substring(key.indexOf(':') + 1));
  }

  @Test
  void whatCannotBeShownIsSaidAndNoFileIsWritten() {
    ann.put("text", "a text");
    Shell.Outcome told = auditor.run("audit", "../ann", "--reproduce", "none").ok();
    assertThat(told.out()).contains("reproduce no file was written: nothing was found");
    Shell bob = new Shell(ann.folder().resolveSibling("bob"));
    assertThat(bob.folder().toFile().mkdirs()).isTrue();
    bob.run("init").ok();
    bob.put("text", "another text");
    assertThat(auditor.run("audit", "../ann", "../bob", "--reproduce", "none").ok().out())
        .contains("reproduce no file was written for finding")
        .contains("that something is not there cannot be shown by what is there");
    assertThat(auditor.folder().resolve("none")).doesNotExist();
    assertThat(auditor.run("audit", "../ann", "--reproduce", "no/such/folder").code()).isZero();
    String lag =
        first(auditor.run("audit", "../ann", "../bob", "--json").json(), "lag").get("id").asText();
    Shell.Outcome asked =
        auditor.run("audit", "../ann", "../bob", "--reproduce", "none", "--finding", lag);
    assertThat(asked.code()).as("what was asked for is not there").isEqualTo(1);
    assertThat(asked.out())
        .startsWith("verified")
        .contains("reproduce no file was written for finding " + lag)
        .contains("'cairn clone'");
    Shell.Outcome unknown =
        auditor.run("audit", "../ann", "--reproduce", "none", "--finding", "123456");
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.out())
        .contains("reproduce no file was written for finding 123456: this audit did not find it")
        .contains("take an id that it tells");
    assertThat(auditor.folder().resolve("none")).doesNotExist();
    auditor
        .run("audit", "../ann", "--finding", "123456")
        .failed(2, "--finding without --reproduce", "--reproduce FILE");
    auditor
        .run("audit", "../ann", "--reproduce", "none", "--finding", "12345")
        .failed(2, "'12345' is no id of a finding", "6 hex digits or more");
  }
}
