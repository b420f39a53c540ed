package dev.cairn.federation.protocol;

/**
 * How much was carried one way.
 *
 * @param commits whole commits
 * @param records records in them
 * @param payloads payloads that came with them, inline or in pieces
 * @param bytes of records and payloads, without framing
 */
public record Tally(long commits, long records, long payloads, long bytes) {
  /** Nothing. */
  public static final Tally NONE = new Tally(0, 0, 0, 0);

  /** Both together. */
  public Tally plus(Tally more) {
    return new Tally(
        commits + more.commits,
        records + more.records,
        payloads + more.payloads,
        bytes + more.bytes);
  }
}
