package dev.cairn.asl.store;

/**
 * How many pieces of work are being done on other threads, for one who has to wait until none is.
 * Safe for any thread.
 */
final class UnderWay {
  private int count;
  private boolean givenUp;

  /** One begins, if any may still; {@link #end} must follow then. */
  synchronized boolean begin() {
    count += givenUp ? 0 : 1;
    return !givenUp;
  }

  synchronized void end() {
    count--;
    notifyAll();
  }

  /** None begins from now on. */
  synchronized void giveUp() {
    givenUp = true;
  }

  /** Waits until none is being done, also if the caller is interrupted, who stays so. */
  synchronized void awaitNone() {
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
