package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import java.util.ArrayList;
import java.util.List;

/**
 * Row changes of any number, written a bounded piece after the other and not synced: for what is
 * derived, and made again if it was cut short. One owner at a time.
 */
final class RowPieces {
  /** A piece takes no further change past so many bytes of keys and values. */
  static final long BYTES_MAX = 8L << 20;

  private final StorageEngine engine;
  private final List<RowChange> piece = new ArrayList<>();
  private long bytes;

  RowPieces(StorageEngine engine) {
    this.engine = engine;
  }

  /** Bytes after which a piece of an engine's is full. */
  static long bytesMax(StorageEngine engine) {
    return Math.min(BYTES_MAX, engine.capabilities().batchBytesMax() / 4);
  }

  /** Deletes all rows of a table, the first ones first. */
  static void clear(StorageEngine engine, Table table) {
    RowPieces deletes = new RowPieces(engine);
    try (RowCursor rows = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        deletes.add(RowChange.delete(table, rows.key()));
      }
    }
    deletes.flush();
  }

  /** Takes a change; no two are of one row. */
  void add(RowChange change) {
    piece.add(change);
    Bytes value = change.value();
    bytes += change.key().length() + (value == null ? 0 : value.length());
    if (bytes >= bytesMax(engine)) {
      flush();
    }
  }

  /** Writes what is not written yet. */
  void flush() {
    if (!piece.isEmpty()) {
      engine.write(piece, Durability.RELAXED);
      piece.clear();
      bytes = 0;
    }
  }
}
