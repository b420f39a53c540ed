package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.EngineCapabilities;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import java.util.List;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/** An engine whose records read otherwise than they were written, once told so. */
final class TamperedEngine implements StorageEngine {
  private final StorageEngine engine;
  private volatile BinaryOperator<Bytes> change = (index, record) -> record;

  TamperedEngine(StorageEngine engine) {
    this.engine = engine;
  }

  /** From now on, a record reads as {@code change} of its u64be index and itself. */
  void records(BinaryOperator<Bytes> newChange) {
    change = newChange;
  }

  @Override
  public RowCursor records(Bytes log, long from, long to) {
    RowCursor rows = engine.records(log, from, to);
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

  @Override
  public EngineCapabilities capabilities() {
    return engine.capabilities();
  }

  @Override
  public AppendOutcome append(AppendRequest request) {
    return engine.append(request);
  }

  @Override
  public long head(Bytes log) {
    return engine.head(log);
  }

  @Override
  public List<Bytes> logs() {
    return engine.logs();
  }

  @Override
  public void write(List<RowChange> changes, Durability durability) {
    engine.write(changes, durability);
  }

  @Override
  public void sync() {
    engine.sync();
  }

  @Override
  public long bytesOnDisk() {
    return engine.bytesOnDisk();
  }

  @Override
  public @Nullable Bytes get(Table table, Bytes key) {
    return engine.get(table, key);
  }

  @Override
  public RowCursor scan(Table table, Bytes from, Bytes to) {
    return engine.scan(table, from, to);
  }

  @Override
  public @Nullable Row last(Table table, Bytes from, Bytes to) {
    return engine.last(table, from, to);
  }

  @Override
  public void close() {
    engine.close();
  }
}
