package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/** What is of one federation was to enter or to talk to another. */
public final class OtherFederationException extends RefusedException {
  private static final long serialVersionUID = 1L;

  /** States what is of which, with the failure underneath. */
  public OtherFederationException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
