package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/**
 * What was acknowledged as durable is gone: a log is shorter than it is known to have been. Nothing
 * was changed. The message names each log with the head held and the head acknowledged.
 *
 * <p>A node that goes on under the same epoch would give out numbers twice: what is missing must be
 * fetched from a peer, or the next epoch begun.
 */
public final class DataLossException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is gone and where. */
  public DataLossException(String message) {
    this(message, null);
  }

  /** States what is gone and where, with the failure underneath. */
  public DataLossException(String message, @Nullable Throwable cause) {
    super(Advice.REPAIR, message, cause);
  }
}
