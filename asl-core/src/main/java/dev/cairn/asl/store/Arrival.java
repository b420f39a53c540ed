package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.Origin;
import java.nio.ByteBuffer;

/**
 * A commit that arrived here: a row of {@link StoreTables#ARRIVAL}.
 *
 * <pre>
 *   origin 36 | u64 first index | u64 count
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

  static Arrival decode(Bytes row) {
    return new Arrival(
        Origin.fromBytes(row.slice(0, Origin.BYTES)),
        row.u64At(Origin.BYTES),
        row.u64At(Origin.BYTES + Long.BYTES));
  }
}
