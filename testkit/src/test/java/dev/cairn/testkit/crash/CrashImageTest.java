package dev.cairn.testkit.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Loss of power: a real process commits from several threads while all it does to its files is
 * recorded; then, as if power had gone after some operation, images are made of what the medium may
 * hold, in the models of {@link Medium.Loss}. Each must open, hold all that was acknowledged and no
 * half commit. Opening an image is itself recorded and cut short in the same way.
 *
 * <p>{@code -Dcairn.crash.images=N} sets how many, {@code -Dcairn.crash.seed=S} which.
 */
@Timeout(value = 3, unit = TimeUnit.HOURS)
class CrashImageTest {
  private static final int IMAGES = Campaign.cases("images", 3000);
  private static final int IMAGES_A_RUN = 1500;
  private static final int THREADS = 4;
  private static final int COMMITS = 10;

  /** So many images are compared with a rebuild of all indexes. */
  private static final int REBUILD_SPACING = 25;

  /** Images of recoveries, among all. */
  private static final int RECOVERY_SHARE = 6;

  private static final int IMAGES_A_RECOVERY = 125;
  private static final int CONTROL_IMAGES = 60;
  private static final List<Medium.Loss> LOSSES = List.of(Medium.Loss.values());

  private static Path folder;
  private static Child child;

  @BeforeAll
  static void compile() {
    folder = Campaign.folder();
    child = new Child(folder);
  }

  @AfterAll
  static void clean() {
    Campaign.delete(folder);
  }

  @Test
  void powerLostAfterAnyOperationLosesNothingAcknowledgedAndLeavesNoHalfCommit() throws Exception {
    int runs = Math.max(1, (IMAGES + IMAGES_A_RUN - 1) / IMAGES_A_RUN);
    for (int run = 0; run < runs; run++) {
      int images = IMAGES / runs;
      int recoveries = images / RECOVERY_SHARE;
      Path work = Files.createDirectory(folder.resolve("run" + run));
      Recording recording = record(work, Map.of(), run % 2 == 0 ? "close" : "halt");
      tryImages(work, recording, images - recoveries, run, false);
      tryRecoveries(work, recording, recoveries, run);
      Campaign.delete(work);
    }
  }

  @Test
  void aProcessWhoseSyncsDoNothingIsFoundToLoseData() throws Exception {
    Path work = Files.createDirectory(folder.resolve("control"));
    Recording recording = record(work, Map.of("CAIRN_SYNC", "no"), "halt");
    assertThatThrownBy(() -> tryImages(work, recording, CONTROL_IMAGES, 0, true))
        .isInstanceOf(AssertionError.class);
  }

  /** Two lives of a process, so that recovery and what follows it are among the operations. */
  private static Recording record(Path work, Map<String, String> environment, String end) {
    Path recording = work.resolve("recording");
    Map<String, String> recorded = new java.util.TreeMap<>(environment);
    recorded.put("CAIRN_FILES", work + "/");
    recorded.put("CAIRN_RECORD", recording.toString());
    for (int life = 0; life < 2; life++) {
      String first = Integer.toString(life * COMMITS);
      String said =
          child.commit(
              recorded,
              work.toString(),
              Integer.toString(THREADS),
              first,
              Integer.toString(COMMITS),
              end);
      assertThat(said).contains("ready").doesNotContain("failed");
    }
    return Recording.read(recording);
  }

  private static void tryImages(Path work, Recording recording, int count, int run, boolean worst)
      throws Exception {
    Points points = new Points(recording, new Medium(work, work.resolve("none")), count, run);
    AtomicInteger held = new AtomicInteger();
    Campaign.run(
        count,
        number -> {
          Point point = points.take(worst ? Medium.Loss.LOST : null);
          held.addAndGet(check(work.resolve("image" + number), point, number));
        });
    assertThat(held.get()).as("commits seen").isPositive();
  }

  /** Records how images are opened, and tries images of that. */
  private static void tryRecoveries(Path work, Recording recording, int count, int run)
      throws Exception {
    int sources = Math.max(1, count / IMAGES_A_RECOVERY);
    Points points =
        new Points(recording, new Medium(work, work.resolve("none")), sources, run + 1000);
    for (int source = 0; source < sources; source++) {
      Point crashed = points.take(null);
      Path again = Files.createDirectories(work.resolve("recovery" + source));
      Path database = again.resolve(CommittingProcess.DATABASE);
      Medium.write(crashed.files, database);
      Path initial = again.resolve("initial");
      Campaign.copy(database, initial);
      String said =
          child.commit(
              Map.of("CAIRN_FILES", again + "/", "CAIRN_RECORD", again.resolve("r").toString()),
              again.toString(),
              "0",
              "0",
              "0",
              source % 2 == 0 ? "halt" : "close");
      assertThat(said).contains("ready");
      Points recovering =
          new Points(
              Recording.read(again.resolve("r")),
              new Medium(again, initial),
              count / sources,
              run + 2000 + source);
      Campaign.run(
          count / sources,
          number -> {
            Point point = recovering.take(null);
            Point whole = new Point(point.files, crashed.acknowledged, point.what);
            check(again.resolve("image" + number), whole, number);
          });
    }
  }

  private static int check(Path image, Point point, int number) {
    Medium.write(point.files, image);
    try (Store store = Work.open(image)) {
      int held = Work.verify(store, point.acknowledged, THREADS);
      if (number % REBUILD_SPACING == 0) {
        Work.verifyIndexes(store);
      }
      return held;
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(point.what + ": " + e.getMessage(), e);
    } finally {
      Campaign.delete(image);
    }
  }

  /** An image to try. */
  private record Point(
      Map<String, java.nio.ByteBuffer> files, Map<Integer, Integer> acknowledged, String what) {}

  /** Goes through a recording once, stopping where the seed says. Safe for any thread. */
  private static final class Points {
    private final Recording recording;
    private final Medium medium;
    private final List<Integer> stops = new ArrayList<>();
    private final Random random;
    private int applied;
    private int taken;

    Points(Recording recording, Medium medium, int count, int run) {
      this.recording = recording;
      this.medium = medium;
      this.random = new Random(new SplittableRandom(Campaign.SEED + run).nextLong());
      int operations = recording.operations().size();
      for (int i = 0; i < count; i++) {
        stops.add(random.nextInt(operations + 1));
      }
      java.util.Collections.sort(stops);
    }

    synchronized Point take(Medium.@Nullable Loss wanted) {
      int stop = stops.get(taken++);
      while (applied < stop) {
        medium.apply(recording.operations().get(applied++));
      }
      Medium.Loss loss = wanted == null ? LOSSES.get(random.nextInt(LOSSES.size())) : wanted;
      String what = "after operation " + stop + ", unsynced " + loss;
      return new Point(medium.image(loss, random), medium.acknowledged(), what);
    }
  }
}
