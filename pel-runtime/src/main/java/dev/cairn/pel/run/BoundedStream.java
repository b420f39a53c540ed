package dev.cairn.pel.run;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.store.Store;
import java.io.IOException;
import java.io.InputStream;

/**
 * An operator's output on its way into the store: counts its bytes, and turns what the operator
 * throws into an {@link IOException}, at which the store gives the half-written payload up.
 */
final class BoundedStream extends InputStream {
  private final InputStream payload;
  private final long bytesMax;
  private final Meter.Part part;
  private long bytes;

  /** Carries what the operator threw. */
  static final class Broken extends IOException {
    private static final long serialVersionUID = 1L;

    private final RuntimeException thrown;

    private Broken(RuntimeException thrown) {
      super(thrown);
      this.thrown = thrown;
    }

    RuntimeException thrown() {
      return thrown;
    }
  }

  BoundedStream(InputStream payload, long bytesMax, Meter.Part part) {
    this.payload = payload;
    this.bytesMax = bytesMax;
    this.part = part;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new Broken(new UnavailableException("the run was cancelled"));
    }
    int count;
    try {
      count = payload.read(target, offset, length);
    } catch (RuntimeException e) {
      throw new Broken(e);
    }
    bytes += Math.max(count, 0);
    try {
      part.bytes(Math.max(count, 0));
      check(bytes, bytesMax);
    } catch (RefusedException e) {
      throw new Broken(e);
    }
    return count;
  }

  /** True if it is because it was too long that it ended. */
  boolean isTooLong() {
    return bytes > bytesMax;
  }

  /** How many bytes of a large output went into the store; 0 of a small one. */
  long largeBytes() {
    return largeBytes(Math.min(bytes, bytesMax));
  }

  /** How many of so many bytes go into the store before their end. */
  static long largeBytes(long written) {
    return written > Store.INLINE_BYTES_MAX ? written : 0;
  }

  /** Refuses an output that is too long. */
  static void check(long bytes, long bytesMax) {
    if (bytes > bytesMax) {
      throw new RefusedException(
          "a node's output is longer than the "
              + bytesMax
              + " bytes that it may be (limit step-output-bytes, or what run-output-bytes"
              + " leaves of it)");
    }
  }

  @Override
  public void close() throws IOException {
    payload.close();
  }
}
