package dev.cairn.federation.bundle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.util.zip.CRC32C;

/**
 * The layout of a bundle, which docs/format/bundle.md describes.
 *
 * <pre>
 *   "CAIRNBDL" | u16be version
 *   ( u32be length | u32be CRC32C of body | body )*       header, messages up to the delta's end, trailer
 * </pre>
 */
final class BundleFormat {
  static final Bytes MAGIC = Bytes.utf8("CAIRNBDL");
  static final int VERSION = 1;
  static final int PREAMBLE_BYTES = 10;
  static final int FRAME_HEAD_BYTES = 8;

  /** No frame's body is larger. */
  static final int BODY_BYTES_MAX = ProtocolLimits.MESSAGE_BYTES_MAX;

  private BundleFormat() {}

  static int crc(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body, 0, body.length);
    return (int) crc.getValue();
  }
}
