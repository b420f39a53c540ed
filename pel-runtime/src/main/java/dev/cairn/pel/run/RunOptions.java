package dev.cairn.pel.run;

import dev.cairn.asl.model.Cut;
import dev.cairn.pel.index.ReusePolicy;
import org.jspecify.annotations.Nullable;

/**
 * How to run. Nothing here can change a receipt that tells how the program ends.
 *
 * @param force run every node, whatever was run before, and record the receipt again
 * @param threads most operators at work at once, 1 to {@value #THREADS_MAX}
 * @param limits what it may cost
 * @param at where inputs must be live; null for now
 * @param reuse whose word is enough for a node not to run
 * @param retry how often a failed node is tried
 * @param recordsRetryable whether a run that ends in an exception leaves a receipt that says so:
 *     {@link dev.cairn.pel.model.RunStatus#FAILED_RETRYABLE}, for the ledger
 * @param listener told how it goes on
 */
public record RunOptions(
    boolean force,
    int threads,
    RunLimits limits,
    @Nullable Cut at,
    ReusePolicy reuse,
    RetryPolicy retry,
    boolean recordsRetryable,
    RunListener listener) {
  /** Most threads. */
  public static final int THREADS_MAX = 256;

  public RunOptions {
    if (threads < 1 || threads > THREADS_MAX) {
      throw new IllegalArgumentException(threads + " threads, not 1 to " + THREADS_MAX);
    }
  }

  /** Reuse, as many threads as the machine has processors, the default limits, now. */
  public static RunOptions defaults() {
    int processors = Runtime.getRuntime().availableProcessors();
    return new RunOptions(
        false,
        Math.min(processors, THREADS_MAX),
        RunLimits.DEFAULT,
        null,
        new ReusePolicy.Any(),
        RetryPolicy.DEFAULT,
        false,
        RunListener.NONE);
  }

  /** The same with another {@code force}. */
  public RunOptions withForce(boolean newForce) {
    return new RunOptions(newForce, threads, limits, at, reuse, retry, recordsRetryable, listener);
  }

  /** The same with another number of threads. */
  public RunOptions withThreads(int newThreads) {
    return new RunOptions(force, newThreads, limits, at, reuse, retry, recordsRetryable, listener);
  }

  /** The same with other limits. */
  public RunOptions withLimits(RunLimits newLimits) {
    return new RunOptions(force, threads, newLimits, at, reuse, retry, recordsRetryable, listener);
  }

  /** The same at another place. */
  public RunOptions withAt(@Nullable Cut newAt) {
    return new RunOptions(force, threads, limits, newAt, reuse, retry, recordsRetryable, listener);
  }

  /** The same with another policy of reuse. */
  public RunOptions withReuse(ReusePolicy newReuse) {
    return new RunOptions(force, threads, limits, at, newReuse, retry, recordsRetryable, listener);
  }

  /** The same with other tries. */
  public RunOptions withRetry(RetryPolicy newRetry) {
    return new RunOptions(force, threads, limits, at, reuse, newRetry, recordsRetryable, listener);
  }

  /** The same with or without receipts of what may be tried again. */
  public RunOptions withRecordsRetryable(boolean records) {
    return new RunOptions(force, threads, limits, at, reuse, retry, records, listener);
  }

  /** The same with another listener. */
  public RunOptions withListener(RunListener newListener) {
    return new RunOptions(force, threads, limits, at, reuse, retry, recordsRetryable, newListener);
  }
}
