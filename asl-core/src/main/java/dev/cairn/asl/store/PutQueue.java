package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnknownOutcomeException;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Puts that do not wait for the disk: they are hashed, gathered into commits, and completed each
 * when it is as durable as asked.
 *
 * <pre>
 *   put ─ room? ─ hash ─▶ ready ─▶ one task gathers what is ready ─▶ commit ─▶ futures complete
 *    │ waits, or is refused          (on the executor, one at a time)
 * </pre>
 *
 * <p>Room is bounded in puts and in bytes, and a put occupies it until its future completes; one
 * that alone is larger than the room goes in when nothing else is under way. There is no thread of
 * its own: all work beside the caller's is done on the executor given, which stays the caller's. An
 * executor that runs tasks in the calling thread makes every put wait for its commit.
 *
 * <p>Each future completes with the key, or with what went wrong with that put alone; puts that
 * share a commit with a bad one are committed without it. A future that was cancelled is put all
 * the same.
 *
 * <p>Safe for any thread. Do not wait for room in the executor's threads, nor in what follows a
 * future: it is they who make room. The store must stay open until the queue is closed.
 */
public final class PutQueue implements AutoCloseable {
  private final Store store;
  private final Executor executor;
  private final PutQueueOptions options;
  private final StoreMetrics metrics;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All below: under the lock.
  private final ArrayDeque<Item> ready = new ArrayDeque<>();
  private int itemsUnderWay;
  private long bytesUnderWay;
  private int incomplete;
  private boolean gathering;
  private boolean closed;

  /** A put under way. */
  private static final class Item {
    final long weight;
    final CompletableFuture<ArtifactKey> done = new CompletableFuture<>();
    @Nullable PreparedArtifact artifact;

    Item(long weight) {
      this.weight = weight;
    }

    PreparedArtifact artifact() {
      PreparedArtifact prepared = artifact;
      if (prepared == null) {
        throw new AssertionError("a put is ready that was not hashed");
      }
      return prepared;
    }
  }

  /** Reads and hashes what is put. */
  @FunctionalInterface
  private interface Source {
    PreparedArtifact prepare() throws IOException;
  }

  /**
   * A queue in front of a store.
   *
   * @param executor runs the commits, and the hashing if asked
   */
  public PutQueue(Store store, Executor executor, PutQueueOptions options) {
    this.store = store;
    this.executor = executor;
    this.options = options;
    this.metrics = store.metrics();
  }

  /**
   * Puts an artifact that is in memory.
   *
   * @throws UnavailableException if there is no room within the time that the options give
   */
  public CompletableFuture<ArtifactKey> put(@Nullable TypeTag tag, Bytes payload) {
    return put(payload.length(), () -> store.prepare(tag, payload));
  }

  /** As {@link #put(TypeTag, Bytes)}, for a file of any size. */
  public CompletableFuture<ArtifactKey> put(@Nullable TypeTag tag, Path file) {
    long size;
    try {
      size = Files.size(file);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    return put(Math.min(size, Store.INLINE_BYTES_MAX), () -> store.prepare(tag, file));
  }

  /** Puts that are not completed. */
  public int underWay() {
    lock.lock();
    try {
      return itemsUnderWay;
    } finally {
      lock.unlock();
    }
  }

  private CompletableFuture<ArtifactKey> put(long weight, Source source) {
    takeRoom(weight);
    Item item = new Item(weight);
    if (options.hashing() == PutQueueOptions.Hashing.IN_CALLER) {
      prepare(item, source);
    } else {
      prepareElsewhere(item, source);
    }
    return item.done;
  }

  // ---- room

  private void takeRoom(long weight) {
    lock.lock();
    try {
      checkOpen();
      if (!hasRoom(weight)) {
        long start = metrics.ticker().nanos();
        try {
          awaitRoom(weight);
        } finally {
          metrics.putStalled(metrics.ticker().nanos() - start);
        }
      }
      itemsUnderWay++;
      incomplete++;
      bytesUnderWay += weight;
    } finally {
      lock.unlock();
    }
  }

  private boolean hasRoom(long weight) {
    return itemsUnderWay == 0
        || (itemsUnderWay < options.itemsMax() && bytesUnderWay + weight <= options.bytesMax());
  }

  private void awaitRoom(long weight) {
    long nanosLeft = TimeUnit.MILLISECONDS.toNanos(options.waitMillisMax());
    try {
      while (!hasRoom(weight)) {
        if (nanosLeft <= 0) {
          throw new UnavailableException(
              "no room for a put of "
                  + weight
                  + " bytes within "
                  + options.waitMillisMax()
                  + " ms: "
                  + itemsUnderWay
                  + " puts with "
                  + bytesUnderWay
                  + " bytes are under way");
        }
        nanosLeft = changed.awaitNanos(nanosLeft);
        checkOpen();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while waiting for room", e);
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the put queue is closed");
    }
  }

  /** Ends a put: first for those who wait for room, then for who waits for its outcome. */
  private void complete(Item item, @Nullable Throwable error) {
    lock.lock();
    try {
      itemsUnderWay--;
      bytesUnderWay -= item.weight;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      if (error == null) {
        item.done.complete(item.artifact().id().key());
      } else {
        item.done.completeExceptionally(error);
      }
    } finally {
      lock.lock();
      try {
        incomplete--;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  // ---- work

  private void prepareElsewhere(Item item, Source source) {
    try {
      executor.execute(() -> prepare(item, source));
    } catch (RejectedExecutionException e) {
      complete(item, refused(e));
    } catch (Error e) {
      complete(item, e);
      throw e;
    }
  }

  private static UnavailableException refused(RejectedExecutionException cause) {
    return new UnavailableException("the put queue's executor takes no more work", cause);
  }

  private void prepare(Item item, Source source) {
    try {
      item.artifact = source.prepare();
    } catch (IOException | RuntimeException | Error e) {
      complete(item, e);
      return;
    }
    if (makeReady(item)) {
      gather();
    }
  }

  /** True if nobody gathers yet. */
  private boolean makeReady(Item item) {
    lock.lock();
    try {
      ready.add(item);
      boolean first = !gathering;
      gathering = true;
      return first;
    } finally {
      lock.unlock();
    }
  }

  private void gather() {
    try {
      executor.execute(this::commitAll);
    } catch (RejectedExecutionException e) {
      failAll(refused(e));
    } catch (Error e) {
      failAll(e);
      throw e;
    }
  }

  private void failAll(Throwable error) {
    for (List<Item> batch = next(); !batch.isEmpty(); batch = next()) {
      batch.forEach(item -> complete(item, error));
    }
  }

  private void commitAll() {
    for (List<Item> batch = next(); !batch.isEmpty(); batch = next()) {
      commit(batch);
    }
  }

  /** What goes into the next commit; if there is nothing, nobody gathers any more. */
  private List<Item> next() {
    lock.lock();
    try {
      List<Item> batch = new ArrayList<>();
      long bytes = 0;
      while (!ready.isEmpty()
          && batch.size() < options.commitRecordsMax()
          && (batch.isEmpty() || bytes + ready.peek().weight <= Sequencer.GROUP_BYTES)) {
        Item item = ready.remove();
        bytes += item.weight;
        batch.add(item);
      }
      gathering = !batch.isEmpty();
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void commit(List<Item> batch) {
    try {
      CommitDraft draft = new CommitDraft();
      batch.forEach(item -> draft.put(item.artifact()));
      store.commit(draft, options.durability());
    } catch (StoreFailedException | UnknownOutcomeException | IllegalStateException | Error e) {
      batch.forEach(item -> complete(item, e));
      return;
    } catch (RuntimeException e) {
      if (batch.size() == 1) {
        complete(batch.get(0), e);
      } else {
        batch.forEach(item -> commit(List.of(item)));
      }
      return;
    }
    batch.forEach(item -> complete(item, null));
  }

  /**
   * Takes no more puts, and returns once all are completed and durable.
   *
   * @throws UnavailableException if they are not within the time that the options give
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      long nanosLeft = TimeUnit.MILLISECONDS.toNanos(options.closeMillisMax());
      while (incomplete > 0) {
        if (nanosLeft <= 0) {
          throw new UnavailableException(
              incomplete + " puts are still under way after " + options.closeMillisMax() + " ms");
        }
        nanosLeft = changed.awaitNanos(nanosLeft);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while the put queue was closing", e);
    } finally {
      lock.unlock();
    }
    if (options.durability() == Durability.RELAXED) {
      store.sync();
    }
  }
}
