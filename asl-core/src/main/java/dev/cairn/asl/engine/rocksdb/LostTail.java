package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;

/**
 * A log that is shorter than it was acknowledged to be.
 *
 * @param log its binary form; empty if changes are gone and no log can be named
 * @param held records in it now, -1 if only opening can tell; for changes, the number of the last
 *     one held
 * @param acknowledged records that were acknowledged as durable; for changes, the last one's
 *     number; -1 if nobody knows, as the mark that told is gone or damaged
 */
public record LostTail(Bytes log, long held, long acknowledged) {
  /** That the mark is lost. */
  static LostTail unknown(long held) {
    return new LostTail(Bytes.EMPTY, held, -1);
  }

  @Override
  public String toString() {
    if (acknowledged < 0) {
      return "its mark, "
          + AcknowledgedMark.NAME
          + ", is gone or damaged, so that nobody knows; the last change held is "
          + held;
    }
    if (log.isEmpty()) {
      return "change " + acknowledged + " was acknowledged, the last held is " + held;
    }
    String has = held < 0 ? "fewer records than it should" : held + " records";
    return "log " + log.toHex() + " has " + has + ", " + acknowledged + " were acknowledged";
  }
}
