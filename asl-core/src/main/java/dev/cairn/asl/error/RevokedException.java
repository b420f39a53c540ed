package dev.cairn.asl.error;

/**
 * What a key signed is not believed so far: the key was given up, or revoked, at an earlier place
 * of its node's log. The message names the log and both places.
 */
public final class RevokedException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public RevokedException(String message) {
    super(Advice.FIX_REQUEST, message, null);
  }
}
