package dev.cairn.asl.work;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Threads that do a piece of work beside their caller, for as long as there are processors to
 * spare: one fewer than the machine has, or one. If all are busy the caller does it himself, so
 * that nothing waits in a queue and many callers are not slower than without. They end by
 * themselves when there has been nothing to do for a second. Where none can be started the caller
 * does the work, too. Safe for any thread.
 */
public final class BesideThreads implements AutoCloseable {
  private static final long REST_SECONDS = 1;

  private final ThreadPoolExecutor threads;
  private final UnderWay running = new UnderWay();

  /**
   * None started yet.
   *
   * @param work what they do: names them
   */
  public BesideThreads(String work) {
    this.threads =
        new ThreadPoolExecutor(
            0,
            Math.max(1, Runtime.getRuntime().availableProcessors() - 1),
            REST_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "cairn-" + work);
              thread.setDaemon(true);
              return thread;
            },
            new ThreadPoolExecutor.CallerRunsPolicy());
  }

  /** Begins a piece of work, or does it; see {@link #await}. Once closed, the caller does it. */
  public Future<?> begin(Runnable piece) {
    FutureTask<?> task = new FutureTask<>(piece, null);
    if (!running.begin()) {
      task.run();
      return task;
    }
    Runnable whole =
        () -> {
          try {
            task.run();
          } finally {
            running.end();
          }
        };
    try {
      threads.execute(whole);
    } catch (OutOfMemoryError e) {
      whole.run(); // No thread could be started.
    }
    return task;
  }

  /** Waits until nothing is done beside anyone any more, also if the caller is interrupted. */
  @Override
  public void close() {
    running.giveUp();
    running.awaitNone();
  }

  /**
   * Waits for the end of a piece, also if the caller is interrupted, who stays so.
   *
   * @throws RuntimeException what the piece threw
   */
  public static void await(Future<?> piece) {
    Throwable thrown = awaitEnd(piece);
    if (thrown instanceof RuntimeException failed) {
      throw failed;
    }
    if (thrown instanceof Error failed) {
      throw failed;
    }
  }

  /** The same; what the piece threw, or null. */
  public static @Nullable Throwable awaitEnd(Future<?> piece) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          piece.get();
          return null;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          return e.getCause();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
