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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An engine that tells of its writes before it does them, and may have narrower limits. */
class HookedEngine implements StorageEngine {
  private final StorageEngine engine;
  private Consumer<AppendRequest> beforeAppend = request -> {};
  private Consumer<List<RowChange>> beforeWrite = changes -> {};
  private @Nullable EngineCapabilities limits;

  HookedEngine(StorageEngine engine) {
    this.engine = engine;
  }

  HookedEngine beforeAppend(Consumer<AppendRequest> hook) {
    beforeAppend = hook;
    return this;
  }

  HookedEngine beforeWrite(Consumer<List<RowChange>> hook) {
    beforeWrite = hook;
    return this;
  }

  HookedEngine batchBytesMax(long bytes) {
    limits = new EngineCapabilities((int) Math.min(bytes, Integer.MAX_VALUE), bytes, true, true);
    return this;
  }

  @Override
  public EngineCapabilities capabilities() {
    return limits != null ? limits : engine.capabilities();
  }

  @Override
  public AppendOutcome append(AppendRequest request) {
    capabilities().requireFits(request.records(), request.rows());
    beforeAppend.accept(request);
    return engine.append(request);
  }

  @Override
  public void write(List<RowChange> changes, Durability durability) {
    capabilities().requireFits(List.of(), changes);
    beforeWrite.accept(changes);
    engine.write(changes, durability);
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
