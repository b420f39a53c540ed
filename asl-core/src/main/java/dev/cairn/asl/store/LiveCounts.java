package dev.cairn.asl.store;

/**
 * How much is live, by kind.
 *
 * @param artifacts neither edges nor receipts
 * @param edges edges
 * @param receipts receipts
 */
public record LiveCounts(long artifacts, long edges, long receipts) {
  /** Nothing live. */
  public static final LiveCounts NONE = new LiveCounts(0, 0, 0);

  /** All kinds together. */
  public long total() {
    return artifacts + edges + receipts;
  }

  @Override
  public String toString() {
    return counted(artifacts, "artifact")
        + ", "
        + counted(edges, "edge")
        + ", "
        + counted(receipts, "receipt");
  }

  private static String counted(long count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }

  LiveCounts plus(LiveCounts more) {
    return new LiveCounts(artifacts + more.artifacts, edges + more.edges, receipts + more.receipts);
  }
}
