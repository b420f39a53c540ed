package dev.cairn.pel.distributed;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Threads that do what a {@link Coordinator} has begun, in that order, several pieces at once. One
 * owner, the coordinator's; must be closed, which interrupts what is being done.
 */
public final class WorkPool implements AutoCloseable {
  /** Longer than a run that is cancelled waits for its operators. */
  private static final int CLOSE_SECONDS_MAX = 15;

  private final int threads;
  private final ExecutorService pool;
  private final BlockingQueue<Done> done = new LinkedBlockingQueue<>();
  private int open;

  private record Done(Work work, Work.@Nullable Ended ended, @Nullable Throwable thrown) {}

  /**
   * A pool.
   *
   * @param threads most pieces of work at once
   */
  public WorkPool(int threads) {
    this.threads = threads;
    this.pool =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "cairn-work");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Takes up what was begun. */
  public void begin(List<Work> begun) {
    for (Work work : begun) {
      open++;
      pool.execute(() -> handOn(work));
    }
  }

  /** Runs in a thread of the pool, and never throws. */
  private void handOn(Work work) {
    Work.Ended ended = null;
    Throwable thrown = null;
    try {
      ended = work.run();
    } catch (Throwable t) {
      thrown = t;
    }
    boolean told = false;
    while (!told) {
      try {
        told = done.add(new Done(work, ended, thrown));
      } catch (OutOfMemoryError e) {
        Thread.onSpinWait(); // others fill the heap, and end too
      }
    }
  }

  /** Whether everything that was taken up was also taken back. */
  public boolean isIdle() {
    return open == 0;
  }

  /** Whether a thread has nothing to do. */
  public boolean hasRoom() {
    return open < threads;
  }

  /**
   * What has ended, in that order; waits for the first so long at most.
   *
   * @throws AssertionError if a piece of work ended in a way that it never should
   */
  public List<Work.Ended> take(long millis) throws InterruptedException {
    List<Work.Ended> ended = new ArrayList<>();
    Done next = done.poll(millis, TimeUnit.MILLISECONDS);
    while (next != null) {
      open--;
      Work.Ended one = next.ended();
      if (one == null && next.thrown() instanceof OutOfMemoryError full) {
        one = next.work().outOfMemory(full);
      } else if (one == null) {
        throw new AssertionError("a piece of work ended unexpectedly", next.thrown());
      }
      ended.add(one);
      next = done.poll();
    }
    return ended;
  }

  @Override
  public void close() {
    pool.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      pool.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
