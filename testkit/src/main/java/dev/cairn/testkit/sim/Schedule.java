package dev.cairn.testkit.sim;

import java.util.PriorityQueue;

/**
 * Virtual time: what is due runs in order of its moment, at one moment in the order in which it was
 * scheduled.
 */
final class Schedule {
  private final PriorityQueue<Due> queue = new PriorityQueue<>();
  private long nowMillis;
  private long sequence;
  private long ran;

  private record Due(long atMillis, long sequence, Runnable action) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int byTime = Long.compare(atMillis, other.atMillis);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  /** Milliseconds since the simulation began. */
  long nowMillis() {
    return nowMillis;
  }

  /** How many things have run. */
  long ran() {
    return ran;
  }

  void after(long delayMillis, Runnable action) {
    at(nowMillis + delayMillis, action);
  }

  void at(long atMillis, Runnable action) {
    queue.add(new Due(Math.max(nowMillis, atMillis), sequence++, action));
  }

  /** Moves time to the next thing due and runs it; false if nothing is due. */
  boolean runNext() {
    Due due = queue.poll();
    if (due == null) {
      return false;
    }
    nowMillis = due.atMillis();
    ran++;
    due.action().run();
    return true;
  }
}
