package dev.cairn.asl.work;

/**
 * How many pieces of work are being done on other threads, for one who has to wait until none is.
 * Safe for any thread.
 */
public final class UnderWay {
  private int count;
  private boolean givenUp;

  /** None is being done. */
  public UnderWay() {}

  /** One begins, if any may still; {@link #end} must follow then. */
  public synchronized boolean begin() {
    count += givenUp ? 0 : 1;
    return !givenUp;
  }

  public synchronized void end() {
    count--;
    notifyAll();
  }

  /** None begins from now on. */
  public synchronized void giveUp() {
    givenUp = true;
  }

  /** Waits until none is being done, also if the caller is interrupted, who stays so. */
  public synchronized void awaitNone() {
    boolean interrupted = false;
    while (count > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
