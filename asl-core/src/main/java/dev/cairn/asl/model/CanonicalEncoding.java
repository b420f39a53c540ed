package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * ENC/ASL1, the bytes whose hash names an artifact; a trailer, so that payloads stream in one pass.
 *
 * <pre>
 *   payload | type tag (0-127 bytes) | u8 tag length | u64be payload length | "ASL1"
 * </pre>
 *
 * <p>Parsed from the end it is injective. Tag length 0 means no tag.
 *
 * @param payload the artifact's bytes
 * @param tag its type, if any
 */
public record CanonicalEncoding(Bytes payload, @Nullable TypeTag tag) {
  private static final Bytes MAGIC = Bytes.utf8("ASL1");
  private static final int FIXED_BYTES = 1 + Long.BYTES + 4;

  /** What stands behind a payload of {@code payloadLength} bytes. */
  public static Bytes trailer(@Nullable TypeTag tag, long payloadLength) {
    if (payloadLength < 0) {
      throw new IllegalArgumentException("negative payload length " + payloadLength);
    }
    Bytes tagBytes = tag == null ? Bytes.EMPTY : tag.bytes();
    byte[] out = new byte[tagBytes.length() + FIXED_BYTES];
    tagBytes.copyTo(out, 0);
    out[tagBytes.length()] = (byte) tagBytes.length();
    ByteBuffer.wrap(out).putLong(tagBytes.length() + 1, payloadLength);
    MAGIC.copyTo(out, out.length - MAGIC.length());
    return Bytes.wrap(out);
  }

  /** The canonical encoding. */
  public Bytes encode() {
    return payload.plus(trailer(tag, payload.length()));
  }

  /** Reads a canonical encoding; every byte string has at most one reading. */
  public static CanonicalEncoding parse(Bytes encoded) {
    int end = encoded.length();
    if (end < FIXED_BYTES || !encoded.slice(end - 4).equals(MAGIC)) {
      throw new MalformedException(
          "ASL1 encoding at byte " + Math.max(0, end - 4) + ": does not end in ASL1");
    }
    long payloadLength = encoded.u64At(end - 12);
    int tagLength = encoded.at(end - FIXED_BYTES);
    if (tagLength > TypeTag.LENGTH_MAX
        || payloadLength < 0
        || payloadLength != (long) end - FIXED_BYTES - tagLength) {
      throw new MalformedException(
          "ASL1 encoding at byte "
              + (end - FIXED_BYTES)
              + ": lengths "
              + tagLength
              + " and "
              + Long.toUnsignedString(payloadLength)
              + " do not add up to "
              + end
              + " bytes");
    }
    int tagStart = (int) payloadLength;
    TypeTag tag =
        tagLength == 0 ? null : new TypeTag(encoded.slice(tagStart, tagStart + tagLength).toUtf8());
    return new CanonicalEncoding(encoded.slice(0, tagStart), tag);
  }
}
