package dev.cairn.asl.error;

/**
 * A stretch of a log does not verify on top of what is held in front of it: either who sent it
 * changed it, or the log's own node signed two. Which of the two it is follows from a proof that
 * the signed log begins as the held one does; nothing was changed. The message names the log.
 */
public final class UnextendedException extends MalformedException {
  private static final long serialVersionUID = 1L;

  /** States what is wrong and where. */
  public UnextendedException(String message) {
    super(message);
  }
}
