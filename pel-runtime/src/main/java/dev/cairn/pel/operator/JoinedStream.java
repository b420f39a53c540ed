package dev.cairn.pel.operator;

import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** Several streams one after another; each is opened when the one before has ended. One owner. */
final class JoinedStream extends InputStream {
  /** Opens a stream. */
  interface Part {
    InputStream open() throws IOException;
  }

  private final Iterator<Part> inputs;
  private @Nullable InputStream current;

  JoinedStream(Iterator<Part> inputs) {
    this.inputs = inputs;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (true) {
      if (current == null) {
        if (!inputs.hasNext()) {
          return -1;
        }
        current = inputs.next().open();
      }
      int count = current.read(target, offset, length);
      if (count >= 0) {
        return count;
      }
      close();
    }
  }

  @Override
  public void close() throws IOException {
    if (current != null) {
      current.close();
      current = null;
    }
  }
}
