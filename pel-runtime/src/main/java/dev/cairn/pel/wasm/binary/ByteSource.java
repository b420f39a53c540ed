package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;

/**
 * Reads the primitive values of the binary format (WebAssembly Core Specification 2.0, §5.2) from a
 * part of a module. Every mistake names its place, counted from the beginning of the module. One
 * thread.
 */
final class ByteSource {
  private final byte[] module;
  private final int end;
  private int at;

  ByteSource(byte[] module, int from, int end) {
    this.module = module;
    this.at = from;
    this.end = end;
  }

  int at() {
    return at;
  }

  int end() {
    return end;
  }

  boolean hasMore() {
    return at < end;
  }

  int u8() {
    if (at >= end) {
      throw Faults.bad(at, "unexpected end");
    }
    return module[at++] & 0xff;
  }

  /** An unsigned integer of 32 bits, LEB128. */
  int u32() {
    int start = at;
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      int b = u8();
      if (shift == 28 && (b & 0xf0) != 0) {
        throw Faults.bad(start, "integer is longer than 32 bits");
      }
      value |= (b & 0x7f) << shift;
      if ((b & 0x80) == 0) {
        return value;
      }
    }
  }

  /** A count or index: one that fits no int is past every bound anyway. */
  int count(String what, int max) {
    int start = at;
    long count = Integer.toUnsignedLong(u32());
    if (count > max) {
      throw Faults.tooMany(start, what, count, max);
    }
    return (int) count;
  }

  /** A signed integer of 32, 33 or 64 bits, LEB128. */
  long signed(int bits) {
    int start = at;
    long value = 0;
    int shift = 0;
    while (true) {
      int b = u8();
      value |= (long) (b & 0x7f) << shift;
      int used = bits - shift;
      if (used < 7 && !fits(b, used)) {
        throw Faults.bad(start, "integer is longer than " + bits + " bits");
      }
      shift += 7;
      if ((b & 0x80) == 0) {
        return shift < 64 && (b & 0x40) != 0 ? value | (-1L << shift) : value;
      }
    }
  }

  /** In the last byte the bits past the value's repeat its sign, and none follows. */
  private static boolean fits(int b, int used) {
    if ((b & 0x80) != 0) {
      return false;
    }
    int above = (b & 0x7f) >> (used - 1);
    return above == 0 || above == 0x7f >> (used - 1);
  }

  int fixed32() {
    return u8() | (u8() << 8) | (u8() << 16) | (u8() << 24);
  }

  long fixed64() {
    return Integer.toUnsignedLong(fixed32()) | (Integer.toUnsignedLong(fixed32()) << 32);
  }

  /** The next bytes as a source of their own; this one goes on behind them. */
  ByteSource part(int length) {
    int from = at;
    skip(length);
    return new ByteSource(module, from, at);
  }

  /** A vector of bytes. */
  Bytes bytes() {
    int length = u32();
    int from = at;
    skip(length);
    return Bytes.copyOf(module, from, at);
  }

  /** A name: UTF-8, checked. */
  String name() {
    int start = at;
    Bytes bytes = bytes();
    if (!Utf8.isValid(bytes)) {
      throw Faults.bad(start, "name is not UTF-8");
    }
    return bytes.toUtf8();
  }

  /** Everything up to the end. */
  void skipRest() {
    at = end;
  }

  private void skip(int length) {
    if (Integer.toUnsignedLong(length) > end - at) {
      throw Faults.bad(at, "unexpected end");
    }
    at += length;
  }
}
