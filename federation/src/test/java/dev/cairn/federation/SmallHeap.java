package dev.cairn.federation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs the main method of a test in a JVM of its own, whose heap cannot hold what it must not. */
public final class SmallHeap {
  private static final int SECONDS_MAX = 300;

  private SmallHeap() {}

  /**
   * Waits for it to end well.
   *
   * @param heap the JVM's option
   * @param folder for what it prints
   * @param argument its only one
   * @return what it printed
   */
  public static String run(Class<?> test, String heap, Path folder, Path argument)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                test.getName(),
                argument.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
      String said = Files.readString(output, StandardCharsets.UTF_8);
      assertThat(process.exitValue()).as(said).isZero();
      return said;
    } finally {
      process.destroyForcibly();
    }
  }
}
