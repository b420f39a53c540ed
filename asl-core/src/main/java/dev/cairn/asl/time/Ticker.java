package dev.cairn.asl.time;

/**
 * Elapsed time for rates and time-outs; never part of a result that nodes must agree on. Safe for
 * any thread.
 */
@FunctionalInterface
public interface Ticker {
  /** Nanoseconds since an arbitrary start; only differences mean anything. */
  long nanos();

  /** The machine's monotonic clock. */
  static Ticker system() {
    return System::nanoTime;
  }
}
