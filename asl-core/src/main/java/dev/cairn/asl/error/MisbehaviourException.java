package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/**
 * A node's own signature proves that it misbehaved, or a signature is forged; the message names the
 * node.
 */
public final class MisbehaviourException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public MisbehaviourException(String message) {
    this(message, null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public MisbehaviourException(String message, @Nullable Throwable cause) {
    super(Advice.DISTRUST, message, cause);
  }
}
