package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one record says of its id, with where it stands, as {@link LiveRow} and {@link
 * StoreTables#HISTORY} keep it.
 *
 * <pre>
 *   u8 form: 0 tombstone, 1 erasing tombstone, 2 + kind code of a put | varint index
 *   put only: varint payload length | u8 tag length | tag | payload digest 32
 * </pre>
 *
 * <p>A varint has seven bits a byte, least first, the high bit set on all but the last.
 */
sealed interface Fact {
  /** The least form of a put, to which the code of its kind is added. */
  int PUT_FORMS = 2;

  /** Where the record stands. */
  Place place();

  /** A put with what it states. */
  record Put(
      Place place,
      RecordKind kind,
      long payloadLength,
      PayloadDigest payloadDigest,
      @Nullable TypeTag tag)
      implements Fact {
    public Put {
      if (payloadLength < 0 || kind == RecordKind.TOMBSTONE) {
        throw new MalformedException("a put of kind " + kind + ", " + payloadLength + " bytes");
      }
    }

    LiveEntry entry(ArtifactKey key) {
      return new LiveEntry(
          new ArtifactId(key, tag, payloadLength, payloadDigest),
          kind,
          place.logseq(),
          place.origin(),
          place.index());
    }
  }

  /** A tombstone. */
  record Tombstone(Place place, boolean erase) implements Fact {}

  static Put ofPut(Origin origin, LogRecord record) {
    return new Put(
        new Place(record.logseq(), origin, record.index()),
        record.kind(),
        record.payloadLength(),
        record.payloadDigest(),
        record.tag());
  }

  static Tombstone ofTombstone(Origin origin, LogRecord record, boolean erase) {
    return new Tombstone(new Place(record.logseq(), origin, record.index()), erase);
  }

  /** True if a form stands for a put, of whatever kind, rather than for a tombstone. */
  static boolean isPut(int form) {
    return form >= PUT_FORMS;
  }

  /**
   * The kind of put that a form stands for.
   *
   * @param form of a put
   * @throws MalformedException if there is no such kind of put
   */
  static RecordKind putKind(int form) {
    RecordKind kind = RecordKind.byCode(form - PUT_FORMS);
    if (kind == RecordKind.TOMBSTONE) {
      throw new MalformedException("a put of kind " + kind);
    }
    return kind;
  }

  /** Writes facts. Used once. */
  final class Writer {
    private byte[] out;
    private int at;

    Writer() {
      this(160);
    }

    /** One with room for {@code bytes} to begin with. */
    Writer(int bytes) {
      out = new byte[bytes];
    }

    void u8(int value) {
      room(1);
      out[at++] = (byte) value;
    }

    void varint(long value) {
      room(10);
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out[at++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      out[at++] = (byte) rest;
    }

    void bytes(Bytes value) {
      room(value.length());
      value.copyTo(out, at);
      at += value.length();
    }

    void bytes(byte[] from, int start, int count) {
      room(count);
      System.arraycopy(from, start, out, at, count);
      at += count;
    }

    /** A fact with all of its place. */
    void placed(Fact fact) {
      varint(fact.place().logseq());
      bytes(fact.place().origin().bytes());
      fact(fact);
    }

    /** A fact without logseq and origin. */
    void fact(Fact fact) {
      if (fact instanceof Put put) {
        u8(PUT_FORMS + put.kind.code());
        varint(put.place.index());
        varint(put.payloadLength);
        Bytes tag = put.tag == null ? Bytes.EMPTY : put.tag.bytes();
        u8(tag.length());
        bytes(tag);
        bytes(put.payloadDigest.digest());
      } else {
        u8(((Tombstone) fact).erase ? 1 : 0);
        varint(fact.place().index());
      }
    }

    Bytes toBytes() {
      return Bytes.wrap(Arrays.copyOf(out, at));
    }

    private void room(int count) {
      if (out.length - at < count) {
        out = Arrays.copyOf(out, Math.max(out.length * 2, at + count));
      }
    }
  }

  /** Reads facts; what is too short is an {@link IndexOutOfBoundsException}. Used once. */
  final class Reader {
    private final Bytes in;
    private int at;

    Reader(Bytes in) {
      this.in = in;
    }

    int u8() {
      return in.at(at++);
    }

    long varint() {
      long value = 0;
      for (int shift = 0; shift < Long.SIZE; shift += 7) {
        int octet = in.at(at++);
        value |= (long) (octet & 0x7f) << shift;
        if (octet < 0x80) {
          return value;
        }
      }
      throw new MalformedException("a number of more than ten bytes");
    }

    Bytes bytes(int count) {
      Bytes taken = in.slice(at, at + count);
      at += count;
      return taken;
    }

    Fact placed() {
      long logseq = varint();
      return fact(logseq, Origin.fromBytes(bytes(Origin.BYTES)));
    }

    Fact fact(long logseq, Origin origin) {
      int form = u8();
      Place place = new Place(logseq, origin, varint());
      if (place.index() < 0) {
        throw new MalformedException("index " + place.index());
      }
      if (!isPut(form)) {
        return new Tombstone(place, form == 1);
      }
      RecordKind kind = putKind(form);
      long length = varint();
      int tagLength = u8();
      TypeTag tag = tagLength == 0 ? null : new TypeTag(bytes(tagLength).toUtf8());
      PayloadDigest digest = new PayloadDigest(bytes(HashAlgorithm.DIGEST_BYTES));
      return new Put(place, kind, length, digest, tag);
    }

    void end() {
      if (at != in.length()) {
        throw new MalformedException((in.length() - at) + " bytes too many");
      }
    }
  }
}
