package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;

/**
 * Reads the pieces of a range message of a peer. Nothing is allocated on the word of a length. One
 * owner at a time.
 */
final class RangeReader {
  private static final int GROUP_BITS = 7;

  private final Bytes in;
  private int at;
  private Bound last = Bound.START;

  RangeReader(Bytes in) {
    this.in = in;
  }

  boolean isAtEnd() {
    return at == in.length();
  }

  int u8() {
    return in.at(require(1));
  }

  Bytes bytes(int length) {
    int from = require(length);
    return in.slice(from, from + length);
  }

  private int require(int length) {
    if (length > in.length() - at) {
      throw malformed(length + " bytes are due where " + (in.length() - at) + " are left");
    }
    int from = at;
    at += length;
    return from;
  }

  long varint() {
    long value = 0;
    int group = u8();
    if (group == 1 << GROUP_BITS) {
      throw malformed("a number with leading zeros");
    }
    while (true) {
      if (value >>> (Long.SIZE - 1 - GROUP_BITS) != 0) {
        throw malformed("a number of 2^63 or more");
      }
      value = value << GROUP_BITS | (group & (1 << GROUP_BITS) - 1);
      if (group < 1 << GROUP_BITS) {
        return value;
      }
      group = u8();
    }
  }

  /** The next range's upper bound, which must lie behind the one before. */
  Bound bound() {
    long distance = varint();
    long length = varint();
    if (length > HashAlgorithm.DIGEST_BYTES) {
      throw malformed("a bound with " + length + " bytes of an id");
    }
    Bytes prefix = bytes((int) length);
    if (distance == 0 && length > 0) {
      throw malformed("an end with " + length + " bytes of an id");
    }
    if (distance > 0 && distance > Long.MAX_VALUE - last.order()) {
      throw malformed("a bound past all numbers");
    }
    Bound bound = distance == 0 ? Bound.END : new Bound(last.order() + distance - 1, prefix);
    if (bound.compareTo(last) <= 0) {
      throw malformed("bounds out of order");
    }
    last = bound;
    return bound;
  }

  /** A number of ids that are yet to come, each of 32 bytes. */
  int idCount() {
    long count = varint();
    if (count > (in.length() - at) / HashAlgorithm.DIGEST_BYTES) {
      throw malformed(count + " ids are due where " + (in.length() - at) + " bytes are left");
    }
    return (int) count;
  }

  MalformedException malformed(String what) {
    return new MalformedException("ranges, byte " + at + ": " + what);
  }
}
