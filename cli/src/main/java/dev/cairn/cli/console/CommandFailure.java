package dev.cairn.cli.console;

import org.jspecify.annotations.Nullable;

/** A command cannot do what was asked; says what is wrong, and what to do. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ExitCode code;
  private final String advice;

  private CommandFailure(ExitCode code, String wrong, String advice, @Nullable Throwable cause) {
    super(wrong, cause);
    this.code = code;
    this.advice = advice;
  }

  /** The command line cannot be followed. */
  public static CommandFailure usage(String wrong, String advice) {
    return new CommandFailure(ExitCode.USAGE, wrong, advice, null);
  }

  /** The answer is no. */
  public static CommandFailure negative(String wrong, String advice) {
    return new CommandFailure(ExitCode.NEGATIVE, wrong, advice, null);
  }

  /** The answer is no, because of {@code cause}. */
  public static CommandFailure negative(String wrong, String advice, Throwable cause) {
    return new CommandFailure(ExitCode.NEGATIVE, wrong, advice, cause);
  }

  /** There is no answer. */
  public static CommandFailure unfinished(String wrong, String advice) {
    return new CommandFailure(ExitCode.UNFINISHED, wrong, advice, null);
  }

  /** There is no answer, because of {@code cause}. */
  public static CommandFailure unfinished(String wrong, String advice, Throwable cause) {
    return new CommandFailure(ExitCode.UNFINISHED, wrong, advice, cause);
  }

  /** How the command ends. */
  public ExitCode code() {
    return code;
  }

  /** What to do. */
  public String advice() {
    return advice;
  }
}
