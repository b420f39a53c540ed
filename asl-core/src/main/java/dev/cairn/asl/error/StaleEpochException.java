package dev.cairn.asl.error;

/**
 * This node's present epoch must not be written any more: a peer holds records of it that this
 * store lost, so the store was put back to an earlier state without knowing. Reads go on. The store
 * must be opened again under the next epoch; what is missing comes back from peers.
 */
public final class StaleEpochException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** States which epoch, and how it is known. */
  public StaleEpochException(String message) {
    super(Advice.STOP, message, null);
  }
}
