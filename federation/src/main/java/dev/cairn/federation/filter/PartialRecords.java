package dev.cairn.federation.filter;

import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;

/**
 * Reads the records that are here of a log held in part, in its order, and passes over holes. One
 * owner at a time; must be closed.
 */
public final class PartialRecords implements AutoCloseable {
  private final Origin origin;
  private final RowCursor rows;

  PartialRecords(Origin origin, RowCursor rows) {
    this.origin = origin;
    this.rows = rows;
  }

  /**
   * Goes to the next record; false at the end.
   *
   * @throws dev.cairn.asl.error.DamagedException if a row is damaged
   */
  public boolean next() {
    while (rows.next()) {
      if (PartialRows.isHeld(rows.value())) {
        return true;
      }
    }
    return false;
  }

  /** The record. */
  public LogRecord record() {
    if (!(PartialRows.item(origin, rows.value()) instanceof PartialStretch.Held held)) {
      throw new IllegalStateException("not at a record");
    }
    return PartialRows.record(origin, PartialRows.number(rows.key()), held.record());
  }

  @Override
  public void close() {
    rows.close();
  }
}
