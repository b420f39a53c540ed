package dev.cairn.federation.protocol;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * One thread that writes stretches while another verifies those behind them. It is started once
 * there is something to write and ends when there was nothing for a while, so that a conversation
 * at rest has none. Safe for any thread; must be closed, once nothing is begun any more.
 */
public final class WriterThread implements Executor, AutoCloseable {
  private static final long REST_SECONDS = 5;

  private final ThreadPoolExecutor thread;

  /** A thread that is started as there is something to do. */
  public WriterThread() {
    thread =
        new ThreadPoolExecutor(
            1,
            1,
            REST_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread made = new Thread(task, "cairn-stretch-writer");
              made.setDaemon(true);
              return made;
            });
    thread.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable task) {
    thread.execute(task);
  }

  /** Lets go of the thread; what was begun is carried out. */
  @Override
  public void close() {
    thread.shutdown();
  }
}
