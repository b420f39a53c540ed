package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two stores, bundles between them, and the proofs that both hold the same. */
class FederationCommandsTest {
  @TempDir Path folder;
  Shell a;
  Shell b;

  @BeforeEach
  void start() throws IOException {
    a = new Shell(Files.createDirectory(folder.resolve("A")));
    b = new Shell(Files.createDirectory(folder.resolve("B")));
    a.run("init").ok();
    b.run("init").ok();
  }

  private static String root(Shell shell) {
    return shell.json("status").get("stateRoot").asText();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 1;
    Files.write(file, bytes);
  }

  // ---- sync

  @Test
  void aSyncWithADirectoryGoesBothWays() {
    a.put("one", "at A");
    a.put("two", "also at A");
    b.put("three", "at B");
    JsonNode report = a.json("sync", "../B");
    assertThat(report.at("/sent/records").asLong()).isEqualTo(2);
    assertThat(report.at("/sent/commits").asLong()).isEqualTo(2);
    assertThat(report.at("/sent/payloads").asLong()).isEqualTo(2);
    assertThat(report.at("/sent/bytes").asLong()).isPositive();
    assertThat(report.at("/received/records").asLong()).isEqualTo(1);
    assertThat(report.get("conflicts").asLong()).isZero();
    assertThat(report.get("roundTrips").asLong()).isPositive();
    assertThat(report.get("seconds").isNumber()).isTrue();
    assertThat(report.get("stateRoot").asText()).isEqualTo(root(a)).isEqualTo(root(b));
    JsonNode again = b.json("sync", "../A/.cairn");
    assertThat(again.at("/sent/records").asLong()).isZero();
    assertThat(again.at("/received/records").asLong()).isZero();
  }

  @Test
  void aLogWhoseClockIsAheadIsHeldBackListedAndLetInByAPerson() {
    String mine = b.put("mine", "of B");
    Path fast = folder.resolve("fast/.cairn");
    StoreDirectory.init(fast, "default");
    try (CairnNode node =
        StoreDirectory.open(fast, () -> WallClock.system().millis() + 86_400_000L)) {
      PreparedArtifact late = node.store().prepare(null, Bytes.utf8("from tomorrow"));
      node.store().commit(new CommitDraft().put(late));
    }
    assertThat(b.run("sync", "../fast").ok().err()).contains("is held back: its clock is ");
    JsonNode status = b.json("status");
    assertThat(status.get("heldBack")).hasSize(1);
    assertThat(status.at("/heldBack/0/clockAheadMillis").asLong())
        .isBetween(86_000_000L, 86_400_000L);
    assertThat(status.at("/heldBack/0/fromIndex").asLong()).isZero();
    assertThat(b.run("status").ok().out()).contains("held back   ");
    assertThat(b.json("conflicts", "list").get("kind").asText()).isEqualTo("clock");
    assertThat(status.get("records").asLong()).isEqualTo(1);
    a.run("sync", "../B").ok();
    assertThat(a.run("stat", mine).ok().out()).contains(mine);
    assertThat(b.json("conflicts", "resolve", "1", "--keep", "B").get("resolution").asText())
        .isEqualTo("B");
    b.run("sync", "../fast").ok();
    assertThat(b.json("status").get("records").asLong()).isEqualTo(2);
    assertThat(b.json("status").get("heldBack")).isEmpty();
    assertThat(b.json("replay", "../B").get("verified").asBoolean()).isTrue();
  }

  @Test
  void oneWayMovesOneWay() {
    String first = a.put("one", "at A");
    String second = b.put("two", "at B");
    a.run("sync", "../B", "--pull").ok();
    a.run("get", second).ok();
    b.run("get", first).failed(1);
    a.run("sync", "../B", "--push").ok();
    b.run("get", first).ok();
    a.run("sync", "../B", "--push", "--pull").failed(2, "--push");
  }

  @Test
  void recordsTravelThroughAThirdStore() throws IOException {
    Shell c = new Shell(Files.createDirectory(folder.resolve("C")));
    c.run("init").ok();
    String key = a.put("one", "at A");
    a.run("sync", "../B").ok();
    c.run("sync", "../B").ok();
    assertThat(c.run("get", key).ok().out()).isEqualTo("at A");
    assertThat(root(c)).isEqualTo(root(a));
  }

  @Test
  void whatCannotBeSyncedWithIsNamed() throws IOException {
    Files.createDirectory(folder.resolve("A/empty"));
    a.write("file", "not a store");
    a.run("sync", "./empty").failed(3, "no store");
    a.run("sync", "../nowhere").failed(3, "no such file");
    a.run("sync", "file").failed(2, "bundle apply");
    a.run("sync", ".cairn").failed(3, "in use");
    Shell other = new Shell(Files.createDirectory(folder.resolve("C")));
    other.run("init", "--federation", "another").ok();
    a.run("sync", "../C").failed(3, "federation");
  }

  /** What no store can notice by itself: its file system was put back to an earlier day. */
  @Test
  void aStoreThatWasPutBackAndWrittenToTwiceIsAConflict() throws IOException {
    forkTheLogOfA();
    String before = root(b);
    assertThat(b.run("sync", "../A", "--json").code()).isIn(1, 4);
    assertThat(root(b)).isEqualTo(before);
    a.run("snapshot", "create").ok();
    Shell c = new Shell(Files.createDirectory(folder.resolve("C")));
    Shell.Outcome outcome = c.run("audit", "../B", "../A", "--json");
    assertThat(outcome.code()).as("a fork is signed by its maker").isEqualTo(4);
    JsonNode audit = outcome.json();
    assertThat(audit.get("verified").asBoolean()).isFalse();
    assertThat(audit.get("findings").findValuesAsText("kind")).contains("fork");
    assertThat(audit.at("/firstDivergence/index").asText()).isEqualTo("1");
    assertThat(audit.at("/firstDivergence/logseq").asText()).isEqualTo("2");
  }

  /**
   * Replaces what is in a store's files, the note of its incarnation aside, which stays the file.
   */
  @Test
  void aForkInABundleIsEvidenceAndTheOtherLogsAreTaken() throws IOException {
    forkTheLogOfA();
    Shell c = new Shell(Files.createDirectory(folder.resolve("C")));
    c.run("init").ok();
    c.put("four", "of C");
    c.run("sync", "../A").ok();
    a.run("bundle", "create", "../all").ok();
    Shell.Outcome first = b.run("bundle", "apply", "../all", "--json");
    assertThat(first.code()).isEqualTo(4);
    assertThat(b.run("find").ok().out()).contains(c.put("four", "of C"));
    assertThat(b.run("conflicts", "list").ok().out()).contains("equivocation");
    Shell.Outcome again = b.run("bundle", "apply", "../all", "--json");
    assertThat(again.code()).isZero();
    assertThat(again.json().get("leftOut")).hasSize(1);
    assertThat(again.json().at("/received/records").asInt()).isZero();
  }

  /** B holds one end of A's log, and A another. */
  private void forkTheLogOfA() throws IOException {
    Path store = folder.resolve("A/.cairn");
    Path earlier = folder.resolve("earlier");
    a.put("one", "the same");
    copy(store, earlier);
    a.put("two", "at A");
    b.run("sync", "../A").ok();
    putBack(earlier, store);
    a.put("two", "at A, another time");
    a.put("three", "at A, later");
  }

  private static void putBack(Path earlier, Path store) throws IOException {
    try (Stream<Path> files = Files.walk(store.resolve("db"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    try (Stream<Path> files = Files.walk(earlier.resolve("db"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, store.resolve("db").resolve(earlier.resolve("db").relativize(file)));
      }
    }
  }

  // ---- bundles

  @Test
  void aBundleCarriesAStateToAnother() {
    a.put("one", "at A");
    b.put("two", "at B");
    JsonNode made = a.json("bundle", "create", "../all.cairn");
    assertThat(made.at("/contents/records").asLong()).isEqualTo(1);
    assertThat(made.get("complete").asBoolean()).isTrue();
    JsonNode verified = a.json("bundle", "verify", "../all.cairn");
    assertThat(verified.get("verified").asBoolean()).isTrue();
    assertThat(verified.get("snapshot")).isEqualTo(made.get("snapshot"));
    JsonNode applied = b.json("bundle", "apply", "../all.cairn");
    assertThat(applied.at("/received/records").asLong()).isEqualTo(1);
    assertThat(applied.get("stateRoot").asText()).isEqualTo(root(b));
    assertThat(b.json("bundle", "apply", "../all.cairn").at("/received/records").asLong()).isZero();
    b.run("bundle", "create", "../back.cairn").ok();
    a.run("bundle", "apply", "../back.cairn").ok();
    assertThat(root(a)).isEqualTo(root(b));
  }

  @Test
  void aBundleBetweenSnapshotsNeedsWhatCameBefore() {
    a.put("one", "first");
    a.run("snapshot", "create", "--label", "before").ok();
    a.run("bundle", "create", "../first.cairn", "--until", "before").ok();
    String key = a.put("two", "second");
    assertThat(
            a.json("bundle", "create", "../second.cairn", "--since", "before")
                .at("/contents/records")
                .asLong())
        .isEqualTo(1);
    b.run("bundle", "apply", "../second.cairn").failed(3, "earlier bundle");
    assertThat(b.json("status").get("records").asLong()).isZero();
    b.run("bundle", "apply", "../first.cairn").ok();
    b.run("get", key).failed(1);
    b.run("bundle", "apply", "../second.cairn").ok();
    assertThat(root(b)).isEqualTo(root(a));
    a.run("bundle", "create", "x", "--since", "never").failed(1, "never");
  }

  @Test
  void aDamagedBundleChangesNothing() throws IOException {
    a.put("one", "at A");
    a.run("bundle", "create", "../all.cairn").ok();
    Path file = folder.resolve("all.cairn");
    int length = (int) Files.size(file);
    for (int at : List.of(0, length / 3, length / 2, length - 1)) {
      flip(file, at);
      a.run("bundle", "verify", "../all.cairn").failed(1, "all.cairn", "where it was made");
      b.run("bundle", "apply", "../all.cairn").failed(1, "all.cairn");
      b.run("replay", "../all.cairn", "--into", "copy").failed(1, "all.cairn");
      flip(file, at);
    }
    Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), length - 5));
    b.run("bundle", "apply", "../all.cairn").failed(1, "all.cairn");
    assertThat(b.json("status").get("records").asLong()).isZero();
    assertThat(folder.resolve("B/copy")).doesNotExist();
    b.run("bundle", "verify", "../none.cairn").failed(3, "no such file");
  }

  // ---- replay

  @Test
  void aReplayReproducesEverySnapshot() {
    String key = a.put("one", "at A");
    a.run("snapshot", "create", "--label", "early").ok();
    a.run("rm", key).ok();
    a.put("two", "at A");
    a.run("snapshot", "create").ok();
    JsonNode report = a.json("replay", ".cairn");
    assertThat(report.get("records").asLong()).isEqualTo(3);
    assertThat(report.get("verified").asBoolean()).isTrue();
    assertThat(report.get("stateRoot").asText()).isEqualTo(root(a));
    assertThat(report.get("snapshots")).hasSizeGreaterThanOrEqualTo(2);
    report
        .get("snapshots")
        .forEach(
            check -> {
              assertThat(check.get("ok").asBoolean()).isTrue();
              assertThat(check.get("actual")).isEqualTo(check.get("expected"));
            });
    JsonNode early = a.json("replay", ".cairn", "--until", "early");
    assertThat(early.get("records").asLong()).isLessThan(3);
    a.run("replay", ".cairn", "--until", "never").failed(1, "never");
  }

  @Test
  void aBundleReplaysIntoAStoreOfItsOwn() {
    a.put("one", "at A");
    a.run("bundle", "create", "../all.cairn").ok();
    JsonNode report = b.json("replay", "../all.cairn", "--into", "copy");
    assertThat(report.get("stateRoot").asText()).isEqualTo(root(a));
    assertThat(report.get("verified").asBoolean()).isTrue();
    assertThat(b.json("status", "--store", "copy").get("stateRoot").asText()).isEqualTo(root(a));
    b.run("replay", "../all.cairn", "--into", "copy").failed(3, "holds records");
    b.run("replay", "../all.cairn", "--until", "x").failed(2, "--until");
    b.run("init", "third", "--federation", "another").ok();
    b.run("replay", "../all.cairn", "--into", "third").failed(3, "federation");
  }

  // ---- audit

  @Test
  void anAuditOfASoundStoreFindsNothing() {
    a.put("one", "at A");
    JsonNode report = a.json("audit", ".cairn", "--reexecute");
    assertThat(report.get("verified").asBoolean()).isTrue();
    assertThat(report.at("/sources/0/source").asText()).isEqualTo(".cairn");
    assertThat(report.at("/sources/0/stateRoot").asText()).isEqualTo(root(a));
    assertThat(report.get("firstDivergence").isNull()).isTrue();
    assertThat(report.get("findings")).isEmpty();
  }

  @Test
  void storesAndBundlesThatHoldTheSameAgree() {
    a.put("one", "at A");
    a.run("sync", "../B").ok();
    a.run("bundle", "create", "../all.cairn").ok();
    JsonNode report = a.json("audit", ".cairn", "../B", "../all.cairn");
    assertThat(report.get("verified").asBoolean()).isTrue();
    assertThat(report.get("sources").findValuesAsText("stateRoot"))
        .hasSize(3)
        .containsOnly(root(a));
  }

  @Test
  void aStoreThatLagsIsToldAndIsNoDivergence() {
    a.put("one", "both");
    a.run("sync", "../B").ok();
    a.put("two", "only A");
    a.put("three", "only A, later");
    JsonNode report = a.json("audit", ".cairn", "../B");
    assertThat(report.get("verified").asBoolean()).isTrue();
    assertThat(report.get("firstDivergence").isNull()).isTrue();
    assertThat(report.get("disagreements")).isEmpty();
    assertThat(report.get("lags")).hasSize(1);
    JsonNode lag = report.at("/lags/0");
    assertThat(lag.get("source").asText()).isEqualTo("../B");
    assertThat(lag.get("ahead").asText()).isEqualTo(".cairn");
    assertThat(lag.get("origin").asText()).startsWith(a.json("status").get("node").asText());
    assertThat(lag.get("records").asText()).isEqualTo("1");
    assertThat(lag.get("aheadRecords").asText()).isEqualTo("3");
    assertThat(lag.get("behind").asText()).isEqualTo("2");
    assertThat(lag.get("logseq").asText()).isEqualTo("1");
    assertThat(lag.get("aheadLogseq").asText()).isEqualTo("3");
    assertThat(report.at("/findings/0/kind").asText()).isEqualTo("lag");
    assertThat(report.at("/findings/0/severity").asText()).isEqualTo("note");
    assertThat(a.run("audit", ".cairn", "../B").ok().out())
        .contains("verified, ../B lags behind by 2 records of 1 log");
    Shell.Outcome sarif = a.run("audit", ".cairn", "../B", "--report", "sarif").ok();
    assertThat(sarif.out()).contains("\"ruleId\":\"audit:lag\"", "\"level\":\"note\"");
    assertThat(a.run("audit", ".cairn", "../B", "--report", "junit").ok().out())
        .contains("failures=\"0\"", "lags 2 records behind .cairn");
    assertThat(a.run("audit", ".cairn", "../B", "--report", "html").ok().out())
        .contains("../B lags behind by 2 records of 1 log");
    assertThat(a.run("audit", ".cairn", "../B", "--fail-on", "lag").code()).isEqualTo(1);
    assertThat(a.run("audit", ".cairn", "../B", "--fail-on", "note").code()).isEqualTo(1);
    a.run("sync", "../B").ok();
    a.run("audit", ".cairn", "../B", "--fail-on", "lag").ok();
  }

  @Test
  void aDamagedSourceIsAFindingAndTheOthersAreAuditedStill() throws IOException {
    a.put("one", "at A");
    a.run("bundle", "create", "../all.cairn").ok();
    flip(folder.resolve("all.cairn"), 300);
    Shell.Outcome outcome = a.run("audit", "../all.cairn", ".cairn", "--json");
    assertThat(outcome.code()).isEqualTo(1);
    JsonNode finding = outcome.json().at("/findings/0");
    assertThat(finding.get("severity").asText()).isEqualTo("error");
    assertThat(finding.get("kind").asText()).isEqualTo("bundle");
    assertThat(finding.get("id").asText()).matches("[0-9a-f]{16}");
    assertThat(finding.at("/occurrences/0/detail").asText()).contains("all.cairn");
    assertThat(outcome.json().at("/sources/0/stateRoot").isNull()).isTrue();
    assertThat(outcome.json().at("/sources/1/stateRoot").asText()).isEqualTo(root(a));
  }

  @Test
  void whatCannotBeAuditedIsNamed() {
    a.run("audit").failed(2, "SOURCE");
    a.run("audit", "./nothing").failed(3, "no such file");
    a.run("audit", ".cairn", ".cairn").failed(2, "twice");
  }
}
