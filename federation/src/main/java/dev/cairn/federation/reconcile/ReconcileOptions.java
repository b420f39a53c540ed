package dev.cairn.federation.reconcile;

/**
 * How ranges are cut, and what bounds a reconciliation.
 *
 * @param parts a range that differs is cut into so many; one with fewer than twice as many items is
 *     listed
 * @param firstParts the whole set is cut into so many at the beginning; more cost bytes and save
 *     round trips
 * @param messageBytesMax no message becomes longer: what does not fit is said to differ, and comes
 *     in a later round
 * @param roundsMax questions asked at most
 */
public record ReconcileOptions(int parts, int firstParts, int messageBytesMax, int roundsMax) {
  /** The least bytes that a message may be held to. */
  public static final int MESSAGE_BYTES_MIN = 4_096;

  /** For sets of up to some hundred million items on links of any kind. */
  public static final ReconcileOptions DEFAULT = new ReconcileOptions(16, 64, 256 << 10, 4_096);

  private static final int PARTS_MAX = 1_024;

  public ReconcileOptions {
    if (parts < 2
        || firstParts < parts
        || firstParts > PARTS_MAX
        || messageBytesMax < MESSAGE_BYTES_MIN
        || roundsMax < 1) {
      throw new IllegalArgumentException(
          "ranges in "
              + parts
              + " parts, "
              + firstParts
              + " at first, messages of "
              + messageBytesMax
              + " bytes, "
              + roundsMax
              + " rounds");
    }
  }
}
