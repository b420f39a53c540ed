package dev.cairn.bench.speed;

import dev.cairn.asl.engine.Durability;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Puts batches that are in the store already, anywhere in it; the "floor" is putting fresh ones
 * into the same store.
 */
final class ReingestWork implements Work {
  private static final double TARGET = 3;
  private static final int WARM_UPS = 15;
  private static final int ROUNDS = 10;
  private static final int BATCHES = 10;
  private static final long FRESH_SEED = 4;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    try (OwnStore own = OwnStore.open(setting.ownFolder())) {
      long nonce = own.records();
      SplittableRandom random = Payloads.random(FRESH_SEED, nonce);
      long stored = setting.count() / Setting.BATCH;
      Duel duel =
          Duel.run(
              WARM_UPS,
              ROUNDS,
              (round, lap) -> {
                for (int i = 0; i < BATCHES; i++) {
                  long from = random.nextLong(stored) * Setting.BATCH;
                  put(own, lap, IngestFloor.payloads(PrepareWork.SEED, from, Setting.BATCH), 0);
                }
                return (long) BATCHES * Setting.BATCH;
              },
              (round, lap) -> {
                for (int i = 0; i < BATCHES; i++) {
                  long from = nonce + ((long) round * BATCHES + i) * Setting.BATCH;
                  List<byte[]> fresh = IngestFloor.payloads(FRESH_SEED, from, Setting.BATCH);
                  put(own, lap, fresh, Setting.BATCH);
                }
                return (long) BATCHES * Setting.BATCH;
              });
      report.ratio("putting what is there already, to putting it first", "artifacts", duel, TARGET);
    }
  }

  private static void put(OwnStore own, Lap lap, List<byte[]> payloads, long expected) {
    lap.go();
    long written = own.put(payloads, Durability.SYNCED);
    lap.halt();
    if (written != expected) {
      throw new AssertionError(written + " records written, not " + expected);
    }
  }
}
