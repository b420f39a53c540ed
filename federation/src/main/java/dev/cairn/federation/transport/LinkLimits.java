package dev.cairn.federation.transport;

/**
 * The bounds of one link.
 *
 * @param inboxFramesMax frames that may lie unreceived before the transport stops reading
 * @param inboxBytesMax bytes of frames that may lie unreceived before the transport stops reading
 * @param sendTimeoutMillis longest wait of one send for a slow peer
 * @param idleTimeoutMillis longest time in which nothing arrives and nothing can be sent
 */
public record LinkLimits(
    int inboxFramesMax, long inboxBytesMax, long sendTimeoutMillis, long idleTimeoutMillis) {
  /** Fit for a session of two nodes. */
  public static final LinkLimits DEFAULT = new LinkLimits(256, 16L << 20, 60_000, 120_000);

  public LinkLimits {
    if (inboxFramesMax < 1 || inboxBytesMax < 1 || sendTimeoutMillis < 1 || idleTimeoutMillis < 1) {
      throw new IllegalArgumentException("a bound of a link must be positive");
    }
  }
}
