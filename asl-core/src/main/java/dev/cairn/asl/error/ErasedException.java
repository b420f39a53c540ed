package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/** The payload was erased on purpose; the record and its digests remain. */
public final class ErasedException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public ErasedException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public ErasedException(String message, @Nullable Throwable cause) {
    super(Advice.FIX_REQUEST, message, cause);
  }
}
