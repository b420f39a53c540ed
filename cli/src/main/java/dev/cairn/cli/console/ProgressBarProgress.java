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
  private static final int WIDTH = 80;
  private static final int UPDATE_MILLIS = 200;

  private final ProgressBar bar;

  /**
   * A bar with the rate, and the time left where the total is known.
   *
   * @param unit what is counted, for people
   * @param perUnit how many steps make one
   */
  ProgressBarProgress(String task, long total, String unit, long perUnit, PrintStream err) {
    this.bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(total)
            .setUnit(unit, perUnit)
            .showSpeed(new DecimalFormat("#,##0.0", DecimalFormatSymbols.getInstance(Locale.ROOT)))
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .clearDisplayOnFinish()
            .setConsumer(new ConsoleProgressBarConsumer(err, WIDTH))
            .build();
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
  }
}
