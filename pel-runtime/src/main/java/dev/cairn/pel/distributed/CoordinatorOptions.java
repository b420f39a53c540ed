package dev.cairn.pel.distributed;

import dev.cairn.pel.run.RetryPolicy;
import dev.cairn.pel.run.RunOptions;

/**
 * How a node takes part.
 *
 * @param takeOverMillis how long a node waits for each one before it in turn
 * @param worksMax most pieces of work that have begun and not ended; how many of them are done at
 *     once is for the {@link WorkPool} to say
 * @param retryMillis first pause after a step that the machine failed; doubles up to {@code
 *     takeOverMillis}
 * @param run how it runs them: reuse, limits, threads; tries are counted here, so it should not try
 *     again itself
 */
public record CoordinatorOptions(
    long takeOverMillis, int worksMax, long retryMillis, RunOptions run) {
  /** Most requests that a node works at; the others wait. */
  public static final int OPEN_MAX = 64;

  /** Most tries of one step by one node, until it is opened again. */
  public static final int TRIES_MAX = 20;

  /** Ten seconds, 64 pieces of work, a second. */
  public static CoordinatorOptions defaults() {
    return new CoordinatorOptions(
        10_000, 64, 1_000, RunOptions.defaults().withRetry(RetryPolicy.NEVER));
  }

  public CoordinatorOptions {
    if (takeOverMillis < 1 || worksMax < 1 || retryMillis < 1) {
      throw new IllegalArgumentException(
          "take-over after "
              + takeOverMillis
              + " ms, "
              + worksMax
              + " pieces of work, retry after "
              + retryMillis
              + " ms: each must be positive");
    }
  }

  /** The same with another time of take-over. */
  public CoordinatorOptions withTakeOverMillis(long millis) {
    return new CoordinatorOptions(millis, worksMax, retryMillis, run);
  }

  /** The same with other work begun. */
  public CoordinatorOptions withWorksMax(int works) {
    return new CoordinatorOptions(takeOverMillis, works, retryMillis, run);
  }

  /** The same, running otherwise. */
  public CoordinatorOptions withRun(RunOptions options) {
    return new CoordinatorOptions(takeOverMillis, worksMax, retryMillis, options);
  }
}
