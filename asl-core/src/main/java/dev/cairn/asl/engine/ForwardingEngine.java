package dev.cairn.asl.engine;

import dev.cairn.asl.bytes.Bytes;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * An engine that passes every call on to another: the base of those that change a few of them. Safe
 * for any thread if the other is.
 */
public abstract class ForwardingEngine implements StorageEngine {
  private final StorageEngine engine;

  /** Passes calls on to {@code engine}, and closes it. */
  protected ForwardingEngine(StorageEngine engine) {
    this.engine = engine;
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
  public void write(List<RowChange> changes, Durability durability) {
    engine.write(changes, durability);
  }

  @Override
  public void replaceRecords(Bytes log, SortedMap<Long, Bytes> records) {
    engine.replaceRecords(log, records);
  }

  @Override
  public void sync() {
    engine.sync();
  }

  @Override
  public void reclaim() {
    engine.reclaim();
  }

  @Override
  public void copyTo(Path directory) {
    engine.copyTo(directory);
  }

  @Override
  public long head(Bytes log) {
    return engine.head(log);
  }

  @Override
  public long greatestFence() {
    return engine.greatestFence();
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
  public long rowsRead() {
    return engine.rowsRead();
  }

  @Override
  public long rowsAbout(Table table) {
    return engine.rowsAbout(table);
  }

  @Override
  public void close() {
    engine.close();
  }
}
