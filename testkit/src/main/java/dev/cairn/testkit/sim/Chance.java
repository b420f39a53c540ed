package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import java.util.List;
import java.util.Random;

/** All the chance of one simulation, in sequences from its seed. */
final class Chance {
  private final long seed;
  private final Random random;

  Chance(long seed) {
    this.seed = seed;
    // Neighbouring seeds of Random begin alike.
    this.random = new Random(HashAlgorithm.SHA_256.hash(Bytes.u64(seed)).u64At(0));
  }

  /** A sequence of its own: what is drawn from it leaves this one as it is. */
  Chance apart(String purpose) {
    return new Chance(HashAlgorithm.SHA_256.hash(Bytes.utf8(seed + purpose)).u64At(0));
  }

  /** Uniform in {@code [0, bound)}. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /** Uniform in {@code [from, to]}. */
  int between(int from, int to) {
    return from + random.nextInt(to - from + 1);
  }

  boolean oneIn(int count) {
    return random.nextInt(count) == 0;
  }

  <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
