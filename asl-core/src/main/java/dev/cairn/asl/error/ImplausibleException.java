package dev.cairn.asl.error;

/**
 * A log is held back, as its clock or logseq is implausibly far ahead: nothing is wrong with what
 * it says, and it is taken once time has passed or a person has admitted it. The message names the
 * log.
 */
public final class ImplausibleException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public ImplausibleException(String message) {
    super(Advice.RETRY, message, null);
  }
}
