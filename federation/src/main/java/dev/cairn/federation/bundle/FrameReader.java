package dev.cairn.federation.bundle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.Hasher;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * Reads a bundle's frames and hashes every byte on the way; holds one frame at a time. What does
 * not add up is a {@link DamagedException} that names frame and byte. One owner at a time.
 */
final class FrameReader {
  private final String name;
  private final InputStream in;
  private final Hasher hasher = HashAlgorithm.SHA_256.newHasher();
  private long offset;
  private long frame;
  private long frameOffset;

  /** Reads the preamble of a bundle of this version. */
  FrameReader(String name, InputStream in, int supported) throws IOException {
    this.name = name;
    this.in = in;
    Bytes preamble = Bytes.wrap(read(BundleFormat.PREAMBLE_BYTES, "the preamble"));
    if (!preamble.startsWith(BundleFormat.MAGIC)) {
      throw damaged("no bundle begins so, but with CAIRNBDL");
    }
    int version = preamble.at(8) << 8 | preamble.at(9);
    if (version == Excerpts.VERSION && version != supported) {
      throw new RefusedException(
          place()
              + ": an excerpt that shows one finding, and no delta: look at it with 'cairn audit'");
    }
    if (version != supported) {
      throw new UnsupportedVersionException(
          place() + ": bundle version " + version + " is not the supported " + supported);
    }
  }

  /** The body of the next frame, which must be there. */
  Bytes next() throws IOException {
    frame++;
    frameOffset = offset;
    ByteBuffer head = ByteBuffer.wrap(read(BundleFormat.FRAME_HEAD_BYTES, "a frame's head"));
    int length = head.getInt();
    int crc = head.getInt();
    if (length < 1 || length > BundleFormat.BODY_BYTES_MAX) {
      throw damaged("a length of " + Integer.toUnsignedString(length) + " bytes");
    }
    byte[] body = read(length, "a frame's body");
    if (BundleFormat.crc(body) != crc) {
      throw damaged("the checksum does not fit");
    }
    return Bytes.wrap(body);
  }

  /** Refuses bytes behind the last frame. */
  void end() throws IOException {
    if (in.read() >= 0) {
      throw damaged("bytes behind the trailer, from byte " + offset + " on");
    }
  }

  /** How many bytes were read so far. */
  long offset() {
    return offset;
  }

  /** Digest of all bytes so far. */
  Bytes sha256() {
    return hasher.fork().digest();
  }

  /** Where the present frame is, for messages; the header is frame 1. */
  String place() {
    return name + (frame == 0 ? ", preamble" : ", frame " + frame + " at byte " + frameOffset);
  }

  DamagedException damaged(String what) {
    return new DamagedException(place() + ": " + what);
  }

  private byte[] read(int count, String what) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw damaged(
          "the file ends at byte " + (offset + bytes.length) + " in the middle of " + what);
    }
    hasher.update(bytes, 0, count);
    offset += count;
    return bytes;
  }
}
