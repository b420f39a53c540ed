package dev.cairn.cli.console;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Waits until the process is told to stop by SIGTERM or SIGINT, and holds it until the work has
 * been put away, so that being told to stop is an orderly end with an exit code of its own.
 *
 * <p>One owner, who waits, puts its work away, says {@link #done} and closes. An interrupt of the
 * waiting thread stops as well.
 */
public final class StopSignal implements AutoCloseable {
  /** Longest time for putting work away; then the process ends all the same. */
  public static final long PUT_AWAY_MILLIS_MAX = 30_000;

  private final CountDownLatch told = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::hold, "cairn-stop");
  private volatile ExitCode code = ExitCode.UNFINISHED;

  /** Listens for the signals from now on. */
  public StopSignal() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Returns when it is time to stop. */
  public void await() {
    try {
      told.await();
    } catch (InterruptedException e) {
      // Whoever runs this command in a thread of its own asks it to stop in this way.
      told.countDown();
    }
  }

  /**
   * Returns when it is time to stop, or when so many milliseconds are over.
   *
   * @return whether it is time to stop
   */
  public boolean await(long millis) {
    try {
      return told.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      told.countDown();
      return true;
    }
  }

  /** Whether it is time to stop. */
  public boolean isTold() {
    return told.getCount() == 0 || Thread.currentThread().isInterrupted();
  }

  /** All is put away: the process may end with this code. */
  public void done(ExitCode ending) {
    code = ending;
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending: the hook waits for the line below.
    }
    closed.countDown();
  }

  private void hold() {
    told.countDown();
    try {
      if (closed.await(PUT_AWAY_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
        // Without this the process would end as if the signal had killed it.
        Runtime.getRuntime().halt(code.status());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
