package dev.cairn.pel.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The receipts of modules, failing ones too, are the same bytes however the JVM runs them: all
 * interpreted, by either compiler, by another release, with any number of threads, on a small heap.
 */
class WasmDeterminismTest {
  private static final int SECONDS_MAX = 300;
  private static List<String> expected;

  @BeforeAll
  static void runHere() {
    expected = WasmReceipts.receipts(1);
  }

  @Test
  void theFailuresAreThoseThatTheyShouldBe() {
    List<String> told = new ArrayList<>();
    for (String receipt : expected.subList(1, expected.size())) {
      String bytes = receipt.substring(receipt.indexOf(' ') + 1);
      for (String code :
          List.of(
              "fuel-exhausted",
              "call-depth",
              "trap",
              "memory-limit",
              "bad-module",
              "unsupported-module")) {
        if (bytes.contains(hex(code))) {
          told.add(receipt.substring(0, receipt.indexOf(' ')) + " " + code);
        }
      }
    }
    assertThat(told)
        .containsExactly(
            "asking fuel-exhausted",
            "bomb memory-limit",
            "broken bad-module",
            "calls call-depth",
            "clock unsupported-module",
            "endless fuel-exhausted",
            "large call-depth",
            "table call-depth",
            "trap trap",
            "wide call-depth",
            "wider call-depth");
  }

  private static String hex(String ascii) {
    StringBuilder hex = new StringBuilder();
    for (byte b : ascii.getBytes(StandardCharsets.US_ASCII)) {
      hex.append(Character.forDigit(b >> 4, 16)).append(Character.forDigit(b & 15, 16));
    }
    return hex.toString();
  }

  @Test
  void manyThreadsAndASecondRunGiveTheSame() {
    assertThat(WasmReceipts.receipts(4)).isEqualTo(expected);
  }

  @Test
  void withoutAnyCompilerItGivesTheSame() {
    assertThat(inAnotherProcess(home(), "-Xint", "-Xmx256m")).isEqualTo(expected);
  }

  @Test
  void withOneCompilerOnlyItGivesTheSame() {
    assertThat(inAnotherProcess(home(), "-XX:TieredStopAtLevel=1", "-Duser.language=tr"))
        .isEqualTo(expected);
    assertThat(inAnotherProcess(home(), "-XX:-TieredCompilation", "-Xbatch")).isEqualTo(expected);
  }

  @Test
  void otherReleasesGiveTheSame() {
    for (Path other : others()) {
      assertThat(inAnotherProcess(other, "-Dfile.encoding=ISO-8859-1"))
          .as(other.toString())
          .isEqualTo(expected);
    }
    assertThat(inAnotherProcess(home(), "-Dfile.encoding=ISO-8859-1")).isEqualTo(expected);
  }

  private static Path home() {
    return Path.of(System.getProperty("java.home"));
  }

  /** Other JDKs beside this one, from 17 on. */
  private static List<Path> others() {
    Path folder = home().getParent();
    if (folder == null) {
      return List.of();
    }
    try (Stream<Path> beside = Files.list(folder)) {
      return beside
          .filter(path -> !Files.isSymbolicLink(path) && !path.equals(home()))
          .filter(path -> Files.isExecutable(path.resolve("bin/java")) && release(path) >= 17)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int release(Path jdk) {
    try {
      return Files.readAllLines(jdk.resolve("release")).stream()
          .filter(line -> line.startsWith("JAVA_VERSION=\""))
          .map(line -> line.replaceAll("[^0-9.]", "").split("\\.", 2)[0])
          .mapToInt(Integer::parseInt)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  private static List<String> inAnotherProcess(Path jdk, String... options) {
    List<String> command = new ArrayList<>(List.of(jdk.resolve("bin/java").toString()));
    command.addAll(List.of(options));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), WasmReceipts.class.getName(), "3"));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      try {
        String printed =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        return printed.lines().toList();
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
