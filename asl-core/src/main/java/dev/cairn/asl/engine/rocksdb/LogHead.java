package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import java.nio.ByteBuffer;

/**
 * What the head family holds of a log, under the log's binary form:
 *
 * <pre>
 *   u64be head | u64be fence
 * </pre>
 *
 * @param head number of records
 * @param fence greatest writer generation seen
 */
record LogHead(long head, long fence) {
  /** Of a log never heard of. */
  static final LogHead NONE = new LogHead(0, 0);

  /** Bytes of a stored value. */
  static final int BYTES = 16;

  /** Reads a stored value; {@code log} and {@code where} are named in errors. */
  static LogHead decode(Bytes log, Bytes value, Object where) {
    if (value.length() != BYTES) {
      throw new DamagedException(
          "head of log " + log.toHex() + " in " + where + " has " + value.length() + " bytes");
    }
    LogHead read = new LogHead(value.u64At(0), value.u64At(8));
    if (read.head < 0 || read.fence < 0) {
      throw new DamagedException("head of log " + log.toHex() + " in " + where + ": " + read);
    }
    return read;
  }

  /** The stored value. */
  Bytes encode() {
    return Bytes.wrap(ByteBuffer.allocate(BYTES).putLong(head).putLong(fence).array());
  }
}
