package dev.cairn.asl.store;

import dev.cairn.asl.time.HybridClock;
import dev.cairn.asl.time.WallClock;

/**
 * How far ahead of this node another one's log may be before it is held back: {@link HeldBack}.
 *
 * <p>Clocks of honest nodes differ by seconds, and no federation makes 2<sup>32</sup> commits
 * between two conversations. Who replays what others took already judges nothing: {@link #ANY}, or
 * a replay would depend on the day.
 *
 * @param clockAheadMillisMax a hybrid clock further ahead of the wall clock is not plausible
 * @param logseqLeapMax nor is a logseq further ahead of the greatest one held
 * @param clockMergeMillisMax this node's clock goes along with clocks that are no further ahead;
 *     well below the first, so that who went along is plausible to everybody who would have taken
 *     the record itself
 */
public record Plausibility(long clockAheadMillisMax, long logseqLeapMax, long clockMergeMillisMax) {
  /** What nodes judge by. */
  public static final Plausibility DEFAULT = new Plausibility(300_000, 1L << 32, 60_000);

  /** Everything is plausible, and the clock goes along with nothing. */
  public static final Plausibility ANY = new Plausibility(Long.MAX_VALUE, Long.MAX_VALUE, 0);

  public Plausibility {
    if (clockAheadMillisMax < 0
        || logseqLeapMax < 1
        || clockMergeMillisMax < 0
        || clockMergeMillisMax > clockAheadMillisMax) {
      throw new IllegalArgumentException(
          "clocks "
              + clockAheadMillisMax
              + " ms ahead, logseqs "
              + logseqLeapMax
              + ", merged up to "
              + clockMergeMillisMax
              + " ms");
    }
  }

  /** By how much a reading is ahead of the wall clock, in milliseconds; 0 if it is not. */
  static long aheadMillis(long hlc, WallClock wall) {
    return Math.max(0, HybridClock.millisOf(hlc) - Math.max(0, wall.millis()));
  }
}
