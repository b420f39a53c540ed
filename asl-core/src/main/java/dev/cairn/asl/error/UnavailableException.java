package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/**
 * Something needed is not reachable right now: a peer, a lock held by another process, a full
 * queue.
 */
public final class UnavailableException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public UnavailableException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public UnavailableException(String message, @Nullable Throwable cause) {
    super(Advice.RETRY, message, cause);
  }
}
