package dev.cairn.cli.console;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressState;

/** Progress as a bar on a terminal. */
final class ProgressBarProgress implements Progress {
  private static final int UPDATE_MILLIS = 200;

  private final ProgressBar bar;
  private final Line line;

  /** Of the bar's own, the library makes more when it is passed. */
  private volatile long total;

  /**
   * A bar with the rate, and the time left where the total is known.
   *
   * @param unit what is counted, for people
   * @param perUnit how many steps make one
   * @param width columns of the terminal: a longer line would be broken, and stay
   * @param since how long ago it began
   */
  ProgressBarProgress(
      String task,
      long total,
      String unit,
      long perUnit,
      PrintStream err,
      int width,
      Duration since) {
    this.line = new Line(err, width);
    this.total = total;
    this.bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(total)
            .startsFrom(0, since)
            .setRenderer((state, columns) -> line(state, unit, perUnit).text(width))
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setConsumer(line)
            .build();
  }

  private BarLine line(ProgressState state, String unit, long perUnit) {
    return new BarLine(
        state.getTaskName(), total, state.getCurrent(), state.getTotalElapsed(), unit, perUnit);
  }

  /** The line that the bar is drawn on, which it leaves empty. */
  private static final class Line extends ConsoleProgressBarConsumer {
    private final PrintStream err;
    private final int width;

    Line(PrintStream err, int width) {
      super(err, width);
      this.err = err;
      this.width = width;
    }

    @Override
    public void accept(String drawn) {
      String line = drawn.substring(0, Math.min(width, drawn.length()));
      // What was drawn before may have been longer.
      err.print("\r" + line + " ".repeat(width - line.length()));
    }

    @Override
    public void clear() {
      err.print("\r" + " ".repeat(width) + "\r");
    }

    @Override
    public void close() {
      err.flush();
    }
  }

  @Override
  public void step(long count) {
    bar.stepBy(count);
  }

  @Override
  public void expect(long newTotal) {
    total = newTotal;
    bar.maxHint(newTotal);
  }

  @Override
  public void close() {
    bar.close();
    // The library leaves a bar that ends before its second drawing as it is.
    line.clear();
  }
}
