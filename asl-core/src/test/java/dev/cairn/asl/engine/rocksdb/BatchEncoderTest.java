package dev.cairn.asl.engine.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.WriteBatch;

class BatchEncoderTest {
  private static final int FAMILIES = 140;

  @TempDir Path directory;

  @Test
  void aBatchIsByteForByteWhatRocksDbWouldHaveWritten() throws Exception {
    Map<String, Table.Access> families = new TreeMap<>();
    for (int i = 0; i < FAMILIES; i++) {
      families.put("family-" + i, Table.Access.LOOKED_UP);
    }
    Set<String> names = families.keySet();
    Random random = new Random(23);
    try (RocksDatabase database = RocksDatabase.open(directory, families, RocksOptions.DEFAULT);
        WriteBatch expected = new WriteBatch()) {
      BatchEncoder encoder = new BatchEncoder(encodeInto(null, expected, random, database, names));
      expected.clear();
      random = new Random(23);
      encodeInto(encoder, expected, random, database, names);
      assertThat(encoder.toArray()).isEqualTo(expected.data());
    }
  }

  @Test
  void anUnannouncedSizeIsOurMistake() {
    BatchEncoder encoder = new BatchEncoder(BatchEncoder.HEADER_BYTES + 100);
    assertThatThrownBy(encoder::toArray).isInstanceOf(AssertionError.class);
  }

  /**
   * Puts random changes into {@code expected} and, if there is one, {@code encoder}; tells their
   * announced size.
   */
  private static long encodeInto(
      BatchEncoder encoder,
      WriteBatch expected,
      Random random,
      RocksDatabase database,
      Set<String> names)
      throws Exception {
    long size = BatchEncoder.HEADER_BYTES;
    int[] lengths = {0, 1, 127, 128, 16_383, 16_384, 70_000};
    for (String name : names) {
      ColumnFamilyHandle family = database.family(name);
      Bytes key = randomBytes(random, lengths[random.nextInt(4)]);
      Bytes value =
          random.nextInt(3) == 0
              ? null
              : randomBytes(random, lengths[random.nextInt(lengths.length)]);
      if (value == null) {
        expected.delete(family, key.toArray());
      } else {
        expected.put(family, key.toArray(), value.toArray());
      }
      if (encoder != null) {
        encoder.change(family.getID(), key, value);
      }
      size += BatchEncoder.size(family.getID(), key.length(), value == null ? -1 : value.length());
    }
    return size;
  }

  private static Bytes randomBytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Bytes.wrap(bytes);
  }
}
