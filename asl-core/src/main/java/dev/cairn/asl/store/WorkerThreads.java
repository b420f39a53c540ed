package dev.cairn.asl.store;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.work.UnderWay;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
   * those behind it are given up: interrupted, and waited for, so that nobody reads any more what
   * the caller may close then.
   */
  public <T> void each(Iterator<Supplier<T>> pieces, Consumer<T> next) {
    eachWhile(
        pieces,
        done -> {
          next.accept(done);
          return true;
        });
  }

  /** The same until {@code next} says that it is enough: those behind it are given up too. */
  public <T> void eachWhile(Iterator<Supplier<T>> pieces, Predicate<T> next) {
    UnderWay running = new UnderWay();
    Deque<Future<T>> making = new ArrayDeque<>();
    try {
      while (pieces.hasNext() || !making.isEmpty()) {
        while (making.size() < ahead && pieces.hasNext()) {
          Supplier<T> piece = pieces.next();
          making.add(threads.submit(() -> call(running, piece)));
        }
        if (!next.test(await(making.element()))) {
          return;
        }
        making.remove();
      }
    } finally {
      running.giveUp();
      making.forEach(each -> each.cancel(true));
      running.awaitNone();
    }
  }

  private static <T> T call(UnderWay running, Supplier<T> piece) {
    if (!running.begin()) {
      throw new CancellationException("given up before it began");
    }
    try {
      return piece.get();
    } finally {
      running.end();
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
