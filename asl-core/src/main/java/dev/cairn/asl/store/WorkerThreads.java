package dev.cairn.asl.store;

import dev.cairn.asl.error.UnavailableException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Threads that share a piece of work. What they gave comes in the order of the work, whoever was
 * first, so that nothing depends on how many they are. One owner; must be closed.
 */
public final class WorkerThreads implements Workers, AutoCloseable {
  private final String work;
  private final ExecutorService threads;
  private final int ahead;

  /**
   * Threads, started as there is something to do.
   *
   * @param work what they do: names them, and errors
   */
  public WorkerThreads(String work, int count) {
    this.work = work;
    this.ahead = 2 * count;
    this.threads =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "cairn-" + work);
              thread.setDaemon(true);
              return thread;
            });
  }

  @Override
  public <T> List<T> all(List<Supplier<T>> pieces) {
    List<T> done = new ArrayList<>();
    each(pieces.iterator(), done::add);
    return done;
  }

  /**
   * Does pieces of work; each result is handed on by the calling thread, in order. At most two
   * pieces a thread are in the making or wait to be handed on. If one fails, or handing on does,
   * those behind it are given up.
   */
  public <T> void each(Iterator<Supplier<T>> pieces, Consumer<T> next) {
    Deque<Future<T>> making = new ArrayDeque<>();
    try {
      while (pieces.hasNext() || !making.isEmpty()) {
        while (making.size() < ahead && pieces.hasNext()) {
          making.add(threads.submit(pieces.next()::get));
        }
        next.accept(await(making.remove()));
      }
    } finally {
      giveUp(making);
    }
  }

  /** Nobody reads a source any more once this returns: it may be closed then. */
  private static void giveUp(Deque<? extends Future<?>> making) {
    making.forEach(each -> each.cancel(false));
    for (Future<?> each : making) {
      if (!each.isCancelled()) {
        try {
          each.get();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        } catch (ExecutionException e) {
          // Nobody asks any more what came of it.
        }
      }
    }
  }

  private <T> T await(Future<T> piece) {
    try {
      return piece.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("the " + work + " was interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failed) {
        throw failed;
      }
      if (e.getCause() instanceof Error failed) {
        throw failed;
      }
      throw new AssertionError("a piece of work failed", e.getCause());
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
