package dev.cairn.cli.imports.trace;

import dev.cairn.asl.error.MalformedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Cuts a stream into lines of bounded length at line feeds. One owner at a time. */
final class LineReader {
  private static final int BUFFER_BYTES = 1 << 16;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int at;
  private int end;
  private long number;

  LineReader(InputStream in) {
    this.in = in;
  }

  /** Number of the line given last, from 1. */
  long number() {
    return number;
  }

  /**
   * The next line without its end, or null at the end of the stream.
   *
   * @throws MalformedException for a line of more than {@link TraceParser#LINE_BYTES_MAX} bytes
   */
  byte @Nullable [] next() throws IOException {
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
      if (line.size() + (feed - at) > TraceParser.LINE_BYTES_MAX) {
        throw new MalformedException(
            "line " + (number + 1) + ": more than " + TraceParser.LINE_BYTES_MAX + " bytes");
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
