package dev.cairn.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.engine.StorageEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A writer killed with SIGKILL loses nothing that it acknowledged, leaves no half commit, and the
 * store opens.
 *
 * <p>This shows what the death of a process does, not of a machine: the kernel keeps what was
 * written but not synced. {@code -Dcairn.engine.kills=N} sets the number of kills, {@code
 * -Dcairn.engine.seed=S} the moments.
 */
class RocksEngineKillTest {
  private static final int KILLS = Integer.getInteger("cairn.engine.kills", 8);
  private static final long SEED = Long.getLong("cairn.engine.seed", 2026);

  /** All that a store holds is verified after each: many more, and that is all that takes time. */
  private static final int KILLS_OF_A_STORE = 25;

  private static final int ACKNOWLEDGEMENTS_MAX = 150;
  private static final int DELAY_MICROS_MAX = 20_000;

  /** 40,000 blocks of 512 bytes: enough for the native library, too little for the log. */
  private static final String LIMIT_FILE_SIZE = "ulimit -f 40000 && exec \"$@\"";

  private static final int END_SECONDS_MAX = 60;

  @TempDir Path temporary;

  @Test
  void aWriterKilledAtAnyMomentLosesNothingThatItAcknowledged() throws Exception {
    Random random = new Random(SEED);
    Path store = temporary.resolve("store");
    long before = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      if (kill > 0 && kill % KILLS_OF_A_STORE == 0) {
        store = temporary.resolve("store " + kill);
        before = 0;
      }
      String round = "kill " + kill + "; repeat with -Dcairn.engine.seed=" + SEED;
      long acknowledged = runAndKill(store, random);
      assertThat(acknowledged).as(round).isGreaterThan(before);
      try (StorageEngine engine = AppendingProcess.open(store)) {
        before = AppendingProcess.verify(engine);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(round, e);
      }
      assertThat(before).as(round).isGreaterThanOrEqualTo(acknowledged);
    }
  }

  @Test
  void aWriteThatTheSystemRefusesStopsAllWritesButNoReads() throws Exception {
    Path store = temporary.resolve("store");
    Path errors = temporary.resolve("errors");
    List<String> limited = new ArrayList<>(List.of("sh", "-c", LIMIT_FILE_SIZE, "sh"));
    limited.addAll(command(store, SEED));
    limited.add("one-log");
    Process writer = start(limited, errors);
    String last = "0";
    long acknowledged = 0;
    try (BufferedReader lines = writer.inputReader(StandardCharsets.US_ASCII)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        acknowledged = Long.parseLong(last);
        last = line;
      }
      assertThat(writer.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    } finally {
      writer.destroyForcibly();
    }
    assertThat(last).as(Files.readString(errors)).isEqualTo(AppendingProcess.STOPPED);
    assertThat(acknowledged).isPositive();
    try (StorageEngine engine = AppendingProcess.open(store)) {
      assertThat(AppendingProcess.verify(engine)).isGreaterThanOrEqualTo(acknowledged);
    }
  }

  /** Kills a writer some time after some acknowledgement and tells the last one that it gave. */
  private long runAndKill(Path store, Random random) throws IOException, InterruptedException {
    Path errors = temporary.resolve("errors");
    Process writer = start(command(store, random.nextLong()), errors);
    try (BufferedReader lines = writer.inputReader(StandardCharsets.US_ASCII)) {
      int count = 1 + random.nextInt(ACKNOWLEDGEMENTS_MAX);
      int delayMicros = random.nextInt(DELAY_MICROS_MAX);
      long acknowledged = 0;
      for (int i = 0; i < count; i++) {
        String line = lines.readLine();
        if (line == null) {
          throw new AssertionError("the writer ended by itself: " + Files.readString(errors));
        }
        acknowledged = Long.parseLong(line);
      }
      boolean ended = writer.waitFor(delayMicros, TimeUnit.MICROSECONDS);
      assertThat(ended).as("the writer ended by itself").isFalse();
      // Process.destroyForcibly would also close the stream whose rest is to be read.
      assertThat(writer.toHandle().destroyForcibly()).isTrue();
      return Math.max(acknowledged, lastWholeLine(lines));
    } finally {
      writer.destroyForcibly();
      assertThat(writer.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** What the writer had acknowledged and nobody had read yet; the very last line may be cut. */
  private static long lastWholeLine(BufferedReader lines) throws IOException {
    StringBuilder rest = new StringBuilder();
    char[] buffer = new char[8192];
    for (int read = lines.read(buffer); read >= 0; read = lines.read(buffer)) {
      rest.append(buffer, 0, read);
    }
    String whole = rest.substring(0, rest.lastIndexOf("\n") + 1).strip();
    return whole.isEmpty() ? 0 : Long.parseLong(whole.substring(whole.lastIndexOf('\n') + 1));
  }

  private static List<String> command(Path store, long seed) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx128m",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        AppendingProcess.class.getName(),
        store.toString(),
        Long.toString(seed));
  }

  private Process start(List<String> command, Path errors) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    // The native library is unpacked here, since a killed process leaves it behind.
    builder.environment().put("ROCKSDB_SHAREDLIB_DIR", temporary.toString());
    return builder.redirectError(errors.toFile()).start();
  }
}
