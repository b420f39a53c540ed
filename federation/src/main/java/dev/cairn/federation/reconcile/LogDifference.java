package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;

/**
 * The first record in which two logs of one origin differ.
 *
 * @param origin whose log
 * @param index of the record; those before it are the same
 * @param mine canonical bytes on the side that asked
 * @param theirs canonical bytes on the other side
 */
public record LogDifference(Origin origin, long index, Bytes mine, Bytes theirs) {
  /** Our record. */
  public LogRecord mineDecoded() {
    return LogRecord.decode(mine);
  }

  /** Their record; {@link dev.cairn.asl.error.MalformedException} if it is none. */
  public LogRecord theirsDecoded() {
    return LogRecord.decode(theirs);
  }
}
