package dev.cairn.bench.speed;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.rocksdb.ColumnFamilyHandle;

/**
 * Puts artifacts of 64 MiB, each in a durable commit of its own. The floor hashes the same bytes
 * once with SHA-256 and puts them as 64 values of 1 MiB through the write-ahead log, in a family
 * with the options of the store's chunks, the last one synced.
 */
final class LargeWork implements Work {
  private static final double TARGET = 1.5;
  private static final int MEBIBYTES = 64;
  private static final int VALUE_BYTES = 1 << 20;
  private static final int KEY_BYTES = 32;
  private static final int WARM_UPS = 3;
  private static final int ROUNDS = 10;
  private static final long OWN_SEED = 7;
  private static final long FLOOR_SEED = 8;
  private static final String CHUNKS = "asl.chunk";

  private final byte[] payload = new byte[MEBIBYTES << 20];

  @Override
  public void run(Setting setting, Report report) throws Exception {
    Path folder = IngestFloor.fresh(setting.folder().resolve("large"));
    Path ownFolder = folder.resolve("own");
    try (OwnStore own = OwnStore.open(ownFolder);
        RawDatabase raw = RawDatabase.like(ownFolder, folder.resolve("raw"))) {
      ColumnFamilyHandle chunks = raw.families().getOrDefault(CHUNKS, raw.plainFamily());
      MessageDigest sha256 = IngestFloor.newSha256();
      Duel duel =
          Duel.run(
              WARM_UPS,
              ROUNDS,
              (round, lap) -> {
                Payloads.random(OWN_SEED, round).nextBytes(payload);
                lap.go();
                own.put(new ByteArrayInputStream(payload));
                lap.halt();
                return MEBIBYTES;
              },
              (round, lap) -> {
                SplittableRandom random = Payloads.random(FLOOR_SEED, round);
                random.nextBytes(payload);
                byte[][] keys = new byte[MEBIBYTES][KEY_BYTES];
                for (byte[] key : keys) {
                  random.nextBytes(key);
                }
                lap.go();
                sha256.digest(payload);
                for (int i = 0; i < MEBIBYTES; i++) {
                  byte[] value =
                      Arrays.copyOfRange(payload, i * VALUE_BYTES, (i + 1) * VALUE_BYTES);
                  raw.put(chunks, keys[i], value, i == MEBIBYTES - 1);
                }
                lap.halt();
                return MEBIBYTES;
              });
      report.ratio("artifacts of 64 MiB, durable", "MiB", duel, TARGET);
    } finally {
      Folders.delete(folder);
    }
  }
}
