package dev.cairn.bench.speed;

import java.util.SplittableRandom;

/** Seeded random bytes, which nothing compresses: the n-th payload is the same in every process. */
final class Payloads {
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private Payloads() {}

  /** Payload {@code index} of series {@code seed}. */
  static byte[] of(long seed, long index, int length) {
    byte[] payload = new byte[length];
    random(seed, index).nextBytes(payload);
    return payload;
  }

  /** The small payload {@code index} of series {@code seed}. */
  static byte[] small(long seed, long index) {
    return of(seed, index, Setting.PAYLOAD_BYTES);
  }

  /** A source of further chance. */
  static SplittableRandom random(long seed, long index) {
    return new SplittableRandom((seed * SPREAD) ^ (index + 1) * 0xD1342543DE82EF95L);
  }
}
