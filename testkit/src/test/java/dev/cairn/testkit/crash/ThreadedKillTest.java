package dev.cairn.testkit.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A process whose threads commit to a store is killed with SIGKILL at any moment, its opening
 * included, over and over on the same store: nothing that it acknowledged is lost, no half commit
 * stays, and the mark, exact after the death of a process, never disagrees.
 *
 * <p>{@code -Dcairn.crash.kills=N} sets how often, {@code -Dcairn.crash.seed=S} when.
 */
@Timeout(value = 3, unit = TimeUnit.HOURS)
class ThreadedKillTest {
  private static final int KILLS = Campaign.cases("kills", 40);
  private static final int KILLS_A_STORE = 5;
  private static final int THREADS = 4;
  private static final int COMMITS = 1_000_000;
  private static final int OPENING_MICROS_MAX = 500_000;
  private static final int WORKING_MICROS_MAX = 150_000;
  private static final int POLL_MILLIS = 2;

  @Test
  void aProcessKilledAtAnyMomentLosesNothingThatItAcknowledged() throws Exception {
    Path folder = Campaign.folder();
    try {
      Child child = new Child(folder);
      int stores = Math.max(1, KILLS / KILLS_A_STORE);
      Campaign.run(
          stores,
          number -> {
            Random random = new Random(new SplittableRandom(Campaign.SEED + number).nextLong());
            Path work = Files.createDirectory(folder.resolve("store" + number));
            int acknowledged = 0;
            for (int kill = 0; kill < KILLS / stores; kill++) {
              acknowledged += killOnce(child, work, random);
            }
            assertThat(acknowledged).as("commits acknowledged before kills").isPositive();
            Campaign.delete(work);
          });
    } finally {
      Campaign.delete(folder);
    }
  }

  /** One life; tells how many commits it acknowledged. */
  private static int killOnce(Child child, Path work, Random random) throws Exception {
    Path acknowledgements = work.resolve(CommittingProcess.ACKNOWLEDGED);
    long before = Files.exists(acknowledgements) ? Files.size(acknowledgements) : 0;
    Path output = work.resolve("output");
    Process process =
        child.start(
            Map.of("CAIRN_FILES", "/nowhere/"),
            output,
            work.toString(),
            Integer.toString(THREADS),
            CommittingProcess.GO_ON,
            Integer.toString(COMMITS),
            "close");
    try {
      boolean early = random.nextInt(8) == 0;
      if (!early) {
        awaitAcknowledgement(process, acknowledgements, before, output);
      }
      int micros = random.nextInt(early ? OPENING_MICROS_MAX : WORKING_MICROS_MAX);
      assertThat(process.waitFor(micros, TimeUnit.MICROSECONDS))
          .as(() -> "ended by itself: " + read(output))
          .isFalse();
    } finally {
      process.destroyForcibly();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    }
    try (Store store = Work.open(work.resolve(CommittingProcess.DATABASE))) {
      Work.verify(store, DiskFaultTest.acknowledged(work), THREADS);
    }
    return Files.exists(acknowledgements) && Files.size(acknowledgements) > before ? 1 : 0;
  }

  private static void awaitAcknowledgement(
      Process process, Path acknowledgements, long before, Path output) throws Exception {
    while (!Files.exists(acknowledgements) || Files.size(acknowledgements) <= before) {
      assertThat(process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS))
          .as(() -> "ended by itself: " + read(output))
          .isFalse();
    }
  }

  private static String read(Path output) {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
