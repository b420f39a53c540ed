package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/** A format of an unknown version; the message names the format and both versions. */
public final class UnsupportedVersionException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public UnsupportedVersionException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public UnsupportedVersionException(String message, @Nullable Throwable cause) {
    super(Advice.FIX_REQUEST, message, cause);
  }
}
