package dev.cairn.bench.speed;

import dev.cairn.asl.engine.Durability;
import java.nio.file.Files;
import java.util.List;
import org.rocksdb.RocksDBException;

/**
 * Makes the store of {@code count} artifacts that other measurements read, and a plain database
 * with as many values of 1 KiB under random keys of 32 bytes. Measures nothing.
 */
final class PrepareWork implements Work {
  /** Series of the payloads in both. */
  static final long SEED = 2;

  /** Length of the plain database's keys. */
  static final int KEY_BYTES = 32;

  private static final long KEY_SEED = 3;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    Files.createDirectories(setting.prepared());
    try (OwnStore own = OwnStore.open(setting.ownFolder());
        RawDatabase raw = RawDatabase.plain(setting.rawFolder())) {
      for (long from = 0; from < setting.count(); from += Setting.BATCH) {
        List<byte[]> payloads = IngestFloor.payloads(SEED, from, Setting.BATCH);
        own.put(payloads, Durability.SYNCED);
        putRaw(raw, from, payloads);
      }
      own.stateRoot();
      Machine.settle();
    }
    report.note("prepared", setting.count() + " artifacts");
  }

  private static void putRaw(RawDatabase raw, long from, List<byte[]> payloads)
      throws RocksDBException {
    for (int i = 0; i < payloads.size(); i++) {
      raw.put(raw.plainFamily(), rawKey(from + i), payloads.get(i), i == payloads.size() - 1);
    }
  }

  /** The key under which the plain database has payload {@code index}. */
  static byte[] rawKey(long index) {
    return Payloads.of(KEY_SEED, index, KEY_BYTES);
  }
}
