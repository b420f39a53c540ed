package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Looks for one byte string in a stream, block by block, in time proportional to the stream: the
 * automaton of Knuth, Morris and Pratt (1977). Matches do not overlap, the earliest first. One
 * owner at a time.
 */
final class ByteSearch {
  /** Longest byte string that can be looked for. */
  static final int PATTERN_BYTES_MAX = 4096;

  private final byte[] pattern;

  /** For each number of bytes matched, how many still match when the next byte does not. */
  private final int[] fallback;

  private int matched;

  /**
   * @param pattern at least one byte
   */
  ByteSearch(Bytes pattern) {
    this.pattern = pattern.toArray();
    this.fallback = new int[this.pattern.length + 1];
    fallback[0] = -1;
    for (int i = 0; i < this.pattern.length; i++) {
      int length = fallback[i];
      while (length >= 0 && this.pattern[length] != this.pattern[i]) {
        length = fallback[length];
      }
      fallback[i + 1] = length + 1;
    }
  }

  int patternBytes() {
    return pattern.length;
  }

  /**
   * Goes on in a block.
   *
   * @return the place behind the last byte of a match, or -1 if none ends in {@code [from, to)}
   */
  int next(byte[] block, int from, int to) {
    int length = matched;
    for (int i = from; i < to; i++) {
      byte b = block[i];
      while (length >= 0 && pattern[length] != b) {
        length = fallback[length];
      }
      length++;
      if (length == pattern.length) {
        matched = 0;
        return i + 1;
      }
    }
    matched = length;
    return -1;
  }

  /**
   * What two parameters say: a text, or bytes in hex.
   *
   * @return null if neither is given
   * @throws OperatorFailure if both are, or if it is empty, too long, or no hex
   */
  static @Nullable Bytes pattern(Parameters parameters, String textName, String hexName) {
    String text = parameters.text(textName);
    String hex = parameters.text(hexName);
    if (text == null && hex == null) {
      return null;
    }
    if (text != null && hex != null) {
      throw new OperatorFailure(
          "bad-parameter", textName + " and " + hexName + " exclude each other");
    }
    Bytes pattern = text != null ? Bytes.utf8(text) : fromHex(hexName, String.valueOf(hex));
    if (pattern.isEmpty() || pattern.length() > PATTERN_BYTES_MAX) {
      throw new OperatorFailure(
          "bad-parameter",
          (text != null ? textName : hexName)
              + ": "
              + pattern.length()
              + " bytes, not 1 to "
              + PATTERN_BYTES_MAX);
    }
    return pattern;
  }

  private static Bytes fromHex(String name, String hex) {
    try {
      return Bytes.wrap(HexFormat.of().parseHex(hex));
    } catch (IllegalArgumentException e) {
      throw new OperatorFailure("bad-parameter", name + ": not hex digits, two for each byte");
    }
  }
}
