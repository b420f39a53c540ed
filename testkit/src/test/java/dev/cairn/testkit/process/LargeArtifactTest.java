package dev.cairn.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An artifact larger than the heap goes in and comes out, its bytes the same. {@code
 * -Dcairn.large.mebibytes=N} sets its length; the files lie in the folder for temporary ones.
 */
class LargeArtifactTest {
  private static final String HEAP = "-Xmx256m";
  private static final long MEBIBYTES = Long.getLong("cairn.large.mebibytes", 512);
  private static final long MINUTES_MAX = 5 + MEBIBYTES / 256;

  @TempDir Path temporary;

  @Test
  void anArtifactLargerThanTheHeapGoesInAndComesOut() throws Exception {
    Path errors = temporary.resolve("errors");
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-cp",
                System.getProperty("java.class.path"),
                LargeArtifactProcess.class.getName(),
                temporary.resolve("store").toString(),
                Long.toString(MEBIBYTES << 20)));
    builder.environment().put("ROCKSDB_SHAREDLIB_DIR", temporary.toString());
    Process process = builder.redirectError(errors.toFile()).start();
    try {
      assertThat(process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)).as("it ended").isTrue();
      assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
      assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("asl1-sha256:");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
