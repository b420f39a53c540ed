package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;

/**
 * A log that is shorter than it was acknowledged to be.
 *
 * @param log its binary form; empty if changes are gone and no log can be named
 * @param held records in it now, -1 if only opening can tell; for changes, the number of the last
 *     one held
 * @param acknowledged records that were acknowledged as durable; for changes, the last one's number
 */
public record LostTail(Bytes log, long held, long acknowledged) {
  @Override
  public String toString() {
    if (log.isEmpty()) {
      return "change " + acknowledged + " was acknowledged, the last held is " + held;
    }
    String has = held < 0 ? "fewer records than it should" : held + " records";
    return "log " + log.toHex() + " has " + has + ", " + acknowledged + " were acknowledged";
  }
}
