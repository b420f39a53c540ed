package dev.cairn.asl.engine.memory;

import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Disturbs a memory engine while a store uses it: holds its writes, refuses them, lets them fail,
 * loses their outcomes. Got from {@link MemoryEngine#faults}; one for all handles of an engine.
 *
 * <p>A write is an append, a write of rows or a sync. It meets faults at two gates:
 *
 * <pre>
 *   call ── submission ── held? ── commit ── state changes ── returns
 *              │                     │            │
 *              │                     │            └ loseOutcomeOfNextAppend
 *              │                     └ failCommits: the handle takes no more writes
 *              └ refuseSubmissions: the same call may be made again
 * </pre>
 *
 * <p>Neither gate changes anything when it throws. Faults end with {@link MemoryEngine#crash} and
 * {@link MemoryEngine#reopen}. Safe for any thread.
 */
public final class MemoryFaults {
  /** Longest wait of a held call; then it fails with {@link StoreFailedException}. */
  public static final int HOLD_SECONDS_MAX = 60;

  /** Which held write goes first. */
  public enum ReleaseOrder {
    /** The one that has been held longest. */
    OLDEST_FIRST,
    /** The one that was held last. */
    NEWEST_FIRST
  }

  private final MemoryMedium medium;
  private final Condition changed;

  // Written under the medium's lock.
  private volatile boolean holdingReads;

  // All below: under the medium's lock.
  private final Deque<Held> held = new ArrayDeque<>();

  /** Released and not done yet; they go one after another. */
  private final Deque<Held> released = new ArrayDeque<>();

  private int holding;
  private int heldReads;
  private int refusals;
  private int successesBeforeFailures;
  private int failures;
  private @Nullable Boolean lostOutcome;

  /** A write that waits. */
  private static final class Held {}

  MemoryFaults(MemoryMedium medium) {
    this.medium = medium;
    this.changed = medium.lock.newCondition();
  }

  // ---- holding

  /**
   * Holds the next {@code count} writes, each before it changes anything; replaces earlier calls.
   */
  public void holdWrites(int count) {
    require(count);
    locked(() -> holding = count);
  }

  /** Holds every further write until {@link #releaseWrites()}. */
  public void holdWrites() {
    holdWrites(Integer.MAX_VALUE);
  }

  /** Number of writes held now. */
  public int heldWrites() {
    medium.lock.lock();
    try {
      return held.size();
    } finally {
      medium.lock.unlock();
    }
  }

  /**
   * Returns once at least {@code count} writes are held.
   *
   * @throws UnavailableException if they are not within {@value #HOLD_SECONDS_MAX} seconds
   */
  public void awaitHeldWrites(int count) {
    require(count);
    awaitThat(() -> held.size() >= count, count + " held writes");
  }

  /** Lets one held write go and returns once it has ended; false if none is held. */
  public boolean releaseWrite(ReleaseOrder order) {
    medium.lock.lock();
    try {
      Held next = order == ReleaseOrder.OLDEST_FIRST ? held.pollFirst() : held.pollLast();
      if (next == null) {
        return false;
      }
      released.add(next);
      changed.signalAll();
    } finally {
      medium.lock.unlock();
    }
    awaitThat(released::isEmpty, "the end of the released write");
    return true;
  }

  /**
   * Lets all that is held now go, each after the one before has ended, and returns once all have.
   * Further writes are held as before.
   */
  public void releaseHeldWrites(ReleaseOrder order) {
    boolean more = true;
    while (more) {
      more = releaseWrite(order);
    }
  }

  /** Holds nothing any more, and lets all that is held go, oldest first, without waiting for it. */
  public void releaseWrites() {
    locked(
        () -> {
          holding = 0;
          released.addAll(held);
          held.clear();
        });
  }

  /** Lets every read, and every step of a cursor, wait until {@link #releaseReads}. */
  public void holdReads() {
    locked(() -> holdingReads = true);
  }

  /** Returns once at least {@code count} reads wait; as {@link #awaitHeldWrites}. */
  public void awaitHeldReads(int count) {
    require(count);
    awaitThat(() -> heldReads >= count, count + " held reads");
  }

  /** Ends {@link #holdReads}. */
  public void releaseReads() {
    locked(() -> holdingReads = false);
  }

  // ---- failing

  /**
   * The next {@code count} writes are refused with {@link UnavailableException} before they are
   * begun. Nothing changes, and the handle goes on: the caller may try again.
   */
  public void refuseSubmissions(int count) {
    require(count);
    locked(() -> refusals = count);
  }

  /**
   * The next {@code count} writes that come to be carried out fail with {@link
   * StoreFailedException} and change nothing. Each stops the handle that it came by; so more than
   * one concern further handles.
   */
  public void failCommits(int count) {
    failCommitsAfter(0, count);
  }

  /** As {@link #failCommits}, after {@code successes} more that succeed. Syncs do not count. */
  public void failCommitsAfter(int successes, int count) {
    require(successes);
    require(count);
    locked(
        () -> {
          successesBeforeFailures = successes;
          failures = count;
        });
  }

  /**
   * The next append that would commit ends {@link AppendOutcome.Unknown}, and its handle takes no
   * more writes. That handle goes on to show what it showed before; others, and what comes after
   * {@link MemoryEngine#crash} or {@link MemoryEngine#reopen}, show what happened.
   *
   * @param written what happened
   */
  public void loseOutcomeOfNextAppend(boolean written) {
    locked(() -> lostOutcome = written);
  }

  // ---- what the engine asks, under the lock

  /** The gate of submission. */
  void submit(String what) {
    if (refusals > 0) {
      refusals--;
      throw new UnavailableException(what + " was refused: injected fault");
    }
  }

  /**
   * Waits while writes are held. {@link #end} must follow if it returns something.
   *
   * @return a mark if the write was held and released
   */
  @Nullable Object awaitRelease(MemoryEngine handle) {
    if (holding == 0) {
      return null;
    }
    if (holding != Integer.MAX_VALUE) {
      holding--;
    }
    Held mine = new Held();
    held.add(mine);
    changed.signalAll();
    try {
      awaitHeld(handle, mine);
      return mine;
    } catch (RuntimeException e) {
      end(mine);
      throw e;
    }
  }

  private void awaitHeld(MemoryEngine handle, Held mine) {
    long nanosLeft = TimeUnit.SECONDS.toNanos(HOLD_SECONDS_MAX);
    while (released.peek() != mine && handle.isOpen()) {
      try {
        if (nanosLeft <= 0) {
          throw handle.fail("a write was held for more than " + HOLD_SECONDS_MAX + " seconds");
        }
        nanosLeft = changed.awaitNanos(nanosLeft);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw handle.fail("interrupted while a write was held");
      }
    }
  }

  /** Ends a write that was held. */
  void end(@Nullable Object mark) {
    if (mark instanceof Held mine) {
      held.remove(mine);
      released.remove(mine);
      changed.signalAll();
    }
  }

  /** The gate of commits. */
  void commit(MemoryEngine handle, String what) {
    if (failures == 0) {
      return;
    }
    if (successesBeforeFailures > 0) {
      successesBeforeFailures--;
      return;
    }
    failures--;
    throw handle.fail(what + " failed: injected fault");
  }

  /** Whether the append now under way loses its outcome, and whether it is written then. */
  @Nullable Boolean takeLostOutcome() {
    Boolean taken = lostOutcome;
    lostOutcome = null;
    return taken;
  }

  /** Whether reads wait now; may be asked without the lock. */
  boolean holdsReads() {
    return holdingReads;
  }

  /** Waits while reads are held. */
  void awaitReads(MemoryEngine handle) {
    if (!holdingReads) {
      return;
    }
    heldReads++;
    changed.signalAll();
    try {
      long nanosLeft = TimeUnit.SECONDS.toNanos(HOLD_SECONDS_MAX);
      while (holdingReads && handle.isOpen()) {
        if (nanosLeft <= 0) {
          throw new StoreFailedException(
              "a read was held for more than " + HOLD_SECONDS_MAX + " seconds");
        }
        nanosLeft = changed.awaitNanos(nanosLeft);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while a read was held", e);
    } finally {
      heldReads--;
    }
  }

  /** Lets all that waits look again. */
  void wakeAll() {
    changed.signalAll();
  }

  /** A condition on what the lock guards. */
  @FunctionalInterface
  private interface Test {
    boolean holds();
  }

  private void awaitThat(Test test, String what) {
    medium.lock.lock();
    try {
      long nanosLeft = TimeUnit.SECONDS.toNanos(HOLD_SECONDS_MAX);
      while (!test.holds()) {
        if (nanosLeft <= 0) {
          throw new UnavailableException("no " + what + " within " + HOLD_SECONDS_MAX + " seconds");
        }
        nanosLeft = changed.awaitNanos(nanosLeft);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while waiting for " + what, e);
    } finally {
      medium.lock.unlock();
    }
  }

  private void locked(Runnable change) {
    medium.lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      medium.lock.unlock();
    }
  }

  private static void require(int count) {
    if (count < 0) {
      throw new IllegalArgumentException("negative count " + count);
    }
  }
}
