package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What all records of one id come to: the greatest put, the greatest tombstone and the greatest
 * erasing tombstone, each by (logseq, origin). A join: order and repetition of the records do not
 * matter.
 *
 * <pre>
 *   u8 parts present: 1 put, 2 tombstone, 4 erasure; then those parts
 *   put:        u64 logseq | origin | u8 kind | u64 payload length | payload digest | u8 tag length | tag
 *   tombstone:  u64 logseq | origin
 *   erasure:    u64 logseq | origin
 * </pre>
 *
 * @param put the greatest put
 * @param tombstone the greatest tombstone, erasing or not
 * @param erasure the greatest tombstone that asks for erasure
 */
record LiveRow(@Nullable Put put, @Nullable Place tombstone, @Nullable Place erasure) {
  static final LiveRow NOTHING = new LiveRow(null, null, null);

  private static final int PUT = 1;
  private static final int TOMBSTONE = 2;
  private static final int ERASURE = 4;
  private static final int PLACE_BYTES = Long.BYTES + Origin.BYTES;
  private static final int PUT_FIXED_BYTES =
      PLACE_BYTES + 1 + Long.BYTES + HashAlgorithm.DIGEST_BYTES + 1;

  /** Where a record of the id stands. */
  record Place(long logseq, Origin origin) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byLogseq = Long.compare(logseq, other.logseq);
      return byLogseq != 0 ? byLogseq : origin.compareTo(other.origin);
    }

    private static @Nullable Place greater(@Nullable Place left, Place right) {
      return left == null || left.compareTo(right) < 0 ? right : left;
    }
  }

  /** A put with what it states. */
  record Put(
      Place place,
      RecordKind kind,
      long payloadLength,
      PayloadDigest payloadDigest,
      @Nullable TypeTag tag) {
    Put {
      if (payloadLength < 0 || kind == RecordKind.TOMBSTONE) {
        throw new MalformedException("a put of kind " + kind + ", " + payloadLength + " bytes");
      }
    }

    LiveEntry entry(ArtifactKey key) {
      return new LiveEntry(
          new ArtifactId(key, tag, payloadLength, payloadDigest), kind, place.logseq, place.origin);
    }
  }

  /** The join with one more record of the same id. */
  LiveRow joinPut(Origin origin, LogRecord record) {
    Place place = new Place(record.logseq(), origin);
    if (put != null && put.place.compareTo(place) >= 0) {
      return this;
    }
    Put later =
        new Put(place, record.kind(), record.payloadLength(), record.payloadDigest(), record.tag());
    return new LiveRow(later, tombstone, erasure);
  }

  /** The join with one more tombstone of the same id. */
  LiveRow joinTombstone(Origin origin, long logseq, boolean erase) {
    Place place = new Place(logseq, origin);
    return new LiveRow(
        put, Place.greater(tombstone, place), erase ? Place.greater(erasure, place) : erasure);
  }

  boolean isLive() {
    return put != null && (tombstone == null || tombstone.compareTo(put.place) < 0);
  }

  /** True if no put comes after the latest erasure. */
  boolean isErased() {
    return erasure != null && (put == null || put.place.compareTo(erasure) < 0);
  }

  Optional<LiveEntry> live(ArtifactKey key) {
    return put != null && isLive() ? Optional.of(put.entry(key)) : Optional.empty();
  }

  Bytes encode() {
    Bytes tag = put == null || put.tag == null ? Bytes.EMPTY : put.tag.bytes();
    ByteBuffer out =
        ByteBuffer.allocate(
            1
                + (put == null ? 0 : PUT_FIXED_BYTES + tag.length())
                + (tombstone == null ? 0 : PLACE_BYTES)
                + (erasure == null ? 0 : PLACE_BYTES));
    out.put(
        (byte)
            ((put == null ? 0 : PUT)
                | (tombstone == null ? 0 : TOMBSTONE)
                | (erasure == null ? 0 : ERASURE)));
    if (put != null) {
      place(out, put.place);
      out.put((byte) put.kind.code())
          .putLong(put.payloadLength)
          .put(put.payloadDigest.digest().toByteBuffer())
          .put((byte) tag.length())
          .put(tag.toByteBuffer());
    }
    if (tombstone != null) {
      place(out, tombstone);
    }
    if (erasure != null) {
      place(out, erasure);
    }
    return Bytes.wrap(out.array());
  }

  private static void place(ByteBuffer out, Place place) {
    out.putLong(place.logseq).put(place.origin.bytes().toByteBuffer());
  }

  /** The row's meaning; {@link DamagedException} if it has none. */
  static LiveRow decode(@Nullable Bytes row) {
    if (row == null) {
      return NOTHING;
    }
    try {
      return parse(row);
    } catch (IndexOutOfBoundsException | MalformedException e) {
      throw new DamagedException("a row of " + StoreTables.LIVE.name() + " is damaged: " + row, e);
    }
  }

  private static LiveRow parse(Bytes row) {
    int parts = row.at(0);
    int at = 1;
    Put put = null;
    if ((parts & PUT) != 0) {
      int fixed = at + PLACE_BYTES;
      int tagAt = at + PUT_FIXED_BYTES;
      int tagLength = row.at(tagAt - 1);
      int digestAt = fixed + 1 + Long.BYTES;
      put =
          new Put(
              place(row, at),
              RecordKind.byCode(row.at(fixed)),
              row.u64At(fixed + 1),
              new PayloadDigest(row.slice(digestAt, digestAt + HashAlgorithm.DIGEST_BYTES)),
              tagLength == 0 ? null : new TypeTag(row.slice(tagAt, tagAt + tagLength).toUtf8()));
      at = tagAt + tagLength;
    }
    Place tombstone = null;
    if ((parts & TOMBSTONE) != 0) {
      tombstone = place(row, at);
      at += PLACE_BYTES;
    }
    return new LiveRow(put, tombstone, (parts & ERASURE) == 0 ? null : place(row, at));
  }

  private static Place place(Bytes row, int at) {
    return new Place(row.u64At(at), Origin.fromBytes(row.slice(at + Long.BYTES, at + PLACE_BYTES)));
  }
}
