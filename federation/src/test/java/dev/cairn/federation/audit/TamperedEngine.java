package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import java.util.function.BinaryOperator;

/** An engine whose records read otherwise than they were written, once told so. */
final class TamperedEngine extends ForwardingEngine {
  private volatile BinaryOperator<Bytes> change = (index, record) -> record;

  TamperedEngine(StorageEngine engine) {
    super(engine);
  }

  /** From now on, a record reads as {@code change} of its u64be index and itself. */
  void records(BinaryOperator<Bytes> newChange) {
    change = newChange;
  }

  @Override
  public RowCursor records(Bytes log, long from, long to) {
    RowCursor rows = super.records(log, from, to);
    return new RowCursor() {
      @Override
      public boolean next() {
        return rows.next();
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
        return change.apply(rows.key(), rows.value());
      }

      @Override
      public void close() {
        rows.close();
      }
    };
  }
}
