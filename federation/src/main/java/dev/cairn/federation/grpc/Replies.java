package dev.cairn.federation.grpc;

import dev.cairn.asl.time.Ticker;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where a call's worker puts its replies: it waits while the client does not read, and throws once
 * the call is over for the client. {@link #send} and {@link #check} are the worker's; gRPC's own
 * threads only signal. Made on gRPC's thread, before the call's method returns.
 *
 * @param <T> the reply
 */
final class Replies<T> {
  private final ServerCallStreamObserver<T> call;
  private final Ticker ticker;
  private final long startNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean cancelled;
  private @Nullable Thread interruptible;

  Replies(ServerCallStreamObserver<T> call, Ticker ticker) {
    this.call = call;
    this.ticker = ticker;
    this.startNanos = ticker.nanos();
    call.setOnReadyHandler(this::signal);
    call.setOnCancelHandler(this::cancel);
  }

  /** Sends a reply as soon as the client takes it. */
  void send(T reply) {
    long deadline = ticker.nanos() + TimeUnit.MILLISECONDS.toNanos(ApiLimits.SILENCE_MILLIS_MAX);
    lock.lock();
    try {
      while (!cancelled && !call.isReady()) {
        long left = deadline - ticker.nanos();
        if (left <= 0) {
          throw ApiErrors.limit("no reply was read in " + ApiLimits.SILENCE_MILLIS_MAX + " ms");
        }
        awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
    check();
    call.onNext(reply);
  }

  /** Returns if the call goes on and has not lasted too long. */
  void check() {
    if (isCancelled()) {
      throw Status.CANCELLED.withDescription("the call is over").asRuntimeException();
    }
    if (elapsedMillis() >= ApiLimits.CALL_MILLIS_MAX) {
      throw ApiErrors.limit("a call of more than " + ApiLimits.CALL_MILLIS_MAX + " ms");
    }
  }

  long elapsedMillis() {
    return TimeUnit.NANOSECONDS.toMillis(ticker.nanos() - startNanos);
  }

  boolean isCancelled() {
    lock.lock();
    try {
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  /** Runs a step whose thread is interrupted when the client gives up. */
  void interruptibly(Runnable step) {
    lock.lock();
    try {
      interruptible = cancelled ? null : Thread.currentThread();
    } finally {
      lock.unlock();
    }
    check();
    try {
      step.run();
    } finally {
      lock.lock();
      try {
        interruptible = null;
        if (cancelled) {
          boolean unused = Thread.interrupted();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** Ends the call well. */
  void complete() {
    call.onCompleted();
  }

  /** Ends the call with what went wrong; what the client has given up gets nothing. */
  void fail(Throwable failure) {
    if (!isCancelled()) {
      call.onError(ApiErrors.of(failure));
    }
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void cancel() {
    lock.lock();
    try {
      cancelled = true;
      if (interruptible != null) {
        interruptible.interrupt();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Holds the lock; the caller loops. */
  @SuppressWarnings("WaitNotInLoop")
  private void awaitNanos(long nanos) {
    try {
      long unused = changed.awaitNanos(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Status.UNAVAILABLE.withDescription("the node is stopping").asRuntimeException();
    }
  }
}
