package dev.cairn.federation.peers;

import dev.cairn.asl.time.Entropy;

/**
 * How long to wait before a peer is called again: doubled at each failure up to a bound, and drawn
 * from the upper half, so that many nodes that lost one peer do not call it all at once. One owner.
 */
final class BackOff {
  private static final int DRAW_BITS = 20;

  private final long firstMillis;
  private final long maxMillis;
  private final Entropy entropy;
  private long millis;

  BackOff(long firstMillis, long maxMillis, Entropy entropy) {
    this.firstMillis = firstMillis;
    this.maxMillis = maxMillis;
    this.entropy = entropy;
    this.millis = firstMillis;
  }

  /** It went well. */
  void reset() {
    millis = firstMillis;
  }

  /** The next pause. */
  long next() {
    long full = millis;
    millis = Math.min(maxMillis, millis * 2);
    return jittered(full);
  }

  /** The longest pause. */
  long longest() {
    return jittered(maxMillis);
  }

  private long jittered(long full) {
    long draw = entropy.bytes(Long.BYTES).u64At(0) & ((1L << DRAW_BITS) - 1);
    return full / 2 + (((full - full / 2) * draw) >>> DRAW_BITS);
  }
}
