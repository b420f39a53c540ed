package dev.cairn.pel.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The whole set of operators, in processes set up as differently as can be: every golden vector and
 * a program of many operators give the same receipts, byte for byte.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorDeterminismTest {
  private static final int SECONDS_MAX = 300;

  private final List<String> expected = OperatorReceipts.all(16);

  private static final String[] TURKISH = {
    "-Duser.language=tr", "-Duser.country=TR", "-Duser.timezone=Asia/Kathmandu",
    "-Dfile.encoding=ISO-8859-9", "-Djdk.map.althashing.threshold=1", "-Xshare:off"
  };
  private static final String[] ARABIC = {
    "-Duser.language=ar", "-Duser.country=EG", "-Duser.timezone=Pacific/Kiritimati",
    "-Dfile.encoding=UTF-16", "-Duser.language.format=th", "-XX:TieredStopAtLevel=1"
  };
  private static final String[] INTERPRETED = {
    "-Duser.language=de",
    "-Duser.timezone=America/St_Johns",
    "-Dfile.encoding=US-ASCII",
    "-Xint",
    "-Xmx300m",
    "-XX:ActiveProcessorCount=1",
    "-XX:+UseSerialGC"
  };

  @Test
  void aTurkishProcessGivesTheSameReceipts() throws IOException, InterruptedException {
    assertThat(inAnotherProcess(home(), 7, TURKISH)).isEqualTo(expected);
  }

  @Test
  void anArabicProcessWithOneCompilerGivesTheSameReceipts()
      throws IOException, InterruptedException {
    assertThat(inAnotherProcess(home(), 2, ARABIC)).isEqualTo(expected);
  }

  @Test
  void anInterpretingProcessWithLittleMemoryGivesTheSameReceipts()
      throws IOException, InterruptedException {
    assertThat(inAnotherProcess(home(), 1, INTERPRETED)).isEqualTo(expected);
  }

  /** Asks every other JDK that this machine has; on a machine with one only, that one again. */
  @Test
  void everyJdkHereGivesTheSameReceipts() throws IOException, InterruptedException {
    for (Path jdk : jdks()) {
      assertThat(inAnotherProcess(jdk, 4, TURKISH)).as("%s", jdk).isEqualTo(expected);
    }
  }

  @Test
  void oneThreadGivesTheSameReceiptsOfAllVectors() {
    assertThat(OperatorReceipts.all(1))
        .isEqualTo(expected)
        .hasSize(OperatorVectors.all().size() + 2);
  }

  private static Path home() {
    return Path.of(System.getProperty("java.home"));
  }

  private static List<Path> jdks() throws IOException {
    List<Path> found = new ArrayList<>();
    Path folder = home().toRealPath().getParent();
    if (folder != null && Files.isReadable(folder)) {
      try (Stream<Path> siblings = Files.list(folder)) {
        siblings
            .filter(path -> !Files.isSymbolicLink(path))
            .filter(path -> Files.isExecutable(path.resolve("bin/java")))
            .filter(path -> feature(path) >= 17)
            .sorted()
            .forEach(found::add);
      }
    }
    return found.isEmpty() ? List.of(home()) : found;
  }

  /** The feature release that a JDK's {@code release} file tells; 0 if it tells none. */
  private static int feature(Path jdk) {
    try (Stream<String> lines = Files.lines(jdk.resolve("release"))) {
      return lines
          .filter(line -> line.startsWith("JAVA_VERSION=\""))
          .map(line -> line.substring(14).replaceAll("[^0-9].*", ""))
          .mapToInt(Integer::parseInt)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  private static List<String> inAnotherProcess(Path jdk, int threads, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(jdk.resolve("bin/java").toString()));
    if (feature(jdk) >= 24) {
      command.addAll(
          List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
    }
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            OperatorReceipts.class.getName(),
            Integer.toString(threads)));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (InputStream out = process.getInputStream()) {
      String printed = new String(out.readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as("%s", command).isZero();
      return printed.lines().toList();
    } finally {
      process.destroyForcibly();
    }
  }
}
