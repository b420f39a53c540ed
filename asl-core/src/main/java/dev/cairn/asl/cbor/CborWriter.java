package dev.cairn.asl.cbor;

import dev.cairn.asl.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes deterministic CBOR (RFC 8949 section 4.2.1): shortest heads, definite lengths, text in
 * NFC, no floats, no tags.
 *
 * <p>Structured artifacts are arrays by position with a leading version number; maps appear only
 * for free parameters, written by {@link CborValue}, which sorts their keys. One owner at a time.
 */
public final class CborWriter {
  private byte[] buffer = new byte[128];
  private int size;

  /** A writer with nothing written. */
  public CborWriter() {}

  /** Opens an array of exactly {@code count} items, which must follow. */
  public CborWriter array(int count) {
    head(CborMajor.ARRAY, checkNotNegative(count));
    return this;
  }

  /**
   * Opens a map of exactly {@code count} pairs, which must follow in the order of their encoded
   * keys.
   */
  CborWriter map(int count) {
    head(CborMajor.MAP, checkNotNegative(count));
    return this;
  }

  /** An integer from 0 to 2^63-1. */
  public CborWriter uint(long value) {
    head(CborMajor.UNSIGNED, checkNotNegative(value));
    return this;
  }

  /** Any signed 64-bit integer. */
  public CborWriter integer(long value) {
    if (value >= 0) {
      head(CborMajor.UNSIGNED, value);
    } else {
      head(CborMajor.NEGATIVE, -1 - value);
    }
    return this;
  }

  /** A byte string. */
  public CborWriter bytes(Bytes value) {
    head(CborMajor.BYTES, value.length());
    reserve(value.length());
    value.copyTo(buffer, size);
    size += value.length();
    return this;
  }

  /** A text string; it must be well-formed UTF-16 in NFC. */
  public CborWriter text(String value) {
    if (!CanonicalText.isCanonical(value)) {
      throw new IllegalArgumentException("text is not well-formed Unicode in NFC");
    }
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    head(CborMajor.TEXT, utf8.length);
    reserve(utf8.length);
    System.arraycopy(utf8, 0, buffer, size, utf8.length);
    size += utf8.length;
    return this;
  }

  /** True or false. */
  public CborWriter bool(boolean value) {
    reserve(1);
    buffer[size++] = (byte) (value ? CborMajor.TRUE : CborMajor.FALSE);
    return this;
  }

  /** The null value: an optional position left empty. */
  public CborWriter nul() {
    reserve(1);
    buffer[size++] = (byte) CborMajor.NULL;
    return this;
  }

  /** Items encoded before, as they are. */
  public CborWriter raw(Bytes encoded) {
    reserve(encoded.length());
    encoded.copyTo(buffer, size);
    size += encoded.length();
    return this;
  }

  /** What was written so far. */
  public Bytes toBytes() {
    return Bytes.copyOf(buffer, 0, size);
  }

  /** {@code text} brought into the form that {@link #text} accepts. */
  public static String normalise(String text) {
    return CanonicalText.normalise(text);
  }

  /** True if {@link #text} accepts {@code text}. */
  public static boolean isCanonical(String text) {
    return CanonicalText.isCanonical(text);
  }

  private static long checkNotNegative(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("negative: " + value);
    }
    return value;
  }

  private void head(int major, long argument) {
    reserve(9);
    int top = major << 5;
    if (argument < 24) {
      buffer[size++] = (byte) (top | (int) argument);
    } else if (argument <= 0xff) {
      buffer[size++] = (byte) (top | 24);
      bigEndian(argument, 1);
    } else if (argument <= 0xffff) {
      buffer[size++] = (byte) (top | 25);
      bigEndian(argument, 2);
    } else if (argument <= 0xffff_ffffL) {
      buffer[size++] = (byte) (top | 26);
      bigEndian(argument, 4);
    } else {
      buffer[size++] = (byte) (top | 27);
      bigEndian(argument, 8);
    }
  }

  private void bigEndian(long value, int width) {
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) {
      buffer[size++] = (byte) (value >>> shift);
    }
  }

  private void reserve(int more) {
    int needed = Math.addExact(size, more);
    if (needed > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(needed, buffer.length + (buffer.length >> 1)));
    }
  }
}
