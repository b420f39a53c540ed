package dev.cairn.asl.store;

/**
 * How much one page of a log may hold. Commits are never cut: a page takes no further commit past
 * these, and always its first one.
 *
 * @param recordsMax records
 * @param bytesMax bytes of encoded records
 */
public record PageLimits(int recordsMax, long bytesMax) {
  /** A page that is quickly read and fits any heap. */
  public static final PageLimits DEFAULT = new PageLimits(4096, 4L << 20);

  public PageLimits {
    if (recordsMax < 1 || bytesMax < 1) {
      throw new IllegalArgumentException(
          "limits of " + recordsMax + " records, " + bytesMax + " bytes");
    }
  }
}
