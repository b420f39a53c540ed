package dev.cairn.pel.operator.zstd;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.util.ZstdVersion;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * One zstd frame of a content of known length, as it is read. One owner; close it.
 *
 * <p>What zstd gives for a content differs from release to release of zstd, and nobody promises
 * otherwise. So the release is a part of what this computes: it is {@link #RELEASE}, and with any
 * other library this refuses to begin, as an error of the machine. All else is pinned too: the
 * level, the length known before, a checksum, no dictionary, one thread, and the content handed
 * over in blocks of one size.
 */
public final class ZstdCompression extends InputStream {
  /** The release of zstd. */
  public static final String RELEASE = "1.5.7";

  /** Least level. */
  public static final int LEVEL_MIN = 1;

  /** Greatest level. */
  public static final int LEVEL_MAX = 19;

  private static final int BLOCK_BYTES = 1 << 17;
  private static final int SAMPLE_BYTES = 300_000;
  private static final int SAMPLE_LEVEL = 3;
  private static final String SAMPLE_SHA256 =
      "f592c9c0889ed40d6d2b261305087e18ac0eacfa374bd0658ffa43e1a6d475e4";

  private final InputStream in;
  private final ZstdCompressCtx context = new ZstdCompressCtx();
  private final ByteBuffer source = ByteBuffer.allocateDirect(BLOCK_BYTES);
  private final ByteBuffer target = ByteBuffer.allocateDirect(BLOCK_BYTES);
  private final byte[] block = new byte[BLOCK_BYTES];
  private long left;
  private boolean last;
  private boolean ended;

  private ZstdCompression(InputStream in, long contentBytes, int level) {
    this.in = in;
    this.left = contentBytes;
    this.last = contentBytes == 0;
    context.setLevel(level);
    context.setChecksum(true);
    context.setContentSize(true);
    context.setDictID(false);
    context.setWorkers(0);
    context.setPledgedSrcSize(contentBytes);
    source.limit(0);
    target.limit(0);
  }

  /**
   * A frame.
   *
   * @param in the content; closed with the frame
   * @param contentBytes its length
   * @param level from {@link #LEVEL_MIN} to {@link #LEVEL_MAX}
   * @throws RefusedException if the library here is of another release
   */
  public static ZstdCompression of(InputStream in, long contentBytes, int level) {
    if (level < LEVEL_MIN || level > LEVEL_MAX) {
      throw new IllegalArgumentException("level " + level);
    }
    if (!Library.IS_RIGHT) {
      throw new RefusedException("the zstd library here is not of release " + RELEASE);
    }
    return new ZstdCompression(in, contentBytes, level);
  }

  /** Looked at once. */
  private static final class Library {
    /** Whether the archive says the release, and the native code gives what that release gives. */
    static final boolean IS_RIGHT =
        version().startsWith(RELEASE + "-") && sample().equals(SAMPLE_SHA256);

    /** The constant as it is here: read by name, for a compiler copies constants. */
    private static String version() {
      try {
        return String.valueOf(ZstdVersion.class.getField("VERSION").get(null));
      } catch (ReflectiveOperationException e) {
        return "unknown";
      }
    }

    static String sample() {
      byte[] content = new byte[SAMPLE_BYTES];
      int state = 1;
      for (int i = 0; i < content.length; i++) {
        state = state * 1_103_515_245 + 12_345;
        content[i] = (byte) (i % 97 < 60 ? i / 97 : state >>> 28);
      }
      try (ZstdCompression frame =
          new ZstdCompression(new ByteArrayInputStream(content), content.length, SAMPLE_LEVEL)) {
        return HashAlgorithm.SHA_256.hash(Bytes.wrap(frame.readAllBytes())).toHex();
      } catch (IOException e) {
        throw new AssertionError("reading from memory", e);
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
      encode();
    }
    int count = Math.min(length, target.remaining());
    target.get(out, offset, count);
    return count;
  }

  private void encode() throws IOException {
    if (!source.hasRemaining() && !last) {
      fill();
    }
    target.clear();
    boolean complete =
        context.compressDirectByteBufferStream(
            target, source, last ? EndDirective.END : EndDirective.CONTINUE);
    target.flip();
    ended = last && complete;
  }

  private void fill() throws IOException {
    int count = in.readNBytes(block, 0, (int) Math.min(BLOCK_BYTES, left));
    if (count == 0) {
      throw new EOFException(left + " bytes before the end that was announced");
    }
    left -= count;
    last = left == 0;
    source.clear();
    source.put(block, 0, count).flip();
  }

  @Override
  public void close() throws IOException {
    context.close();
    in.close();
  }
}
