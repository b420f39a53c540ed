package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A command killed with SIGKILL loses no key that it printed, and leaves a store that opens, checks
 * out, and takes the same command again.
 *
 * <p>{@code -Dcairn.command.kills=N} sets the number of kills, {@code -Dcairn.command.seed=S} the
 * moments.
 */
class KilledCommandTest {
  private static final int KILLS = Integer.getInteger("cairn.command.kills", 4);
  private static final long SEED = Long.getLong("cairn.command.seed", 2026);
  private static final int FILES = 3_000;
  private static final int LARGE_BYTES = 100_000;
  private static final int LARGE_EVERY = 10;
  private static final int KEYS_AWAITED_MAX = 200;
  private static final int DELAY_MICROS_MAX = 30_000;
  private static final int END_SECONDS_MAX = 60;

  @TempDir Path temporary;

  @Test
  void aPutThatIsKilledKeepsEveryKeyThatItPrinted() throws Exception {
    Random random = new Random(SEED);
    Shell shell = new Shell(temporary);
    writeFiles(shell, random);
    shell.run("init", "store").ok();
    TreeSet<String> printed = new TreeSet<>();
    for (int kill = 0; kill < KILLS; kill++) {
      String round = "kill " + kill + "; repeat with -Dcairn.command.seed=" + SEED;
      int before = printed.size();
      printed.addAll(putAndKill(before + 1 + random.nextInt(KEYS_AWAITED_MAX), random));
      assertThat(printed.size()).as(round).isBetween(before + 1, FILES - 1);
      assertThat(live(shell)).as(round).containsAll(printed);
      JsonNode check = shell.json("fsck", "--store", "store");
      assertThat(check.get("damaged")).as(round).isEmpty();
    }
    shell.run("put", "--store", "store", "files").ok();
    assertThat(live(shell)).hasSize(FILES).containsAll(printed);
  }

  /** Every tenth file is one that is kept in chunks of its own. */
  private static void writeFiles(Shell shell, Random random) {
    for (int i = 0; i < FILES; i++) {
      byte[] bytes = new byte[i % LARGE_EVERY == 0 ? LARGE_BYTES : 100];
      random.nextBytes(bytes);
      shell.write("files/" + i, bytes);
    }
  }

  private static Set<String> live(Shell shell) {
    return new TreeSet<>(
        shell.run("find", "--store", "store").ok().lines().stream()
            .map(line -> line.split(" ", 2)[0])
            .toList());
  }

  /** Kills a put some time after its {@code count}th key; the keys that it printed. */
  private List<String> putAndKill(int count, Random random) throws Exception {
    Process process = start("put", "--store", "store", "files");
    List<String> keys = new ArrayList<>();
    try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
      while (keys.size() < count) {
        String line = lines.readLine();
        assertThat(line).as("a key; the command ended by itself").isNotNull();
        keys.add(line);
      }
      process.waitFor(random.nextInt(DELAY_MICROS_MAX), TimeUnit.MICROSECONDS);
      // Process.destroyForcibly would also close the stream whose rest is to be read.
      assertThat(process.toHandle().destroyForcibly()).isTrue();
      addWholeLines(lines, keys);
    } finally {
      process.destroyForcibly();
      assertThat(process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    }
    return keys;
  }

  /** The rest, but for a last line that was cut. */
  private static void addWholeLines(BufferedReader lines, List<String> keys) throws IOException {
    StringBuilder rest = new StringBuilder();
    char[] buffer = new char[8192];
    for (int read = lines.read(buffer); read >= 0; read = lines.read(buffer)) {
      rest.append(buffer, 0, read);
    }
    rest.substring(0, rest.lastIndexOf("\n") + 1).lines().forEach(keys::add);
  }

  private Process start(String... args) throws IOException {
    return start(temporary, args);
  }

  /** Starts a command in a process of its own, in a folder that takes its errors too. */
  static Process start(Path folder, String... args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("ROCKSDB_SHAREDLIB_DIR", folder.toString());
    return builder
        .directory(folder.toFile())
        .redirectError(folder.resolve("errors").toFile())
        .start();
  }
}
