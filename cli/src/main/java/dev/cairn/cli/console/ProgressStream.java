package dev.cairn.cli.console;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** A stream whose bytes are counted as they are read. One owner. */
public final class ProgressStream extends FilterInputStream {
  private final LongConsumer progress;

  /** What {@code in} gives, as steps of a progress, which is not closed. */
  public ProgressStream(InputStream in, Progress progress) {
    this(in, progress::step);
  }

  /** What {@code in} gives, told as it is read. */
  public ProgressStream(InputStream in, LongConsumer progress) {
    super(in);
    this.progress = progress;
  }

  @Override
  public int read() throws IOException {
    int read = in.read();
    progress.accept(read < 0 ? 0 : 1);
    return read;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    int count = in.read(bytes, from, length);
    progress.accept(Math.max(0, count));
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    long skipped = in.skip(count);
    progress.accept(skipped);
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
