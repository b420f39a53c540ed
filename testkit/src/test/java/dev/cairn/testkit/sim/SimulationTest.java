package dev.cairn.testkit.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The short form of the simulation: two thousand seeds, that it is deterministic, and that every
 * oracle in it can fail. {@code testkit/simulate} is the long form.
 *
 * <p>{@code -Dcairn.sim.seeds=FIRST-LAST} sets the seeds.
 */
class SimulationTest {
  private static final String SEEDS_DEFAULT = "1-2000";
  private static final String SEEDS = System.getProperty("cairn.sim.seeds", SEEDS_DEFAULT);
  private static final String STEPS = "5000";
  private static final int PROCESS_SECONDS_MAX = 180;

  /** What one simulation came to. */
  private record Outcome(@Nullable SimulationResult result, @Nullable SimulationFailure failure) {
    static Outcome of(long seed, SimulationOptions options) {
      try {
        return new Outcome(new Simulation(seed, options).run(), null);
      } catch (SimulationFailure e) {
        return new Outcome(null, e);
      }
    }

    SimulationResult success() {
      if (result == null) {
        throw failure == null ? new AssertionError() : failure;
      }
      return result;
    }
  }

  @Test
  void nodesThatCrashAndLoseTouchHoldWhatAReplayGivesAndAgreeOnceHealed() {
    SimulationCommand command =
        SimulationCommand.parse(new String[] {"--seeds", SEEDS, "--steps", STEPS});
    List<Outcome> outcomes =
        LongStream.rangeClosed(command.firstSeed(), command.lastSeed())
            .parallel()
            .mapToObj(seed -> Outcome.of(seed, command.options()))
            .toList();
    Map<SimEvent, Long> events = new EnumMap<>(SimEvent.class);
    for (Outcome outcome : outcomes) {
      outcome.success().events().forEach((event, count) -> events.merge(event, count, Long::sum));
    }
    if (SEEDS.equals(SEEDS_DEFAULT)) {
      assertThat(events.keySet()).isEqualTo(EnumSet.allOf(SimEvent.class));
    }
  }

  @Test
  void aSeedRunAgainBesideOthersGivesTheSameTrace() {
    SimulationResult first = Outcome.of(5, SimulationOptions.DEFAULT).success();
    List<SimulationResult> again =
        LongStream.of(5, 6, 5)
            .parallel()
            .mapToObj(seed -> Outcome.of(seed, SimulationOptions.DEFAULT).success())
            .toList();
    assertThat(again.get(0)).isEqualTo(first);
    assertThat(again.get(2)).isEqualTo(first);
    assertThat(again.get(1).trace()).isNotEqualTo(first.trace());
  }

  @Test
  void aSeedGivesTheSameTraceInAProcessWithOtherSettings() throws Exception {
    String[] arguments = {"--seeds", "7-9", "--steps", "1000"};
    ByteArrayOutputStream here = new ByteArrayOutputStream();
    assertThat(SimulationMain.run(arguments, print(here))).isZero();
    String one =
        runProcess(
            List.of(
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:ActiveProcessorCount=1",
                "-Xshare:off",
                "-Duser.language=tr",
                "-Duser.country=TR",
                "-Duser.timezone=Asia/Kathmandu",
                "-Dfile.encoding=ISO-8859-1"),
            arguments);
    String other =
        runProcess(
            List.of(
                "-Xmx600m",
                "-XX:+UseParallelGC",
                "-XX:ActiveProcessorCount=4",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UnlockExperimentalVMOptions",
                "-XX:hashCode=2"),
            arguments);
    assertThat(one).isEqualTo(text(here)).contains("seed 7 trace ");
    assertThat(other).isEqualTo(one);
  }

  /** Each defect with each oracle that has to see it, all others being silent. */
  static Stream<PlantedPair> plantedBugs() {
    return PlantedPair.all().stream();
  }

  @ParameterizedTest
  @MethodSource("plantedBugs")
  void aPlantedBugIsFoundByTheOracleForItAlone(PlantedPair pair) {
    SimulationOptions options = SimulationOptions.DEFAULT.withSteps(Integer.parseInt(STEPS));
    assertThat(pair.seedsNeeded(options)).isPresent();
  }

  @Test
  void everyOracleAndEveryPlantedBugIsInTheTable() {
    Set<PlantedBug> bugs = EnumSet.of(PlantedBug.NONE);
    Set<String> oracles = new TreeSet<>();
    for (PlantedPair pair : PlantedPair.all()) {
      bugs.add(pair.bug());
      oracles.add(pair.oracle());
    }
    assertThat(bugs).isEqualTo(EnumSet.allOf(PlantedBug.class));
    assertThat(oracles).isEqualTo(Oracle.names());
  }

  @Test
  void theTestingPageTellsOfEveryOraclePlantedBugAndOption() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "testing.md"));
    assertThat(page).contains(Oracle.names());
    for (PlantedBug bug : PlantedBug.values()) {
      assertThat(page).contains("`" + bug + "`");
    }
    SimulationOptions all =
        SimulationOptions.DEFAULT
            .withBug(PlantedBug.TORN_COMMIT)
            .withFaults(FaultLevel.CALM)
            .withOracle("SessionsEnd");
    assertThat(words(SimulationCommand.repeat(17, all)))
        .filteredOn(word -> word.startsWith("--"))
        .hasSize(6)
        .allSatisfy(option -> assertThat(page).contains("`" + option));
  }

  @Test
  void theLastLineOfAFailureIsTheCommandThatRepeatsIt() {
    ByteArrayOutputStream first = new ByteArrayOutputStream();
    String[] arguments = {
      "--seeds", "1-40", "--steps", "1600", "--nodes", "3-4", "--bug", "torn_commit"
    };
    assertThat(SimulationMain.run(arguments, print(first))).isEqualTo(1);
    List<String> lines = text(first).lines().toList();
    String[] command = words(lines.get(lines.size() - 1));
    assertThat(command[0]).isEqualTo("testkit/simulate");
    assertThat(Path.of("simulate")).isExecutable();

    ByteArrayOutputStream second = new ByteArrayOutputStream();
    String[] repeated = Arrays.copyOfRange(command, 1, command.length);
    assertThat(SimulationMain.run(repeated, print(second))).isEqualTo(1);
    List<String> again = text(second).lines().toList();
    assertThat(lines.subList(lines.size() - again.size(), lines.size())).isEqualTo(again);
  }

  @Test
  void whatSeveralThreadsTellIsWhatOneTells() {
    ByteArrayOutputStream one = new ByteArrayOutputStream();
    ByteArrayOutputStream several = new ByteArrayOutputStream();
    String[] sound = words("--seeds 1-12 --steps 400");
    assertThat(SimulationMain.run(sound, print(one))).isZero();
    String[] ahead = words("--seeds 1-12 --steps 400 --threads 3");
    assertThat(SimulationMain.run(ahead, print(several))).isZero();
    assertThat(text(several)).isEqualTo(text(one));

    one.reset();
    several.reset();
    String bug = "--seeds 1-40 --steps 1600 --nodes 3-4 --bug torn_commit";
    assertThat(SimulationMain.run(words(bug), print(one))).isEqualTo(1);
    assertThat(SimulationMain.run(words(bug + " --threads 3"), print(several))).isEqualTo(1);
    assertThat(text(several)).isEqualTo(text(one));
  }

  @Test
  void whatMakesNoSenseOnTheCommandLineIsRefusedBeforeAnythingRuns() {
    for (String line :
        List.of(
            "--seed",
            "--seed x",
            "--seeds 5-4",
            "--steps 0",
            "--nodes 4",
            "--nodes 1-3",
            "--faults MILD",
            "--bug SOME",
            "--oracle Delphi",
            "--threads 0",
            "--threads 2 --trace",
            "--speed 5",
            "17")) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      assertThat(SimulationMain.run(words(line), print(out))).as(line).isEqualTo(2);
      assertThat(text(out)).as(line).doesNotContain("trace").isNotBlank();
    }
  }

  private static String runProcess(List<String> settings, String[] arguments) throws Exception {
    Path output = Files.createTempFile("simulation", ".txt");
    try {
      Stream<String> command =
          Stream.of(
                  Stream.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                  settings.stream(),
                  Stream.of("-cp", System.getProperty("java.class.path")),
                  Stream.of(SimulationMain.class.getName()),
                  Arrays.stream(arguments))
              .flatMap(part -> part);
      Process process =
          new ProcessBuilder(command.toList())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        assertThat(process.waitFor(PROCESS_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
      } finally {
        process.destroyForcibly();
      }
      return Files.readString(output);
    } finally {
      Files.delete(output);
    }
  }

  private static String[] words(String line) {
    return line.split(" ", -1);
  }

  private static PrintStream print(ByteArrayOutputStream out) {
    return new PrintStream(out, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream out) {
    return out.toString(StandardCharsets.UTF_8);
  }
}
