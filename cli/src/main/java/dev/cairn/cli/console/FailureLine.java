package dev.cairn.cli.console;

import dev.cairn.asl.error.AmbiguousException;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DataLossException;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.OtherFederationException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.RevokedException;
import dev.cairn.asl.error.StaleEpochException;
import dev.cairn.asl.error.UnsupportedVersionException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;

/**
 * How a failure is told: an exit code and one line, {@code cairn: what is wrong: what to do}.
 *
 * @param code how the command ends
 * @param wrong what is wrong
 * @param advice what to do
 */
public record FailureLine(ExitCode code, String wrong, String advice) {
  private static final int CHARS_MAX = 4_000;
  private static final String MORE_MEMORY = "give more with CAIRN_JAVA_OPTS=-Xmx…";

  /** Tells a failure. */
  public static FailureLine of(Throwable failure) {
    if (failure instanceof CommandFailure own) {
      return new FailureLine(own.code(), text(own), own.advice());
    }
    if (failure instanceof CairnException known) {
      return new FailureLine(code(known), text(known), advice(known));
    }
    if (failure instanceof UncheckedIOException wrapped) {
      return ofIo(Objects.requireNonNull(wrapped.getCause()));
    }
    if (failure instanceof IOException io) {
      return ofIo(io);
    }
    if (failure instanceof IllegalArgumentException) {
      return new FailureLine(ExitCode.USAGE, text(failure), "correct the command line");
    }
    if (failure instanceof OutOfMemoryError) {
      return new FailureLine(ExitCode.UNFINISHED, "out of memory", MORE_MEMORY);
    }
    if (failure instanceof NoClassDefFoundError && isOfJava(text(failure))) {
      return new FailureLine(
          ExitCode.UNFINISHED,
          "this Java lacks " + text(failure).replace('/', '.'),
          "set JAVA_HOME to a whole one, 17 or newer");
    }
    return new FailureLine(
        ExitCode.UNFINISHED,
        "internal error: " + failure,
        "please report it with the output of --debug");
  }

  private static ExitCode code(CairnException failure) {
    if (failure instanceof MisbehaviourException) {
      return ExitCode.MISBEHAVIOUR;
    }
    if (failure instanceof AmbiguousException) {
      return ExitCode.USAGE;
    }
    if (failure instanceof RefusedException
        || failure instanceof RevokedException
        || failure instanceof UnsupportedVersionException) {
      return ExitCode.UNFINISHED;
    }
    return switch (failure.advice()) {
      case FIX_REQUEST, REPAIR -> ExitCode.NEGATIVE;
      case RETRY, STOP -> ExitCode.UNFINISHED;
      case DISTRUST -> ExitCode.MISBEHAVIOUR;
    };
  }

  private static String advice(CairnException failure) {
    if (failure instanceof NotFoundException) {
      return "look with 'cairn find' or 'cairn log'";
    }
    if (failure instanceof ErasedException) {
      return "see its records with 'cairn stat'; put it again if it may be known again";
    }
    if (failure instanceof AmbiguousException) {
      return "give more digits";
    }
    if (failure instanceof OtherFederationException) {
      return "nodes of two federations exchange nothing; to look at the other one, give"
          + " --federation NAME to 'cairn audit', 'bisect', 'replay' or 'clone'";
    }
    if (failure instanceof UnsupportedVersionException) {
      return "use a program of that version";
    }
    if (failure instanceof DataLossException) {
      return "go on in the next epoch with 'cairn recover', then sync with a peer";
    }
    if (failure instanceof RevokedException) {
      return "see how far which key is believed with 'cairn key list'";
    }
    if (failure instanceof StaleEpochException) {
      return "run the command again: it goes on in the next epoch";
    }
    if (failure.getCause() instanceof OutOfMemoryError) {
      return MORE_MEMORY;
    }
    if (failure.getCause() instanceof ConnectException) {
      return "start 'cairn serve' there, or correct the address";
    }
    return switch (failure.advice()) {
      case FIX_REQUEST -> "correct the input; nothing was changed";
      case REPAIR -> "run 'cairn fsck', and fetch what is damaged from a peer or a bundle";
      case RETRY -> "see to the cause, then try again";
      case STOP -> "look at the cause, then run the command again";
      case DISTRUST -> "keep the evidence, and revoke the node with 'cairn peer revoke'";
    };
  }

  private static FailureLine ofIo(IOException failure) {
    if (failure instanceof NoSuchFileException || failure instanceof FileNotFoundException) {
      return new FailureLine(
          ExitCode.UNFINISHED, "no such file: " + failure.getMessage(), "check the path");
    }
    if (failure instanceof AccessDeniedException) {
      return new FailureLine(
          ExitCode.UNFINISHED, "not permitted: " + failure.getMessage(), "check the permissions");
    }
    String kind = failure instanceof FileSystemException ? "file system: " : "input or output: ";
    return new FailureLine(
        ExitCode.UNFINISHED, kind + text(failure), "check disk and permissions, then repeat");
  }

  /** Whether a class is of the Java that runs this, of which it may be a part alone. */
  private static boolean isOfJava(String name) {
    return name.startsWith("java/") || name.startsWith("com/sun/");
  }

  private static String text(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
  }

  /** One line, with nothing in it that a terminal would obey. */
  @Override
  public String toString() {
    return oneLine("cairn: " + wrong + ": " + advice);
  }

  static String oneLine(String text) {
    StringBuilder line = new StringBuilder(Math.min(text.length(), CHARS_MAX));
    for (int i = 0; i < text.length() && line.length() < CHARS_MAX; i++) {
      char c = text.charAt(i);
      line.append(Character.isISOControl(c) ? (c == '\n' ? ' ' : '\ufffd') : c);
    }
    return line.toString();
  }
}
