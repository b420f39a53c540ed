package dev.cairn.asl.bytes;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * An immutable byte string, possibly a slice of a larger one, ordered as unsigned bytes.
 *
 * <p>{@code toString} shows the length and no byte, so that no payload and no secret gets into a
 * log by way of the values that hold it: what may be shown is a type of its own, which prints
 * itself, or is asked for by {@link #toHex}. Safe for any thread.
 */
public final class Bytes implements Comparable<Bytes> {
  /** The empty byte string. */
  public static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

  private static final char REPLACEMENT = '\ufffd';
  private static final HexFormat HEX = HexFormat.of();
  private static final VarHandle BIG_ENDIAN =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Odd, and half of its bits set: 2^64 divided by the golden ratio. */
  private static final long HASH_FACTOR = 0x9e3779b97f4a7c15L;

  private final byte[] array;
  private final int offset;
  private final int length;

  private Bytes(byte[] array, int offset, int length) {
    this.array = array;
    this.offset = offset;
    this.length = length;
  }

  /** A copy of all of {@code bytes}. */
  public static Bytes copyOf(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Bytes(bytes.clone(), 0, bytes.length);
  }

  /** A copy of {@code bytes[from, to)}. */
  public static Bytes copyOf(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    return wrap(Arrays.copyOfRange(bytes, from, to));
  }

  /** Takes ownership of {@code bytes}: the caller must never write to it again. */
  public static Bytes wrap(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Bytes(bytes, 0, bytes.length);
  }

  /**
   * The UTF-8 bytes of {@code text}, which must be well-formed: two texts never give the same
   * bytes.
   */
  public static Bytes utf8(String text) {
    if (!isWellFormed(text)) {
      throw new IllegalArgumentException("text with half a surrogate pair");
    }
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** True unless {@code text} has half a surrogate pair, which UTF-8 has no bytes for. */
  public static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        boolean pair =
            i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /** Parses an even number of lower- or upper-case hex digits. */
  public static Bytes fromHex(String hex) {
    return wrap(HEX.parseHex(hex));
  }

  /** {@code parts} one after another. */
  public static Bytes concat(Bytes... parts) {
    int total = 0;
    for (Bytes part : parts) {
      total = Math.addExact(total, part.length);
    }
    byte[] joined = new byte[total];
    int at = 0;
    for (Bytes part : parts) {
      System.arraycopy(part.array, part.offset, joined, at, part.length);
      at += part.length;
    }
    return wrap(joined);
  }

  /** The big-endian 8 bytes of {@code value}, so that unsigned order is byte order. */
  public static Bytes u64(long value) {
    return wrap(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
  }

  /** Number of bytes. */
  public int length() {
    return length;
  }

  /** True if there is no byte. */
  public boolean isEmpty() {
    return length == 0;
  }

  /** The byte at {@code index}, 0-255. */
  public int at(int index) {
    return array[offset + Objects.checkIndex(index, length)] & 0xff;
  }

  /** The big-endian 64-bit number at {@code index}. */
  public long u64At(int index) {
    Objects.checkFromIndexSize(index, Long.BYTES, length);
    return (long) BIG_ENDIAN.get(array, offset + index);
  }

  /** The big-endian 32-bit number at {@code index}. */
  public int u32At(int index) {
    Objects.checkFromIndexSize(index, Integer.BYTES, length);
    return ByteBuffer.wrap(array, offset + index, Integer.BYTES).getInt();
  }

  /** Bytes {@code [from, to)}, sharing storage. */
  public Bytes slice(int from, int to) {
    Objects.checkFromToIndex(from, to, length);
    return from == to ? EMPTY : new Bytes(array, offset + from, to - from);
  }

  /** Bytes from {@code from} to the end, sharing storage. */
  public Bytes slice(int from) {
    return slice(from, length);
  }

  /** True if these bytes begin with {@code prefix}. */
  public boolean startsWith(Bytes prefix) {
    return length >= prefix.length
        && Arrays.equals(
            array,
            offset,
            offset + prefix.length,
            prefix.array,
            prefix.offset,
            prefix.offset + prefix.length);
  }

  /** True if the bytes from {@code from} on are {@code other}'s {@code [at, at + count)}. */
  public boolean equalsAt(int from, byte[] other, int at, int count) {
    Objects.checkFromIndexSize(from, count, length);
    return Arrays.equals(
        array, offset + from, offset + from + count, other, at, Math.addExact(at, count));
  }

  /** These bytes with {@code more} behind. */
  public Bytes plus(Bytes more) {
    return concat(this, more);
  }

  /**
   * The least byte string greater than every one that begins with these bytes, or {@link #EMPTY} if
   * there is none (all bytes 0xff, or no byte).
   */
  public Bytes prefixEnd() {
    int kept = length;
    while (kept > 0 && array[offset + kept - 1] == (byte) 0xff) {
      kept--;
    }
    if (kept == 0) {
      return EMPTY;
    }
    byte[] end = Arrays.copyOfRange(array, offset, offset + kept);
    end[kept - 1]++;
    return wrap(end);
  }

  /** A fresh array with these bytes. */
  public byte[] toArray() {
    return Arrays.copyOfRange(array, offset, offset + length);
  }

  /** A read-only buffer over these bytes. */
  public ByteBuffer toByteBuffer() {
    return ByteBuffer.wrap(array, offset, length).slice().asReadOnlyBuffer();
  }

  /**
   * How many bytes of memory these keep from being collected: slices of one array that stand behind
   * each other count it once. Objects around them are not counted.
   */
  public static long held(Iterable<Bytes> all) {
    long held = 0;
    byte[] before = EMPTY.array;
    for (Bytes bytes : all) {
      held += bytes.array == before ? 0 : bytes.array.length;
      before = bytes.array;
    }
    return held;
  }

  /** Feeds these bytes to {@code digest}. */
  public void updateInto(MessageDigest digest) {
    digest.update(array, offset, length);
  }

  /** Writes these bytes to {@code out}. */
  public void writeTo(OutputStream out) throws IOException {
    out.write(array, offset, length);
  }

  /** Copies these bytes into {@code target} from {@code at} on. */
  public void copyTo(byte[] target, int at) {
    System.arraycopy(array, offset, target, at, length);
  }

  /** Lower-case hex of all bytes. */
  public String toHex() {
    return HEX.formatHex(array, offset, offset + length);
  }

  /** The bytes read as UTF-8; malformed input becomes replacement characters. */
  public String toUtf8() {
    return new String(array, offset, length, StandardCharsets.UTF_8);
  }

  /**
   * The bytes read as UTF-8.
   *
   * @throws MalformedInputException if they are none: what is read gives just these bytes again
   */
  public String toWellFormedUtf8() throws MalformedInputException {
    String text = toUtf8();
    // What cannot be read becomes this character; it may stand there in its own right.
    if (text.indexOf(REPLACEMENT) >= 0
        && !wrap(text.getBytes(StandardCharsets.UTF_8)).equals(this)) {
      throw new MalformedInputException(length);
    }
    return text;
  }

  @Override
  public int compareTo(Bytes other) {
    // Keys and digests mostly differ in the first eight bytes.
    if (length >= Long.BYTES && other.length >= Long.BYTES) {
      long mine = (long) BIG_ENDIAN.get(array, offset);
      long theirs = (long) BIG_ENDIAN.get(other.array, other.offset);
      if (mine != theirs) {
        return Long.compareUnsigned(mine, theirs);
      }
    }
    return Arrays.compareUnsigned(
        array, offset, offset + length, other.array, other.offset, other.offset + other.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that
        && Arrays.equals(
            array, offset, offset + length, that.array, that.offset, that.offset + that.length);
  }

  @Override
  public int hashCode() {
    long hash = length;
    int at = offset;
    int end = offset + length;
    for (; end - at >= Long.BYTES; at += Long.BYTES) {
      hash = (hash ^ (long) BIG_ENDIAN.get(array, at)) * HASH_FACTOR;
      hash ^= hash >>> 32;
    }
    for (; at < end; at++) {
      hash = (hash ^ array[at]) * HASH_FACTOR;
      hash ^= hash >>> 32;
    }
    return (int) hash;
  }

  /** The length, and nothing of what it is the length of. */
  @Override
  public String toString() {
    return "Bytes[" + length + " bytes]";
  }
}
