package dev.cairn.federation.wire;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Exactly one gzip member (RFC 1952) with nothing optional in it and nothing behind it: stricter
 * than the platform's stream, which takes several and passes over what follows.
 *
 * <pre>
 *   1f 8b 08 00 | 4 time = 0 | 1 extra flags | 1 system | deflated | u32le CRC-32 | u32le length
 * </pre>
 */
final class GzipMember {
  private static final int HEAD_BYTES = 10;
  private static final int TAIL_BYTES = 8;
  private static final byte[] HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};
  private static final int HEAD_CHECKED_BYTES = 8;
  private static final int BUFFER_BYTES = 8 << 10;

  private GzipMember() {}

  static Bytes compress(Bytes content) {
    byte[] bytes = content.toArray();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(HEAD);
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(bytes);
      deflater.finish();
      byte[] buffer = new byte[BUFFER_BYTES];
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
    } finally {
      deflater.end();
    }
    out.writeBytes(tail(bytes));
    return Bytes.wrap(out.toByteArray());
  }

  private static byte[] tail(byte[] content) {
    CRC32 crc = new CRC32();
    crc.update(content);
    return ByteBuffer.allocate(TAIL_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt((int) crc.getValue())
        .putInt(content.length)
        .array();
  }

  /**
   * The content.
   *
   * @param length that it must have; not a byte more is allocated
   */
  static Bytes expand(Bytes member, int length) {
    byte[] bytes = member.toArray();
    if (bytes.length < HEAD_BYTES + TAIL_BYTES) {
      throw new MalformedException("packed: gzip member of " + bytes.length + " bytes");
    }
    for (int i = 0; i < HEAD_CHECKED_BYTES; i++) {
      if (bytes[i] != HEAD[i]) {
        throw new MalformedException("packed: gzip member with another header at byte " + i);
      }
    }
    byte[] content = inflate(bytes, length);
    ByteBuffer tail = ByteBuffer.wrap(bytes, bytes.length - TAIL_BYTES, TAIL_BYTES);
    if (!tail.equals(ByteBuffer.wrap(tail(content)))) {
      throw new MalformedException("packed: gzip member whose check does not fit");
    }
    return Bytes.wrap(content);
  }

  private static byte[] inflate(byte[] bytes, int length) {
    int deflated = bytes.length - HEAD_BYTES - TAIL_BYTES;
    byte[] content = new byte[length];
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(bytes, HEAD_BYTES, deflated);
      int count = 0;
      while (count < length && !inflater.finished()) {
        int more = inflater.inflate(content, count, length - count);
        if (more == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          throw new MalformedException("packed: gzip member ends early");
        }
        count += more;
      }
      byte[] one = new byte[1];
      boolean more = !inflater.finished() && inflater.inflate(one) > 0;
      if (count != length || more || !inflater.finished() || inflater.getRemaining() > 0) {
        throw new MalformedException(
            "packed: gzip member not of the " + length + " bytes stated, or with more behind it");
      }
      return content;
    } catch (DataFormatException e) {
      throw new MalformedException("packed: gzip member: " + e.getMessage(), e);
    } finally {
      inflater.end();
    }
  }
}
