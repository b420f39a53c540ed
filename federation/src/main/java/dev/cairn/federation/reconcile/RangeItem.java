package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;

/**
 * An item of a set that is reconciled. Ordered by {@code order}, then id.
 *
 * @param order what puts items that come and go together next to each other: a logseq, mostly
 * @param id 32 bytes: a digest
 */
public record RangeItem(long order, Bytes id) implements Comparable<RangeItem> {
  public RangeItem {
    if (order < 0 || order == Long.MAX_VALUE || id.length() != HashAlgorithm.DIGEST_BYTES) {
      throw new IllegalArgumentException(
          "an item at " + order + " with an id of " + id.length() + " bytes");
    }
  }

  /** True if it lies before the bound. */
  boolean isBefore(Bound bound) {
    return order != bound.order() ? order < bound.order() : id.compareTo(bound.idPrefix()) < 0;
  }

  @Override
  public int compareTo(RangeItem other) {
    int byOrder = Long.compare(order, other.order);
    return byOrder != 0 ? byOrder : id.compareTo(other.id);
  }
}
