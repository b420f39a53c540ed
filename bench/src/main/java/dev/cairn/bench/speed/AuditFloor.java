package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * What reading a store from end to end costs rocksdbjni and SHA-256 alone: an iterator over the
 * rows of the log, the payloads and the live rows in the store's own database, and a digest of
 * every payload. Rows are cut into ranges, which all cores take in turn, reading and hashing, so
 * that no core waits for another. One owner.
 */
final class AuditFloor implements AutoCloseable {
  private static final String PAYLOADS = "asl.content";
  private static final List<String> FAMILIES = List.of("_log", PAYLOADS, "asl.live");

  /** Ranges of a family. */
  private static final int RANGES = 32;

  /** Bytes of a key, behind what all have in common, by which it is cut into ranges. */
  private static final int CUT_BYTES = 8;

  private final RawDatabase raw;
  private final ExecutorService workers =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());

  private record Range(ColumnFamilyHandle family, boolean hashed, Bytes from, @Nullable Bytes to) {}

  /** Rows read, and bytes of those that were hashed. */
  private record Read(long rows, long hashedBytes) {}

  private AuditFloor(RawDatabase raw) {
    this.raw = raw;
  }

  /** A floor over a store's own database, which may be open elsewhere. */
  static AuditFloor beside(Path database) throws RocksDBException {
    return new AuditFloor(RawDatabase.beside(database));
  }

  /** Reads and hashes all; payload bytes, with what a payload's row has beside them. */
  long read() throws RocksDBException, ExecutionException, InterruptedException {
    List<Range> ranges = new ArrayList<>();
    for (String name : FAMILIES) {
      ColumnFamilyHandle family = raw.families().get(name);
      if (family == null) {
        throw new IllegalStateException("no family " + name + " in " + raw.families().keySet());
      }
      ranges.addAll(ranges(family, name.equals(PAYLOADS)));
    }
    List<Future<Read>> reading = new ArrayList<>();
    ranges.forEach(range -> reading.add(workers.submit(() -> read(range))));
    long bytes = 0;
    for (Future<Read> each : reading) {
      bytes += each.get().hashedBytes();
    }
    return bytes;
  }

  private Read read(Range range) throws RocksDBException {
    MessageDigest sha256 = IngestFloor.newSha256();
    long rows = 0;
    long bytes = 0;
    Bytes to = range.to();
    try (Slice end = new Slice(to == null ? new byte[0] : to.toArray());
        ReadOptions options = new ReadOptions();
        RocksIterator at =
            raw.database()
                .newIterator(
                    range.family(), to == null ? options : options.setIterateUpperBound(end))) {
      for (at.seek(range.from().toArray()); at.isValid(); at.next()) {
        byte[] key = at.key();
        byte[] value = at.value();
        if (range.hashed()) {
          sha256.digest(value);
          bytes += value.length;
        }
        rows += key.length == 0 ? 0 : 1;
      }
      at.status();
    }
    return new Read(rows, bytes);
  }

  /** Cuts a family where its keys, taken as numbers, are cut into equal parts. */
  private List<Range> ranges(ColumnFamilyHandle family, boolean hashed) {
    try (RocksIterator rows = raw.database().newIterator(family)) {
      rows.seekToFirst();
      if (!rows.isValid()) {
        return List.of();
      }
      byte[] first = rows.key();
      rows.seekToLast();
      byte[] last = rows.key();
      int common = 0;
      while (common < first.length && first[common] == last[common]) {
        common++;
      }
      BigInteger low = number(first, common);
      BigInteger width = number(last, common).subtract(low);
      List<Bytes> cuts = new ArrayList<>();
      cuts.add(Bytes.wrap(first));
      for (int i = 1; i < RANGES; i++) {
        BigInteger cut =
            low.add(width.multiply(BigInteger.valueOf(i)).divide(BigInteger.valueOf(RANGES)));
        cuts.add(Bytes.wrap(key(first, common, cut)));
      }
      List<Range> ranges = new ArrayList<>();
      for (int i = 0; i < RANGES; i++) {
        ranges.add(new Range(family, hashed, cuts.get(i), i + 1 < RANGES ? cuts.get(i + 1) : null));
      }
      return ranges;
    }
  }

  private static BigInteger number(byte[] key, int from) {
    byte[] cut = new byte[CUT_BYTES];
    System.arraycopy(key, from, cut, 0, Math.min(CUT_BYTES, key.length - from));
    return new BigInteger(1, cut);
  }

  private static byte[] key(byte[] like, int common, BigInteger cut) {
    byte[] key = new byte[common + CUT_BYTES];
    System.arraycopy(like, 0, key, 0, common);
    byte[] number = cut.toByteArray();
    int count = Math.min(CUT_BYTES, number.length);
    System.arraycopy(number, number.length - count, key, key.length - count, count);
    return key;
  }

  @Override
  public void close() {
    workers.shutdownNow();
    raw.close();
  }
}
