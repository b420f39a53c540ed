package dev.cairn.testkit.mutation;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;

/** An engine one of whose logs lacks a record, or ends early: what rows alone cannot be made to. */
final class TamperedEngine extends ForwardingEngine {
  private final Bytes log;
  private final long hole;
  private final long end;

  /**
   * @param hole index of the record that is not there; -1 for none
   * @param end number of records that the log says to have
   */
  TamperedEngine(StorageEngine engine, Bytes log, long hole, long end) {
    super(engine);
    this.log = log;
    this.hole = hole;
    this.end = end;
  }

  @Override
  public long head(Bytes name) {
    return name.equals(log) ? end : super.head(name);
  }

  @Override
  public RowCursor records(Bytes name, long from, long to) {
    if (!name.equals(log)) {
      return super.records(name, from, to);
    }
    RowCursor rows = super.records(name, from, Math.min(to, end));
    return new RowCursor() {
      @Override
      public boolean next() {
        boolean found = rows.next();
        return (found && rows.key().u64At(0) == hole) ? rows.next() : found;
      }

      @Override
      public void seek(Bytes key) {
        rows.seek(key);
      }

      @Override
      public Bytes key() {
        return rows.key();
      }

      @Override
      public Bytes value() {
        return rows.value();
      }

      @Override
      public void close() {
        rows.close();
      }
    };
  }
}
