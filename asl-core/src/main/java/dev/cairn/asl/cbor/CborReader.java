package dev.cairn.asl.cbor;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import java.nio.charset.CharacterCodingException;

/**
 * Reads deterministic CBOR and refuses every byte string that {@link CborWriter} would not have
 * written.
 *
 * <p>Each refusal is a {@link MalformedException} that names the format and the byte offset.
 * Lengths are checked against the bytes that are there before anything is allocated. One owner at a
 * time.
 */
public final class CborReader {
  private final String format;
  private final Bytes input;
  private int at;

  /**
   * @param format what is being read, for messages: {@code "log record"}
   * @param input all of it
   */
  public CborReader(String format, Bytes input) {
    this.format = format;
    this.input = input;
  }

  /** An array head; the number of items that follow. */
  public int array() {
    return count(head(CborMajor.ARRAY, "an array"));
  }

  /** An array head of exactly {@code expected} items. */
  public void array(int expected) {
    int start = at;
    int actual = array();
    if (actual != expected) {
      throw malformed(start, "an array of " + actual + " items where " + expected + " are due");
    }
  }

  /**
   * The head of a structured artifact: an array of {@code fields} items, the first of which is the
   * version. An unknown version is refused as such, however many items it has.
   */
  public void structure(int supported, int fields) {
    int start = at;
    int actual = array();
    if (actual > 0) {
      version(supported);
    }
    if (actual != fields) {
      throw malformed(start, "an array of " + actual + " items where " + fields + " are due");
    }
  }

  /** The leading version number of a structured artifact: it must be {@code supported}. */
  public void version(int supported) {
    long found = uint();
    if (found != supported) {
      throw new UnsupportedVersionException(
          format + ": version " + found + " is not the supported version " + supported);
    }
  }

  int map() {
    return count(head(CborMajor.MAP, "a map"));
  }

  /** An integer from 0 to 2^63-1. */
  public long uint() {
    int start = at;
    long value = head(CborMajor.UNSIGNED, "an unsigned integer");
    if (value < 0) {
      throw malformed(start, "an integer above 2^63-1");
    }
    return value;
  }

  /** An integer from 0 to {@code max}. */
  public int uint(int max) {
    int start = at;
    long value = uint();
    if (value > max) {
      throw malformed(start, value + " is more than " + max);
    }
    return (int) value;
  }

  /** Any signed 64-bit integer. */
  public long integer() {
    int start = at;
    if (majorAhead() == CborMajor.NEGATIVE) {
      long value = head(CborMajor.NEGATIVE, "an integer");
      if (value < 0) {
        throw malformed(start, "an integer below -2^63");
      }
      return -1 - value;
    }
    return uint();
  }

  /** A byte string of any length. */
  public Bytes bytes() {
    int start = at;
    long length = head(CborMajor.BYTES, "a byte string");
    return take(start, length);
  }

  /** A byte string of exactly {@code length} bytes. */
  public Bytes bytes(int length) {
    int start = at;
    Bytes value = bytes();
    if (value.length() != length) {
      throw malformed(start, value.length() + " bytes where " + length + " are due");
    }
    return value;
  }

  /** A text string in NFC. */
  public String text() {
    int start = at;
    long length = head(CborMajor.TEXT, "a text string");
    Bytes utf8 = take(start, length);
    String text;
    try {
      text = utf8.toWellFormedUtf8();
    } catch (CharacterCodingException e) {
      throw new MalformedException(place(start) + "text is not UTF-8", e);
    }
    if (!CanonicalText.isCanonical(text)) {
      throw malformed(start, "text is not in NFC");
    }
    return text;
  }

  /** True or false. */
  public boolean bool() {
    int start = at;
    int value = next();
    if (value != CborMajor.TRUE && value != CborMajor.FALSE) {
      throw malformed(start, "not a boolean");
    }
    return value == CborMajor.TRUE;
  }

  /** Consumes a null if one is next; says whether it did. */
  public boolean nul() {
    if (at < input.length() && input.at(at) == CborMajor.NULL) {
      at++;
      return true;
    }
    return false;
  }

  /** Refuses anything behind the last item. */
  public void end() {
    if (at != input.length()) {
      throw malformed(at, (input.length() - at) + " bytes too many");
    }
  }

  /** Offset of the next byte to read. */
  public int offset() {
    return at;
  }

  /** Bytes not read yet. */
  public int remaining() {
    return input.length() - at;
  }

  /** A refusal at the present place, for a reader of a format's own rules. */
  public MalformedException malformed(String what) {
    return malformed(at, what);
  }

  MalformedException malformed(int offset, String what) {
    return new MalformedException(place(offset) + what);
  }

  private String place(int offset) {
    return format + " at byte " + offset + ": ";
  }

  int majorAhead() {
    return byteAhead() >>> 5;
  }

  int byteAhead() {
    if (at >= input.length()) {
      throw malformed(at, "ends too early");
    }
    return input.at(at);
  }

  private int next() {
    int value = byteAhead();
    at++;
    return value;
  }

  /** Every item takes at least one byte, so a count beyond what is left is a lie. */
  private int count(long declared) {
    if (declared < 0 || declared > remaining()) {
      throw malformed(
          at, "a count of " + Long.toUnsignedString(declared) + " beyond the input's end");
    }
    return (int) declared;
  }

  private Bytes take(int start, long length) {
    if (length < 0 || length > remaining()) {
      throw malformed(
          start, "a length of " + Long.toUnsignedString(length) + " beyond the input's end");
    }
    Bytes taken = input.slice(at, at + (int) length);
    at += (int) length;
    return taken;
  }

  /**
   * The argument of the next head, which must be of {@code major} and in its shortest form;
   * unsigned 64 bits.
   */
  private long head(int major, String expected) {
    int start = at;
    int initial = next();
    if (initial >>> 5 != major) {
      throw malformed(start, "not " + expected);
    }
    int info = initial & 0x1f;
    if (info < 24) {
      return info;
    }
    if (info > 27) {
      throw malformed(start, "an indefinite or reserved length");
    }
    int width = 1 << (info - 24);
    if (remaining() < width) {
      throw malformed(start, "ends too early");
    }
    long value = 0;
    for (int i = 0; i < width; i++) {
      value = value << 8 | next();
    }
    long least = width == 1 ? 24 : 1L << (width * 4);
    if (Long.compareUnsigned(value, least) < 0) {
      throw malformed(start, "not in its shortest form");
    }
    return value;
  }
}
