package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.error.DamagedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file in the form that RocksDB gives to its write-ahead logs and to its MANIFEST, and
 * tells a torn tail from damage. RocksDB itself cannot be asked: a wrong type byte can make it spin
 * for ever or pass over a whole file in silence.
 *
 * <p>The form is that of RocksDB's log_format.h, without recycling and without compression. A file
 * is a row of blocks of 32 KiB; a frame never crosses a block's end, and what is too short for a
 * header there is zero:
 *
 * <pre>
 *   frame   = u32le masked CRC32C of type and data | u16le length | u8 type | data
 *   type    = 1 whole record | 2 first | 3 middle | 4 last part
 *           | 130 the log before this one: u64le number | u64le size | u64le last sequence
 * </pre>
 *
 * <p>A frame that does not verify is <em>torn</em> if no good frame follows it: a process or
 * machine stopped while it was being written. With a good one after it, it is <em>damage</em>: what
 * was written later is there, so this was once whole. The end of a torn file is where its last
 * whole record ends.
 *
 * <p>One owner; used once. Memory: one block and the longest record.
 */
final class LogFrames {
  /** Frames do not cross multiples of this. */
  static final int BLOCK_BYTES = 32 << 10;

  /** Checksum, length and type. */
  static final int HEADER_BYTES = 7;

  private static final int WHOLE = 1;
  private static final int FIRST = 2;
  private static final int MIDDLE = 3;
  private static final int LAST = 4;
  private static final int PREDECESSOR = 130;
  private static final int PREDECESSOR_BYTES = 24;
  private static final int CRC_MASK_DELTA = 0xa282ead8;

  /** Takes what a file holds. */
  interface Sink {
    /** A record that begins at {@code offset}. */
    void record(long offset, byte[] record);

    /** What the file says of the log before it. */
    default void predecessor(Predecessor predecessor) {}

    /**
     * False if {@code data}, found inside a frame that does not verify, cannot be the beginning of
     * a record that comes after those given: then it is a picture of a frame in somebody's payload.
     */
    default boolean couldFollow(byte[] block, int from, int length) {
      return true;
    }
  }

  /**
   * What a write-ahead log says of the one before it.
   *
   * @param number its file's number
   * @param bytes its size when it was closed
   * @param lastSequence of its last batch
   */
  record Predecessor(long number, long bytes, long lastSequence) {}

  /**
   * How a file ends.
   *
   * @param wholeBytes up to the end of its last whole record
   * @param sizeBytes of the file
   * @param tear why the rest is no record; null if there is no rest
   * @param cutShort whether the rest is the beginning of a record and merely ends too early: what a
   *     writer at work leaves at any moment
   */
  record End(long wholeBytes, long sizeBytes, @Nullable String tear, boolean cutShort) {
    boolean isTorn() {
      return tear != null;
    }
  }

  private final Path file;
  private final Sink sink;
  private final byte[] block = new byte[BLOCK_BYTES];
  private final CRC32C crc = new CRC32C();
  private final ByteArrayOutputStream parts = new ByteArrayOutputStream();

  private FileChannel channel;
  private long size;
  private long blockStart;
  private int blockBytes;
  private long wholeEnd;
  private long recordStart = -1;

  private LogFrames(Path file, FileChannel channel, Sink sink) throws IOException {
    this.file = file;
    this.channel = channel;
    this.sink = sink;
    this.size = channel.size();
  }

  /**
   * Gives every whole record of {@code file} to {@code sink} and tells how the file ends.
   *
   * @throws DamagedException if a frame that does not verify is followed by one that does, or
   *     frames stand in an order that no writer leaves
   * @throws IOException if it cannot be read
   */
  static End read(Path file, Sink sink) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return new LogFrames(file, channel, sink).read();
    }
  }

  private End read() throws IOException {
    for (long at = 0; at < size; at += BLOCK_BYTES) {
      load(at);
      int position = 0;
      while (blockBytes - position >= HEADER_BYTES) {
        String wrong = wrongAt(position);
        if (wrong != null) {
          return torn(position, wrong);
        }
        take(position);
        position += HEADER_BYTES + length(position);
      }
      for (int i = position; i < blockBytes; i++) {
        if (block[i] != 0 || blockBytes < BLOCK_BYTES) {
          return torn(position, blockBytes < BLOCK_BYTES ? "a cut header" : "no zero at its end");
        }
      }
    }
    boolean whole = recordStart < 0;
    return new End(wholeEnd, size, whole ? null : "its last record has no end", !whole);
  }

  private void load(long at) throws IOException {
    ByteBuffer target = ByteBuffer.wrap(block, 0, (int) Math.min(BLOCK_BYTES, size - at));
    while (target.hasRemaining()) {
      if (channel.read(target, at + target.position()) < 0) {
        size = at + target.position(); // Cut while we read: what is left counts.
        break;
      }
    }
    blockStart = at;
    blockBytes = target.position();
  }

  /** Why there is no good frame at a position of the block; null if there is one. */
  private @Nullable String wrongAt(int position) {
    int length = length(position);
    int type = block[position + 6] & 0xff;
    if (!(type >= WHOLE && type <= LAST) && type != PREDECESSOR) {
      return "type " + type;
    }
    if (position + HEADER_BYTES + length > blockBytes) {
      return "a length of " + length;
    }
    if (type == PREDECESSOR && length != PREDECESSOR_BYTES) {
      return "a note of " + length + " bytes";
    }
    crc.reset();
    crc.update(block, position + 6, 1 + length);
    int sum = (int) crc.getValue();
    int masked = ((sum >>> 15) | (sum << 17)) + CRC_MASK_DELTA;
    return masked == u32(position) ? null : "a checksum that does not verify";
  }

  private void take(int position) {
    long offset = blockStart + position;
    int length = length(position);
    int from = position + HEADER_BYTES;
    int type = block[position + 6] & 0xff;
    boolean begins = type == WHOLE || type == FIRST || type == PREDECESSOR;
    if (begins == (recordStart >= 0)) {
      throw new DamagedException(
          place(offset)
              + (begins ? ": a record begins inside another" : ": a part without a beginning"));
    }
    if (begins) {
      recordStart = offset;
    }
    if (type == PREDECESSOR) {
      ByteBuffer data = ByteBuffer.wrap(block, from, length).order(ByteOrder.LITTLE_ENDIAN);
      sink.predecessor(new Predecessor(data.getLong(), data.getLong(), data.getLong()));
    } else {
      parts.write(block, from, length);
    }
    if (type == FIRST || type == MIDDLE) {
      return;
    }
    if (type != PREDECESSOR) {
      sink.record(recordStart, parts.toByteArray());
      parts.reset();
    }
    recordStart = -1;
    wholeEnd = offset + HEADER_BYTES + length;
  }

  /** Looks for a good frame behind one that is not; the file's end if there is none. */
  private End torn(int position, String wrong) throws IOException {
    long offset = blockStart + position;
    int claimed =
        blockBytes - position < HEADER_BYTES ? 0 : position + HEADER_BYTES + length(position);
    boolean cutShort =
        blockStart + blockBytes == size
            && (claimed == 0 || (claimed > blockBytes && claimed <= BLOCK_BYTES));
    long inside = claimed <= BLOCK_BYTES ? blockStart + claimed : offset;
    int from = position + 1;
    while (true) {
      for (int i = from; i + HEADER_BYTES <= blockBytes; i++) {
        if (wrongAt(i) == null && (blockStart + i >= inside || couldFollow(i))) {
          throw new DamagedException(
              place(offset) + ": " + wrong + ", but a good frame follows at " + (blockStart + i));
        }
      }
      long next = blockStart + BLOCK_BYTES;
      if (next >= size) {
        return new End(wholeEnd, size, wrong + " at byte " + offset, cutShort);
      }
      load(next);
      from = 0;
    }
  }

  private boolean couldFollow(int position) {
    int type = block[position + 6] & 0xff;
    return (type == WHOLE || type == FIRST)
        && sink.couldFollow(block, position + HEADER_BYTES, length(position));
  }

  private int length(int position) {
    return (block[position + 4] & 0xff) | (block[position + 5] & 0xff) << 8;
  }

  private int u32(int position) {
    return (block[position] & 0xff)
        | (block[position + 1] & 0xff) << 8
        | (block[position + 2] & 0xff) << 16
        | (block[position + 3] & 0xff) << 24;
  }

  private String place(long offset) {
    return file + " at byte " + offset;
  }
}
