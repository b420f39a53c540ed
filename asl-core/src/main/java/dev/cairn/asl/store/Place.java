package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.Origin;
import java.nio.ByteBuffer;

/**
 * Where a record of an id stands. The order is the total order among the records of one id.
 *
 * @param logseq of its commit
 * @param origin whose log
 * @param index in that log
 */
record Place(long logseq, Origin origin, long index) implements Comparable<Place> {
  /** Key of what is kept beside the record: {@code origin 36 | u64be index}. */
  Bytes key() {
    return key(origin.bytes(), index);
  }

  static Bytes key(Bytes origin, long index) {
    byte[] key = new byte[Origin.BYTES + Long.BYTES];
    origin.copyTo(key, 0);
    ByteBuffer.wrap(key).putLong(Origin.BYTES, index);
    return Bytes.wrap(key);
  }

  @Override
  public int compareTo(Place other) {
    int byLogseq = Long.compare(logseq, other.logseq);
    return byLogseq != 0 ? byLogseq : origin.compareTo(other.origin);
  }
}
