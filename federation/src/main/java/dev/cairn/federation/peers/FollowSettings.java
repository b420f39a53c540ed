package dev.cairn.federation.peers;

/**
 * The times of a node that follows its peers.
 *
 * @param pauseMillis least pause before a peer is called again
 * @param pauseMillisMax greatest pause
 * @param pollMillis how often a peer that does not follow is synced with
 * @param noteMillis how often at most it is noted what a peer holds
 */
public record FollowSettings(
    long pauseMillis, long pauseMillisMax, long pollMillis, long noteMillis) {
  /** Fit for nodes on a network. */
  public static final FollowSettings DEFAULT = new FollowSettings(250, 30_000, 5_000, 1_000);

  public FollowSettings {
    if (pauseMillis < 1 || pauseMillisMax < pauseMillis || pollMillis < 1 || noteMillis < 1) {
      throw new IllegalArgumentException("a time of a follower must be positive and in order");
    }
  }
}
