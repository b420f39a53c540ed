package dev.cairn.cli.console;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Moves a bar to where something is that nobody reports of. One owner; must be closed. */
final class WatchedProgress implements AutoCloseable {
  private static final int LOOK_MILLIS = 200;

  private final Progress bar;
  private final LongSupplier total;
  private final LongSupplier count;
  private final ScheduledExecutorService looking;
  private long expected = -1;
  private long seen;
  private boolean done;
  private boolean lost;

  WatchedProgress(Progress bar, LongSupplier total, LongSupplier count) {
    this.bar = bar;
    this.total = total;
    this.count = count;
    this.looking =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "cairn-progress");
              thread.setDaemon(true);
              return thread;
            });
    var unused =
        looking.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Should counting throw, the bar stays where it is: whoever does the work tells what is wrong.
   */
  private void look() {
    if (lost) {
      return;
    }
    try {
      move();
    } catch (RuntimeException e) {
      lost = true;
    }
  }

  private void move() {
    long end = total.getAsLong();
    if (end != expected) {
      bar.expect(end);
      expected = end;
    }
    long now = Math.max(seen, count.getAsLong());
    bar.step(now - seen);
    seen = now;
  }

  /** Does the work that moves it. */
  <T> T during(Supplier<T> work) {
    T result = work.get();
    done = true;
    return result;
  }

  /** Waits for a look under way, so that what is counted may be closed next. */
  @Override
  public void close() {
    looking.shutdown();
    boolean interrupted = false;
    while (true) {
      try {
        if (looking.awaitTermination(1, TimeUnit.SECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    try {
      if (done) {
        look();
      }
    } finally {
      bar.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
