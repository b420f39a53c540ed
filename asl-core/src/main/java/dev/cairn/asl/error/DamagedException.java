package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/**
 * Stored bytes do not verify: a digest, checksum or root disagrees. The message names the key and
 * where the bytes lay.
 */
public final class DamagedException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public DamagedException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public DamagedException(String message, @Nullable Throwable cause) {
    super(Advice.REPAIR, message, cause);
  }
}
