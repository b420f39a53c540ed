package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows as they should be, on an engine that nobody else uses, so that a check of any size needs
 * little memory. Beside the tables that are compared with the store's:
 *
 * <pre>
 *   asl.arrival      u64be number -> {@link Arrival}     commits in the order of the logs, to fold
 *   asl.content      origin | u64be first index -> u64be count | u64be number in the store's order of
 *                                                        arrival, once that is known
 *   asl.quarantine   {@link MendKind} | key of the row -> nothing, or of a note its length
 * </pre>
 *
 * <p>One owner at a time.
 */
final class Scratch {
  private static final long PENDING_BYTES_MAX = 4L << 20;

  private final StorageEngine engine;
  private long commits;
  private Map<Row, RowChange> pending = new LinkedHashMap<>();
  private long pendingBytes;

  private record Row(Table table, Bytes key) {}

  Scratch(StorageEngine engine) {
    this.engine = engine;
  }

  StorageEngine engine() {
    flush();
    return engine;
  }

  void put(Table table, Bytes key, Bytes value) {
    pending.put(new Row(table, key), RowChange.put(table, key, value));
    pendingBytes += key.length() + value.length();
    if (pendingBytes >= PENDING_BYTES_MAX) {
      flush();
    }
  }

  @Nullable Bytes get(Table table, Bytes key) {
    RowChange change = pending.get(new Row(table, key));
    return change != null ? change.value() : engine.get(table, key);
  }

  RowCursor scan(Table table) {
    return engine().scan(table, Bytes.EMPTY, Bytes.EMPTY);
  }

  /** Notes a commit of a log. */
  void commit(Arrival commit) {
    put(StoreTables.ARRIVAL, Bytes.u64(commits++), commit.encode());
    put(
        StoreTables.CONTENT,
        Place.key(commit.origin().bytes(), commit.first()),
        Bytes.u64(commit.count()));
  }

  /** Number of commits noted. */
  long commits() {
    return commits;
  }

  void toMend(MendKind kind, Bytes key) {
    toMend(kind, key, Bytes.EMPTY);
  }

  /** The same with what is known of the row. */
  void toMend(MendKind kind, Bytes key, Bytes about) {
    put(StoreTables.QUARANTINE, kind.key(key), about);
  }

  boolean isToMend(MendKind kind, Bytes key) {
    return get(StoreTables.QUARANTINE, kind.key(key)) != null;
  }

  RowCursor toMend(MendKind kind) {
    return engine().scanPrefix(StoreTables.QUARANTINE, kind.key(Bytes.EMPTY));
  }

  private void flush() {
    if (!pending.isEmpty()) {
      engine.write(List.copyOf(pending.values()), Durability.RELAXED);
      pending = new LinkedHashMap<>();
      pendingBytes = 0;
    }
  }
}
