package dev.cairn.cli.command;

import dev.cairn.federation.audit.AuditReport;
import dev.cairn.tgk.finding.Severity;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What an audit's exit code tells of.
 *
 * @param least the least severity of a finding
 * @param lag whether that a source lags behind another counts too
 */
record FailOn(Severity least, boolean lag) {
  private static final String LAG = "lag";

  /** What is worse than a warning; lag is not. */
  static final FailOn USUAL = new FailOn(Severity.UNDECIDED, false);

  /** True if the audit found something that counts. */
  boolean fails(AuditReport report) {
    return report.worst().filter(worst -> worst.compareTo(least) >= 0).isPresent()
        || (lag && !report.lags().isEmpty());
  }

  /** Reads a severity by the name that reports give it, or the word for lag. */
  static final class Converter implements ITypeConverter<FailOn> {
    @Override
    public FailOn convert(String text) {
      if (text.equals(LAG)) {
        return new FailOn(USUAL.least, true);
      }
      for (Severity severity : Severity.values()) {
        if (severity.text().equals(text)) {
          return new FailOn(severity, false);
        }
      }
      throw new TypeConversionException(
          "'" + text + "' is none of " + String.join(", ", new Words()));
    }
  }

  /** All that it can be read from, for shells to offer. */
  static final class Words implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      List<String> words = new ArrayList<>();
      for (Severity severity : Severity.values()) {
        words.add(severity.text());
      }
      words.add(LAG);
      return words.iterator();
    }
  }
}
