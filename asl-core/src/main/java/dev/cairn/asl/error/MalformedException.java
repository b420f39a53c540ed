package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/**
 * Bytes from outside are not what their format demands; nothing was changed. The message names the
 * format and the place.
 */
public class MalformedException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public MalformedException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public MalformedException(String message, @Nullable Throwable cause) {
    super(Advice.FIX_REQUEST, message, cause);
  }
}
