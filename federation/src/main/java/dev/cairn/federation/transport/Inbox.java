package dev.cairn.federation.transport;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.transport.PeerLink.Activity;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The waiting half of every link: what arrived and was not received yet, and the threads that wait
 * for more, for room to send, or for the end.
 *
 * <p>It holds whatever is delivered; a transport keeps it small by asking its peer for more only as
 * frames are taken. Frames are decoded by the thread that receives, never by a transport's event
 * loop. Frames that arrived before a failure are received before the failure is thrown.
 *
 * <p>A transport calls {@link #deliver}, {@link #end}, {@link #fail} and {@link #signal} from any
 * thread; one thread receives or awaits, and one sends.
 *
 * @param <F> a frame as the transport delivers it
 */
public final class Inbox<F> {
  /** Most frames of unknown kinds in a row: a peer cannot keep a session busy with nothing. */
  public static final int UNKNOWN_FRAMES_MAX = 1_024;

  private static final long WAIT_MILLIS_MAX = TimeUnit.DAYS.toMillis(1);

  private final String peer;
  private final Source<F> source;
  private final LinkLimits limits;
  private final Ticker ticker;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<F> frames = new ArrayDeque<>();
  private @Nullable PeerMessage decoded;
  private int unknownInARow;
  private boolean ended;
  private boolean woken;
  private @Nullable CairnException failure;
  private long progressNanos;

  /**
   * What an inbox needs of its transport.
   *
   * @param <F> a frame as the transport delivers it
   */
  public interface Source<F> {
    /** The frame's message; empty for a kind that this version does not know. */
    Optional<PeerMessage> decode(F frame);

    /** A frame has left the inbox: there is room for another. Must not wait. */
    void taken(F frame);

    /** True if the transport takes a message without waiting. Must not wait itself. */
    boolean ready();
  }

  /**
   * An empty inbox.
   *
   * @param peer who sends, for messages
   * @param ticker measures waits and silence
   */
  public Inbox(String peer, Source<F> source, LinkLimits limits, Ticker ticker) {
    this.peer = peer;
    this.source = source;
    this.limits = limits;
    this.ticker = ticker;
    this.progressNanos = ticker.nanos();
  }

  /** Adds a frame that arrived; what comes after the end or a failure is dropped. */
  public void deliver(F frame) {
    change(
        () -> {
          if (isOpen()) {
            frames.add(frame);
            progressNanos = ticker.nanos();
          }
        });
  }

  /** The peer has said all that it will say. */
  public void end() {
    change(() -> ended = ended || failure == null);
  }

  /** The link is broken; the first of end and failures counts. */
  public void fail(CairnException reason) {
    change(() -> failure = isOpen() ? reason : failure);
  }

  /** Something that a waiting thread looks at has changed. */
  public void signal() {
    change(() -> {});
  }

  /** {@link PeerLink#wake}. */
  public void wake() {
    change(() -> woken = true);
  }

  /** Drops what was not received and makes everyone who waits, now or later, fail. */
  public void close() {
    change(
        () -> {
          frames.clear();
          decoded = null;
          ended = false;
          failure = new UnavailableException("the link to " + peer + " is closed");
        });
  }

  /** {@link PeerLink#await}. */
  public Activity await(boolean toSend, long timeoutMillis) {
    long deadline = deadline(timeoutMillis);
    while (true) {
      F frame;
      lock.lock();
      try {
        while (decoded == null && frames.isEmpty() && isOpen()) {
          if (toSend && source.ready()) {
            return Activity.SENDABLE;
          }
          if (woken || !sleep(deadline)) {
            woken = false;
            return Activity.NOTHING;
          }
        }
        frame = decoded == null ? frames.poll() : null;
      } finally {
        lock.unlock();
      }
      if (frame == null || decode(frame)) {
        return Activity.RECEIVABLE;
      }
    }
  }

  /** {@link PeerLink#receive}. */
  public @Nullable PeerMessage receive(long timeoutMillis) {
    if (await(false, timeoutMillis) == Activity.NOTHING) {
      throw new UnavailableException("nothing from " + peer + " in " + timeoutMillis + " ms");
    }
    lock.lock();
    try {
      PeerMessage message = decoded;
      decoded = null;
      if (message == null && failure != null) {
        throw again(failure);
      }
      return message;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the transport takes a message.
   *
   * @throws UnavailableException if it does not within the send timeout, or the link is over
   */
  public void awaitReady() {
    long deadline = deadline(limits.sendTimeoutMillis());
    lock.lock();
    try {
      while (!source.ready()) {
        checkOpen();
        if (!sleep(deadline)) {
          throw new UnavailableException(
              peer + " took no message in " + limits.sendTimeoutMillis() + " ms");
        }
      }
      checkOpen();
      progressNanos = ticker.nanos();
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    if (failure != null) {
      throw again(failure);
    }
    if (ended) {
      throw new UnavailableException(peer + " has ended the conversation");
    }
  }

  private boolean decode(F frame) {
    source.taken(frame);
    Optional<PeerMessage> message;
    try {
      message = source.decode(frame);
      unknownInARow = message.isPresent() ? 0 : unknownInARow + 1;
      if (unknownInARow > UNKNOWN_FRAMES_MAX) {
        throw new RefusedException(
            peer + " sent more than " + UNKNOWN_FRAMES_MAX + " frames of unknown kinds in a row");
      }
    } catch (MalformedException | RefusedException e) {
      change(
          () -> {
            frames.clear();
            ended = false;
            failure = e;
          });
      return true;
    }
    change(() -> decoded = message.orElse(null));
    return message.isPresent();
  }

  /**
   * Sleeps until something changes; false once the deadline has passed. Holds the lock; every
   * caller loops.
   */
  @SuppressWarnings("WaitNotInLoop")
  private boolean sleep(long deadline) {
    long now = ticker.nanos();
    if (deadline - now <= 0) {
      return false;
    }
    long idleAt = progressNanos + TimeUnit.MILLISECONDS.toNanos(limits.idleTimeoutMillis());
    if (idleAt - now <= 0) {
      failure =
          new UnavailableException(
              "no sign of " + peer + " for " + limits.idleTimeoutMillis() + " ms");
      return true;
    }
    try {
      long ignored = changed.awaitNanos(Math.min(deadline - now, idleAt - now));
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while waiting for " + peer, e);
    }
  }

  private boolean isOpen() {
    return !ended && failure == null;
  }

  private long deadline(long timeoutMillis) {
    long bounded = Math.min(Math.max(timeoutMillis, 0), WAIT_MILLIS_MAX);
    return ticker.nanos() + TimeUnit.MILLISECONDS.toNanos(bounded);
  }

  private void change(Runnable step) {
    lock.lock();
    try {
      step.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The failure for the thread that asks now: same type and message, its own stack. */
  private static CairnException again(CairnException failure) {
    String message = Objects.requireNonNullElse(failure.getMessage(), "the link is broken");
    if (failure instanceof MalformedException) {
      return new MalformedException(message, failure);
    }
    if (failure instanceof RefusedException) {
      return new RefusedException(message, failure);
    }
    return new UnavailableException(message, failure);
  }
}
