package dev.cairn.cli.console;

/**
 * Where work is: what it does now, and how far that is. Work that does one thing after another is
 * in a stage of another name each time, which begins at 0.
 *
 * @param task what is done
 * @param total steps of it, or negative if not known
 * @param done steps
 * @param bytes whether the steps are bytes
 */
public record Stage(String task, long total, long done, boolean bytes) {
  /** A stage whose steps are things. */
  public static Stage of(String task, long total, long done) {
    return new Stage(task, total, done, false);
  }

  /** One whose steps are bytes. */
  public static Stage ofBytes(String task, long total, long done) {
    return new Stage(task, total, done, true);
  }
}
