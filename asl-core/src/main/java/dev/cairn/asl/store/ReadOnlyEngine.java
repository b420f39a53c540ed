package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.RefusedException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/**
 * An engine that is only read: every write is refused, whatever the engine below could do. Safe for
 * any thread.
 */
class ReadOnlyEngine extends ForwardingEngine {
  private final StorageEngine engine;

  ReadOnlyEngine(StorageEngine engine) {
    super(engine);
    this.engine = engine;
  }

  @Override
  public RowCursor scanAhead(Table table, Bytes from, Bytes to) {
    return engine.scanAhead(table, from, to);
  }

  @Override
  public RowCursor recordsAhead(Bytes log, long from, long to) {
    return engine.recordsAhead(log, from, to);
  }

  static RefusedException refusal() {
    return new RefusedException("the store is open for reading only");
  }

  @Override
  public AppendOutcome append(AppendRequest request) {
    throw refusal();
  }

  @Override
  public void write(List<RowChange> changes, Durability durability) {
    throw refusal();
  }

  @Override
  public void replaceRecords(Bytes log, SortedMap<Long, Bytes> records) {
    throw refusal();
  }

  @Override
  public void sync() {
    throw refusal();
  }

  /** Makes durable what is shown, before it is signed. */
  void syncBelow() {
    throw refusal();
  }

  @Override
  public void reclaim() {
    throw refusal();
  }

  @Override
  public void copyTo(Path directory) {
    throw refusal();
  }
}
