package dev.cairn.asl.engine;

/** How an append ended. Immutable. */
public sealed interface AppendOutcome {
  /**
   * All of it is written, and durable if asked for.
   *
   * @param head records in the log now
   */
  record Committed(long head) implements AppendOutcome {}

  /**
   * Nothing was written: the log holds another number of records than expected.
   *
   * @param head records in the log
   */
  record HeadMoved(long head) implements AppendOutcome {}

  /**
   * Nothing was written: a later writer has taken over.
   *
   * @param fence its generation
   */
  record Fenced(long fence) implements AppendOutcome {}

  /**
   * It may or may not have been written; only reopening tells.
   *
   * @param cause what happened
   */
  record Unknown(RuntimeException cause) implements AppendOutcome {}
}
