package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import java.nio.ByteBuffer;

/**
 * A commit that arrived here: a row of {@link StoreTables#ARRIVAL}.
 *
 * <pre>
 *   u64 number -> origin 36 | u64 first index | u64 count
 * </pre>
 *
 * @param origin whose log
 * @param first index of its first record
 * @param count records in it
 */
record Arrival(Origin origin, long first, long count) {
  Bytes encode() {
    return Bytes.wrap(
        ByteBuffer.allocate(Origin.BYTES + 2 * Long.BYTES)
            .put(origin.bytes().toByteBuffer())
            .putLong(first)
            .putLong(count)
            .array());
  }

  /** What a row says. */
  static Arrival read(Bytes key, Bytes value) {
    return StoreTables.ARRIVAL.read(key, value, Arrival::decode);
  }

  /** Which commit it is that a row under this key tells of. */
  static long number(Bytes key) {
    return StoreTables.ARRIVAL.read(key, key, Table::number);
  }

  private static Arrival decode(Bytes key, Bytes row) {
    var unused = Table.number(key, key);
    long first = row.u64At(Origin.BYTES);
    long count = row.u64At(Origin.BYTES + Long.BYTES);
    if (row.length() != Origin.BYTES + 2 * Long.BYTES
        || first < 0
        || first > Long.MAX_VALUE - LogRecord.COMMIT_RECORDS_MAX
        || count < 1
        || count > LogRecord.COMMIT_RECORDS_MAX) {
      throw new MalformedException(
          count + " records from index " + first + " on, in " + row.length() + " bytes");
    }
    return new Arrival(Origin.fromBytes(row.slice(0, Origin.BYTES)), first, count);
  }
}
