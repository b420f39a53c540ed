package dev.cairn.testkit.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A disk that is full (ENOSPC) or broken (EIO) at the nth write or sync, or a process that may not
 * open another file (EMFILE), once or for good. A process that commits meets it: the failure is one
 * of ours, reads go on, and once all is well again the store opens, with all that was acknowledged,
 * and takes more.
 *
 * <p>{@code -Dcairn.crash.faults=N} sets how many, {@code -Dcairn.crash.seed=S} which.
 */
@Timeout(value = 3, unit = TimeUnit.HOURS)
class DiskFaultTest {
  private static final int FAULTS = Campaign.cases("faults", 120);
  private static final int THREADS = 3;
  private static final int COMMITS = 8;

  /**
   * Operations of a life of {@link #COMMITS}, roughly; later faults meet nobody and are counted.
   */
  private static final int WRITES = 120;

  private static final int SYNCS = 60;
  private static final int OPENINGS = 25;

  private static final int EIO = 5;
  private static final int EMFILE = 24;
  private static final int ENOSPC = 28;

  private Path folder;
  private Child child;

  /** What a disk does. */
  private record Fault(char kind, int at, boolean forGood, int errno, boolean fromOpening) {
    static Fault draw(Random random) {
      char kind = "wwwsssoo".charAt(random.nextInt(8));
      int most = kind == 'w' ? WRITES : kind == 's' ? SYNCS : OPENINGS;
      int errno = kind == 'o' ? EMFILE : random.nextBoolean() ? ENOSPC : EIO;
      return new Fault(
          kind, random.nextInt(most), random.nextBoolean(), errno, random.nextInt(4) == 0);
    }

    Map<String, String> environment(Path work) {
      Map<String, String> all = new TreeMap<>();
      all.put("CAIRN_FILES", work + "/db/");
      all.put("CAIRN_FAULT", kind + ":" + at + ":" + (forGood ? "ever" : "once"));
      all.put("CAIRN_ERRNO", Integer.toString(errno));
      if (!fromOpening) {
        // The store is opened on a disk that is well; the first acknowledgement ends that.
        all.put("CAIRN_ARM", work.resolve(CommittingProcess.OPENED).toString());
      }
      return all;
    }
  }

  @BeforeEach
  void compile() {
    folder = Campaign.folder();
    child = new Child(folder);
  }

  @AfterEach
  void clean() {
    Campaign.delete(folder);
  }

  @Test
  void aFailingDiskEndsWritingAndNothingElse() throws Exception {
    AtomicInteger met = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    Campaign.run(
        FAULTS,
        number -> {
          Random random = new Random(new SplittableRandom(Campaign.SEED + number).nextLong());
          Fault fault = Fault.draw(random);
          Path work = folder.resolve("disk" + number);
          try {
            String said = meet(work, fault);
            met.addAndGet(has(said, "failed ") ? 1 : 0);
            refused.addAndGet(has(said, "opening ") ? 1 : 0);
          } catch (RuntimeException | AssertionError | IOException e) {
            throw new AssertionError(fault + ": " + e.getMessage(), e);
          }
          Campaign.delete(work);
        });
    assertThat(met.get()).as("faults that a commit met").isGreaterThan(FAULTS / 8);
    assertThat(refused.get()).as("faults that opening met").isPositive();
  }

  private String meet(Path work, Fault fault) throws IOException {
    Files.createDirectories(work);
    String folderText = work.toString();
    String threads = Integer.toString(THREADS);
    String commits = Integer.toString(COMMITS);
    try (Store store = Work.open(work.resolve(CommittingProcess.DATABASE))) {
      for (int thread = 0; thread < THREADS; thread++) {
        Work.commit(store, thread, 0);
      }
    }
    Files.writeString(work.resolve(CommittingProcess.ACKNOWLEDGED), "0 0\n1 0\n2 0\n");
    String said = child.commit(fault.environment(work), folderText, threads, "1", commits, "close");
    for (String line : said.lines().filter(text -> !text.startsWith("SLF4J")).toList()) {
      assertThat(line.split(" ", -1)[0])
          .as(said)
          .isIn("ready", "failed", "reads", "unreadable", "closing", "opening");
      if (line.startsWith("failed") || line.startsWith("opening") || line.startsWith("closing")) {
        assertThat(line.split(" ", -1)[1])
            .as(said)
            .isIn("StoreFailedException", "UnknownOutcomeException", "UnavailableException");
      }
    }
    if (has(said, "failed ") && fault.kind() == 'o') {
      // Without a file handle to be had, a file that is not open yet cannot be read: a typed error.
      assertThat(said).containsAnyOf("reads go on", "unreadable UnavailableException");
    } else if (has(said, "failed ")) {
      assertThat(said).contains("reads go on");
    }
    Map<Integer, Integer> acknowledged = acknowledged(work);
    try (Store store = Work.open(work.resolve(CommittingProcess.DATABASE))) {
      Work.verify(store, acknowledged, THREADS);
      int next = Work.next(store, 0);
      Work.commit(store, 0, next);
      acknowledged.put(0, next);
    }
    try (Store store = Work.open(work.resolve(CommittingProcess.DATABASE))) {
      Work.verify(store, acknowledged, THREADS);
    }
    return said;
  }

  private static boolean has(String said, String beginning) {
    return said.lines().anyMatch(line -> line.startsWith(beginning));
  }

  static Map<Integer, Integer> acknowledged(Path work) throws IOException {
    Map<Integer, Integer> last = new TreeMap<>();
    Path file = work.resolve(CommittingProcess.ACKNOWLEDGED);
    String text = Files.exists(file) ? Files.readString(file) : "";
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
      String[] words = line.split(" ", -1);
      last.put(Integer.valueOf(words[0]), Integer.valueOf(words[1]));
    }
    return last;
  }
}
