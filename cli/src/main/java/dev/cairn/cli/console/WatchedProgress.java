package dev.cairn.cli.console;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Moves a bar to where something is that nobody reports of. One owner; must be closed. */
final class WatchedProgress implements AutoCloseable {
  private static final int LOOK_MILLIS = 200;

  private final Function<Stage, Progress> show;
  private final Supplier<Stage> stage;
  private final ScheduledExecutorService looking;
  private @Nullable Progress bar;
  private String task = "";
  private long expected;
  private long seen;
  private boolean done;
  private boolean lost;

  /**
   * @param show a bar for a stage that begins
   * @param stage where the work is; asked by one thread at a time
   */
  WatchedProgress(Function<Stage, Progress> show, Supplier<Stage> stage) {
    this.show = show;
    this.stage = stage;
    this.looking =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "cairn-progress");
              thread.setDaemon(true);
              return thread;
            });
    // The first look is at once: the time that a stage takes begins when it is first seen.
    var unused = looking.scheduleWithFixedDelay(this::look, 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Should counting throw, the bar stays where it is: whoever does the work tells what is wrong.
   */
  private void look() {
    if (lost) {
      return;
    }
    try {
      move(stage.get());
    } catch (RuntimeException e) {
      lost = true;
    }
  }

  private void move(Stage now) {
    Progress moved = bar;
    if (moved == null || !now.task().equals(task)) {
      if (moved != null) {
        moved.close();
      }
      moved = show.apply(now);
      bar = moved;
      task = now.task();
      expected = now.total();
      seen = 0;
    }
    if (now.total() != expected) {
      moved.expect(now.total());
      expected = now.total();
    }
    long count = Math.max(seen, now.done());
    moved.step(count - seen);
    seen = count;
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
      if (bar != null) {
        bar.close();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
