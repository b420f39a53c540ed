package dev.cairn.federation.protocol;

/**
 * Which payloads a node wants to come with the records of a delta. Payloads that indexes are folded
 * from and the notes of tombstones come always: without them a record could not be taken.
 *
 * @param payloads what is to come
 */
public record PayloadWish(Payloads payloads) implements PartGreeting {
  /** Which payloads come with their records. */
  public enum Payloads {
    /** All that are at hand. */
    ALL,
    /** Those that travel in one piece with their record; larger ones are asked for. */
    SMALL,
    /** None: records only. */
    NONE
  }
}
