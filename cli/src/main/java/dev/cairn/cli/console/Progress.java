package dev.cairn.cli.console;

/** How far a task is. One owner at a time; must be closed. */
public interface Progress extends AutoCloseable {
  /** So many steps more are done. */
  void step(long count);

  /** The end is known now, or better: so many steps in all. */
  void expect(long total);

  @Override
  void close();

  /** Progress that nobody watches. */
  static Progress silent() {
    return new Progress() {
      @Override
      public void step(long count) {}

      @Override
      public void expect(long total) {}

      @Override
      public void close() {}
    };
  }
}
