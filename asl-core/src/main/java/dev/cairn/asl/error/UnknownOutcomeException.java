package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/** A commit's outcome cannot be known: it may or may not be durable. Reopen and look. */
public final class UnknownOutcomeException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public UnknownOutcomeException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public UnknownOutcomeException(String message, @Nullable Throwable cause) {
    super(Advice.STOP, message, cause);
  }
}
