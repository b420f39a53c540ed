package dev.cairn.pel.run;

import dev.cairn.asl.model.Cut;
import org.jspecify.annotations.Nullable;

/**
 * How to run. Nothing here can change a receipt.
 *
 * @param force run every node, whatever was run before, and record the receipt again
 * @param threads most operators at work at once, 1 to {@value #THREADS_MAX}
 * @param limits what it may cost
 * @param at where inputs must be live; null for now
 */
public record RunOptions(boolean force, int threads, RunLimits limits, @Nullable Cut at) {
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
    return new RunOptions(false, Math.min(processors, THREADS_MAX), RunLimits.DEFAULT, null);
  }

  /** The same with another {@code force}. */
  public RunOptions withForce(boolean newForce) {
    return new RunOptions(newForce, threads, limits, at);
  }

  /** The same with another number of threads. */
  public RunOptions withThreads(int newThreads) {
    return new RunOptions(force, newThreads, limits, at);
  }

  /** The same with other limits. */
  public RunOptions withLimits(RunLimits newLimits) {
    return new RunOptions(force, threads, newLimits, at);
  }

  /** The same at another place. */
  public RunOptions withAt(@Nullable Cut newAt) {
    return new RunOptions(force, threads, limits, newAt);
  }
}
