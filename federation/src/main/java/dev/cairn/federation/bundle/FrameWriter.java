package dev.cairn.federation.bundle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.Hasher;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Writes a bundle's frames and hashes every byte on the way. One owner at a time. */
final class FrameWriter {
  private final OutputStream out;
  private final Hasher hasher = HashAlgorithm.SHA_256.newHasher();
  private long offset;

  /** Writes the preamble. */
  FrameWriter(OutputStream out, int version) throws IOException {
    this.out = out;
    ByteBuffer preamble = ByteBuffer.allocate(BundleFormat.PREAMBLE_BYTES);
    preamble.put(BundleFormat.MAGIC.toByteBuffer()).putShort((short) version);
    write(preamble.array());
  }

  void frame(Bytes body) throws IOException {
    if (body.isEmpty() || body.length() > BundleFormat.BODY_BYTES_MAX) {
      throw new AssertionError("a frame of " + body.length() + " bytes");
    }
    byte[] bytes = body.toArray();
    ByteBuffer head = ByteBuffer.allocate(BundleFormat.FRAME_HEAD_BYTES);
    write(head.putInt(bytes.length).putInt(BundleFormat.crc(bytes)).array());
    write(bytes);
  }

  /** Digest of all bytes so far. */
  Bytes sha256() {
    return hasher.fork().digest();
  }

  /** Bytes so far. */
  long offset() {
    return offset;
  }

  private void write(byte[] bytes) throws IOException {
    out.write(bytes);
    hasher.update(bytes, 0, bytes.length);
    offset += bytes.length;
  }
}
