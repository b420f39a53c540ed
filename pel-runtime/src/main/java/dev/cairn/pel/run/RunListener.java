package dev.cairn.pel.run;

/**
 * Told how a run goes on, by the thread that runs it. Nothing that it does can change what the run
 * gives; what it throws ends the run.
 */
public interface RunListener {
  /** Nobody listens. */
  RunListener NONE = new RunListener() {};

  /** The run begins; not called if the whole of it is reused. */
  default void begins(int nodes) {}

  /** A node has ended, or failed for good. */
  default void ended(String node, boolean executed) {}

  /** A try of a node failed, and there will be another one. */
  default void triesAgain(String node, int tries, long delayMillis, RuntimeException failure) {}
}
