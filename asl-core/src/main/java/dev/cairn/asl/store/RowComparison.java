package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.TableReader;
import org.jspecify.annotations.Nullable;

/** Two tables, row beside row, in the order of keys and in one pass. */
final class RowComparison {
  private RowComparison() {}

  /** Told of every key of either side. */
  @FunctionalInterface
  interface Sink {
    /**
     * One key.
     *
     * @param stored the row as it is, null if there is none
     * @param due the row as it should be, null if there should be none
     */
    void row(Bytes key, @Nullable Bytes stored, @Nullable Bytes due);
  }

  static void run(TableReader store, TableReader scratch, Table table, Sink sink) {
    try (RowCursor stored = store.scan(table, Bytes.EMPTY, Bytes.EMPTY);
        RowCursor due = scratch.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      boolean left = stored.next();
      boolean right = due.next();
      while (left || right) {
        int order = !left ? 1 : !right ? -1 : stored.key().compareTo(due.key());
        Bytes key = order <= 0 ? stored.key() : due.key();
        sink.row(key, order <= 0 ? stored.value() : null, order >= 0 ? due.value() : null);
        left = order <= 0 ? stored.next() : left;
        right = order >= 0 ? due.next() : right;
      }
    }
  }

  static String describe(@Nullable Bytes stored, @Nullable Bytes due) {
    if (stored == null) {
      return "the row is missing";
    }
    return due == null ? "no row is due here" : "the row is not what it should be";
  }
}
