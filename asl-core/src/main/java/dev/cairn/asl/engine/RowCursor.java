package dev.cairn.asl.engine;

import dev.cairn.asl.bytes.Bytes;

/**
 * A position in a table. Starts before the first row. Sees the table as it was when opened. One
 * owner at a time; must be closed.
 */
public interface RowCursor extends AutoCloseable {
  /** A cursor over no row, which costs no engine's. */
  static RowCursor empty() {
    return EmptyCursor.INSTANCE;
  }

  /** Moves to the next row; false at the end, and from then on. */
  boolean next();

  /**
   * Moves so that {@link #next} goes to the first row at or behind {@code key}, forwards or
   * backwards within the cursor's range.
   */
  void seek(Bytes key);

  /** Key of the present row. */
  Bytes key();

  /** Value of the present row. */
  Bytes value();

  @Override
  void close();
}
