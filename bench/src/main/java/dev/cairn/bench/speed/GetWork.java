package dev.cairn.bench.speed;

import dev.cairn.asl.model.ArtifactKey;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Reads artifacts by key at random, verified; beside it the plain database, each value hashed once
 * with SHA-256. Both have as much block cache.
 */
final class GetWork implements Work {
  private static final double TARGET = 0.7;
  private static final int WARM_UPS = 6;
  private static final int ROUNDS = 20;
  private static final int GETS = 5000;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    MessageDigest sha256 = IngestFloor.newSha256();
    try (OwnStore own = OwnStore.open(setting.ownFolder());
        RawDatabase raw = RawDatabase.plain(setting.rawFolder())) {
      Duel duel =
          Duel.run(
              WARM_UPS,
              ROUNDS,
              (round, lap) -> {
                List<ArtifactKey> keys = new ArrayList<>(GETS);
                for (long index : indexes(setting, round)) {
                  keys.add(OwnStore.key(Payloads.small(PrepareWork.SEED, index)));
                }
                long bytes = 0;
                lap.go();
                for (ArtifactKey key : keys) {
                  bytes += own.get(key).length();
                }
                lap.halt();
                return checked(bytes);
              },
              (round, lap) -> {
                List<byte[]> keys = new ArrayList<>(GETS);
                for (long index : indexes(setting, round)) {
                  keys.add(PrepareWork.rawKey(index));
                }
                long bytes = 0;
                lap.go();
                for (byte[] key : keys) {
                  byte[] value = raw.database().get(raw.plainFamily(), key);
                  sha256.digest(value);
                  bytes += value.length;
                }
                lap.halt();
                return checked(bytes);
              });
      report.ratio("random get of 1 KiB, verified", "gets", duel, TARGET);
    }
  }

  private static long[] indexes(Setting setting, int round) {
    SplittableRandom random = Payloads.random(PrepareWork.SEED + 1, round);
    return random.longs(GETS, 0, setting.count()).toArray();
  }

  private static long checked(long bytes) {
    if (bytes != (long) GETS * Setting.PAYLOAD_BYTES) {
      throw new AssertionError(bytes + " bytes read");
    }
    return GETS;
  }
}
