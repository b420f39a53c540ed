package dev.cairn.cli.console;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream whose bytes are steps of a progress, which it does not close. One owner. */
public final class ProgressStream extends FilterInputStream {
  private final Progress progress;

  /** What {@code in} gives, counted. */
  public ProgressStream(InputStream in, Progress progress) {
    super(in);
    this.progress = progress;
  }

  @Override
  public int read() throws IOException {
    int read = in.read();
    progress.step(read < 0 ? 0 : 1);
    return read;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    int count = in.read(bytes, from, length);
    progress.step(Math.max(0, count));
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    long skipped = in.skip(count);
    progress.step(skipped);
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
