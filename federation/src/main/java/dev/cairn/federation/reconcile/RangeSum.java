package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How many items a set has, and the sum of their ids, read as little-endian numbers, modulo 2^256:
 * the sum of a whole is that of its parts, so sums of ranges can be stored and subtracted.
 *
 * <pre>
 *   encoded      sum 32, little-endian | u64be count
 *   fingerprint  first 16 bytes of SHA-256(sum 32, little-endian | varint count)
 * </pre>
 *
 * <p>It guides and proves nothing: who may choose ids can make two sets with one sum.
 */
public final class RangeSum {
  /** Of no item. */
  public static final RangeSum EMPTY = new RangeSum(0, 0, 0, 0, 0);

  /** Length of a fingerprint. */
  public static final int FINGERPRINT_BYTES = 16;

  /** Length of the encoded form. */
  static final int BYTES = HashAlgorithm.DIGEST_BYTES + Long.BYTES;

  private final long count;
  private final long low;
  private final long second;
  private final long third;
  private final long high;

  private RangeSum(long count, long low, long second, long third, long high) {
    this.count = count;
    this.low = low;
    this.second = second;
    this.third = third;
    this.high = high;
  }

  /** The sum of one item. */
  static RangeSum of(Bytes id) {
    return decode(id, 1);
  }

  private static RangeSum decode(Bytes sum, long count) {
    return new RangeSum(count, limb(sum, 0), limb(sum, 1), limb(sum, 2), limb(sum, 3));
  }

  private static long limb(Bytes id, int number) {
    return Long.reverseBytes(id.u64At(number * Long.BYTES));
  }

  /** The sum that {@link #encode} wrote. */
  static RangeSum decode(Bytes encoded) {
    return decode(encoded, encoded.u64At(HashAlgorithm.DIGEST_BYTES));
  }

  /** How many items. */
  public long count() {
    return count;
  }

  /** The sum of both. */
  public RangeSum plus(RangeSum other) {
    long a = low + other.low;
    long carry = carry(low, other.low, a);
    long b = second + other.second + carry;
    carry = carry(second, other.second, b);
    long c = third + other.third + carry;
    carry = carry(third, other.third, c);
    return new RangeSum(count + other.count, a, b, c, high + other.high + carry);
  }

  /** What is left without {@code part}, which is in it. */
  public RangeSum minus(RangeSum part) {
    RangeSum inverse =
        new RangeSum(-1, ~part.low, ~part.second, ~part.third, ~part.high)
            .plus(new RangeSum(1, 1, 0, 0, 0));
    RangeSum left = plus(inverse);
    return new RangeSum(count - part.count, left.low, left.second, left.third, left.high);
  }

  /** 1 if {@code x + y}, with or without a carry, went past 2^64 and gave {@code sum}. */
  private static long carry(long x, long y, long sum) {
    return ((x & y) | ((x | y) & ~sum)) >>> 63;
  }

  /** What stands for the set in a message. */
  public Bytes fingerprint() {
    RangeWriter out = new RangeWriter();
    out.bytes(sum());
    out.varint(count);
    return HashAlgorithm.SHA_256.hash(out.toBytes()).slice(0, FINGERPRINT_BYTES);
  }

  private Bytes sum() {
    return Bytes.wrap(
        ByteBuffer.allocate(HashAlgorithm.DIGEST_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(low)
            .putLong(second)
            .putLong(third)
            .putLong(high)
            .array());
  }

  /** The bytes to store. */
  Bytes encode() {
    return sum().plus(Bytes.u64(count));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RangeSum that
        && count == that.count
        && low == that.low
        && second == that.second
        && third == that.third
        && high == that.high;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(low ^ count);
  }

  @Override
  public String toString() {
    return count + " items, fingerprint " + fingerprint().toHex();
  }
}
