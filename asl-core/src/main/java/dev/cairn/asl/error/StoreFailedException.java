package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/** The engine failed to write or was found inconsistent; this handle refuses further writes. */
public final class StoreFailedException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public StoreFailedException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public StoreFailedException(String message, @Nullable Throwable cause) {
    super(Advice.STOP, message, cause);
  }
}
