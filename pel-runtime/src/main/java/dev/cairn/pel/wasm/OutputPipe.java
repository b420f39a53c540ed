package dev.cairn.pel.wasm;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.time.Ticker;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What a module writes, on its way from the thread that runs it to the one that stores it. Bounded:
 * the module waits while {@value #BYTES_MAX} bytes are not read yet. One writer, one reader.
 *
 * <p>The reader keeps the time. When it is up, or the reader closes early or is interrupted, the
 * module's thread is interrupted and waited for.
 */
final class OutputPipe extends InputStream {
  private static final int BYTES_MAX = 1 << 20;
  private static final long END_MILLIS_MAX = 10_000;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Ticker ticker;
  private final long millisMax;
  private final Runnable timedOut;
  private final long startNanos;
  private final Deque<byte[]> chunks = new ArrayDeque<>();
  private @Nullable Thread writer;
  private int headOffset;
  private int waitingBytes;
  private boolean ended;
  private boolean closed;
  private @Nullable Throwable failure;

  /**
   * @param millisMax how long the module may run
   * @param timedOut called by the reader if it runs longer
   */
  OutputPipe(Ticker ticker, long millisMax, Runnable timedOut) {
    this.ticker = ticker;
    this.millisMax = millisMax;
    this.timedOut = timedOut;
    this.startNanos = ticker.nanos();
  }

  /** Names the thread that writes, before it starts. */
  synchronized void writtenBy(Thread thread) {
    writer = thread;
  }

  /**
   * Adds bytes; they are not copied. Waits for room.
   *
   * @throws UnavailableException if nobody reads any more
   */
  synchronized void write(byte[] chunk) {
    try {
      while (!closed && waitingBytes > 0 && waitingBytes + chunk.length > BYTES_MAX) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("the run was cancelled", e);
    }
    if (closed) {
      throw new UnavailableException("the run was cancelled");
    }
    if (chunk.length > 0) {
      chunks.add(chunk);
      waitingBytes += chunk.length;
      notifyAll();
    }
  }

  /** True if nobody reads any more; what the module still does depends on who is faster. */
  synchronized boolean isClosed() {
    return closed;
  }

  /**
   * No more comes.
   *
   * @param thrown why; null if the module is done
   */
  synchronized void end(@Nullable Throwable thrown) {
    ended = true;
    failure = thrown;
    notifyAll();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public synchronized int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    await();
    byte[] head = chunks.peek();
    if (head == null) {
      throwFailure();
      return -1;
    }
    int count = Math.min(length, head.length - headOffset);
    System.arraycopy(head, headOffset, target, offset, count);
    headOffset += count;
    waitingBytes -= count;
    if (headOffset == head.length) {
      chunks.remove();
      headOffset = 0;
    }
    notifyAll();
    return count;
  }

  private void await() {
    try {
      while (chunks.isEmpty() && !ended) {
        long left = millisMax - (ticker.nanos() - startNanos) / NANOS_PER_MILLI;
        if (left <= 0) {
          timedOut.run();
          throw new UnavailableException(
              "a WebAssembly module ran longer than the "
                  + millisMax
                  + " ms that this node allows");
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("the run was cancelled", e);
    }
  }

  private void throwFailure() throws IOException {
    Throwable thrown = failure;
    if (thrown instanceof IOException e) {
      throw e;
    }
    if (thrown instanceof RuntimeException e) {
      throw e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
  }

  /** Ends the module, and returns when its thread is gone, also where that was done already. */
  @Override
  public void close() {
    Thread running;
    synchronized (this) {
      closed = true;
      chunks.clear();
      notifyAll();
      running = writer;
      if (running != null && !ended) {
        running.interrupt();
      }
    }
    if (running != null) {
      awaitEnd(running);
    }
  }

  private static void awaitEnd(Thread running) {
    boolean interrupted = Thread.interrupted();
    try {
      running.join(END_MILLIS_MAX);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
