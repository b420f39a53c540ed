package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes the primitive values of the binary format. Grows without a bound of its own. */
final class ByteSink {
  /** Bytes of a LEB128 that is filled in later. */
  private static final int PATCH_BYTES = 5;

  private byte[] bytes = new byte[256];
  private int length;

  int length() {
    return length;
  }

  ByteSink u8(int value) {
    if (length == bytes.length) {
      bytes = Arrays.copyOf(bytes, length * 2);
    }
    bytes[length++] = (byte) value;
    return this;
  }

  ByteSink u32(int value) {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      u8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return u8(rest);
  }

  ByteSink signed(long value) {
    long rest = value;
    while (rest < -0x40 || rest > 0x3f) {
      u8((int) (rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    return u8((int) rest & 0x7f);
  }

  ByteSink fixed32(int value) {
    return u8(value).u8(value >>> 8).u8(value >>> 16).u8(value >>> 24);
  }

  ByteSink fixed64(long value) {
    return fixed32((int) value).fixed32((int) (value >>> 32));
  }

  ByteSink raw(byte[] source, int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
    }
    System.arraycopy(source, 0, bytes, length, count);
    length += count;
    return this;
  }

  /** What another sink holds, its length before it. */
  ByteSink sized(ByteSink content) {
    return u32(content.length).raw(content.bytes, content.length);
  }

  /** What another sink holds. */
  ByteSink all(ByteSink content) {
    return raw(content.bytes, content.length);
  }

  ByteSink vector(Bytes content) {
    return u32(content.length()).raw(content.toArray(), content.length());
  }

  ByteSink name(String ascii) {
    return vector(Bytes.wrap(ascii.getBytes(StandardCharsets.US_ASCII)));
  }

  /** Leaves room for a non-negative integer below 2^34, and says where. */
  int patch() {
    int at = length;
    for (int i = 0; i < PATCH_BYTES; i++) {
      u8(0);
    }
    return at;
  }

  /** Fills in what {@link #patch} left open, as a signed LEB128. */
  void patch(int at, long value) {
    for (int i = 0; i < PATCH_BYTES; i++) {
      int more = i < PATCH_BYTES - 1 ? 0x80 : 0;
      bytes[at + i] = (byte) (((value >>> (7 * i)) & 0x7f) | more);
    }
  }

  byte[] toArray() {
    return Arrays.copyOf(bytes, length);
  }
}
