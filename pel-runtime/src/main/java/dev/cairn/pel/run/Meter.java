package dev.cairn.pel.run;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.pel.operator.OperatorHost;
import java.util.concurrent.TimeUnit;

/**
 * Counts what one run takes, and ends it if that is more than it may. Safe for any thread.
 *
 * <p>The unit is about a nanosecond of one processor, for whoever reads it; but what is counted is
 * what was done, each at a fixed price, and never time: instructions of modules, steps of queries
 * and expressions, bytes read and made, artifacts, nodes. So a run takes the same everywhere. What
 * a node takes counts in full where a {@link StepMemo} spared it, and only once it has ended, so
 * that a run which ends early does not count what was on its way. A node that is given up, because
 * its time was up or what it made is too much, is charged the time that it might have had.
 *
 * <p>Amounts that are too large for a number are the largest number.
 */
public final class Meter {
  /** To find a receipt and its program, and to begin. */
  public static final long RUN = 1_000_000;

  /** To begin a node, or one application of an operator. */
  static final long STEP = 200_000;

  /** An artifact made. */
  static final long ARTIFACT = 20_000;

  /** An input opened. */
  static final long OPENING = OperatorHost.WORK_OF_OPENING;

  /** A byte read or made. */
  static final long BYTE = OperatorHost.WORK_A_BYTE;

  private final Cost max;
  private Cost running = Cost.NONE;
  private Cost taken = Cost.NONE;
  private boolean refused;

  /**
   * A meter of one run.
   *
   * @param max what it may take
   */
  public Meter(Cost max) {
    this.max = max;
  }

  /** What it took, as far as it came. */
  public synchronized Cost taken() {
    return taken;
  }

  /** True if that is more than it may. */
  public boolean isSpent() {
    return !taken().isWithin(max);
  }

  /** True if the run was ended as it would have done more than it may, and not for its limits. */
  public synchronized boolean hasRefused() {
    return refused;
  }

  /** Counts what is no node's. */
  synchronized void add(long work) {
    Cost more = new Cost(work, 0);
    taken = taken.plus(more);
    count(more);
  }

  /** Counts so many bytes that were read, and are no node's. */
  void bytes(long count) {
    add(OperatorHost.work(BYTE, count));
  }

  /** The run is given up, as its time was up. */
  synchronized void timedOut(long millis) {
    taken = new Cost(Math.max(taken.work(), workOf(millis)), taken.leftBytes());
  }

  private static long workOf(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private synchronized void count(Cost more) {
    running = running.plus(more);
    if (!running.isWithin(max)) {
      refused = true;
      throw new RefusedException(
          "the run takes more than the "
              + max.work()
              + " units of work and "
              + max.leftBytes()
              + " bytes of new large outputs that it may");
    }
  }

  private synchronized void countLate(Cost more) {
    running = running.plus(more);
  }

  private synchronized long left() {
    return Math.max(0, max.work() - running.work());
  }

  private synchronized void ended(Cost part) {
    taken = taken.plus(part);
  }

  /** A meter of a node. */
  Part part() {
    return new Part();
  }

  /** What one node takes. Safe for any thread. */
  final class Part {
    private Cost cost = Cost.NONE;

    private Part() {}

    /**
     * Counts.
     *
     * @throws RefusedException if the run takes too much by now
     */
    void add(Cost more) {
      synchronized (this) {
        cost = cost.plus(more);
      }
      count(more);
    }

    void work(long units) {
      add(new Cost(units, 0));
    }

    /** So many bytes were read or made. */
    void bytes(long count) {
      work(OperatorHost.work(BYTE, count));
    }

    /**
     * So many bytes were written of a large output that is given up; what counts next may throw.
     */
    void wasted(long bytes) {
      Cost more = new Cost(0, bytes);
      synchronized (this) {
        cost = cost.plus(more);
      }
      countLate(more);
    }

    /** What the run may still take. */
    long left() {
      return Meter.this.left();
    }

    /** The node is given up, and what it did by then depends on who was faster. */
    synchronized void givenUp(long millis) {
      cost = new Cost(Math.max(cost.work(), workOf(millis)), cost.leftBytes());
    }

    synchronized Cost cost() {
      return cost;
    }

    /** The node has ended, in whatever way. */
    void end() {
      ended(cost());
    }
  }
}
