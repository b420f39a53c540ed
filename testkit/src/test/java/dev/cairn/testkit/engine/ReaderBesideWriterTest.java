package dev.cairn.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.UnavailableException;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Readers open a store while another process appends to it, flushes and merges: each sees whole
 * commits, all that was acknowledged before it came, or is told to try again.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class ReaderBesideWriterTest {
  private static final int READERS = Integer.getInteger("cairn.engine.readers", 20);

  /** A writer ends by itself once its log is long, and what is long to read is tried less often. */
  private static final int READERS_OF_A_STORE = 100;

  /** Records looked at behind what was acknowledged: all would be ever more. */
  private static final long CHECKED = 1000;

  @TempDir Path temporary;

  @Test
  void aReaderBesideABusyWriterSeesWholeCommitsAndAllThatWasAcknowledged() throws Exception {
    int seen = 0;
    for (int from = 0; from < READERS; from += READERS_OF_A_STORE) {
      int readers = Math.min(READERS_OF_A_STORE, READERS - from);
      seen += read(temporary.resolve("store " + from), readers);
    }
    assertThat(seen).as("readers that got through").isGreaterThan(READERS / 2);
  }

  /** Reads so many times beside a writer of its own; how often it got through. */
  private int read(Path store, int readers) throws Exception {
    Path errors = temporary.resolve("errors");
    Process writer = start(store, errors);
    AtomicLong acknowledged = new AtomicLong();
    int seen = 0;
    long before = 0;
    Thread lines =
        new Thread(
            () -> {
              try (BufferedReader reader = writer.inputReader(StandardCharsets.US_ASCII)) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                  acknowledged.set(Long.parseLong(line));
                }
              } catch (java.io.IOException e) {
                assertThat(writer.isAlive()).isFalse(); // The end of the pipe.
              }
            });
    lines.start();
    try {
      while (acknowledged.get() == 0) {
        assertThat(writer.waitFor(2, TimeUnit.MILLISECONDS)).as(Files.readString(errors)).isFalse();
      }
      for (int i = 0; i < readers; i++) {
        long atLeast = acknowledged.get();
        try (StorageEngine reader = AppendingProcess.openReadOnly(store)) {
          long head = AppendingProcess.verify(reader, Math.max(0, atLeast - CHECKED));
          assertThat(head).isGreaterThanOrEqualTo(atLeast).isGreaterThanOrEqualTo(before);
          before = head;
          seen++;
        } catch (UnavailableException e) {
          assertThat(e).hasMessageContaining(store.toString());
        }
      }
      assertThat(writer.isAlive()).as(Files.readString(errors)).isTrue();
    } finally {
      writer.destroyForcibly().waitFor();
      lines.join();
    }
    assertThat(before).isPositive();
    return seen;
  }

  private Process start(Path store, Path errors) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                AppendingProcess.class.getName(),
                store.toString(),
                "7"));
    builder.environment().put("ROCKSDB_SHAREDLIB_DIR", temporary.toString());
    return builder.redirectError(errors.toFile()).start();
  }
}
