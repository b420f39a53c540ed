package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/**
 * A well-formed request that the rules forbid: an unknown peer, a bound exceeded, another
 * federation ({@link OtherFederationException}).
 */
public class RefusedException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public RefusedException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public RefusedException(String message, @Nullable Throwable cause) {
    super(Advice.FIX_REQUEST, message, cause);
  }
}
