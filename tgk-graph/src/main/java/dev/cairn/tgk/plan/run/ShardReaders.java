package dev.cairn.tgk.plan.run;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Threads that read shards ahead of their turn, each shard by one thread, in order of shards.
 *
 * <p>The first shard that is not read to its end always has a thread, so whoever waits for its rows
 * gets them; threads further ahead wait once {@link #PAGES_AHEAD_MAX} pages of theirs are full, or
 * enough shards are ready. A failure is thrown where the rows would have come. One owner at a time;
 * closing stops the threads and waits for them.
 */
final class ShardReaders implements AutoCloseable {
  /** Rows handed over at a time. */
  private static final int PAGE_ROWS = 256;

  /** Full pages of a shard that wait. */
  private static final int PAGES_AHEAD_MAX = 4;

  /** Shards that are begun and not yet taken, for each thread. */
  private static final int SHARDS_AHEAD_PER_THREAD = 2;

  /** Some rows of a shard; the last page says so, and may carry why it is the last. */
  private record Page(List<Row> rows, boolean last, @Nullable Throwable failure) {}

  private final List<Operator> sources;
  private final List<BlockingQueue<Page>> queues = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger nextShard = new AtomicInteger();
  private final Semaphore shardsAhead;
  private boolean started;

  ShardReaders(List<Operator> sources, int threadCount) {
    this.sources = List.copyOf(sources);
    this.shardsAhead = new Semaphore(threadCount * SHARDS_AHEAD_PER_THREAD);
    for (int i = 0; i < sources.size(); i++) {
      queues.add(new ArrayBlockingQueue<>(PAGES_AHEAD_MAX));
    }
    for (int i = 0; i < threadCount; i++) {
      Thread thread = new Thread(this::read, "cairn-query-shards-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
  }

  /** Starts the threads, once: when the first row is wanted and not before. */
  private void start() {
    if (!started) {
      started = true;
      threads.forEach(Thread::start);
    }
  }

  /** The shards, as they are read. */
  List<Operator> shards() {
    List<Operator> shards = new ArrayList<>();
    queues.forEach(queue -> shards.add(new Shard(queue)));
    return shards;
  }

  private void read() {
    try {
      while (true) {
        shardsAhead.acquire();
        int shard = nextShard.getAndIncrement();
        if (shard >= sources.size()) {
          return;
        }
        read(sources.get(shard), queues.get(shard));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Closed: the thread ends.
    }
  }

  private static void read(Operator source, BlockingQueue<Page> queue) throws InterruptedException {
    List<Row> rows = new ArrayList<>();
    Throwable failure = null;
    try (source) {
      for (Row row = source.next(); row != null; row = source.next()) {
        if (row instanceof ItemRow item) {
          item.shed();
        }
        rows.add(row);
        if (rows.size() == PAGE_ROWS) {
          queue.put(new Page(rows, false, null));
          rows = new ArrayList<>();
        }
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    queue.put(new Page(rows, true, failure));
  }

  @Override
  public void close() {
    if (!started) {
      return;
    }
    threads.forEach(Thread::interrupt);
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true; // The threads end by themselves; whoever waits is told afterwards.
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** A shard on the reader's side. */
  private final class Shard implements Operator {
    private final BlockingQueue<Page> queue;
    private Page page = new Page(List.of(), false, null);
    private int at;

    Shard(BlockingQueue<Page> queue) {
      this.queue = queue;
    }

    @Override
    public @Nullable Row next() {
      start();
      while (at == page.rows().size()) {
        if (page.failure() instanceof Error error) {
          throw error;
        }
        if (page.failure() instanceof RuntimeException failure) {
          throw failure;
        }
        if (page.last()) {
          return null;
        }
        try {
          page = queue.take();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw Execution.interrupted(e);
        }
        at = 0;
      }
      return page.rows().get(at++);
    }

    /** Lets a thread begin another shard. */
    @Override
    public void close() {
      shardsAhead.release();
    }
  }
}
