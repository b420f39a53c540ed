package dev.cairn.pel.operator;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The next bytes of another stream, which stays open and behind them. One owner at a time. */
final class StreamPart extends InputStream {
  private final InputStream whole;
  private long left;

  StreamPart(InputStream whole, long length) {
    this.whole = whole;
    this.left = length;
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
    if (left == 0) {
      return -1;
    }
    int count = whole.read(target, offset, (int) Math.min(length, left));
    if (count < 0) {
      throw new EOFException(left + " bytes before the end that was announced");
    }
    left -= count;
    return count;
  }
}
