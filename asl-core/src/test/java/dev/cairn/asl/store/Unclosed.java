package dev.cairn.asl.store;

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
import org.jspecify.annotations.Nullable;

/** An engine that outlives the stores that are opened on it. */
record Unclosed(StorageEngine engine) implements StorageEngine {
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
  public RowCursor records(Bytes log, long from, long to) {
    return engine.records(log, from, to);
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
    // Whoever opened it closes it.
  }
}
