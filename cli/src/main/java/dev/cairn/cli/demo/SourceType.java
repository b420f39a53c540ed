package dev.cairn.cli.demo;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Sorts files by the ending of their names, into few enough types to show. */
final class SourceType {
  /** Most types; files of the rarer ones are {@link #OTHER}. */
  static final int TYPES_MAX = 16;

  /** What has no ending, or a rare or strange one. */
  static final String OTHER = "other";

  private static final Pattern ENDING = Pattern.compile("[a-z0-9_-]{1,24}");

  private SourceType() {}

  /** {@code java} of {@code src/Main.java}. */
  static String of(String fileName) {
    int dot = fileName.lastIndexOf('.');
    String ending = dot < 1 ? "" : fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
    return ENDING.matcher(ending).matches() ? ending : OTHER;
  }

  /** The types with most files, and {@link #OTHER}. */
  static Set<String> commonest(Map<String, Integer> filesByType) {
    List<String> sorted =
        filesByType.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(OTHER))
            .sorted(
                Map.Entry.<String, Integer>comparingByValue()
                    .reversed()
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(TYPES_MAX - 1)
            .map(Map.Entry::getKey)
            .toList();
    TreeSet<String> common = new TreeSet<>(sorted);
    common.add(OTHER);
    return common;
  }
}
