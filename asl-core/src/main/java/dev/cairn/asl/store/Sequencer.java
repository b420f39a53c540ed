package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnknownOutcomeException;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.model.PayloadDigest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The only writer.
 *
 * <p>There is no thread of its own. A caller enqueues its draft and takes the lock; whoever holds
 * it first writes for all that wait, with one sync, and the others find their results ready.
 * Replicated stretches and the state tree's upkeep run under the same lock. Safe for any thread.
 */
final class Sequencer {
  /** Drafts that may wait; further callers block. */
  static final int QUEUE_DRAFTS_MAX = 1024;

  /** A group that shares a sync takes no further draft past so many records. */
  static final int GROUP_RECORDS = 8192;

  /** Nor past so many bytes of records and rows. */
  static final long GROUP_BYTES = 16L << 20;

  /** Most threads that bring the state tree up to date. */
  private static final int TREE_THREADS_MAX = 4;

  private final StorageEngine engine;
  private final Logs logs;
  private final PayloadStore payloads;
  private final Structures structures;
  private final LogWriter writer;
  private final StateTreeKeeper tree;
  private final StoreMetrics metrics;
  private final ReentrantLock lock = new ReentrantLock(true);
  private final BlockingQueue<Ticket> queue = new ArrayBlockingQueue<>(QUEUE_DRAFTS_MAX);

  /** Under the lock. */
  private boolean closed;

  private static final class Ticket {
    final CommitDraft draft;
    final Durability durability;
    final long sinceNanos;
    @Nullable CommitResult result;
    @Nullable RuntimeException error;

    Ticket(CommitDraft draft, Durability durability, long sinceNanos) {
      this.draft = draft;
      this.durability = durability;
      this.sinceNanos = sinceNanos;
    }
  }

  Sequencer(
      StorageEngine engine,
      Logs logs,
      PayloadStore payloads,
      Structures structures,
      LogWriter writer,
      StoreMetrics metrics) {
    this.engine = engine;
    this.logs = logs;
    this.payloads = payloads;
    this.structures = structures;
    this.writer = writer;
    this.metrics = metrics;
    this.tree = new StateTreeKeeper(engine, logs, new SharedWork("tree", treeThreads()));
  }

  private static int treeThreads() {
    return Math.min(TREE_THREADS_MAX, Runtime.getRuntime().availableProcessors());
  }

  /** Runs {@code work} while nothing is written. */
  <T> T exclusively(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  /** What stops the store: nobody knows how far a write came that ended so. */
  private static StoreFailedException failure(Error error) {
    return new StoreFailedException("a write ended with " + error, error);
  }

  /**
   * Writes while nothing else is written, if the store takes writes. If it fails in a way that
   * leaves open what the engine holds, the store takes no more writes.
   */
  <T> T change(Supplier<T> work) {
    return exclusively(
        () -> {
          writer.checkUsable();
          try {
            return work.get();
          } catch (StoreFailedException | UnknownOutcomeException e) {
            writer.failWith(e);
            throw e;
          } catch (Error e) {
            writer.failWith(failure(e));
            throw e;
          }
        });
  }

  /** Commits a draft, together with those that wait beside it. */
  CommitResult commit(CommitDraft draft, Durability durability) {
    Ticket ticket = new Ticket(draft, durability, metrics.ticker().nanos());
    enqueue(ticket);
    lock.lock();
    try {
      while (ticket.result == null && ticket.error == null) {
        writeGroup();
      }
    } finally {
      lock.unlock();
    }
    if (ticket.error != null) {
      throw ticket.error;
    }
    CommitResult result = ticket.result;
    if (result == null) {
      throw new AssertionError("a group left a draft without an answer");
    }
    draft.release();
    return result;
  }

  private void enqueue(Ticket ticket) {
    boolean interrupted = false;
    while (true) {
      try {
        queue.put(ticket);
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeGroup() {
    List<Ticket> group = new ArrayList<>();
    try {
      try {
        writeTogether(group);
      } catch (RuntimeException e) {
        if (group.size() > 1 && writer.isUsable()) {
          writeApart(group);
        } else {
          fail(group, e);
        }
      }
    } catch (Error e) {
      StoreFailedException failure = failure(e);
      writer.failWith(failure);
      fail(group, failure);
      throw e;
    }
  }

  private void writeTogether(List<Ticket> group) {
    writer.checkUsable();
    CommitGroup writing = newGroup();
    while (!writing.isFull()) {
      Ticket ticket = queue.poll();
      if (ticket == null) {
        break;
      }
      group.add(ticket);
      metrics.draftWaited(metrics.ticker().nanos() - ticket.sinceNanos);
      take(writing, ticket);
    }
    append(writing, group);
  }

  /** Writes what was taken: durably if one of the callers asked for that. */
  private void append(CommitGroup writing, List<Ticket> group) {
    boolean synced =
        group.stream()
            .anyMatch(ticket -> ticket.error == null && ticket.durability == Durability.SYNCED);
    writing.append(synced ? Durability.SYNCED : Durability.RELAXED);
    if (synced) {
      writer.makeDurable();
    }
    tell(group);
  }

  private void tell(List<Ticket> group) {
    int drafts = 0;
    CommitTally tally = new CommitTally();
    for (Ticket ticket : group) {
      CommitResult result = ticket.result;
      if (result != null) {
        drafts++;
        tally.add(ticket.draft, result);
      }
    }
    if (drafts > 0) {
      tally.tell(metrics, drafts);
    }
  }

  /**
   * Something in the group cannot be written: each goes by itself, so that the others are. Those
   * that have their answers leave the group.
   */
  private void writeApart(List<Ticket> group) {
    Iterator<Ticket> waiting = group.iterator();
    while (waiting.hasNext()) {
      Ticket ticket = waiting.next();
      ticket.result = null;
      ticket.error = null;
      try {
        writer.checkUsable();
        CommitGroup writing = newGroup();
        take(writing, ticket);
        append(writing, List.of(ticket));
      } catch (RuntimeException e) {
        fail(List.of(ticket), e);
      }
      waiting.remove();
    }
  }

  private CommitGroup newGroup() {
    return new CommitGroup(writer, engine, structures, payloads);
  }

  /** A draft that is refused by itself leaves its neighbours alone. */
  private static void take(CommitGroup writing, Ticket ticket) {
    try {
      ticket.result = writing.add(ticket.draft);
    } catch (UnavailableException e) {
      ticket.error = e;
    }
  }

  /** Answers all that wait in the group, or in the queue if the group never began. */
  private void fail(List<Ticket> group, RuntimeException error) {
    List<Ticket> failed = new ArrayList<>(group);
    if (failed.isEmpty()) {
      queue.drainTo(failed);
    }
    for (Ticket ticket : failed) {
      ticket.result = null;
      ticket.error = error;
    }
  }

  /** Makes a checked stretch visible if it continues what is held. */
  ReplicaResult replicate(VerifiedStretch checked) {
    return change(
        () ->
            new ReplicaStretch(writer, engine, logs, structures, payloads.absences(), checked)
                .apply());
  }

  /** Keeps a payload from being removed, until {@link #release}. */
  void hold(PayloadDigest digest) {
    payloads.hold(digest);
  }

  /**
   * Ends one {@link #hold}; what was to be erased meanwhile goes now, or at the next opening: then
   * too if writing fails now, which stops the store but is no failure of whoever lets go.
   */
  void release(PayloadDigest digest) {
    if (!payloads.release(digest)) {
      return;
    }
    exclusively(
        () -> {
          if (!closed && writer.isUsable()) {
            try {
              writer.removeWaiting(digest.digest());
            } catch (CairnException e) {
              LoggerFactory.getLogger(Sequencer.class)
                  .warn("payload {} is to be erased, which waits for the next opening", digest, e);
            }
          }
          return null;
        });
  }

  /** Removes payloads whose erasure waited for what is gone now. */
  void removeErased() {
    change(
        () -> {
          writer.removeWaiting(Bytes.EMPTY);
          return null;
        });
  }

  /** Makes every commit acknowledged so far durable. */
  void sync() {
    exclusively(
        () -> {
          writer.makeDurable();
          return null;
        });
  }

  /** Closes the engine once no write is under way, and ends the wait of those who follow. */
  void close() {
    exclusively(
        () -> {
          closed = true;
          writer.news().close();
          engine.close();
          return null;
        });
  }

  /** Signs the present end of this node's log. */
  Optional<Bytes> signHead() {
    return exclusively(writer::signHead);
  }

  /** The state tree's root, brought up to the present. */
  StateNode stateTree() {
    return exclusively(
        () ->
            writer.isReadOnly()
                ? tree.peek(writer.nextArrival())
                : tree.advance(writer.nextArrival()));
  }
}
