package dev.cairn.testkit.process;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.WallClock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Puts one artifact that no heap holds, opens the store again, and compares what it gives with what
 * was put, whole and a part of its end: {@code DIRECTORY LENGTH}. Prints the key.
 */
final class LargeArtifactProcess {
  private static final long SEED = 2026;
  private static final int PART = 1 << 20;

  private LargeArtifactProcess() {}

  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    long length = Long.parseLong(arguments[1]);
    ArtifactKey key;
    try (Store store = open(directory);
        InputStream in = new Content(length)) {
      key = store.put(null, in);
    }
    try (Store store = open(directory)) {
      try (InputStream read = store.reader().open(key)) {
        same(new Content(length), read);
      }
      long from = Math.max(0, length - PART);
      try (InputStream read = store.reader().open(key, from, length);
          InputStream expected = new Content(length)) {
        expected.skipNBytes(from);
        same(expected, read);
      }
    }
    System.out.println(key);
  }

  private static Store open(Path directory) {
    SigningKey key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("large")));
    return Store.open(
        RocksEngine.open(directory, StoreConfig.tables(List.of(), List.of()), RocksOptions.DEFAULT),
        new StoreConfig("large", key, 1, List.of(), List.of(), WallClock.system()));
  }

  private static void same(InputStream expected, InputStream actual) throws IOException {
    byte[] one = new byte[PART];
    byte[] other = new byte[PART];
    for (long at = 0; ; at += PART) {
      int count = expected.readNBytes(one, 0, PART);
      if (actual.readNBytes(other, 0, PART) != count
          || !Arrays.equals(one, 0, count, other, 0, count)) {
        throw new IllegalStateException("other bytes than were put, from " + at + " on");
      }
      if (count < PART) {
        return;
      }
    }
  }

  /** So many bytes without a pattern, always the same. */
  private static final class Content extends InputStream {
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final byte[] block = new byte[1 << 16];
    private long left;
    private int at = block.length;

    Content(long length) {
      this.left = length;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int most) {
      if (left == 0) {
        return -1;
      }
      if (at == block.length) {
        random.nextBytes(block);
        at = 0;
      }
      int count = (int) Math.min(left, Math.min(most, block.length - at));
      System.arraycopy(block, at, into, from, count);
      at += count;
      left -= count;
      return count;
    }
  }
}
