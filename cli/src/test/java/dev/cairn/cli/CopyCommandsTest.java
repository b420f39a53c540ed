package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups, restored stores, clones, lost tails, and reading beside another process. */
class CopyCommandsTest {
  @TempDir Path folder;
  Shell shell;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    shell.run("init").ok();
    shell.write("one", "one\n");
    shell.write("two", "two\n");
    shell.write("three", "three\n");
  }

  private String put(String... args) {
    String[] all = new String[args.length + 1];
    all[0] = "put";
    System.arraycopy(args, 0, all, 1, args.length);
    return shell.run(all).ok().lines().get(0);
  }

  @Test
  void aBackupIsRestoredAndThePeerBringsBackWhatCameAfterIt() {
    put("one");
    shell.run("init", "peer").ok();
    JsonNode made = shell.json("backup", "kept");
    JsonNode before = shell.json("status");
    assertThat(made.get("backup").asText()).isEqualTo(folder.resolve("kept").toString());
    assertThat(made.get("node")).isEqualTo(before.get("node"));
    assertThat(made.get("epoch").asInt()).isEqualTo(1);
    assertThat(made.get("records").asInt()).isEqualTo(1);
    assertThat(made.get("logseq").asText()).isEqualTo("1");
    assertThat(made.get("stateRoot")).isEqualTo(before.get("stateRoot"));
    assertThat(made.get("bytes").asLong()).isPositive();
    String two = put("two");
    shell.run("sync", "peer").ok();
    JsonNode restored = shell.json("restore", "kept", "--into", "again");
    assertThat(restored.get("node")).isEqualTo(before.get("node"));
    assertThat(restored.get("epoch").asInt()).isGreaterThan(1);
    assertThat(restored.get("records").asInt()).isEqualTo(1);
    assertThat(restored.get("stateRoot")).isEqualTo(before.get("stateRoot"));
    shell.run("--store", "again", "put", "three").ok();
    shell.run("--store", "again", "get", two).failed(1);
    JsonNode synced = shell.json("--store", "again", "sync", "peer");
    assertThat(synced.get("conflicts").asInt()).isZero();
    assertThat(shell.run("--store", "again", "get", two).ok().out()).isEqualTo("two\n");
    assertThat(shell.json("--store", "again", "status").get("stateRoot"))
        .isEqualTo(shell.json("--store", "peer", "status").get("stateRoot"));
    shell.run("--store", "again", "fsck").ok();
    shell.run("--store", "peer", "fsck").ok();
    shell.run("audit", "again", "peer").ok();
  }

  @Test
  void aBackupIsReadAndCheckedButNotWrittenTo() throws IOException {
    String one = put("one");
    shell.run("snapshot", "create", "--label", "first").ok();
    shell.run("backup", "kept").ok();
    assertThat(shell.run("--store", "kept", "get", one).ok().out()).isEqualTo("one\n");
    assertThat(shell.json("--store", "kept", "fsck").get("damaged")).isEmpty();
    assertThat(shell.json("--store", "kept", "snapshot", "show", "first").get("label").asText())
        .isEqualTo("first");
    shell.run("--store", "kept", "put", "two").failed(3, "is a backup");
    shell.run("backup", "kept").failed(3, "already");
    shell.run("restore", ".cairn", "--into", "again").failed(3, "not a backup");
    shell.run("restore", "nothing").failed(3, "no backup");
    shell.run("restore", "kept").failed(3, "already");
    assertThat(folder.resolve("again")).doesNotExist();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(".cairn", "kept", "one", "two", "three");
    }
  }

  @Test
  void aCloneIsANodeOfItsOwn() {
    String one = put("one");
    JsonNode cloned = shell.json("clone", ".", "second");
    assertThat(cloned.get("node")).isNotEqualTo(shell.json("status").get("node"));
    assertThat(cloned.get("epoch").asInt()).isEqualTo(1);
    assertThat(cloned.get("store").asText()).isEqualTo(folder.resolve("second").toString());
    assertThat(shell.run("--store", "second", "get", one).ok().out()).isEqualTo("one\n");
    put("two");
    shell.run("--store", "second", "put", "three").ok();
    assertThat(shell.json("sync", "second").get("conflicts").asInt()).isZero();
    assertThat(shell.json("status").get("stateRoot"))
        .isEqualTo(shell.json("--store", "second", "status").get("stateRoot"));
    shell.run("clone", "nowhere", "third").failed(3, "no store");
    shell.run("clone", ".", "second").failed(3, "already");
  }

  @Test
  void aStoreThatLostNothingRecoversToWhatItWas() {
    put("one");
    JsonNode recovered = shell.json("recover");
    assertThat(recovered.get("epoch").asInt()).isEqualTo(1);
    assertThat(recovered.get("epochBefore").asInt()).isEqualTo(1);
    assertThat(recovered.get("lost")).isEmpty();
  }

  @Test
  void aLostTailIsToldAndAcceptedByCommand() throws IOException {
    put("one");
    put("two");
    Path last;
    try (Stream<Path> files = Files.list(folder.resolve(".cairn/db"))) {
      last =
          files
              .filter(file -> file.toString().endsWith(".log"))
              .max(Comparator.naturalOrder())
              .orElseThrow();
    }
    try (RandomAccessFile log = new RandomAccessFile(last.toFile(), "rw")) {
      log.setLength(log.length() - 10);
    }
    shell.run("put", "three").failed(1, "recover", "lost");
    Shell.Outcome checked = shell.run("fsck", "--json");
    assertThat(checked.code()).isEqualTo(1);
    assertThat(checked.json().get("damaged")).hasSize(1);
    JsonNode recovered = shell.json("recover");
    assertThat(recovered.get("lost").get(0).get("acknowledged").asInt()).isEqualTo(2);
    assertThat(recovered.get("lost").get(0).get("held").asInt()).isEqualTo(1);
    assertThat(recovered.get("lost").get(0).get("origin").asText()).endsWith("/1");
    assertThat(recovered.get("epoch").asInt()).isGreaterThan(1);
    put("three");
    shell.run("fsck").ok();
  }

  @Test
  void aMarkThatIsGoneOrDamagedIsToldAndMadeAnewByCommand() throws IOException {
    String one = put("one");
    Path mark = folder.resolve(".cairn/db/cairn.acknowledged");
    for (boolean gone : new boolean[] {false, true}) {
      Files.write(mark, new byte[0]);
      if (gone) {
        Files.delete(mark);
      }
      for (String command : List.of("find", "status", "fsck")) {
        shell.run(command).failed(1, "cairn.acknowledged", "recover");
      }
      shell.run("put", "two").failed(1, "cairn.acknowledged", "recover");
      JsonNode lost = shell.json("recover").get("lost");
      assertThat(lost).hasSize(1);
      assertThat(lost.get(0).get("acknowledged").asLong()).isEqualTo(-1);
      assertThat(shell.run("find").ok().out()).contains(one);
      shell.run("fsck").ok();
    }
    put("two");
  }

  @Test
  void whatOnlyReadsWorksBesideAProcessThatHoldsTheStore() throws IOException {
    String one = put("one");
    String snapshot = shell.json("snapshot", "create").get("snapshot").asText();
    JsonNode status = shell.json("status");
    try (Shell.Running serving = shell.start("serve", "--listen", "127.0.0.1:0", "--json")) {
      assertThat(serving.json().get("ready").asBoolean()).isTrue();
      assertThat(shell.run("get", one).ok().out()).isEqualTo("one\n");
      assertThat(shell.json("stat", one).get("live").asBoolean()).isTrue();
      assertThat(shell.run("find").ok().lines()).hasSize(1);
      assertThat(shell.run("log").ok().lines()).hasSize(1);
      shell.run("edges", one).ok();
      shell.run("lineage", one).ok();
      shell.run("path", one, one);
      assertThat(shell.json("status").get("stateRoot")).isEqualTo(status.get("stateRoot"));
      assertThat(shell.run("snapshot", "list").ok().out()).contains(snapshot);
      shell.run("snapshot", "show", snapshot).ok();
      shell.run("receipt", "list").ok();
      shell.run("peer", "list").ok();
      shell.run("fsck").ok();
      shell.run("put", "two").failed(3, "in use");
    }
    put("two");
  }
}
