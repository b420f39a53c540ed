package dev.cairn.federation.member;

import dev.cairn.asl.store.Store;

/**
 * Acknowledges for a node that is open for long: looks now and then whether it is a member with
 * removals to acknowledge. What it writes removes nothing, so members never answer each other
 * without end. One owner.
 */
public final class MemberKeeper {
  /** How often it looks: at most 144 records a day. */
  public static final long INTERVAL_MILLIS = 600_000;

  private final MemberWriter writer;
  private final long intervalMillis;
  private long nextMillis;
  private boolean begun;

  /**
   * A keeper that has not looked yet.
   *
   * @param intervalMillis how long it waits between two looks
   */
  public MemberKeeper(Store store, long intervalMillis) {
    this.writer = new MemberWriter(store);
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
    nextMillis = nowMillis + intervalMillis;
    return writer.acknowledgeIfMember();
  }
}
