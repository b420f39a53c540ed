package dev.cairn.tgk.finding;

import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import java.nio.charset.StandardCharsets;

/** The rules for text in findings, and how text from elsewhere is brought under them. */
public final class FindingText {
  /** Longest name of a subject, source or place, and longest message, in bytes of UTF-8. */
  public static final int NAME_BYTES_MAX = 16_384;

  /** Longest account of what was seen, in bytes of UTF-8. */
  public static final int DETAIL_BYTES_MAX = 262_144;

  /** Longest version of a program, in bytes of UTF-8. */
  public static final int VERSION_BYTES_MAX = 256;

  /** Longest reason, in bytes of UTF-8. */
  public static final int REASON_BYTES_MAX = 4_096;

  private static final String CUT = "\u2026";

  private FindingText() {}

  /**
   * The text as a format holds it: NFC, with a replacement character for every half of a surrogate
   * pair, and if it is longer than {@code bytesMax} bytes of UTF-8, cut at a character and ended
   * with an ellipsis. The same text gives the same on every platform.
   */
  public static String fit(String text, int bytesMax) {
    // A round through UTF-8 leaves a question mark for half a pair.
    String whole =
        new String(wellFormed(text).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    String canonical = CborWriter.normalise(whole);
    while (bytes(canonical) > bytesMax) {
      canonical = CborWriter.normalise(cut(canonical, bytesMax - bytes(CUT)) + CUT);
    }
    return canonical;
  }

  private static String wellFormed(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            point ->
                out.appendCodePoint(
                    point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE
                        ? 0xfffd
                        : point));
    return out.toString();
  }

  private static String cut(String text, int bytesMax) {
    int bytes = 0;
    int end = 0;
    while (end < text.length()) {
      int point = text.codePointAt(end);
      bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      if (bytes > bytesMax) {
        break;
      }
      end += Character.charCount(point);
    }
    return text.substring(0, end);
  }

  static void check(String format, String field, String text, int bytesMax, boolean mayBeEmpty) {
    if (text.isEmpty() && !mayBeEmpty) {
      throw new MalformedException(format + ": '" + field + "' is empty");
    }
    if (!CborWriter.isCanonical(text)) {
      throw new MalformedException(format + ": '" + field + "' is not well-formed Unicode in NFC");
    }
    if (bytes(text) > bytesMax) {
      throw new MalformedException(
          format + ": '" + field + "' of " + bytes(text) + " bytes, more than " + bytesMax);
    }
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
