package dev.cairn.bench.speed;

import dev.cairn.asl.engine.Durability;
import dev.cairn.bench.speed.WriteTrace.Op;
import java.nio.file.Path;
import java.util.List;

/**
 * Puts {@code count} artifacts of 1 KiB, in commits of 1,000, into a fresh store; beside it {@link
 * IngestFloor} into a fresh database.
 */
final class IngestWork implements Work {
  private static final double TARGET = 0.7;
  private static final int ROUNDS = 40;
  private static final long SEED = 1;

  private final boolean durable;

  /** With a sync for each commit, or with none. */
  IngestWork(boolean durable) {
    this.durable = durable;
  }

  @Override
  public void run(Setting setting, Report report) throws Exception {
    String what = "ingest, batches of 1,000, " + (durable ? "durable for each batch" : "relaxed");
    long batches = Math.max(1, setting.count() / Setting.BATCH / ROUNDS);
    Path folder = IngestFloor.fresh(setting.folder().resolve("ingest"));
    try (IngestFloor floor = IngestFloor.open(folder, Setting.BATCH);
        OwnStore own = OwnStore.open(folder.resolve("own"))) {
      report.note("written", floor.trace().describe(Setting.BATCH));
      RowMaker maker = floor.maker(SEED);
      Duel duel =
          Duel.run(
              0,
              ROUNDS,
              (round, lap) -> own(own, lap, round * batches, batches),
              (round, lap) -> floor(floor, maker, lap, round * batches, batches));
      report.ratio(what, "artifacts", duel, TARGET);
    } finally {
      Folders.delete(folder);
    }
  }

  private long own(OwnStore own, Lap lap, long from, long batches) {
    for (long batch = from; batch < from + batches; batch++) {
      List<byte[]> payloads = IngestFloor.payloads(SEED, batch * Setting.BATCH, Setting.BATCH);
      lap.go();
      own.put(payloads, durable ? Durability.SYNCED : Durability.RELAXED);
      lap.halt();
    }
    return batches * Setting.BATCH;
  }

  private long floor(IngestFloor floor, RowMaker maker, Lap lap, long from, long batches)
      throws Exception {
    for (long batch = from; batch < from + batches; batch++) {
      List<byte[]> payloads = IngestFloor.payloads(SEED, batch * Setting.BATCH, Setting.BATCH);
      List<Op> rows = maker.batch();
      lap.go();
      floor.put(payloads, rows, durable);
      lap.halt();
    }
    return batches * Setting.BATCH;
  }
}
