package dev.cairn.cli.console;

/** How far a task is. One owner at a time; must be closed. */
public interface Progress extends AutoCloseable {
  /** So many steps more are done. */
  void step(long count);

  @Override
  void close();

  /** Progress that nobody watches. */
  static Progress silent() {
    return new Progress() {
      @Override
      public void step(long count) {}

      @Override
      public void close() {}
    };
  }
}
