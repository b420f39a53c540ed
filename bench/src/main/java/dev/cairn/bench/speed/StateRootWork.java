package dev.cairn.bench.speed;

import dev.cairn.asl.engine.Durability;
import java.util.List;

/** Asks for the state root after a commit of 1,000, many times: what it takes beyond the commit. */
final class StateRootWork implements Work {
  private static final double LIMIT_MILLIS = 10;
  private static final int WARM_UPS = 10;
  private static final int ROUNDS = 40;
  private static final long SEED = 5;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    double[] millis = new double[ROUNDS];
    try (OwnStore own = OwnStore.open(setting.ownFolder())) {
      long nonce = own.records();
      own.stateRoot();
      for (int round = -WARM_UPS; round < ROUNDS; round++) {
        long from = nonce + (round + WARM_UPS) * (long) Setting.BATCH;
        List<byte[]> payloads = IngestFloor.payloads(SEED, from, Setting.BATCH);
        own.put(payloads, Durability.SYNCED);
        long start = System.nanoTime();
        own.stateRoot();
        long nanos = System.nanoTime() - start;
        if (round >= 0) {
          millis[round] = nanos / 1e6;
        }
      }
    }
    report.below("state root after a commit of 1,000", "ms", millis, LIMIT_MILLIS);
  }
}
