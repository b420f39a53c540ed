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
import dev.cairn.asl.error.RefusedException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * An engine that is only read: every write is refused, whatever the engine below could do. Safe for
 * any thread.
 */
final class ReadOnlyEngine implements StorageEngine {
  private final StorageEngine engine;

  ReadOnlyEngine(StorageEngine engine) {
    this.engine = engine;
  }

  static RefusedException refusal() {
    return new RefusedException("the store is open for reading only");
  }

  @Override
  public EngineCapabilities capabilities() {
    return engine.capabilities();
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
  public void sync() {
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
  public @Nullable Bytes get(Table table, Bytes key) {
    return engine.get(table, key);
  }

  @Override
  public List<@Nullable Bytes> multiGet(Table table, List<Bytes> keys) {
    return engine.multiGet(table, keys);
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
  public SortedMap<String, Long> statistics() {
    return engine.statistics();
  }

  @Override
  public long bytesOnDisk() {
    return engine.bytesOnDisk();
  }

  @Override
  public void close() {
    engine.close();
  }
}
