package dev.cairn.tgk.segment;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;

/** Where a segment's bytes go, with their checksums taken on the way. One owner. */
final class SegmentSink {
  /** Takes bytes at places of a file or of memory. */
  interface Target {
    void write(ByteBuffer bytes, long at) throws IOException;
  }

  private static final int BUFFER_BYTES = 256 << 10;

  private final Target target;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private final MessageDigest digest = sha256();
  private final CRC32C crc = new CRC32C();
  private long at;

  SegmentSink(Target target, long from) {
    this.target = target;
    this.at = from;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Where the next byte goes. */
  long at() {
    return at + buffer.position();
  }

  void u8(int value) throws IOException {
    room(1);
    buffer.put((byte) value);
  }

  void u16(int value) throws IOException {
    room(Short.BYTES);
    buffer.putShort((short) value);
  }

  void u32(int value) throws IOException {
    room(Integer.BYTES);
    buffer.putInt(value);
  }

  /** The {@code width} low bytes of a number. */
  void number(int value, int width) throws IOException {
    room(Integer.BYTES);
    for (int shift = (width - 1) * Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
      buffer.put((byte) (value >>> shift));
    }
  }

  void bytes(byte[] bytes, int from, int length) throws IOException {
    int done = 0;
    while (done < length) {
      room(1);
      int count = Math.min(length - done, buffer.remaining());
      buffer.put(bytes, from + done, count);
      done += count;
    }
  }

  /** Ends a section; its CRC32C. */
  int endSection() throws IOException {
    flush();
    int value = (int) crc.getValue();
    crc.reset();
    return value;
  }

  /** Writes the head, and behind all the digest of all. */
  void finish(ByteBuffer head) throws IOException {
    flush();
    digest.update(head.duplicate());
    target.write(head.duplicate(), 0);
    target.write(ByteBuffer.wrap(digest.digest()), at);
  }

  /** The digest that stands behind these bytes of a whole segment, if they are as written. */
  static Bytes digestOf(ByteBuffer segment) {
    MessageDigest digest = sha256();
    int end = segment.limit() - HashAlgorithm.DIGEST_BYTES;
    digest.update(segment.duplicate().limit(end).position(Layout.HEAD_BYTES));
    digest.update(segment.duplicate().limit(Layout.HEAD_BYTES).position(0));
    return Bytes.wrap(digest.digest());
  }

  private void room(int count) throws IOException {
    if (buffer.remaining() < count) {
      flush();
    }
  }

  private void flush() throws IOException {
    buffer.flip();
    crc.update(buffer.duplicate());
    digest.update(buffer.duplicate());
    int count = buffer.remaining();
    target.write(buffer, at);
    at += count;
    buffer.clear();
  }
}
