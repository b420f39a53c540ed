package dev.cairn.pel.run;

import java.io.IOException;
import java.io.InputStream;

/** An input as it is read: its bytes count as work. One owner. */
final class MeteredStream extends InputStream {
  private final InputStream payload;
  private final Meter.Part part;

  MeteredStream(InputStream payload, Meter.Part part) {
    this.payload = payload;
    this.part = part;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = payload.read(target, offset, length);
    part.bytes(Math.max(count, 0));
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    long skipped = payload.skip(count);
    part.bytes(skipped);
    return skipped;
  }

  @Override
  public int available() throws IOException {
    return payload.available();
  }

  @Override
  public void close() throws IOException {
    payload.close();
  }
}
