package dev.cairn.testkit.fuzz;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Frames of a bundle whose checksums, and whose digest at the end, are made to fit. */
final class Sealed {
  private static final int PREAMBLE_BYTES = 10;
  private static final int HEAD_BYTES = 8;

  private Sealed() {}

  /** The same bytes with other sums, as far as they are whole frames. */
  static Bytes again(byte[] input) {
    byte[] bytes = input.clone();
    int at = PREAMBLE_BYTES;
    while (at + HEAD_BYTES <= bytes.length) {
      ByteBuffer head = ByteBuffer.wrap(bytes, at, HEAD_BYTES).slice();
      int length = head.getInt(0);
      if (length < 1 || length > bytes.length - at - HEAD_BYTES) {
        break;
      }
      int end = at + HEAD_BYTES + length;
      if (end == bytes.length && length == HashAlgorithm.DIGEST_BYTES) {
        Bytes before = Bytes.wrap(Arrays.copyOf(bytes, at));
        HashAlgorithm.SHA_256
            .hash(before)
            .toByteBuffer()
            .get(bytes, at + HEAD_BYTES, HashAlgorithm.DIGEST_BYTES);
      }
      CRC32C crc = new CRC32C();
      crc.update(bytes, at + HEAD_BYTES, length);
      head.putInt(4, (int) crc.getValue());
      at = end;
    }
    return Bytes.wrap(bytes);
  }
}
