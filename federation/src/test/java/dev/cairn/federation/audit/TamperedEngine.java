package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import java.util.function.BinaryOperator;

/** An engine whose records read otherwise than they were written, or are gone, once told so. */
final class TamperedEngine extends ForwardingEngine {
  private volatile BinaryOperator<Bytes> change = (index, record) -> record;
  private volatile long holeFrom;
  private volatile long holeTo;

  TamperedEngine(StorageEngine engine) {
    super(engine);
  }

  /** From now on, a record reads as {@code change} of its u64be index and itself. */
  void records(BinaryOperator<Bytes> newChange) {
    change = newChange;
  }

  /** From now on, these records of every log are not there. */
  void lacks(long from, long to) {
    holeFrom = from;
    holeTo = to;
  }

  @Override
  public RowCursor records(Bytes log, long from, long to) {
    RowCursor rows = super.records(log, from, to);
    return new RowCursor() {
      @Override
      public boolean next() {
        boolean found = rows.next();
        while (found && rows.key().u64At(0) >= holeFrom && rows.key().u64At(0) < holeTo) {
          found = rows.next();
        }
        return found;
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
