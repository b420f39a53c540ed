package dev.cairn.asl.store;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells those who follow the log that commits have arrived, or that the store has closed. Safe for
 * any thread; holds its own lock only, and calls nobody.
 */
final class LogNews {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Both under the lock.
  private long arrivals;
  private long payloads;
  private boolean closed;

  LogNews(long arrivals) {
    this.arrivals = arrivals;
  }

  /** So many commits can be read now. */
  void arrived(long total) {
    lock.lock();
    try {
      arrivals = total;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Payloads have come for records that were here. */
  void payloadsArrived() {
    lock.lock();
    try {
      payloads++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A number that rises with whatever may have brought a payload. */
  long events() {
    lock.lock();
    try {
      return arrivals + payloads;
    } finally {
      lock.unlock();
    }
  }

  /**
   * As {@link #await}, for {@link #events} to rise above {@code seen}.
   *
   * @return nanoseconds left; none are left if the time is over
   */
  long awaitEvent(long seen, long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (arrivals + payloads <= seen && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      return left;
    } finally {
      lock.unlock();
    }
  }

  /** No further commit will come. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Number of commits that can be read. */
  long arrivals() {
    lock.lock();
    try {
      return arrivals;
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until there are more than {@code seen} commits, or the store has closed, or the time is
   * over.
   *
   * @return nanoseconds left; none are left if the time is over
   */
  long await(long seen, long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (arrivals <= seen && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      return left;
    } finally {
      lock.unlock();
    }
  }
}
