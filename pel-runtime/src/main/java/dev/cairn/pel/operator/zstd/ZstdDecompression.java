package dev.cairn.pel.operator.zstd;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.pel.model.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * The content of one zstd frame, as it is read; in memory bounded by the window. One owner; close
 * it.
 *
 * <p>Exactly one frame is taken, which must say how long its content is and need no dictionary and
 * no window over {@link #WINDOW_BYTES_MAX}; its checksum, if it has one, is verified. Anything else
 * is a {@link Refusal}, thrown from the constructor or, where it shows later, from a read.
 */
public final class ZstdDecompression extends InputStream {
  private static final int WINDOW_LOG_MAX = 23;

  /** Longest reference back. */
  public static final long WINDOW_BYTES_MAX = 1L << WINDOW_LOG_MAX;

  private static final int BUFFER_BYTES = 1 << 17;

  /** ZSTD_error_memory_allocation: says something of the machine, nothing of the frame. */
  private static final long OUT_OF_MEMORY = 64;

  private final InputStream in;
  private final ZstdDecompressCtx context = new ZstdDecompressCtx();
  private final ByteBuffer source = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final ByteBuffer target = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final byte[] block = new byte[BUFFER_BYTES];
  private final long contentBytes;
  private long given;
  private boolean ended;

  /**
   * Reads the frame's header.
   *
   * @param in the frame; closed with this
   * @param contentBytesMax longest content that is wanted
   */
  public ZstdDecompression(InputStream in, long contentBytesMax) throws IOException {
    this.in = in;
    boolean opened = false;
    try {
      FrameHeader header = FrameHeader.read(in);
      if (header.windowBytes() > WINDOW_BYTES_MAX) {
        throw new Refusal(
            "too-large",
            "needs a window of " + header.windowBytes() + " bytes, more than " + WINDOW_BYTES_MAX);
      }
      if (header.contentBytes() > contentBytesMax) {
        throw new Refusal(
            "too-large",
            "holds "
                + header.contentBytes()
                + " bytes, more than the "
                + contentBytesMax
                + " that are wanted");
      }
      this.contentBytes = header.contentBytes();
      context.setLongMax(WINDOW_LOG_MAX);
      source.put(header.bytes().toArray()).flip();
      target.limit(0);
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] out, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!target.hasRemaining()) {
      if (ended) {
        return -1;
      }
      decode();
    }
    int count = Math.min(length, target.remaining());
    target.get(out, offset, count);
    return count;
  }

  private void decode() throws IOException {
    boolean more = source.hasRemaining() || fill();
    target.clear();
    boolean complete = false;
    int before = source.remaining();
    try {
      complete = context.decompressDirectByteBufferStream(target, source);
    } catch (ZstdException e) {
      if (e.getErrorCode() == OUT_OF_MEMORY) {
        throw new RefusedException("zstd cannot get the memory that it needs", e);
      }
      throw damaged();
    }
    target.flip();
    given += target.remaining();
    if (given > contentBytes || (complete && given < contentBytes)) {
      throw damaged();
    }
    if (complete) {
      ended = true;
      if (source.hasRemaining() || fill()) {
        throw new Refusal("bad-zstd", "something stands behind the frame");
      }
    } else if (!more && !target.hasRemaining() && source.remaining() == before) {
      throw new Refusal("bad-zstd", "ends inside the frame");
    }
  }

  /** One word for all damage: what is noticed first hangs on how the bytes come in. */
  private static Refusal damaged() {
    return new Refusal("bad-zstd", "damaged, or not of the length that it says");
  }

  private boolean fill() throws IOException {
    int count = in.readNBytes(block, 0, block.length);
    source.clear();
    source.limit(0);
    if (count <= 0) {
      return false;
    }
    source.limit(count);
    source.put(0, block, 0, count);
    return true;
  }

  @Override
  public void close() throws IOException {
    context.close();
    in.close();
  }
}
