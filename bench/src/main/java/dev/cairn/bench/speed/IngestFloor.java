package dev.cairn.bench.speed;

import dev.cairn.asl.engine.Durability;
import dev.cairn.bench.speed.WriteTrace.Op;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.RocksDBException;

/**
 * What putting small artifacts costs rocksdbjni alone.
 *
 * <p>For each batch it hashes every payload once with SHA-256 and writes, in one RocksDB batch made
 * put by put, the rows that the store writes for such a batch: as many, in as many column families
 * with the same options, with keys and values as long and as random, in the same order ({@link
 * RowMaker}). No look-ups, no encoding, no Merkle tree. Rows are made outside the time measured.
 *
 * <p>What the store writes is read from the write-ahead log of a throwaway store, which warms up
 * the code as well. One owner, or one maker a thread.
 */
final class IngestFloor implements AutoCloseable {
  /** Fits the write buffers, so that the write-ahead log is still whole. */
  private static final int TRACED_BATCHES = 8;

  private static final int WARM_UP_BATCHES = 40;
  private static final long WARM_UP_SEED = 77;

  private final WriteTrace trace;
  private final RawDatabase raw;
  private final MessageDigest sha256 = newSha256();

  private IngestFloor(WriteTrace trace, RawDatabase raw) {
    this.trace = trace;
    this.raw = raw;
  }

  /**
   * A floor for batches of {@code batch} artifacts.
   *
   * @param folder for throwaway stores and the floor's database
   */
  static IngestFloor open(Path folder, int batch) throws IOException, RocksDBException {
    Path sample = folder.resolve("sample");
    WriteTrace trace;
    IngestFloor floor;
    try (OwnStore own = OwnStore.open(sample)) {
      long index = 0;
      for (int i = 0; i < TRACED_BATCHES; i++) {
        own.put(payloads(WARM_UP_SEED, index, batch), Durability.SYNCED);
        index += batch;
      }
      trace = WriteTrace.last(sample, TRACED_BATCHES);
      floor = new IngestFloor(trace, RawDatabase.like(sample, folder.resolve("floor")));
      floor.checkWhole(batch);
      for (int i = 0; i < WARM_UP_BATCHES; i++) {
        own.put(payloads(WARM_UP_SEED, index, batch), Durability.SYNCED);
        index += batch;
      }
    }
    try (IngestFloor throwaway =
        new IngestFloor(trace, RawDatabase.like(sample, folder.resolve("floor-warm-up")))) {
      RowMaker maker = throwaway.maker(0);
      for (int i = 0; i < WARM_UP_BATCHES; i++) {
        throwaway.put(payloads(WARM_UP_SEED, i, batch), maker.batch(), true);
      }
    }
    Folders.delete(sample);
    Folders.delete(folder.resolve("floor-warm-up"));
    return floor;
  }

  /** A floor that left the payloads out would be none. */
  private void checkWhole(int batch) {
    if (trace.bytesPerBatch() < (double) batch * Setting.PAYLOAD_BYTES) {
      throw new IllegalStateException(
          "the store's write-ahead log does not have the payloads: " + trace.describe(batch));
    }
  }

  static List<byte[]> payloads(long seed, long from, int count) {
    List<byte[]> payloads = new ArrayList<>(count);
    for (long index = from; index < from + count; index++) {
      payloads.add(Payloads.small(seed, index));
    }
    return payloads;
  }

  /** Makes rows for {@link #put}. */
  RowMaker maker(long seed) {
    return new RowMaker(trace, Payloads.random(WARM_UP_SEED + 1, seed));
  }

  WriteTrace trace() {
    return trace;
  }

  /** Hashes and writes one batch. */
  void put(List<byte[]> payloads, List<Op> rows, boolean sync) throws RocksDBException {
    for (byte[] payload : payloads) {
      sha256.digest(payload);
    }
    raw.write(rows, sync);
  }

  /** The database itself. */
  RawDatabase raw() {
    return raw;
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  @Override
  public void close() {
    raw.close();
  }

  /** Makes {@code folder}, empty. */
  static Path fresh(Path folder) throws IOException {
    Folders.delete(folder);
    return Files.createDirectories(folder);
  }
}
