package dev.cairn.bench.speed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a measurement has to say: lines for people as they come, then a JSON object and rows of a
 * Markdown table in files. One owner.
 */
final class Report {
  private final String row;
  private final List<String> figures = new ArrayList<>();
  private final List<String> table = new ArrayList<>();
  private final Map<String, String> notes = new TreeMap<>();

  Report(String row) {
    this.row = row;
  }

  /** Something worth knowing beside the figures. */
  void note(String name, String text) {
    notes.put(name, text);
    System.out.println("  " + name + ": " + text);
  }

  /** Rates of both sides; the ratio of their medians has to be at least {@code target}. */
  void ratio(String what, String unit, Duel duel, double target) {
    double[] own = duel.own().rates();
    double[] floor = duel.floor().rates();
    double[] ratios = new double[own.length];
    for (int i = 0; i < own.length; i++) {
      ratios[i] = own[i] / floor[i];
    }
    double ratio = Samples.median(own) / Samples.median(floor);
    double total = duel.own().totalRate() / duel.floor().totalRate();
    double ownCpu = duel.own().cpuMicros();
    double floorCpu = duel.floor().cpuMicros();
    String measured =
        text(
            "%,.0f %s/s to %,.0f: %.2f (rounds %.2f-%.2f, in total %.2f); CPU µs each %.2f to %.2f:"
                + " %.2f",
            Samples.median(own),
            unit,
            Samples.median(floor),
            ratio,
            Samples.min(ratios),
            Samples.max(ratios),
            total,
            ownCpu,
            floorCpu,
            floorCpu / ownCpu);
    say(what, measured, text("at least %.2f", target), ratio >= target);
    figures.add(
        text(
            "{\"name\":%s,\"unit\":%s,\"ratio\":%.4f,\"ratioTotal\":%.4f,\"ratioCpu\":%.4f,"
                + "\"target\":%.3f,\"pass\":%b,\"ownRates\":%s,\"floorRates\":%s,"
                + "\"ownCpuMicros\":%.4f,\"floorCpuMicros\":%.4f}",
            quoted(what),
            quoted(unit),
            ratio,
            total,
            floorCpu / ownCpu,
            target,
            ratio >= target,
            array(own),
            array(floor),
            ownCpu,
            floorCpu));
  }

  /** Values whose median has to be below {@code limit}. */
  void below(String what, String unit, double[] values, double limit) {
    double median = Samples.median(values);
    String measured =
        values.length == 1
            ? text("%.3f %s", median, unit)
            : text("%.3f %s (%.3f-%.3f)", median, unit, Samples.min(values), Samples.max(values));
    say(what, measured, text("below %s %s", plain(limit), unit), median < limit);
    figures.add(
        text(
            "{\"name\":%s,\"unit\":%s,\"median\":%.4f,\"limit\":%.4f,\"pass\":%b,\"values\":%s}",
            quoted(what), quoted(unit), median, limit, median < limit, array(values)));
  }

  /**
   * Times of both sides, in milliseconds; the ratio of what at most one in a hundred exceeds has to
   * be below {@code limit}.
   */
  void tail(String what, double[] own, double[] floor, double limit) {
    double ratio = Samples.percentile99(own) / Samples.percentile99(floor);
    String measured =
        text(
            "p99 %.3f ms to %.3f: %.2f × (medians %.3f to %.3f: %.2f; greatest %.3f to %.3f)",
            Samples.percentile99(own),
            Samples.percentile99(floor),
            ratio,
            Samples.median(own),
            Samples.median(floor),
            Samples.median(own) / Samples.median(floor),
            Samples.max(own),
            Samples.max(floor));
    say(what, measured, text("below %s ×", plain(limit)), ratio < limit);
    figures.add(
        text(
            "{\"name\":%s,\"unit\":\"ms\",\"ratio\":%.4f,\"limit\":%.4f,\"pass\":%b,"
                + "\"own\":%s,\"floor\":%s}",
            quoted(what), ratio, limit, ratio < limit, array(own), array(floor)));
  }

  /** A row that could not be measured, and why. */
  void missing(String what, String why) {
    say(what, "not measured: " + why, "-", false);
    figures.add(text("{\"name\":%s,\"missing\":%s}", quoted(what), quoted(why)));
  }

  private void say(String what, String measured, String target, boolean pass) {
    String verdict = target.equals("-") ? "-" : pass ? "pass" : "FAIL";
    System.out.println("  " + what + ": " + measured + "   target " + target + "   " + verdict);
    table.add("| " + what + " | " + measured + " | " + target + " | " + verdict + " |");
  }

  /** Writes {@code NAME.json} and {@code NAME.md}. */
  void write(Path folder) throws IOException {
    List<String> extra = new ArrayList<>();
    notes.forEach((name, value) -> extra.add(quoted(name) + ":" + quoted(value)));
    String json =
        text(
            "{\"row\":%s,\"figures\":[%s],\"notes\":{%s}}",
            quoted(row), String.join(",", figures), String.join(",", extra));
    Files.writeString(folder.resolve(row + ".json"), json, StandardCharsets.UTF_8);
    Files.write(folder.resolve(row + ".md"), table, StandardCharsets.UTF_8);
  }

  static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  static String quoted(String value) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(text("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? text("%.0f", value) : text("%.2f", value);
  }

  private static String array(double[] values) {
    List<String> items = new ArrayList<>();
    for (double value : values) {
      items.add(text("%.3f", value));
    }
    return "[" + String.join(",", items) + "]";
  }
}
