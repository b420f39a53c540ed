package dev.cairn.federation.access;

/**
 * What one node may cost this one.
 *
 * @param conversations most that it has open at once, beside them twice as many calls of the API
 * @param frames most that it sends and is sent in an hour, skipped ones too, with the messages of
 *     its calls
 * @param bytes most bytes of those frames in an hour, as they travel
 * @param seconds longest time of a conversation, or of a call; a node that follows calls again
 */
public record Quota(int conversations, long frames, long bytes, long seconds) {
  /** What every node has unless told otherwise. */
  public static final Quota DEFAULT = new Quota(8, 50_000_000, 1L << 40, 7 * 86_400);

  /** The time that frames and bytes are counted in, from the first of them on. */
  public static final long WINDOW_MILLIS = 3_600_000;

  /** Longest time of a conversation that can be allowed: ten years. */
  public static final long SECONDS_MAX = 3_650L * 86_400;

  public Quota {
    if (conversations < 1 || frames < 1 || bytes < 1 || seconds < 1 || seconds > SECONDS_MAX) {
      throw new IllegalArgumentException(
          "quota: each is at least 1, and the time at most " + SECONDS_MAX + " seconds");
    }
  }

  /** Most calls of the API that are open at once. */
  public int calls() {
    return Math.multiplyExact(2, Math.min(conversations, Integer.MAX_VALUE / 2));
  }
}
