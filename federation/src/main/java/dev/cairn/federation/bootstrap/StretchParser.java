package dev.cairn.federation.bootstrap;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.store.Store;
import org.jspecify.annotations.Nullable;

/**
 * Parses the bytes of a stretch as they come, cut anywhere. Numbers are big-endian.
 *
 * <pre>
 *   stretch = entry ...
 *   entry   = u16 length (from 1) | record | payload         a record
 *           | u16 0 | u32 length (from 1) | note             a checkpoint of all records so far
 *   payload = u8 0                                           it is not there
 *           | u8 1 | u32 length | bytes                      of at most 65,536 bytes
 *           | u8 2 | u64 length | bytes                      of more
 * </pre>
 *
 * <p>Nothing is allocated on the word of a length: at most one entry without its large payload is
 * kept until it is whole. One owner at a time.
 */
public final class StretchParser {
  static final int NO_PAYLOAD = 0;
  static final int SMALL = 1;
  static final int LARGE = 2;

  private static final int ENTRY_BYTES_MAX =
      Math.max(
          Short.BYTES
              + BootstrapMessage.RECORD_BYTES_MAX
              + 1
              + Integer.BYTES
              + Store.INLINE_BYTES_MAX,
          Short.BYTES + Integer.BYTES + BootstrapMessage.NOTE_BYTES_MAX);

  private final Sink sink;

  /** The beginning of an entry whose end has not come. */
  private Bytes begun = Bytes.EMPTY;

  private long largeLeft;

  /** Takes what was parsed. The byte strings may share what was parsed, and keep it in memory. */
  public interface Sink {
    /** A record, with its payload if that is small and there. */
    void record(Bytes record, @Nullable Bytes payload);

    /** A record whose payload follows in pieces. */
    void recordOfLarge(Bytes record, long length);

    /** The next piece of the payload of the last record. */
    void piece(Bytes piece);

    /** The last piece has come. */
    void endOfLarge();

    /** A checkpoint of all records so far. */
    void checkpoint(Bytes note);
  }

  /** A parser at the beginning of a stretch. */
  public StretchParser(Sink sink) {
    this.sink = sink;
  }

  /**
   * Takes the next bytes.
   *
   * @throws MalformedException if they are no stretch; nothing more may be parsed then
   */
  public void parse(Bytes data) {
    Bytes rest = data;
    while (!rest.isEmpty()) {
      if (largeLeft > 0) {
        rest = piece(rest);
      } else if (begun.isEmpty()) {
        int taken = entry(rest);
        if (taken == 0) {
          keep(rest);
          return;
        }
        rest = rest.slice(taken);
      } else {
        rest = joined(rest);
      }
    }
  }

  /** True if nothing is begun. */
  public boolean isAtEnd() {
    return begun.isEmpty() && largeLeft == 0;
  }

  private void keep(Bytes rest) {
    if (rest.length() > ENTRY_BYTES_MAX) {
      throw new AssertionError("an entry of " + rest.length() + " bytes is not whole");
    }
    begun = Bytes.wrap(rest.toArray());
  }

  /** Completes the entry that is begun with the first of some bytes; what is left of them. */
  private Bytes joined(Bytes rest) {
    int more = Math.min(rest.length(), ENTRY_BYTES_MAX - begun.length());
    Bytes whole = begun.plus(rest.slice(0, more));
    int before = begun.length();
    int taken = entry(whole);
    if (taken == 0) {
      keep(whole);
      return rest.slice(more);
    }
    begun = Bytes.EMPTY;
    return rest.slice(taken - before);
  }

  private Bytes piece(Bytes rest) {
    int count = (int) Math.min(largeLeft, rest.length());
    sink.piece(rest.slice(0, count));
    largeLeft -= count;
    if (largeLeft == 0) {
      sink.endOfLarge();
    }
    return rest.slice(count);
  }

  /** Takes the entry at the beginning of some bytes; how long it was, or 0 if it is not whole. */
  private int entry(Bytes bytes) {
    if (bytes.length() < Short.BYTES) {
      return 0;
    }
    int length = bytes.at(0) << Byte.SIZE | bytes.at(1);
    if (length == 0) {
      return note(bytes);
    }
    if (length > BootstrapMessage.RECORD_BYTES_MAX) {
      throw new MalformedException("stretch: a record of " + length + " bytes");
    }
    int end = Short.BYTES + length;
    if (bytes.length() <= end) {
      return 0;
    }
    Bytes record = bytes.slice(Short.BYTES, end);
    return switch (bytes.at(end)) {
      case NO_PAYLOAD -> {
        sink.record(record, null);
        yield end + 1;
      }
      case SMALL -> small(bytes, record, end + 1);
      case LARGE -> large(bytes, record, end + 1);
      default -> throw new MalformedException("stretch: a payload of kind " + bytes.at(end));
    };
  }

  private int small(Bytes bytes, Bytes record, int at) {
    if (bytes.length() < at + Integer.BYTES) {
      return 0;
    }
    int length = u32(bytes, at, 0, Store.INLINE_BYTES_MAX, "a small payload");
    int from = at + Integer.BYTES;
    if (bytes.length() - from < length) {
      return 0;
    }
    sink.record(record, bytes.slice(from, from + length));
    return from + length;
  }

  private int large(Bytes bytes, Bytes record, int at) {
    if (bytes.length() < at + Long.BYTES) {
      return 0;
    }
    long length = bytes.u64At(at);
    if (length <= Store.INLINE_BYTES_MAX) {
      throw new MalformedException(
          "stretch: a large payload of " + Long.toUnsignedString(length) + " bytes");
    }
    sink.recordOfLarge(record, length);
    largeLeft = length;
    return at + Long.BYTES;
  }

  private int note(Bytes bytes) {
    int from = Short.BYTES + Integer.BYTES;
    if (bytes.length() < from) {
      return 0;
    }
    int length = u32(bytes, Short.BYTES, 1, BootstrapMessage.NOTE_BYTES_MAX, "a checkpoint");
    if (bytes.length() - from < length) {
      return 0;
    }
    sink.checkpoint(bytes.slice(from, from + length));
    return from + length;
  }

  private static int u32(Bytes bytes, int at, int min, int max, String what) {
    int value = bytes.u32At(at);
    if (value < min || value > max) {
      throw new MalformedException(
          "stretch: " + what + " of " + Integer.toUnsignedString(value) + " bytes");
    }
    return value;
  }
}
