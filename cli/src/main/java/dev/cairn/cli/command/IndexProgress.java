package dev.cairn.cli.command;

import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Progress;

/** Progress of indexes that a store lacks and that are made as it is opened. One owner. */
final class IndexProgress implements StoreMetrics, AutoCloseable {
  private final Console console;
  private Progress progress = Progress.silent();

  IndexProgress(Console console) {
    this.console = console;
  }

  @Override
  public void indexing(long commits) {
    progress = console.progress("commits indexed", commits);
  }

  @Override
  public void indexed(long commits) {
    progress.step(commits);
  }

  /** The store is open. */
  @Override
  public void close() {
    progress.close();
    progress = Progress.silent();
  }
}
