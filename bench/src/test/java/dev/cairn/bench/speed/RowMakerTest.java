package dev.cairn.bench.speed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.bench.speed.WriteTrace.Kind;
import dev.cairn.bench.speed.WriteTrace.Op;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RowMakerTest {
  private static final byte[] FIXED = {7, 7, 7};

  @Test
  void keysThatGrewGoOnGrowing() {
    List<Op> made = fresh(3);

    List<Long> numbers =
        made.stream()
            .filter(op -> op.family().equals("log"))
            .map(op -> ByteBuffer.wrap(op.key()).getLong(3))
            .toList();
    assertThat(numbers).containsExactly(40L, 41L, 42L, 43L, 44L, 45L, 46L, 47L, 48L, 49L, 50L, 51L);
    assertThat(made)
        .filteredOn(op -> op.family().equals("log"))
        .allSatisfy(op -> assertThat(Arrays.copyOf(op.key(), 3)).isEqualTo(FIXED));
  }

  @Test
  void randomKeysAreFreshAndSortedWithinABatch() {
    List<byte[]> keys =
        fresh(1).stream().filter(op -> op.family().equals("rows")).map(Op::key).toList();

    assertThat(keys).hasSize(4).isSortedAccordingTo(Arrays::compareUnsigned);
    assertThat(keys).allSatisfy(key -> assertThat(key).endsWith(FIXED));
    assertThat(keys.stream().map(Arrays::toString).distinct()).hasSize(4);
  }

  @Test
  void aKeyThatEveryBatchWroteIsWrittenAgain() {
    assertThat(fresh(2))
        .filteredOn(op -> op.family().equals("head"))
        .hasSize(2)
        .allSatisfy(op -> assertThat(op.key()).isEqualTo(FIXED));
  }

  @Test
  void bytesOfValuesThatNeverDifferedStay() {
    List<Op> rows = fresh(5).stream().filter(op -> op.family().equals("rows")).toList();

    assertThat(rows)
        .allSatisfy(op -> assertThat(Arrays.copyOf(op.value(), 3)).isEqualTo(FIXED))
        .extracting(op -> Arrays.toString(op.value()))
        .doesNotHaveDuplicates();
  }

  @Test
  void aDeleteStaysOne() {
    assertThat(fresh(1))
        .filteredOn(op -> op.kind() == Kind.DELETE)
        .singleElement()
        .satisfies(op -> assertThat(op.value()).isEmpty());
  }

  private static List<Op> fresh(int batches) {
    RowMaker maker = new RowMaker(trace(), new SplittableRandom(1));
    List<Op> made = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      made.addAll(maker.batch());
    }
    return made;
  }

  /**
   * Ten batches: four records numbered on, four rows under sorted random keys, a head, a delete.
   */
  private static WriteTrace trace() {
    Random random = new Random(1);
    List<List<Op>> batches = new ArrayList<>();
    for (int batch = 0; batch < 10; batch++) {
      List<Op> ops = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        byte[] key = ByteBuffer.allocate(11).put(FIXED).putLong(batch * 4L + i).array();
        ops.add(new Op(Kind.PUT, "log", key, bytes(random, 20)));
      }
      List<byte[]> keys = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        keys.add(ByteBuffer.allocate(19).put(bytes(random, 16)).put(FIXED).array());
      }
      keys.sort(Arrays::compareUnsigned);
      for (byte[] key : keys) {
        byte[] value = ByteBuffer.allocate(23).put(FIXED).put(bytes(random, 20)).array();
        ops.add(new Op(Kind.PUT, "rows", key, value));
      }
      ops.add(new Op(Kind.PUT, "head", FIXED, bytes(random, 8)));
      ops.add(new Op(Kind.DELETE, "gone", bytes(random, 16), new byte[0]));
      batches.add(ops);
    }
    return new WriteTrace(batches);
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
