package dev.cairn.pel.run;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.CairnException.Advice;

/**
 * How often a node is tried whose try failed in a way that the next may not: one whose exception
 * advises {@link Advice#RETRY}. What an operator refuses it would always refuse, and what a limit
 * ended would end again: neither is tried again.
 *
 * @param triesMax most tries of one node, the first included
 * @param firstDelayMillis between the first two; each further delay is twice the one before
 * @param delayMillisMax longest delay
 */
public record RetryPolicy(int triesMax, long firstDelayMillis, long delayMillisMax) {
  /** Most tries that can be asked for. */
  public static final int TRIES_MAX = 100;

  /** Three tries, half a second apart and then a second. */
  public static final RetryPolicy DEFAULT = new RetryPolicy(3, 500, 30_000);

  /** One try. */
  public static final RetryPolicy NEVER = new RetryPolicy(1, 0, 0);

  public RetryPolicy {
    if (triesMax < 1 || triesMax > TRIES_MAX || firstDelayMillis < 0 || delayMillisMax < 0) {
      throw new IllegalArgumentException(
          triesMax + " tries, not 1 to " + TRIES_MAX + ", or a delay below zero");
    }
  }

  /** Whether to try again after so many tries, the last of which failed so. */
  boolean triesAgain(int tries, CairnException failure) {
    return tries < triesMax && failure.advice() == Advice.RETRY;
  }

  /** How long to wait after so many tries. */
  long delayMillis(int tries) {
    long delay = firstDelayMillis;
    for (int i = 0; i < tries - 1 && delay < delayMillisMax; i++) {
      delay *= 2;
    }
    return Math.min(delay, delayMillisMax);
  }
}
