package dev.cairn.testkit.fuzz;

import static org.assertj.core.api.Assertions.assertThatCode;

import dev.cairn.asl.bytes.Bytes;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The short form of fuzzing: every decoder with its seeds, and with what some thousands of simple
 * mutations make of them. {@code testkit/fuzz} has Jazzer look for more, guided by coverage; what
 * it finds becomes a test here, with a name.
 */
class DecoderFuzzTest {
  private static final int MUTATIONS = 3_000;
  private static final int CHANGES_MAX = 4;

  static Set<String> decoders() {
    return Decoders.names();
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void aDecoderAnswersToAnyBytesWithAValueOrATypedError(String name) {
    Consumer<byte[]> decoder = Decoders.named(name);
    List<byte[]> seeds = Seeds.forDecoder(name);
    for (byte[] seed : seeds) {
      check(decoder, seed);
    }
    Random random = new Random(name.hashCode());
    for (int i = 0; i < MUTATIONS; i++) {
      check(decoder, mutated(seeds, random));
    }
  }

  private static void check(Consumer<byte[]> decoder, byte[] input) {
    assertThatCode(() -> decoder.accept(input))
        .as("%s", Bytes.wrap(input).toHex())
        .doesNotThrowAnyException();
  }

  private static byte[] mutated(List<byte[]> seeds, Random random) {
    byte[] input = seeds.get(random.nextInt(seeds.size())).clone();
    int changes = 1 + random.nextInt(CHANGES_MAX);
    for (int i = 0; i < changes && input.length > 0; i++) {
      int at = random.nextInt(input.length);
      switch (random.nextInt(5)) {
        case 0 -> input[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> input[at] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
        case 2 -> input[at] = (byte) random.nextInt(256);
        case 3 -> input = spliced(input, at, at);
        default -> input = spliced(input, at, Math.min(input.length, at + 1 + random.nextInt(9)));
      }
    }
    return input;
  }

  /** Without {@code [from, to)}; with one byte twice if that is empty. */
  private static byte[] spliced(byte[] input, int from, int to) {
    byte[] all = new byte[from == to ? input.length + 1 : input.length - (to - from)];
    System.arraycopy(input, 0, all, 0, from);
    int rest = from == to ? from + 1 : from;
    if (from == to) {
      all[from] = input[from];
    }
    System.arraycopy(input, to, all, rest, input.length - to);
    return all;
  }
}
