package dev.cairn.asl.engine.rocksdb;

import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Lets calls into native code happen only between opening and closing: a call on a freed native
 * object would end the process.
 *
 * <p>Every call is between {@link #enter} and {@link #leave}; {@link #closeOnce} waits for those
 * inside and refuses those that come later. Safe for any thread.
 */
final class OpenGuard {
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  /** Begins a call, or throws {@link IllegalStateException} after closing. */
  void enter() {
    lock.readLock().lock();
    if (closed) {
      lock.readLock().unlock();
      throw new IllegalStateException("the engine is closed");
    }
  }

  /** Ends a call that {@link #enter} began. */
  void leave() {
    lock.readLock().unlock();
  }

  /** Closes, and runs {@code release} once no call is inside; does nothing the second time. */
  void closeOnce(Runnable release) {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        release.run();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
