package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds for every command: finding the store, keys, errors, exit codes, help. */
class ConventionsTest {
  @TempDir Path folder;
  Shell shell;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
  }

  private static List<String> commands(Shell.Outcome help) {
    List<String> names = new ArrayList<>();
    boolean within = false;
    for (String line : help.lines()) {
      if (line.startsWith("Commands:")) {
        within = true;
      } else if (within && line.matches("  [a-z]+ .*")) {
        names.add(line.strip().split(" ", 2)[0]);
      } else if (within && line.isBlank()) {
        within = false;
      }
    }
    return names;
  }

  @Test
  void everyCommandHasHelpWithAnExample() {
    List<String> top = commands(shell.run("--help").ok());
    assertThat(top)
        .contains(
            "init",
            "put",
            "get",
            "stat",
            "find",
            "rm",
            "link",
            "edges",
            "lineage",
            "path",
            "log",
            "snapshot",
            "run",
            "receipt",
            "import",
            "fsck",
            "status",
            "completion");
    for (String name : top) {
      Shell.Outcome help = shell.run(name, "--help").ok();
      assertThat(help.out()).as(name).contains("Usage: cairn " + name).contains("Example: ");
      assertThat(help.out()).as(name).contains("--json").contains("--store");
      for (String inner : commands(help)) {
        assertThat(shell.run(name, inner, "--help").ok().out())
            .as(name + " " + inner)
            .contains("Usage: cairn " + name + " " + inner)
            .contains("Example: ");
      }
    }
  }

  @Test
  void theTextOfAnOptionIsBrokenWhereTheLineIsFull() {
    for (String name : commands(shell.run("--help").ok())) {
      List<String> lines = shell.run(name, "--help").ok().lines();
      for (int i = 0; i + 1 < lines.size(); i++) {
        String next = lines.get(i + 1);
        if (next.matches(" {10,}[^ ].*") && !lines.get(i).matches(" *(-.*|[A-Z|-]+.{0,20})")) {
          String word = next.strip().split(" ", 2)[0];
          assertThat(lines.get(i).length() + 1 + word.length())
              .as("cairn " + name + " --help: " + lines.get(i))
              .isGreaterThan(96);
        }
      }
    }
  }

  @Test
  void usageErrorsAreOneLineAndExitTwo() {
    shell.run().failed(2, "no command given");
    shell.run("frobnicate").failed(2, "no command 'frobnicate'", "cairn --help");
    shell.run("put", "--frobnicate").failed(2, "--frobnicate", "cairn put --help");
    shell.run("get").failed(2, "KEY");
    shell.run("import").failed(2, "no format given");
    shell.run("put", "--type", "späte", "x").failed(2, "type tag");
    shell.run("completion", "tcsh").failed(2, "tcsh");
  }

  @Test
  void usageErrorsNameTheWordThatIsWrongAndWhatIsExpectedThere() {
    String at = "see 'cairn find --help'";
    for (String number : List.of("x", "", "1.5", "1e9", "9223372036854775808")) {
      told("--limit '" + number + "': give a whole number of at most 9223372036854775807, or " + at)
          .by("find", "--limit=" + number);
    }
    told("--depth '2147483648': give a whole number of at most 2147483647,")
        .by("lineage", "x", "--depth", "2147483648");
    told("--format 'png': give one of tree, json, dot, mermaid, count, or see")
        .by("lineage", "x", "--format", "png");
    told("--json 'maybe': leave the value out, or see").by("find", "--json=maybe");
    told("--fail-on: 'all' is none of note, warning, undecided, error, misbehaviour, lag: see")
        .by("audit", "x", "--fail-on", "all");
    told("--type: type tag").by("find", "--type", "späte");
    told("--limit without N: " + at).by("find", "--limit");
    told("--limit is given twice: " + at).by("find", "--limit", "1", "--limit", "2");
    told("there is no option '--frobnicate': " + at).by("find", "--frobnicate", "x");
    told("one argument too many: 'x': " + at).by("find", "x", "y");
    told("KEY is missing: see 'cairn get --help'").by("get");
    told("FROM is missing: see 'cairn path --help'").by("path");
    told("--to is missing: see 'cairn link --help'").by("link", "--type", "a:b");
    told("--up, --down exclude each other: see").by("lineage", "x", "--up", "--down");
    told("there is no command 'frobnicate': see 'cairn peer --help'").by("peer", "frobnicate");
  }

  private interface Told {
    void by(String... args);
  }

  private Told told(String line) {
    return args -> assertThat(shell.run(args).failed(2).err()).startsWith("cairn: " + line);
  }

  @Test
  void aPeerThatIsNotThereIsToldAsThat() throws IOException {
    shell.run("init").ok();
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    String socket = "unix:" + folder.resolve("socket");
    for (String peer : List.of("127.0.0.1:" + port, socket)) {
      assertThat(shell.run("sync", peer).failed(3).err())
          .isEqualTo(
              "cairn: nobody listens at "
                  + peer
                  + ": start 'cairn serve' there, or correct the address\n");
      shell.run("audit", peer).failed(3, "nobody listens at " + peer + ": start 'cairn serve'");
    }
  }

  @Test
  void withoutAStoreACommandSaysHowToMakeOne() {
    shell.run("status").failed(3, "no store in", "cairn init");
    shell.run("--store", "nowhere", "status").failed(3, "no store at", "nowhere");
  }

  @Test
  void aStoreThatLacksAFileIsNotTakenForNone() throws IOException {
    shell.run("init").ok();
    Files.createDirectories(folder.resolve("within"));
    shell.run("init", "within/.cairn").ok();
    for (String name : List.of("node.key", "format")) {
      Path file = folder.resolve("within/.cairn").resolve(name);
      Path aside = folder.resolve("aside");
      Files.move(file, aside);
      String missing = Path.of("within", ".cairn", name) + " is missing: take that file";
      shell.run("--store", "within/.cairn", "status").failed(3, missing);
      shell.in(folder.resolve("within")).run("status").failed(3, name + " is missing");
      Files.move(aside, file);
      shell.run("--store", "within/.cairn", "status").ok();
    }
  }

  @Test
  void theStoreIsFoundInTheNearestFolderAboveOrWhereItIsNamed() throws IOException {
    String node = shell.run("init").ok().lines().get(0);
    Path deep = Files.createDirectories(folder.resolve("a/b/c"));
    assertThat(shell.in(deep).json("status").get("node").asText()).isEqualTo(node);

    String other = shell.run("init", "other").ok().lines().get(0);
    assertThat(shell.json("--store", "other", "status").get("node").asText()).isEqualTo(other);
    assertThat(shell.json("status", "--store", "other").get("node").asText()).isEqualTo(other);
    Shell byVariable = new Shell(deep).with("CAIRN_STORE", folder.resolve("other").toString());
    assertThat(byVariable.json("status").get("node").asText()).isEqualTo(other);
    assertThat(
            byVariable
                .json("status", "--store", folder.resolve(".cairn").toString())
                .get("node")
                .asText())
        .isEqualTo(node);
  }

  @Test
  void anArtifactIsNamedByKeyPayloadDigestPrefixOrFile() {
    shell.run("init").ok();
    String key = shell.put("a.txt", "hello\n");
    String hex = key.substring("asl1-sha256:".length());
    String digest = shell.json("stat", key).get("payloadDigest").asText();
    for (String name :
        List.of(key, hex, hex.substring(0, 6), hex.substring(0, 20), digest, "@a.txt")) {
      assertThat(shell.run("get", name).ok().out()).as(name).isEqualTo("hello\n");
    }
    assertThat(shell.run("get", hex.substring(0, 8).toUpperCase(java.util.Locale.ROOT)).ok().out())
        .isEqualTo("hello\n");
    shell.run("get", "@a.txt", "--type", "text/plain").failed(1, "no artifact");
    shell.run("get", hex.substring(0, 5)).failed(2, "too short");
    shell.run("get", "README").failed(2, "not a key");
    shell.run("get", "asl1-sha256:xyz").failed(2, "not a key");
    shell.run("get", "asl1-md5:" + hex).failed(2, "not a key");
    shell.run("get", "sha256:" + hex.substring(1)).failed(2, "not a key");
    shell.run("get", "sha256:" + hex).failed(1, "no artifact with payload");
    shell.run("get", "ffffffffffff").failed(1, "begins with ffffffffffff");
    shell.run("get", "@nowhere").failed(3, "no such file");
  }

  @Test
  void aPrefixOrDigestOfSeveralArtifactsListsThem() {
    shell.run("init").ok();
    Map<String, String> byPrefix = new HashMap<>();
    List<String> twins = List.of();
    for (int i = 0; twins.isEmpty(); i++) {
      String text = "text " + i;
      ArtifactKey key = ArtifactKey.of(Bytes.utf8(text), null);
      String before = byPrefix.put(key.digest().toHex().substring(0, 6), text);
      twins = before == null ? List.of() : List.of(before, text);
    }
    String first = shell.put("one", twins.get(0));
    String second = shell.put("two", twins.get(1));
    String prefix = first.substring("asl1-sha256:".length(), "asl1-sha256:".length() + 6);
    shell.run("get", prefix).failed(2, "several", first, second);

    shell.run("put", "--type", "text/plain", "one").ok();
    String digest = shell.json("stat", first).get("payloadDigest").asText();
    shell.run("get", digest).failed(2, "several", first);
  }

  @Test
  void aStackTraceComesOnlyWhenAskedFor() {
    shell.run("init").ok();
    shell.run("get", "ffffffffffff").failed(1);
    Shell.Outcome told = shell.run("get", "ffffffffffff", "--debug");
    assertThat(told.code()).isEqualTo(1);
    assertThat(told.err()).contains("\tat ");
  }

  @Test
  void quietSilencesNotesButNotErrors() {
    assertThat(shell.run("init").ok().err()).isNotEmpty();
    assertThat(shell.run("init", "two", "--quiet").ok().err()).isEmpty();
    shell.run("init", "two", "-q").failed(3, "already");
  }

  @Test
  void completionScriptsNameEveryCommand() {
    for (String name : List.of("bash", "zsh", "fish")) {
      String script = shell.run("completion", name).ok().out();
      assertThat(script).as(name).contains("snapshot", "lineage", "batch", "federation");
    }
    assertThat(shell.run("completion", "bash").out())
        .as("values as the help has them")
        .contains("(\"tree\" \"json\" \"dot\" \"mermaid\" \"count\")")
        .doesNotContain("SARIF", "UNDECIDED");
  }

  @Test
  void anOpenStoreIsInUseForOthers() {
    shell.run("init").ok();
    try (var node = dev.cairn.federation.node.StoreDirectory.open(folder.resolve(".cairn"))) {
      assertThat(node.store().heads()).isEmpty();
      shell.run("put", "x").failed(3);
    }
    shell.stdin("x").run("put").ok();
  }

  @Test
  void aStoreOfAnotherVersionIsRefusedByName() throws IOException {
    shell.run("init").ok();
    Path format = folder.resolve(".cairn/format");
    Files.writeString(format, Files.readString(format).replace("cairn-store 2", "cairn-store 3"));
    shell.run("status").failed(3, "version 3", "reads 1 to 2");
    Files.writeString(format, "something else\n");
    shell.run("status").failed(1, "not the format file");
  }

  @Test
  void aDamagedKeyFileIsNamedAndItsContentIsNot() throws IOException {
    shell.run("init").ok();
    Path key = folder.resolve(".cairn/node.key");
    String secret = Files.readString(key).split("\\s+", -1)[3];
    Files.writeString(key, "cairn-node-key 1\ned25519-seed " + secret.substring(2) + "\n");
    Shell.Outcome outcome = shell.run("status").failed(1, "node.key");
    assertThat(outcome.err()).doesNotContain(secret.substring(2));
  }

  @Test
  void aKeyFileOfTheFirstVersionIsStillRead() throws IOException {
    shell.run("init").ok();
    Path key = folder.resolve(".cairn/node.key");
    String secret = Files.readString(key).split("\\s+", -1)[3];
    Files.writeString(key, "cairn-node-key 1\ned25519-seed " + secret + "\n");
    shell.run("status").ok();
  }

  @Test
  void aKeyFileWithAnothersPublicHalfIsRefused() throws IOException {
    shell.run("init").ok();
    Path key = folder.resolve(".cairn/node.key");
    String text = Files.readString(key);
    String half = text.split("\\s+", -1)[5];
    String other = (half.charAt(0) == '0' ? '1' : '0') + half.substring(1);
    Files.writeString(key, text.replace(half, other));
    Shell.Outcome outcome = shell.run("status").failed(3, "another node key");
    assertThat(outcome.err()).doesNotContain(text.split("\\s+", -1)[3]);
  }

  @Test
  void errorLinesCarryNothingThatATerminalObeys() {
    shell.run("init").ok();
    Shell.Outcome outcome = shell.run("get", "a\u001b[31m\nb");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).doesNotContain("\u001b");
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err().getBytes(StandardCharsets.UTF_8)).isNotEmpty();
  }
}
