package dev.cairn.bench.speed;

import java.security.MessageDigest;
import org.rocksdb.RocksIterator;

/**
 * Walks the log with every payload, verified; beside it an iterator over keys and values of the
 * plain database, each value hashed once with SHA-256. A round is a tenth of all.
 */
final class ScanWork implements Work {
  private static final double TARGET = 0.75;
  private static final int PARTS = 10;
  private static final int WARM_UPS = 2;
  private static final int ROUNDS = 2 * PARTS;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    MessageDigest sha256 = IngestFloor.newSha256();
    long part = setting.count() / PARTS;
    try (OwnStore own = OwnStore.open(setting.ownFolder());
        RawDatabase raw = RawDatabase.plain(setting.rawFolder());
        RocksIterator rows = raw.database().newIterator(raw.plainFamily())) {
      rows.seekToFirst();
      Duel duel =
          Duel.run(
              WARM_UPS,
              ROUNDS,
              (round, lap) -> {
                long from = round % PARTS * part;
                lap.go();
                long bytes = own.scan(from, from + part);
                lap.halt();
                return checked(bytes, part);
              },
              (round, lap) -> {
                if (round % PARTS == 0) {
                  rows.seekToFirst();
                }
                long bytes = 0;
                lap.go();
                for (long i = 0; i < part && rows.isValid(); i++) {
                  byte[] value = rows.value();
                  sha256.digest(value);
                  bytes += rows.key().length == PrepareWork.KEY_BYTES ? value.length : 0;
                  rows.next();
                }
                lap.halt();
                return checked(bytes, part);
              });
      report.ratio("log scan, every payload verified", "artifacts", duel, TARGET);
    }
  }

  private static long checked(long bytes, long count) {
    if (bytes != count * Setting.PAYLOAD_BYTES) {
      throw new AssertionError(bytes + " bytes read of " + count + " payloads");
    }
    return count;
  }
}
