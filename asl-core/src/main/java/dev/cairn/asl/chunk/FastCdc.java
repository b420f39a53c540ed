package dev.cairn.asl.chunk;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Objects;

/**
 * FastCDC 2020 with normalisation level 2, as the Bazel Remote Execution API specifies it (its
 * {@code FastCdc2020Params}), after W. Xia et al., "The Design of Fast Content-Defined Chunking for
 * Data Deduplication Based Storage Systems", IEEE TPDS 31(9), 2020.
 *
 * <p>A gear hash runs over the bytes: {@code fingerprint = (fingerprint << 1) + gear[byte]}, two
 * bytes a step. A chunk ends before the byte where the fingerprint's bits under a mask are all
 * zero. Nothing is looked at before {@code minBytes}; up to {@code averageBytes} the mask has two
 * bits more than the average asks for, behind it two less, so that sizes crowd around the average;
 * at {@code maxBytes} the chunk ends in any case. The hash starts over with each chunk: the cuts in
 * what follows a cut depend on nothing before it.
 *
 * <p>The gear table is the upper half of MD5 over 64 times each byte value; MD5 serves as a source
 * of numbers that have no pattern. A seed is combined with each by exclusive or. Immutable; safe
 * for any thread.
 */
public final class FastCdc {
  private static final int NORMALISATION = 2;
  private static final int MASK_BITS_MIN = 5;

  /** The published masks for 5 to 25 bits, spread so that the hash has a longer memory. */
  private static final long[] MASKS = {
    0x0000000001804110L, 0x0000000001803110L, 0x0000000018035100L, 0x0000001800035300L,
    0x0000019000353000L, 0x0000590003530000L, 0x0000d90003530000L, 0x0000d90103530000L,
    0x0000d90303530000L, 0x0000d90313530000L, 0x0000d90f03530000L, 0x0000d90303537000L,
    0x0000d90703537000L, 0x0000d90707537000L, 0x0000d91707537000L, 0x0000d91747537000L,
    0x0000d91767537000L, 0x0000d93767537000L, 0x0000d93777537000L, 0x0000d93777577000L,
    0x0000db3777577000L,
  };

  private final int minBytes;
  private final int averageBytes;
  private final int maxBytes;
  private final long[] gear;
  private final long[] gearShifted;
  private final long maskSmall;
  private final long maskSmallShifted;
  private final long maskLarge;
  private final long maskLargeShifted;

  /**
   * A chunker.
   *
   * @param minBytes no chunk but the last is shorter
   * @param averageBytes a power of two from 256 to 4 MiB
   * @param maxBytes no chunk is longer
   * @param seed changes every cut; 0 for the published ones
   */
  public FastCdc(int minBytes, int averageBytes, int maxBytes, long seed) {
    if (Integer.bitCount(averageBytes) != 1 || averageBytes < 256 || averageBytes > 4 << 20) {
      throw new IllegalArgumentException("average of " + averageBytes + " bytes");
    }
    if (minBytes < 64 || minBytes > averageBytes || maxBytes < averageBytes) {
      throw new IllegalArgumentException(
          "chunks from " + minBytes + " to " + maxBytes + " bytes around " + averageBytes);
    }
    this.minBytes = minBytes;
    this.averageBytes = averageBytes;
    this.maxBytes = maxBytes;
    int bits = Integer.numberOfTrailingZeros(averageBytes);
    this.maskSmall = MASKS[bits + NORMALISATION - MASK_BITS_MIN];
    this.maskSmallShifted = maskSmall << 1;
    this.maskLarge = MASKS[bits - NORMALISATION - MASK_BITS_MIN];
    this.maskLargeShifted = maskLarge << 1;
    this.gear = gear(seed);
    this.gearShifted = Arrays.stream(gear).map(value -> value << 1).toArray();
  }

  /** No chunk but the last is shorter. */
  public int minBytes() {
    return minBytes;
  }

  /** No chunk is longer. */
  public int maxBytes() {
    return maxBytes;
  }

  /**
   * Length of the chunk that begins at {@code from}.
   *
   * @param bytes what is cut
   * @param from where the chunk begins
   * @param to end of the bytes at hand: either the payload ends here or there are at least {@link
   *     #maxBytes} of them
   * @return from 1 to {@link #maxBytes}, or 0 if there is no byte
   */
  public int cut(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    int length = Math.min(to - from, maxBytes);
    if (length <= minBytes) {
      return length;
    }
    int center = Math.min(averageBytes, length);
    long fingerprint = 0;
    int pair = minBytes / 2;
    for (; pair < center / 2; pair++) {
      int at = from + 2 * pair;
      fingerprint = (fingerprint << 2) + gearShifted[bytes[at] & 0xff];
      if ((fingerprint & maskSmallShifted) == 0) {
        return 2 * pair;
      }
      fingerprint += gear[bytes[at + 1] & 0xff];
      if ((fingerprint & maskSmall) == 0) {
        return 2 * pair + 1;
      }
    }
    for (; pair < length / 2; pair++) {
      int at = from + 2 * pair;
      fingerprint = (fingerprint << 2) + gearShifted[bytes[at] & 0xff];
      if ((fingerprint & maskLargeShifted) == 0) {
        return 2 * pair;
      }
      fingerprint += gear[bytes[at + 1] & 0xff];
      if ((fingerprint & maskLarge) == 0) {
        return 2 * pair + 1;
      }
    }
    return length;
  }

  private static long[] gear(long seed) {
    long[] gear = new long[256];
    MessageDigest md5;
    try {
      md5 = MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has MD5", e);
    }
    byte[] repeated = new byte[64];
    for (int value = 0; value < gear.length; value++) {
      Arrays.fill(repeated, (byte) value);
      gear[value] = ByteBuffer.wrap(md5.digest(repeated)).getLong() ^ seed;
    }
    return gear;
  }
}
