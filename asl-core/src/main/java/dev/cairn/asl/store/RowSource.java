package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.TableReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows as stored, or as they will be once a batch is written. */
interface RowSource {
  /** The row's value, or null. */
  @Nullable Bytes get(Table table, Bytes key);

  /** True if there is such a row. */
  default boolean has(Table table, Bytes key) {
    return get(table, key) != null;
  }

  /** The keys that begin with {@code prefix}, ascending: for prefixes that few have. */
  List<Bytes> keysWithPrefix(Table table, Bytes prefix);

  /** The rows as stored. */
  static RowSource of(TableReader stored) {
    return new RowSource() {
      @Override
      public @Nullable Bytes get(Table table, Bytes key) {
        return stored.get(table, key);
      }

      @Override
      public List<Bytes> keysWithPrefix(Table table, Bytes prefix) {
        List<Bytes> keys = new ArrayList<>();
        try (RowCursor rows = stored.scanPrefix(table, prefix)) {
          while (rows.next()) {
            keys.add(rows.key());
          }
        }
        return keys;
      }
    };
  }
}
