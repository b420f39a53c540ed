package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code cairn log --follow}: what is there, then what other processes bring, until told to stop.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LogFollowTest {
  private static final int END_SECONDS_MAX = 60;

  @TempDir Path folder;
  private Shell shell;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    shell.run("init", "--federation", "test.fed").ok();
  }

  private String put(String text) {
    return shell.stdin(text).run("put", "--type", "text/plain").ok().lines().get(0);
  }

  private List<JsonNode> listed() {
    return shell.run("log", "--json").ok().jsonLines();
  }

  @Test
  void whatIsThereComesFirstThenWhatOthersBringAsWithoutFollowing() throws IOException {
    put("one");
    String two = put("two");
    List<JsonNode> told = new ArrayList<>();
    try (Shell.Running following = shell.start("log", "--follow", "--json")) {
      told.add(following.json());
      told.add(following.json());
      put("three");
      told.add(following.json());
      shell.run("rm", two).ok();
      told.add(following.json());
      shell.write("d/a", "a");
      shell.write("d/b", "b");
      shell.run("put", "--batch", "d").ok();
      told.add(following.json());
      told.add(following.json());
      assertThat(following.stop()).isZero();
      assertThat(following.err()).isEmpty();
    }
    assertThat(told).isEqualTo(listed()).hasSize(6);
  }

  @Test
  void aFollowerOfAnEmptyStoreSeesItsFirstCommit() throws IOException {
    try (Shell.Running following = shell.start("log", "--follow", "--json")) {
      // Nothing tells that it has begun; both orders must give the commit once.
      String one = put("one");
      assertThat(following.json().get("key").asText()).isEqualTo(one);
      String two = put("two");
      assertThat(following.json().get("key").asText()).isEqualTo(two);
      assertThat(following.stop()).isZero();
    }
  }

  @Test
  void whatAServingProcessTakesFromItsPeersIsFollowedBesideIt() throws IOException {
    put("one");
    shell.run("init", "other", "--federation", "test.fed").ok();
    List<JsonNode> told = new ArrayList<>();
    try (Shell.Running serving =
        shell.start("serve", "--listen", "127.0.0.1:0", "--no-tls", "--json")) {
      String address = serving.json().get("address").asText();
      try (Shell.Running following = shell.start("log", "--follow", "--json")) {
        told.add(following.json());
        shell.stdin("theirs").run("--store", "other", "put").ok();
        shell.run("--store", "other", "sync", address).ok();
        told.add(following.json());
        assertThat(following.stop()).isZero();
      }
    }
    assertThat(told).containsExactlyInAnyOrderElementsOf(listed());
    assertThat(told.get(1).get("origin")).isNotEqualTo(told.get(0).get("origin"));
  }

  @Test
  void boundsHoldForWhatComesToo() throws IOException {
    put("one");
    put("two");
    String node = shell.json("status").get("node").asText();
    shell.run("init", "other", "--federation", "test.fed").ok();
    try (Shell.Running following =
        shell.start("log", "--follow", "--from", "2", "--to", "4", "--origin", node, "--json")) {
      assertThat(following.json().get("logseq").asText()).isEqualTo("2");
      String three = put("three");
      JsonNode next = following.json();
      assertThat(next.get("key").asText()).isEqualTo(three);
      shell.stdin("theirs").run("--store", "other", "put").ok();
      shell.run("sync", "other").ok();
      String four = put("four");
      assertThat(following.json().get("key").asText()).isEqualTo(four);
      put("five");
      assertThat(following.stop()).isZero();
    }
  }

  @Test
  void whatCannotBeFollowedIsRefusedAsWithoutFollowing() {
    shell.run("log", "--follow", "--origin", "abcdef").failed(1, "no record of node");
    shell.run("log", "--follow", "--origin", "x").failed(2, "not a node");
    shell.run("--store", "nothing", "log", "--follow").failed(3, "no store");
    shell.run("log", "--follow", "--from", "x").failed(2);
  }

  @Test
  void aStoreThatIsPutBackEndsTheFollowing() throws Exception {
    put("one");
    shell.run("backup", "kept").ok();
    put("two");
    try (Shell.Running following = shell.start("log", "--follow", "--json")) {
      following.json();
      following.json();
      // As a restore by hand does: the same place, the state of before.
      shell.run("restore", "kept", "--into", "again").ok();
      Files.move(folder.resolve(".cairn"), folder.resolve("away"));
      Files.move(folder.resolve("again"), folder.resolve(".cairn"));
      assertThat(following.ended()).isEqualTo(3);
      assertThat(following.err()).contains("cairn: ").contains("log position");
    }
  }

  @Test
  void aProcessThatFollowsEndsWell() throws Exception {
    put("one");
    Process process = KilledCommandTest.start(folder, "log", "--follow", "--json");
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).contains("\"logseq\":\"1\"");
      String two = put("two");
      String line = lines.readLine();
      assertThat(new ObjectMapper().readTree(line).get("key").asText()).isEqualTo(two);
      // SIGTERM; Process.destroy would close the stream that is read to its end here.
      assertThat(process.toHandle().destroy()).isTrue();
      assertThat(lines.readLine()).isNull();
      assertThat(process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
    put("nobody was locked out");
  }

  @Test
  void aFollowerWhoseReaderHasGoneEnds() throws Exception {
    put("one");
    Process process = KilledCommandTest.start(folder, "log", "--follow");
    try {
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        assertThat(lines.readLine()).isNotNull();
      }
      put("two");
      assertThat(process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(3);
    } finally {
      process.destroyForcibly();
    }
  }
}
