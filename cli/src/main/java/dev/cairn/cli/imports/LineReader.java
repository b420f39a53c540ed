package dev.cairn.cli.imports;

import dev.cairn.asl.error.MalformedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Cuts a stream into lines of bounded length at line feeds. One owner at a time. */
public final class LineReader {
  private static final int BUFFER_BYTES = 1 << 16;

  private final InputStream in;
  private final int lineBytesMax;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int at;
  private int end;
  private long number;

  /** Reads lines of at most {@code lineBytesMax} bytes. */
  public LineReader(InputStream in, int lineBytesMax) {
    this.in = in;
    this.lineBytesMax = lineBytesMax;
  }

  /** Number of the line given last, from 1. */
  public long number() {
    return number;
  }

  /**
   * The next line without its end, or null at the end of the stream.
   *
   * @throws MalformedException for a line that is too long
   */
  public byte @Nullable [] next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean begun = false;
    while (true) {
      if (at == end) {
        end = Math.max(0, in.read(buffer, 0, buffer.length));
        at = 0;
        if (end == 0) {
          number += begun ? 1 : 0;
          return begun ? line.toByteArray() : null;
        }
      }
      begun = true;
      int feed = at;
      while (feed < end && buffer[feed] != '\n') {
        feed++;
      }
      if (line.size() + (feed - at) > lineBytesMax) {
        throw new MalformedException(
            "line " + (number + 1) + ": more than " + lineBytesMax + " bytes");
      }
      line.write(buffer, at, feed - at);
      at = feed;
      if (feed < end) {
        at++;
        number++;
        return line.toByteArray();
      }
    }
  }
}
