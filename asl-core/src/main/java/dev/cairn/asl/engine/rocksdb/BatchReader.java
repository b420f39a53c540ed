package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads a batch as it stands in the write-ahead log: {@link BatchEncoder}'s form, with the sequence
 * number that RocksDB gave to its first change. Several batches that were written together stand
 * there as one.
 *
 * <p>One owner; used once.
 */
final class BatchReader {
  /** Takes what a batch puts. */
  interface Puts {
    /** A put of a row into a family. */
    void put(int family, Bytes key, Bytes value);
  }

  private final ByteBuffer batch;
  private final byte[] bytes;

  /** A reader of {@code bytes}, which stood at {@code place}. */
  BatchReader(byte[] bytes, String place) {
    if (bytes.length < BatchEncoder.HEADER_BYTES) {
      throw new DamagedException(place + ": a batch of " + bytes.length + " bytes");
    }
    this.bytes = bytes;
    this.batch = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Number of the first change. */
  long sequence() {
    return batch.getLong(0);
  }

  /** Number of changes; each takes one sequence number. */
  long count() {
    return batch.getInt(8) & 0xffff_ffffL;
  }

  /**
   * Gives every put, in order. A change of a kind that this engine never writes ends it: what
   * follows cannot be told apart.
   */
  void puts(Puts puts) {
    batch.position(BatchEncoder.HEADER_BYTES);
    while (batch.hasRemaining()) {
      int tag = batch.get();
      if (tag == 0x0d) {
        continue; // A place holder.
      }
      boolean numbered = tag == 0x04 || tag == 0x05 || tag == 0x08 || tag == 0x0e;
      boolean known = numbered || tag == 0x00 || tag == 0x01 || tag == 0x07 || tag == 0x0f;
      if (!known) {
        return;
      }
      int family = numbered ? varint() : 0;
      Bytes key = slice();
      boolean pair = tag == 0x05 || tag == 0x01 || tag == 0x0e || tag == 0x0f;
      Bytes value = pair ? slice() : Bytes.EMPTY;
      if (tag == 0x05 || tag == 0x01) {
        puts.put(family, key, value);
      }
    }
  }

  private Bytes slice() {
    int length = varint();
    int from = batch.position();
    batch.position(from + length);
    return Bytes.wrap(bytes).slice(from, from + length);
  }

  private int varint() {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      int next = batch.get();
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
