package dev.cairn.bench.speed;

import dev.cairn.asl.engine.Durability;
import dev.cairn.bench.speed.WriteTrace.Op;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.rocksdb.RocksDBException;

/**
 * Durable commits of one artifact of 1 KiB, from one caller or from several at once; beside it as
 * many threads that each hash and write, synced, the rows of such a commit ({@link IngestFloor}).
 */
final class SingleWork implements Work {
  private static final int WARM_UPS = 40;
  private static final int ROUNDS = 40;
  private static final int COMMITS_OF_ONE_CALLER = 250;
  private static final int COMMITS_OF_MANY = 50;
  private static final long SEED = 6;

  private final int callers;
  private final double target;

  /** With {@code callers} threads, which must reach {@code target} of the floor. */
  SingleWork(int callers, double target) {
    this.callers = callers;
    this.target = target;
  }

  @Override
  public void run(Setting setting, Report report) throws Exception {
    int commits = callers == 1 ? COMMITS_OF_ONE_CALLER : COMMITS_OF_MANY;
    Path folder = IngestFloor.fresh(setting.folder().resolve("single"));
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    try (IngestFloor floor = IngestFloor.open(folder, 1);
        OwnStore own = OwnStore.open(folder.resolve("own"))) {
      report.note("written", floor.trace().describe(1));
      RowMaker maker = floor.maker(SEED);
      Duel duel =
          Duel.run(
              WARM_UPS,
              ROUNDS,
              (round, lap) -> {
                List<List<Runnable>> work = new ArrayList<>();
                for (int caller = 0; caller < callers; caller++) {
                  long from = ((long) round * callers + caller) * commits;
                  List<Runnable> calls = new ArrayList<>();
                  for (byte[] payload : IngestFloor.payloads(SEED, from, commits)) {
                    calls.add(() -> own.put(List.of(payload), Durability.SYNCED));
                  }
                  work.add(calls);
                }
                return together(threads, lap, work);
              },
              (round, lap) -> {
                List<List<Runnable>> work = new ArrayList<>();
                for (int caller = 0; caller < callers; caller++) {
                  long from = ((long) round * callers + caller) * commits;
                  FloorCaller mine = new FloorCaller(floor.raw());
                  List<Runnable> calls = new ArrayList<>();
                  for (byte[] payload : IngestFloor.payloads(SEED, from, commits)) {
                    List<Op> rows = maker.batch();
                    calls.add(() -> mine.put(payload, rows));
                  }
                  work.add(calls);
                }
                return together(threads, lap, work);
              });
      String what = callers == 1 ? "1 caller" : callers + " callers";
      report.ratio("1 artifact a commit, durable, " + what, "commits", duel, target);
    } finally {
      threads.shutdownNow();
      Folders.delete(folder);
    }
  }

  private static long together(ExecutorService threads, Lap lap, List<List<Runnable>> work)
      throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    List<Future<?>> ends = new ArrayList<>();
    long calls = 0;
    for (List<Runnable> mine : work) {
      calls += mine.size();
      ends.add(
          threads.submit(
              () -> {
                start.await();
                mine.forEach(Runnable::run);
                return null;
              }));
    }
    lap.go();
    start.countDown();
    for (Future<?> end : ends) {
      end.get();
    }
    lap.halt();
    return calls;
  }

  /** One thread of the floor, with a hasher of its own. */
  private static final class FloorCaller {
    private final RawDatabase raw;
    private final MessageDigest sha256 = IngestFloor.newSha256();

    FloorCaller(RawDatabase raw) {
      this.raw = raw;
    }

    void put(byte[] payload, List<Op> rows) {
      sha256.digest(payload);
      try {
        raw.write(rows, true);
      } catch (RocksDBException e) {
        throw new AssertionError("the floor's write", e);
      }
    }
  }
}
