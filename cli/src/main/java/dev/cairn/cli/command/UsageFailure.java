package dev.cairn.cli.command;

import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.FailureLine;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.MutuallyExclusiveArgsException;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** How words that make no command are told: which one is wrong, and what is expected there. */
final class UsageFailure {
  private static final Map<Class<?>, Long> GREATEST =
      Map.of(
          int.class,
          (long) Integer.MAX_VALUE,
          Integer.class,
          (long) Integer.MAX_VALUE,
          long.class,
          Long.MAX_VALUE,
          Long.class,
          Long.MAX_VALUE);

  /** What picocli begins such messages with. */
  private static final String PREFIX = "Error: ";

  private UsageFailure() {}

  static FailureLine of(ParameterException failure) {
    CommandLine where = failure.getCommandLine();
    String help = "see '" + where.getCommandSpec().qualifiedName() + " --help'";
    String expected = expected(failure);
    return expected == null
        ? new FailureLine(ExitCode.USAGE, wrong(failure), help)
        : new FailureLine(
            ExitCode.USAGE,
            name(failure.getArgSpec()) + " '" + failure.getValue() + "'",
            expected + ", or " + help);
  }

  /** What a value should have been, of those that picocli reads itself. */
  private static @Nullable String expected(ParameterException failure) {
    ArgSpec arg = failure.getArgSpec();
    if (arg == null || failure.getValue() == null || !isConversion(failure)) {
      return null;
    }
    Class<?> type = arg.auxiliaryTypes()[0];
    if (type == boolean.class) {
      return "leave the value out";
    }
    List<String> words = words(type);
    if (!words.isEmpty()) {
      return "give one of " + String.join(", ", words);
    }
    Long greatest = GREATEST.get(type);
    return greatest == null ? null : "give a whole number of at most " + greatest;
  }

  /** The words for the values of such a type; none if they cannot be listed. */
  static List<String> words(Class<?> type) {
    return type.isEnum()
        ? Arrays.stream(type.getEnumConstants())
            .map(each -> each.toString().toLowerCase(Locale.ROOT))
            .toList()
        : List.of();
  }

  /** True if a value was given that could not be read: only then nothing else is said of it. */
  private static boolean isConversion(ParameterException failure) {
    return failure.getClass() == ParameterException.class
        && (failure.getCause() == null || failure.getCause() instanceof TypeConversionException);
  }

  private static String wrong(ParameterException failure) {
    if (failure instanceof UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().isEmpty()) {
      return unmatched(unmatched);
    }
    if (failure instanceof MissingParameterException missing && !missing.getMissing().isEmpty()) {
      return missing(missing);
    }
    if (failure instanceof OverwrittenOptionException twice) {
      return name(Objects.requireNonNull(twice.getOverwritten())) + " is given twice";
    }
    String message = String.valueOf(failure.getMessage());
    String plain = message.startsWith(PREFIX) ? message.substring(PREFIX.length()) : message;
    return failure instanceof MutuallyExclusiveArgsException
        ? plain.replaceFirst(" are mutually exclusive.*", " exclude each other")
        : plain
            .replaceFirst("^Invalid value for (?:option|positional parameter) ", "")
            .replaceFirst("^(?:at index [0-9]+ )?(?:'([^']*)'|\\(([^)]*)\\))[^:]*: ", "$1$2: ");
  }

  private static String unmatched(UnmatchedArgumentException failure) {
    String first = failure.getUnmatched().get(0);
    if (first.startsWith("-")) {
      return "there is no option '" + first + "'";
    }
    return failure.getCommandLine().getSubcommands().isEmpty()
        ? "one argument too many: '" + first + "'"
        : "there is no command '" + first + "'";
  }

  /** An option without its value, or what must be given and is not. */
  private static String missing(MissingParameterException failure) {
    boolean bare = String.valueOf(failure.getMessage()).contains(" for option ");
    return failure.getMissing().stream()
            .map(arg -> bare ? name(arg) + " without " + arg.paramLabel() : name(arg))
            .collect(Collectors.joining(" and "))
        + (bare ? "" : failure.getMissing().size() == 1 ? " is missing" : " are missing");
  }

  private static String name(ArgSpec arg) {
    return arg instanceof OptionSpec option ? option.longestName() : arg.paramLabel();
  }
}
