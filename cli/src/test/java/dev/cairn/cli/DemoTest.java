package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.cli.demo.SampleRepository;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tour as a shell gives it, on a small repository. */
class DemoTest {
  private static final int PROCESS_SECONDS_MAX = 120;
  private static final int SIGTERM_STATUS = 128 + 15;

  @TempDir Path folder;
  SampleRepository sample;
  Shell shell;

  @BeforeEach
  void makeRepository() throws IOException {
    Path home = Files.createDirectories(folder.resolve("home"));
    sample = SampleRepository.in(Files.createDirectories(folder.resolve("sample")));
    shell = new Shell(folder).with("HOME", home.toString());
  }

  private static JsonNode step(JsonNode tour, String name) {
    for (JsonNode step : tour.get("steps")) {
      if (step.get("step").asText().equals(name)) {
        return step.get("facts");
      }
    }
    throw new AssertionError("no step " + name + " in " + tour);
  }

  private static void assertEveryClaimHeld(JsonNode tour) {
    int claims = 0;
    for (JsonNode step : tour.get("steps")) {
      assertThat(step.get("claims")).as("claims of %s", step.get("step")).isNotEmpty();
      for (JsonNode claim : step.get("claims")) {
        assertThat(claim.get("held").asBoolean()).as(claim.toString()).isTrue();
        assertThat(claim.get("claim").asText()).isNotBlank();
        assertThat(claim.get("expected").asText()).isNotBlank();
        assertThat(claim.get("found").asText()).isNotBlank();
        claims++;
      }
    }
    assertThat(tour.get("claims").asInt()).isEqualTo(claims);
    assertThat(tour.get("broken").isNull()).isTrue();
    assertThat(tour.get("ok").asBoolean()).isTrue();
  }

  private static void assertStats(JsonNode stats, int files, int lines, int bytes) {
    assertThat(stats.get("files").asInt()).isEqualTo(files);
    assertThat(stats.get("lines").asInt()).isEqualTo(lines);
    assertThat(stats.get("bytes").asInt()).isEqualTo(bytes);
  }

  @Test
  void everyClaimIsCheckedAndToldAsData() {
    Shell.Outcome outcome =
        shell.run("demo", "--git", "sample", "--maven", "sample/two", "--json").ok();
    assertThat(outcome.err()).isEmpty();
    JsonNode tour = outcome.json();
    assertEveryClaimHeld(tour);
    assertThat(tour.get("steps"))
        .extracting(step -> step.get("step").asText())
        .containsExactly("stores", "git", "maven", "run", "federate", "replay", "damage");
    JsonNode git = step(tour, "git");
    assertThat(git.get("commits").asInt()).isEqualTo(SampleRepository.COMMITS);
    assertThat(git.get("trees").asInt()).isEqualTo(SampleRepository.TREES);
    assertThat(git.get("blobs").asInt()).isEqualTo(SampleRepository.BLOBS);
    assertThat(git.get("tags").asInt()).isEqualTo(SampleRepository.TAGS);
    assertThat(git.get("edges").asInt()).isEqualTo(4 + 5 + 1);
    JsonNode maven = step(tour, "maven");
    assertThat(maven.get("poms").asInt()).isEqualTo(1);
    assertThat(maven.get("references").asInt()).isEqualTo(1);
    JsonNode federate = step(tour, "federate");
    assertThat(federate.get("stateRoot").asText())
        .isEqualTo(step(tour, "replay").get("stateRoot").asText())
        .matches("[0-9a-f]{64}");
    assertThat(federate.get("cut")).hasSize(2);
    assertThat(step(tour, "damage").get("message").asText()).contains("frame").contains("at byte");
  }

  @Test
  void theProgramCountsTheSourcesOfTheSample() {
    JsonNode run = step(shell.json("demo", "--git", "sample", "--maven", "sample"), "run");
    JsonNode types = run.get("types");
    assertStats(types.get("java"), 2, 5, 15 + 17);
    assertStats(types.get("md"), 1, 1, 9);
    assertStats(types.get("png"), 1, 0, 4); // bytes of line feeds, but binary
    assertStats(types.get("txt"), 1, 0, 0);
    assertStats(types.get("other"), 2, 0, 4 + 9);
    assertStats(run.get("total"), 7, 6, 32 + 9 + 4 + 13);
    // 4 commits, 5 trees, 7 blobs, and the submodule's commit.
    assertThat(run.get("lineage").asInt()).isEqualTo(17);
    assertThat(run.get("executed").asInt()).isEqualTo(5 + 3);
    assertThat(run.get("executedAgain").asInt()).isZero();
  }

  @Test
  void keptStoresAreInTheStateThatTheStoryTells() throws IOException {
    Path inside = Files.createDirectories(sample.folder().resolve("one/deep"));
    Shell.Outcome told = shell.in(inside).run("demo", "--keep", "kept").ok();
    Path kept = inside.resolve("kept");
    assertThat(told.out())
        .contains("All ", " claims held", "The stores are in " + kept)
        .contains("from " + sample.folder())
        .doesNotContain("  NO ");
    assertThat(told.err()).isEmpty();
    for (String name : List.of("a", "b", "c", "d")) {
      String root =
          shell.json("status", "--store", kept.resolve(name).toString()).get("stateRoot").asText();
      assertThat(told.out()).as(name).contains("state root " + root + ": ");
    }
    assertThat(kept.resolve("evidence.bundle")).isNotEmptyFile();
    shell.in(inside).run("demo", "--keep", "kept").failed(2, "kept", "is there already");
  }

  @Test
  void withoutALocalMavenRepositoryTheCheckoutsOwnPomsAreTaken() {
    JsonNode tour = shell.in(sample.folder()).json("demo");
    assertEveryClaimHeld(tour);
    assertThat(tour.get("git").asText()).isEqualTo(sample.folder().toString());
    assertThat(tour.get("maven").asText()).isEqualTo(sample.folder().toString());
    assertThat(step(tour, "maven").get("poms").asInt()).isEqualTo(3);
  }

  @Test
  void theLocalMavenRepositoryIsTakenIfItHasPoms() throws IOException {
    Path local = folder.resolve("home/.m2/repository/org/example/one/1");
    Files.createDirectories(local);
    Files.copy(sample.folder().resolve("one/pom.xml"), local.resolve("one-1.pom"));
    Files.writeString(local.resolve("broken-1.pom"), "<project");
    JsonNode tour = shell.json("demo", "--git", "sample");
    assertEveryClaimHeld(tour);
    assertThat(tour.get("maven").asText()).isEqualTo(folder + "/home/.m2/repository");
    assertThat(step(tour, "maven").get("files").asInt()).isEqualTo(2);
    assertThat(step(tour, "maven").get("poms").asInt()).isEqualTo(1);
    assertThat(step(tour, "maven").get("passedOver").asInt()).isEqualTo(1);
  }

  @Test
  void aLinkedWorktreeOfAShallowCloneWithADetachedHeadWillDo() throws IOException {
    sample.shallowDetachedWorktree(folder.resolve("linked"));
    JsonNode tour = shell.json("demo", "--git", "linked", "--maven", "sample");
    assertEveryClaimHeld(tour);
    assertThat(step(tour, "git").get("commits").asInt()).isEqualTo(1);
    assertThat(step(tour, "git").get("tags").asInt()).isZero();
    // The commit, 2 trees, 7 blobs, the submodule's commit and two parents that are not there.
    assertThat(step(tour, "run").get("lineage").asInt()).isEqualTo(1 + 2 + 7 + 1 + 2);
  }

  @Test
  void whatIsNoRepositoryIsAUsageErrorAndLeavesNothing() throws IOException {
    shell.in(folder.resolve("home")).run("demo").failed(2, "stands in no git repository");
    shell.run("demo", "--git", "home").failed(2, "no git repository at", "home");
    shell.run("demo", "--git", "absent").failed(2, "no git repository at", "absent");
    shell
        .run("demo", "--git", "sample", "--maven", "home", "--keep", "kept")
        .failed(2, "no POM below");
    assertThat(folder.resolve("kept")).doesNotExist();
    Path empty = Files.createDirectories(folder.resolve("empty/.git/refs"));
    Files.createDirectories(empty.resolveSibling("objects"));
    Files.writeString(empty.resolveSibling("HEAD"), "ref: refs/heads/main\n");
    shell.run("demo", "--git", "empty", "--maven", "sample").failed(2, "has no commit at HEAD");
  }

  /**
   * SIGTERM only, though SIGINT goes the same way: a process whose parents ignore SIGINT, as those
   * in the background of a shell do, ignores it too.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aProcessToldToEndRemovesItsStores(int chapter) throws IOException, InterruptedException {
    Path temporary = Files.createDirectories(folder.resolve("temporary"));
    Process process = startProcess(temporary);
    try (BufferedReader out = process.inputReader()) {
      String line = out.readLine();
      while (line != null && !line.startsWith(chapter + "  ")) {
        line = out.readLine();
      }
      assertThat(line).as("the tour's story").isNotNull();
      assertThat(left(temporary)).hasSize(1);
      // Not the process itself: that would close its output as well.
      assertThat(process.toHandle().destroy()).isTrue();
      out.lines().forEach(rest -> {});
    }
    assertThat(process.waitFor(PROCESS_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(SIGTERM_STATUS);
    assertThat(left(temporary)).isEmpty();
  }

  private Process startProcess(Path temporary) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Main.class.getName());
    command.addAll(List.of("demo", "--git", "sample", "--maven", "sample"));
    return new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectError(folder.resolve("process.err").toFile())
        .start();
  }

  private static List<Path> left(Path temporary) throws IOException {
    try (Stream<Path> entries = Files.list(temporary)) {
      return entries.filter(path -> path.getFileName().toString().startsWith("cairn-")).toList();
    }
  }
}
