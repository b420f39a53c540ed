package dev.cairn.cli.console;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The line of a progress, which fits a width: rate and time left stand in every one, and what
 * stands before them is shortened or left out for it, the bar first. Pure.
 *
 * <pre>
 *   records  40% [==========&gt;               ] 400/1000 1,600/s 0:00:06 left
 *   records  40% 1,600/s 0:00:06 left
 *   rows read 400 in 0:00:04 100/s                            the end is not known
 * </pre>
 *
 * @param task what is done
 * @param total steps, or negative if not known
 * @param done steps; if they are more than {@code total} by a hundredth, there was no telling
 * @param elapsed since it began
 * @param unit what is counted, with a space before it; may be empty
 * @param perUnit how many steps make one
 */
record BarLine(String task, long total, long done, Duration elapsed, String unit, long perUnit) {
  private static final int NEAR = 100;
  private static final int CELLS_MIN = 8;
  private static final int CELLS_MAX = 40;
  private static final int TASK_MIN = 4;
  private static final long EXACT_BELOW = 100;

  BarLine {
    // How many there are is often known about: what is past that is done at any moment.
    total = done > total && done - total <= total / NEAR ? done : total;
  }

  /** The line; longer than {@code width} only if that is less than rate and time need. */
  String text(int width) {
    boolean known = total >= 0 && done <= total;
    String tail = known ? rate() + " " + time(left()) + " left" : rate();
    String counts = known ? done / perUnit + "/" + total / perUnit + unit : done / perUnit + unit;
    String percent = known ? " " + percent() : "";
    List<String> heads = new ArrayList<>();
    if (known) {
      int cells = width - (task + percent + " []" + counts + "  " + tail).length();
      if (cells >= CELLS_MIN) {
        heads.add(task + percent + " " + bar(Math.min(CELLS_MAX, cells)) + " " + counts + " ");
      }
      heads.add(task + percent + " " + counts + " ");
      heads.add(task + percent + " ");
    } else {
      heads.add(task + " " + counts + " in " + time(elapsed) + " ");
      heads.add(task + " " + counts + " ");
      heads.add(task + " ");
    }
    int rest = width - (percent + " " + tail).length();
    if (rest >= TASK_MIN) {
      heads.add(task.substring(0, Math.min(task.length(), rest)) + percent + " ");
    }
    heads.add(known ? percent() + " " : "");
    heads.add("");
    return heads.stream()
        .map(head -> head + tail)
        .filter(line -> line.length() <= width)
        .findFirst()
        .orElse(known ? rate() + " " + time(left()) : tail);
  }

  private String percent() {
    // Not 100 before it is: what is nearly done may take long.
    long percent = total == 0 ? 100 : (long) Math.floor(100.0 * done / total);
    return String.format(Locale.ROOT, "%3d%%", done < total ? Math.min(99, percent) : 100);
  }

  private String bar(int cells) {
    int full = total == 0 ? cells : (int) (cells * ((double) done / total));
    return "[" + "=".repeat(full) + (full < cells ? ">" + " ".repeat(cells - full - 1) : "") + "]";
  }

  private String rate() {
    double rate = done * 1e9 / Math.max(1, elapsed.toNanos()) / perUnit;
    String format = rate >= EXACT_BELOW ? "#,##0" : "0.0";
    return new DecimalFormat(format, DecimalFormatSymbols.getInstance(Locale.ROOT)).format(rate)
        + unit
        + "/s";
  }

  /** Of work that has done nothing yet, nothing is known. */
  private Duration left() {
    if (done >= total) {
      return Duration.ZERO;
    }
    double seconds = elapsed.toNanos() / 1e9 * (total - done) / done;
    return done == 0 || seconds > Long.MAX_VALUE / 2.0
        ? Duration.ofSeconds(Long.MAX_VALUE)
        : Duration.ofSeconds((long) Math.ceil(seconds));
  }

  private static String time(Duration time) {
    if (time.toHours() > 9_999) {
      return "?";
    }
    return String.format(
        Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
  }
}
