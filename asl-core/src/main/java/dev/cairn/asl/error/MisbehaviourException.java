package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/**
 * A node's own signature proves that it misbehaved, or a signature is forged; the message names the
 * node.
 */
public final class MisbehaviourException extends CairnException {
  private static final long serialVersionUID = 1L;

  private final @Nullable String evidence;

  /** States what is wrong and where. */
  public MisbehaviourException(String message) {
    this(message, (Throwable) null);
  }

  /** States what is wrong and where, with the failure underneath. */
  public MisbehaviourException(String message, @Nullable Throwable cause) {
    super(Advice.DISTRUST, message, cause);
    this.evidence = cause instanceof MisbehaviourException known ? known.evidence : null;
  }

  /**
   * States what is wrong and where.
   *
   * @param evidence id of the evidence that is kept of it, in hex
   */
  public MisbehaviourException(String message, String evidence) {
    super(Advice.DISTRUST, message, null);
    this.evidence = evidence;
  }

  /** Id of the evidence that the store keeps of it, in hex; null if it keeps none. */
  public @Nullable String evidence() {
    return evidence;
  }
}
