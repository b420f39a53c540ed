package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/** A short name fits several things; the message lists them. */
public final class AmbiguousException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public AmbiguousException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public AmbiguousException(String message, @Nullable Throwable cause) {
    super(Advice.FIX_REQUEST, message, cause);
  }
}
