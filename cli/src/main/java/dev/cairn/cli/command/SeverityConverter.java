package dev.cairn.cli.command;

import dev.cairn.tgk.finding.Severity;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a severity by the name that reports give it. */
final class SeverityConverter implements ITypeConverter<Severity> {
  @Override
  public Severity convert(String text) {
    for (Severity severity : Severity.values()) {
      if (severity.text().equals(text)) {
        return severity;
      }
    }
    throw new TypeConversionException(
        "'"
            + text
            + "' is none of "
            + Arrays.stream(Severity.values())
                .map(Severity::text)
                .collect(Collectors.joining(", ")));
  }
}
