package dev.cairn.cli.report;

import dev.cairn.cli.console.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What became of a finding that was to be written into a file of its own.
 *
 * @param file which; null if none was written
 * @param finding the short id of the finding; empty if there was none
 * @param records how many the file has
 * @param bytes its length
 * @param why none was written; empty if one was
 */
public record Reproduction(
    @Nullable String file, String finding, int records, long bytes, String why) {
  /** Why there is none. */
  public static Reproduction none(String finding, String why) {
    return new Reproduction(null, finding, 0, 0, why);
  }

  /** For people. */
  public String text() {
    return file == null
        ? "no file was written" + (finding.isEmpty() ? "" : " for finding " + finding) + ": " + why
        : file
            + " shows finding "
            + finding
            + " alone: "
            + Words.records(records)
            + ", "
            + Words.counted(bytes, "byte");
  }

  JsonObject json() {
    return new JsonObject()
        .add("file", file)
        .add("finding", finding.isEmpty() ? null : finding)
        .add("records", records)
        .add("bytes", bytes)
        .add("why", why.isEmpty() ? null : why);
  }
}
