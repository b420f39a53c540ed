package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/** The thing asked for is not here. */
public final class NotFoundException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public NotFoundException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public NotFoundException(String message, @Nullable Throwable cause) {
    super(Advice.FIX_REQUEST, message, cause);
  }
}
