package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/** The caller has no grant for what it asks; the message names the caller and what it lacks. */
public final class NotGrantedException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public NotGrantedException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public NotGrantedException(String message, @Nullable Throwable cause) {
    super(Advice.FIX_REQUEST, message, cause);
  }
}
