package dev.cairn.cli.command;

import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Progress;
import dev.cairn.pel.run.RunListener;
import org.jspecify.annotations.Nullable;

/** A run's progress, by nodes. One owner, the thread that runs; must be closed. */
final class RunProgress implements RunListener, AutoCloseable {
  private final Console console;
  private @Nullable Progress progress;

  RunProgress(Console console) {
    this.console = console;
  }

  @Override
  public void begins(int nodes) {
    progress = console.progress("nodes", nodes);
  }

  @Override
  public void ended(String node, boolean executed) {
    if (progress != null) {
      progress.step(1);
    }
  }

  @Override
  public void triesAgain(String node, int tries, long delayMillis, RuntimeException failure) {
    console.note(
        "node "
            + node
            + ": try "
            + tries
            + " failed, another in "
            + delayMillis
            + " ms: "
            + failure.getMessage());
  }

  @Override
  public void close() {
    if (progress != null) {
      progress.close();
    }
  }
}
