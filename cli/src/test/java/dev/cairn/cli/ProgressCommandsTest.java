package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All work that may be long is shown to who watches, and changes nothing of what is printed. */
class ProgressCommandsTest {
  @TempDir Path folder;
  Shell shell;
  private String cause;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    shell.run("init", "--federation", "f").ok();
    cause = shell.put("cause", "the cause");
    String effect = shell.put("effect", "the effect");
    shell.run("link", "--type", "t:made", "--from", cause, "--to", effect).ok();
    shell.write("many/a", "aa");
    shell.write("many/b", "b");
  }

  /** Runs a command as a script and watched: the same result, and a bar only there. */
  private void shown(String bar, String... command) {
    assertThat(new Shell(folder).run(command).ok().err()).as("a script").doesNotContain(bar);
    assertThat(new Shell(folder).watched(false).run(command).ok().err())
        .as(String.join(" ", command))
        .contains(bar);
  }

  @Test
  void whatReadsRowsIsShown() {
    shell.run("snapshot", "create", "--label", "s").ok();
    shell.run("snapshot", "publish", "s").ok();
    shown("rows read", "prove", cause, "--at", "s");
    shown("rows read", "snapshot", "seal", "s");
    shown("rows read", "snapshot", "create");
    shown("rows read", "lineage", cause, "--down");
    shown("rows read", "lineage", cause, "--down", "--format", "count");
    shown("rows read", "export", "prov", cause);
    shown("rows read", "query", "artifacts | count by type");
    shown("rows read", "query", "artifacts", "--explain");
  }

  @Test
  void whatPrintsAllAlongIsShownWhereThatGoesElsewhere() {
    shell.run("snapshot", "create", "--label", "s").ok();
    shown("rows read 100%", "find");
    shown("records 100%", "log");
    shown("rows read", "edges", cause);
    shown("rows read", "snapshot", "diff", "s");
    shown("snapshots 100%", "snapshot", "list");
    shown("payload 100%", "get", cause);
    Shell terminal = new Shell(folder).watched(true);
    for (String command : List.of("find", "log")) {
      assertThat(terminal.run(command).ok().err()).as(command).isEmpty();
    }
  }

  @Test
  void whatAsksTheGraphAndTheStateIsShown() {
    String effect = shell.put("effect", "the effect");
    shown("rows read", "path", cause, effect);
    shown("rows read", "prove", cause);
    shown("rows read", "status");
    shown("times asked", "audit", "bisect", ".cairn", "--not-live", cause);
  }

  @Test
  void aBundleThatIsJudgedIsShownWithItsEnd() {
    shell.run("bundle", "create", "all.cairn").ok();
    shown("bundle read 100%", "replay", "all.cairn");
    shown("records audited 100%", "audit", "all.cairn");
  }

  @Test
  void whatIsSentIsShownWithItsEnd() {
    shell.run("init", "peer", "--federation", "f").ok();
    assertThat(new Shell(folder).watched(false).run("sync", "peer", "--push").ok().err())
        .contains("records synced 100%")
        .contains("3/3");
  }

  @Test
  void payloadsThatNeverCameAreShownByTheirBytes() throws IOException {
    byte[] payload = new byte[3 << 20];
    new Random(1).nextBytes(payload);
    shell.write("large", payload);
    shell.run("put", "large").ok();
    String socket = "unix:" + folder.resolve("socket");
    try (Shell.Running serving =
        shell.start("serve", "--no-tls", "--no-follow", "--listen", socket, "--json")) {
      assertThat(serving.json().get("ready").asBoolean()).isTrue();
      shell.run("init", "peer", "--federation", "f").ok();
      shell.run("--store", "peer", "sync", socket, "--headers-only").ok();
      assertThat(new Shell(folder).watched(false).run("--store", "peer", "sync", socket).ok().err())
          .contains("payloads fetched");
      shell.run("init", "other", "--federation", "f").ok();
      shell.run("--store", "other", "sync", socket, "--headers-only").ok();
      Shell.Outcome got =
          new Shell(folder)
              .watched(false)
              .run("--store", "other", "get", "@large", "--from", socket, "-o", "got");
      assertThat(got.ok().err()).contains("payloads fetched 100%").contains("3/3 MiB");
    }
  }

  @Test
  void aCloneOfAPeerIsShownToItsEnd() throws IOException {
    String socket = "unix:" + folder.resolve("socket");
    try (Shell.Running serving =
        shell.start("serve", "--no-tls", "--no-follow", "--listen", socket, "--json")) {
      assertThat(serving.json().get("ready").asBoolean()).isTrue();
      assertThat(new Shell(folder).watched(false).run("clone", socket, "second").ok().err())
          .contains("rows read");
    }
  }

  @Test
  void whatIsPutIsShownWithItsEnd() {
    Shell typed = new Shell(folder).stdin("typed").watched(false);
    assertThat(typed.run("put").ok().err()).contains("standard input");
    assertThat(typed.run("put", "many", "--batch").ok().err())
        .contains("many, files 100%")
        .contains("2/2");
    Shell.Outcome put = typed.run("put", "many").ok();
    assertThat(put.err()).contains("many, files 100%").contains("2/2");
    assertThat(put.lines()).hasSize(2);
    Shell terminal = new Shell(folder).watched(true);
    assertThat(terminal.run("put", "many").ok().err()).as("keys show it").isEmpty();
    assertThat(terminal.run("put", "cause").ok().err()).contains("cause, files 100%");
  }

  @Test
  void largeFilesAreShownByTheirBytes() {
    shell.write("large/a", new byte[2 << 20]);
    shell.write("large/b", new byte[1 << 20]);
    Shell.Outcome put = new Shell(folder).watched(false).run("put", "large").ok();
    assertThat(put.err()).contains("large 100%").contains("3/3 MiB");
  }

  @Test
  void whatIsImportedIsShownWithItsEnd() {
    shell.write("t.jsonl", "{\"artifact\":\"x\",\"type\":\"text/plain\",\"text\":\"imported\"}\n");
    shown("trace 100%", "import", "trace", "t.jsonl");
    shell.write("p.json", "{\"entity\":{\"e:1\":{}},\"prefix\":{\"e\":\"http://example.org/\"}}");
    shown("imported 100%", "import", "prov", "p.json");
  }

  @Test
  void copiesAreShownWithTheirEnd() {
    shell.run("backup", "saved").ok();
    Shell watched = new Shell(folder).watched(false);
    assertThat(watched.run("restore", "saved", "--into", "again").ok().err())
        .containsPattern("restore +[0-9]+%");
    assertThat(watched.run("clone", "saved", "other").ok().err()).containsPattern("clone +[0-9]+%");
  }

  @Test
  void checksAndSyncsAreShownWithTheirEnd() {
    shown("things checked", "fsck");
    shell.run("init", "peer", "--federation", "f").ok();
    Shell.Outcome synced =
        new Shell(folder).watched(false).run("--store", "peer", "sync", ".cairn");
    assertThat(synced.ok().err()).contains("records synced 100%");
  }

  @Test
  void whatAPeerSendsToBeJudgedIsShownWithItsEnd() throws IOException {
    String socket = "unix:" + folder.resolve("socket");
    try (Shell.Running serving =
        shell.start("serve", "--no-tls", "--no-follow", "--listen", socket, "--json")) {
      assertThat(serving.json().get("ready").asBoolean()).isTrue();
      for (String judging : List.of("audit", "replay")) {
        Shell.Outcome judged = new Shell(folder).watched(false).run(judging, socket);
        assertThat(judged.ok().err()).as(judging).contains("records received 100%");
      }
    }
  }
}
