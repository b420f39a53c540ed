package dev.cairn.asl.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The calling thread together with a few that live as long as the call does: each takes the next
 * piece that nobody has. For work of some milliseconds, beside which starting a thread is nothing,
 * and whose owner has none to keep. Where no thread can be started, those that there are do all of
 * it, at last the calling one alone. An interrupt is left for whoever asks for it afterwards. Safe
 * for any thread.
 *
 * @param threads most that share one call's work, the calling one included
 * @param factory makes the others
 */
record SharedWork(int threads, ThreadFactory factory) implements Workers {
  /** Pieces below which a thread more is not worth its start. */
  private static final int PIECES_MIN = 2;

  SharedWork {
    if (threads < 1) {
      throw new IllegalArgumentException(threads + " threads");
    }
  }

  /**
   * Work shared by threads that keep no process from ending.
   *
   * @param name what they do: names them
   * @param threads as in the record
   */
  SharedWork(String name, int threads) {
    this(
        threads,
        task -> {
          Thread helper = new Thread(task, "cairn-" + name);
          helper.setDaemon(true);
          return helper;
        });
  }

  @Override
  public <T> List<T> all(List<Supplier<T>> pieces) {
    List<FutureTask<T>> tasks = new ArrayList<>(pieces.size());
    for (Supplier<T> piece : pieces) {
      tasks.add(new FutureTask<>(piece::get));
    }
    AtomicInteger next = new AtomicInteger();
    List<Thread> helpers = new ArrayList<>();
    try {
      for (int i = 1; i < Math.min(threads, tasks.size() / PIECES_MIN); i++) {
        Thread helper = factory.newThread(() -> work(tasks, next));
        if (!starts(helper)) {
          break;
        }
        helpers.add(helper);
      }
      work(tasks, next);
    } finally {
      helpers.forEach(SharedWork::awaitEnd);
    }
    List<T> done = new ArrayList<>(tasks.size());
    for (FutureTask<T> task : tasks) {
      done.add(result(task));
    }
    return done;
  }

  /** False if the machine has no thread more to give. */
  private static boolean starts(Thread helper) {
    try {
      helper.start();
      return true;
    } catch (OutOfMemoryError e) {
      return false;
    }
  }

  private static <T> void work(List<FutureTask<T>> tasks, AtomicInteger next) {
    for (int i = next.getAndIncrement(); i < tasks.size(); i = next.getAndIncrement()) {
      tasks.get(i).run();
    }
  }

  /** Whoever has called may close what a helper reads: so it ends first, come what may. */
  private static void awaitEnd(Thread helper) {
    boolean interrupted = false;
    while (true) {
      try {
        helper.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static <T> T result(FutureTask<T> task) {
    if (!task.isDone()) {
      throw new AssertionError("a piece of work was given up");
    }
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failed) {
        throw failed;
      }
      if (e.getCause() instanceof Error failed) {
        throw failed;
      }
      throw new AssertionError("a piece of work failed", e.getCause());
    } catch (InterruptedException e) {
      throw new AssertionError("nothing was waited for", e);
    }
  }
}
