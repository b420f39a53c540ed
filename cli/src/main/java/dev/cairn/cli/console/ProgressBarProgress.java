package dev.cairn.cli.console;

import java.io.PrintStream;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress as a bar on a terminal. */
final class ProgressBarProgress implements Progress {
  private static final int UPDATE_MILLIS = 200;

  private final ProgressBar bar;
  private final Line line;

  /**
   * A bar with the rate, and the time left where the total is known.
   *
   * @param unit what is counted, for people
   * @param perUnit how many steps make one
   * @param width columns of the terminal: a longer line would be broken, and stay
   */
  ProgressBarProgress(
      String task, long total, String unit, long perUnit, PrintStream err, int width) {
    this.line = new Line(err, width);
    this.bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(total)
            .setUnit(unit, perUnit)
            .showSpeed(new DecimalFormat("#,##0.0", DecimalFormatSymbols.getInstance(Locale.ROOT)))
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setConsumer(line)
            .build();
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
      err.print("\r" + drawn.substring(0, Math.min(width, drawn.length())));
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
  public void expect(long total) {
    bar.maxHint(total);
  }

  @Override
  public void close() {
    bar.close();
    // The library leaves a bar that ends before its second drawing as it is.
    line.clear();
  }
}
