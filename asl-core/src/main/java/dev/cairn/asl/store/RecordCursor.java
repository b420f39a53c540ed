package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.RecordKind;

/**
 * Records of one log, in index order, as of when it was opened. Starts before the first. One owner
 * at a time; must be closed.
 */
public interface RecordCursor extends AutoCloseable {
  /** Moves to the next record; false at the end. */
  boolean next();

  /** Where the present record stands in its log, whatever it says itself. */
  long place();

  /**
   * The present record.
   *
   * @throws dev.cairn.asl.error.DamagedException if it cannot be read, or says to stand elsewhere
   */
  LogRecord record();

  /** Its kind alone: costs less than {@link #record}. */
  RecordKind kind();

  /** Its encoded form: the Merkle leaf. */
  Bytes encoded();

  @Override
  void close();
}
