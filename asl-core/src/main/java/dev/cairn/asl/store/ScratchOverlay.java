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
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An engine with some of its tables elsewhere: the production folds run on it and write there only.
 * Closing it closes neither. As safe for threads as the two are.
 */
final class ScratchOverlay implements StorageEngine {
  private final StorageEngine base;
  private final StorageEngine scratch;
  private final Set<Table> elsewhere;

  /**
   * An overlay.
   *
   * @param base read only
   * @param elsewhere the tables that are read and written in {@code scratch}
   */
  ScratchOverlay(StorageEngine base, StorageEngine scratch, Set<Table> elsewhere) {
    this.base = base;
    this.scratch = scratch;
    this.elsewhere = new TreeSet<>(elsewhere);
  }

  private StorageEngine of(Table table) {
    return elsewhere.contains(table) ? scratch : base;
  }

  @Override
  public EngineCapabilities capabilities() {
    return scratch.capabilities();
  }

  @Override
  public AppendOutcome append(AppendRequest request) {
    throw new AssertionError("an append to a store that is being checked");
  }

  @Override
  public long head(Bytes log) {
    return base.head(log);
  }

  @Override
  public long greatestFence() {
    return base.greatestFence();
  }

  @Override
  public RowCursor records(Bytes log, long from, long to) {
    return base.records(log, from, to);
  }

  @Override
  public List<Bytes> logs() {
    return base.logs();
  }

  @Override
  public void write(List<RowChange> changes, Durability durability) {
    for (RowChange change : changes) {
      if (!elsewhere.contains(change.table())) {
        throw new AssertionError("a write to " + change.table() + " of a store being checked");
      }
    }
    scratch.write(changes, durability);
  }

  @Override
  public void sync() {
    // Nothing here outlives the check.
  }

  @Override
  public long bytesOnDisk() {
    return base.bytesOnDisk() + scratch.bytesOnDisk();
  }

  @Override
  public @Nullable Bytes get(Table table, Bytes key) {
    return of(table).get(table, key);
  }

  @Override
  public RowCursor scan(Table table, Bytes from, Bytes to) {
    return of(table).scan(table, from, to);
  }

  @Override
  public @Nullable Row last(Table table, Bytes from, Bytes to) {
    return of(table).last(table, from, to);
  }

  @Override
  public void close() {
    // Both have their own owners.
  }
}
