package dev.cairn.federation.peers;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for what other threads bring about. */
final class Waiting {
  private Waiting() {}

  /** Returns once it holds; fails after half a minute. */
  static void await(String what, BooleanSupplier holds) {
    CountDownLatch never = new CountDownLatch(1);
    try {
      for (int i = 0; i < 3_000; i++) {
        if (holds.getAsBoolean() || never.await(10, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("not in 30 s: " + what);
  }
}
