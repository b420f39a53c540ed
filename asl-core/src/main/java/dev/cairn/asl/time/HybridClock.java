package dev.cairn.asl.time;

import dev.cairn.asl.error.RefusedException;

/**
 * A hybrid logical clock: 48 bits of milliseconds, 16 bits of counter in one u64 that never goes
 * back (Kulkarni et al., "Logical Physical Clocks", 2014).
 *
 * <p>The top bit stays clear, so that readings are positive longs: time ends in the year 6429. More
 * than 65,536 readings in a millisecond run ahead into the next. One owner at a time: the
 * sequencer.
 */
public final class HybridClock {
  private static final int COUNTER_BITS = 16;
  private static final long MILLIS_MAX = (1L << 47) - 1;

  private final WallClock wall;
  private long last;

  /** A clock that starts no earlier than {@code last}. */
  public HybridClock(WallClock wall, long last) {
    if (last < 0) {
      throw new IllegalArgumentException("negative reading " + last);
    }
    this.wall = wall;
    this.last = last;
  }

  /**
   * The next reading, greater than every one before.
   *
   * @throws RefusedException if there is none: the wall clock said the end of time once
   */
  public long next() {
    if (last == Long.MAX_VALUE) {
      throw new RefusedException(
          "this node's clock has come to its end, as the wall clock was set to the year 6429 or"
              + " later once: set it right, and go on as another node");
    }
    last = Math.max(fromMillis(wall.millis()), last + 1);
    return last;
  }

  /** Goes along with a reading of another node: every one of ours from now on is greater. */
  public void merge(long other) {
    if (other < 0) {
      throw new IllegalArgumentException("negative reading " + other);
    }
    last = Math.max(last, other);
  }

  /** The latest reading given out or gone along with. */
  public long last() {
    return last;
  }

  /** The first reading of a millisecond; times before 1970 count as 0. */
  public static long fromMillis(long millis) {
    return Math.min(Math.max(millis, 0), MILLIS_MAX) << COUNTER_BITS;
  }

  /** The milliseconds since 1970 that a reading stands for. */
  public static long millisOf(long hlc) {
    return hlc >>> COUNTER_BITS;
  }

  /** Which reading of that millisecond it is, from 0. */
  public static int counterOf(long hlc) {
    return (int) (hlc & ((1L << COUNTER_BITS) - 1));
  }
}
