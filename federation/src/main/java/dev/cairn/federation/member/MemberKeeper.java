package dev.cairn.federation.member;

/**
 * Acknowledges for a node that is open for long: looks now and then whether it is a member with
 * removals to acknowledge. What it writes removes nothing, so members never answer each other
 * without end.
 *
 * <p>A statement names each log with removals, and whoever brings logs says how many these are, so
 * after one of more than {@link #BYTES_PER_INTERVAL} it rests longer, in proportion, but never
 * longer than {@link #INTERVALS_MAX} intervals. One owner.
 */
public final class MemberKeeper {
  /** How often it looks: at most 144 records a day. */
  public static final long INTERVAL_MILLIS = 600_000;

  /** So many bytes of a statement it writes once in an interval, of more in as many intervals. */
  public static final long BYTES_PER_INTERVAL = 4096;

  /** Most intervals between two looks: a day of {@link #INTERVAL_MILLIS}. */
  public static final long INTERVALS_MAX = 144;

  private final MemberWriter writer;
  private final long intervalMillis;
  private long nextMillis;
  private boolean begun;

  /**
   * A keeper that has not looked yet.
   *
   * @param intervalMillis how long it waits between two looks, if what it wrote was short
   */
  public MemberKeeper(MemberWriter writer, long intervalMillis) {
    this.writer = writer;
    this.intervalMillis = intervalMillis;
  }

  /**
   * Looks, if it is time to.
   *
   * @param nowMillis of a clock that never goes back
   */
  public MemberWriter.Outcome step(long nowMillis) {
    if (begun && nowMillis < nextMillis) {
      return MemberWriter.Outcome.NOTHING;
    }
    begun = true;
    nextMillis = nowMillis + intervalMillis; // If this fails.
    MemberWriter.Outcome outcome = writer.acknowledgeIfMember();
    nextMillis = nowMillis + intervalMillis * intervals(outcome.bytes());
    return outcome;
  }

  /** How long it rests once it wrote so many bytes. */
  static long intervals(long bytes) {
    return Math.min(
        INTERVALS_MAX, Math.max(1, (bytes + BYTES_PER_INTERVAL - 1) / BYTES_PER_INTERVAL));
  }
}
