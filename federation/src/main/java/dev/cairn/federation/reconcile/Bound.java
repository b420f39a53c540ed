package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;

/**
 * A place between items of a set: all items that come before it, and all others. Ordered.
 *
 * @param order the order of the first item behind it; {@link #END} has the greatest
 * @param idPrefix how the id of the first item behind it begins; 0 to 32 bytes
 */
public record Bound(long order, Bytes idPrefix) implements Comparable<Bound> {
  /** Before every item. */
  public static final Bound START = new Bound(0, Bytes.EMPTY);

  /** Behind every item. */
  public static final Bound END = new Bound(Long.MAX_VALUE, Bytes.EMPTY);

  public Bound {
    if (order < 0 || idPrefix.length() > HashAlgorithm.DIGEST_BYTES) {
      throw new IllegalArgumentException(
          "a bound at " + order + " with " + idPrefix.length() + " bytes of an id");
    }
  }

  /** The bound just before an item. */
  static Bound before(RangeItem item) {
    return new Bound(item.order(), item.id());
  }

  /** The shortest bound that has {@code last} before it and {@code next} behind. */
  static Bound between(RangeItem last, RangeItem next) {
    if (last.order() != next.order()) {
      return new Bound(next.order(), Bytes.EMPTY);
    }
    int shared = 0;
    while (last.id().at(shared) == next.id().at(shared)) {
      shared++;
    }
    return new Bound(next.order(), next.id().slice(0, shared + 1));
  }

  @Override
  public int compareTo(Bound other) {
    int byOrder = Long.compare(order, other.order);
    return byOrder != 0 ? byOrder : idPrefix.compareTo(other.idPrefix);
  }
}
