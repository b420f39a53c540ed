package dev.cairn.cli.console;

/**
 * Interrupts a thread when the process is told to stop, so that what the thread does is given up in
 * order. Made and closed by that thread.
 */
public final class CancelOnStop implements AutoCloseable {
  private final Thread worker;
  private final Thread watcher;
  private boolean closed;
  private boolean cancelled;

  /** Watches from now on. */
  public CancelOnStop(StopSignal stop) {
    this.worker = Thread.currentThread();
    this.watcher =
        new Thread(
            () -> {
              stop.await();
              interrupt();
            },
            "cairn-cancel");
    watcher.setDaemon(true);
    watcher.start();
  }

  private synchronized void interrupt() {
    if (!closed) {
      cancelled = true;
      worker.interrupt();
    }
  }

  /** Whether the thread was interrupted. */
  public synchronized boolean hasCancelled() {
    return cancelled;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    watcher.interrupt();
  }
}
