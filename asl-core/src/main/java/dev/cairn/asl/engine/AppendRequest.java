package dev.cairn.asl.engine;

import dev.cairn.asl.bytes.Bytes;
import java.util.List;

/**
 * Records to append to one log, with the rows derived from them.
 *
 * @param log binary form of the log's origin
 * @param fence writer generation: an append with a lower one than the engine has seen for this log
 *     is fenced out
 * @param expectedHead number of records that the log must hold now
 * @param records encoded records, in order; the first gets index {@code expectedHead}
 * @param rows written in the same atomic batch
 * @param durability when to acknowledge
 */
public record AppendRequest(
    Bytes log,
    long fence,
    long expectedHead,
    List<Bytes> records,
    List<RowChange> rows,
    Durability durability) {
  public AppendRequest {
    if (fence < 0 || expectedHead < 0) {
      throw new IllegalArgumentException("fence " + fence + ", head " + expectedHead);
    }
    if (durability == Durability.DEFERRED) {
      throw new IllegalArgumentException("records are synced or relaxed, never deferred");
    }
    records = List.copyOf(records);
    rows = List.copyOf(rows);
  }
}
