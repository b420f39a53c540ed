package dev.cairn.cli.command;

import dev.cairn.cli.console.CommandFailure;
import dev.cairn.pel.run.RunLimits;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code --limit NAME=VALUE} may say. */
final class LimitOption {
  private static final Pattern FORM = Pattern.compile("([a-z-]+)=([0-9]{1,15})([a-zA-Z]*)");
  private static final Map<String, Long> BYTES =
      Map.of("", 1L, "k", 1L << 10, "m", 1L << 20, "g", 1L << 30, "t", 1L << 40);
  private static final Map<String, Long> MILLIS =
      Map.of("", 1L, "ms", 1L, "s", 1_000L, "min", 60_000L, "h", 3_600_000L);

  private LimitOption() {}

  static RunLimits parse(List<String> options) {
    RunLimits base = RunLimits.DEFAULT;
    TreeMap<String, Long> limits = new TreeMap<>();
    limits.put("input-memory-bytes", base.inputBytesInMemoryMax());
    limits.put("step-input-memory-bytes", base.stepInputBytesInMemoryMax());
    limits.put("step-output-bytes", base.outputBytesMax());
    limits.put("run-memory-bytes", base.heldBytesMax());
    limits.put("run-output-bytes", base.runOutputBytesMax());
    limits.put("step-millis", base.stepMillisMax());
    limits.put("run-millis", base.runMillisMax());
    for (String option : options) {
      Matcher form = FORM.matcher(option);
      if (!form.matches() || !limits.containsKey(form.group(1))) {
        throw CommandFailure.usage(
            "not a limit: '" + option + "'",
            "give NAME=VALUE, NAME one of " + String.join(", ", limits.keySet()));
      }
      limits.put(form.group(1), value(option, form));
    }
    return new RunLimits(
        of(limits, "input-memory-bytes"),
        of(limits, "step-input-memory-bytes"),
        of(limits, "step-output-bytes"),
        of(limits, "run-memory-bytes"),
        of(limits, "run-output-bytes"),
        of(limits, "step-millis"),
        of(limits, "run-millis"));
  }

  private static long of(Map<String, Long> limits, String name) {
    Long value = limits.get(name);
    if (value == null) {
      throw new AssertionError("no limit " + name);
    }
    return value;
  }

  private static long value(String option, Matcher form) {
    boolean time = form.group(1).endsWith("-millis");
    Long unit = (time ? MILLIS : BYTES).get(form.group(3).toLowerCase(Locale.ROOT));
    long number = Long.parseLong(form.group(2));
    if (unit == null || number > Long.MAX_VALUE / unit || (time && number == 0)) {
      throw CommandFailure.usage(
          "not a limit: '" + option + "'",
          time
              ? "give a time above 0 in ms, s, min or h"
              : "give bytes, or with k, m, g or t for their powers of 1024");
    }
    return number * unit;
  }
}
