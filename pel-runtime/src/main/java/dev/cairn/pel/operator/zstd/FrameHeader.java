package dev.cairn.pel.operator.zstd;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.model.Refusal;
import java.io.IOException;
import java.io.InputStream;

/**
 * The beginning of a zstd frame (RFC 8878 section 3.1.1.1), read before the library sees a byte.
 *
 * <pre>
 *   u32le 0xFD2FB528 | descriptor | window? 1 | dictionary id? 0, 1, 2, 4 | content size 0, 1, 2, 4, 8
 * </pre>
 *
 * @param bytes as they stood
 * @param windowBytes how far back the frame may refer
 * @param contentBytes what it says it holds
 */
record FrameHeader(Bytes bytes, long windowBytes, long contentBytes) {
  private static final int MAGIC = 0xFD2FB528;
  private static final int SKIPPABLE = 0x184D2A50;
  private static final int SKIPPABLE_MASK = 0xFFFFFFF0;
  private static final int FIXED_BYTES = 5;
  private static final int[] DICTIONARY_BYTES = {0, 1, 2, 4};
  private static final int[] SIZE_BYTES = {0, 2, 4, 8};

  /** Reads a header, strictly. */
  static FrameHeader read(InputStream in) throws IOException {
    byte[] fixed = in.readNBytes(FIXED_BYTES);
    if (fixed.length < FIXED_BYTES) {
      throw new Refusal("bad-zstd", "shorter than a frame's header");
    }
    int magic = (int) little(fixed, 0, 4);
    if ((magic & SKIPPABLE_MASK) == SKIPPABLE) {
      throw new Refusal("bad-zstd", "begins with a skippable frame");
    }
    if (magic != MAGIC) {
      throw new Refusal("bad-zstd", "does not begin as a zstd frame does");
    }
    int descriptor = fixed[4] & 0xff;
    boolean single = (descriptor & 0x20) != 0;
    if ((descriptor & 0x08) != 0) {
      throw new Refusal("bad-zstd", "a reserved bit is set");
    }
    if (DICTIONARY_BYTES[descriptor & 3] != 0) {
      throw new Refusal("bad-zstd", "needs a dictionary");
    }
    int sizeBytes = SIZE_BYTES[descriptor >> 6];
    if (sizeBytes == 0 && single) {
      sizeBytes = 1;
    }
    if (sizeBytes == 0) {
      throw new Refusal("bad-zstd", "does not say how long its content is");
    }
    byte[] rest = in.readNBytes((single ? 0 : 1) + sizeBytes);
    if (rest.length < (single ? 0 : 1) + sizeBytes) {
      throw new Refusal("bad-zstd", "ends inside its header");
    }
    long content = little(rest, single ? 0 : 1, sizeBytes) + (sizeBytes == 2 ? 256 : 0);
    long window = single ? content : window(rest[0] & 0xff);
    if (content < 0) {
      throw new Refusal("too-large", "says that its content has more than 2^63-1 bytes");
    }
    return new FrameHeader(Bytes.concat(Bytes.wrap(fixed), Bytes.wrap(rest)), window, content);
  }

  private static long window(int descriptor) {
    long base = 1L << (10 + (descriptor >> 3));
    return base + base / 8 * (descriptor & 7);
  }

  private static long little(byte[] bytes, int from, int count) {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (bytes[from + i] & 0xffL) << (8 * i);
    }
    return value;
  }
}
