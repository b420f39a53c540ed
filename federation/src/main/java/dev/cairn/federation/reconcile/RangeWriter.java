package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import java.io.ByteArrayOutputStream;

/** Writes the pieces of a range message; {@link RangeReader} reads them. One owner at a time. */
final class RangeWriter {
  private static final int GROUP_BITS = 7;
  private static final int GROUP_MASK = (1 << GROUP_BITS) - 1;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long lastOrder;

  int length() {
    return out.size();
  }

  /** Lets bounds written here follow those of {@code before}. */
  void continueFrom(RangeWriter before) {
    lastOrder = before.lastOrder;
  }

  /** Writes all of {@code more}, which continued from here. */
  void append(RangeWriter more) {
    out.writeBytes(more.out.toByteArray());
    lastOrder = more.lastOrder;
  }

  void bytes(Bytes bytes) {
    out.writeBytes(bytes.toArray());
  }

  /** Seven bits a byte, the highest first; every byte but the last has its high bit set. */
  void varint(long value) {
    int groups = Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(value) + 6) / GROUP_BITS);
    for (int group = groups - 1; group >= 0; group--) {
      int bits = (int) (value >>> (group * GROUP_BITS)) & GROUP_MASK;
      out.write(group == 0 ? bits : bits | (GROUP_MASK + 1));
    }
  }

  /** An upper bound: its order as the distance from the one before, plus 1; 0 for the end. */
  void bound(Bound bound) {
    if (bound.order() == Long.MAX_VALUE) {
      varint(0);
    } else {
      varint(bound.order() - lastOrder + 1);
    }
    lastOrder = bound.order();
    varint(bound.idPrefix().length());
    bytes(bound.idPrefix());
  }

  Bytes toBytes() {
    return Bytes.wrap(out.toByteArray());
  }
}
