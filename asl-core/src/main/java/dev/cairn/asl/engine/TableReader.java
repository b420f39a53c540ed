package dev.cairn.asl.engine;

import dev.cairn.asl.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads rows. Safe for any thread unless said otherwise. */
public interface TableReader {
  /** The row's value, or null. */
  @Nullable Bytes get(Table table, Bytes key);

  /** Values in the order of {@code keys}, null where there is no row. */
  default List<@Nullable Bytes> multiGet(Table table, List<Bytes> keys) {
    List<@Nullable Bytes> values = new ArrayList<>(keys.size());
    for (Bytes key : keys) {
      values.add(get(table, key));
    }
    return values;
  }

  /**
   * Rows with {@code from <= key < to}, ascending.
   *
   * @param to exclusive end; {@link Bytes#EMPTY} means the table's end
   */
  RowCursor scan(Table table, Bytes from, Bytes to);

  /**
   * As {@link #scan}, for one who reads a long stretch to its end, once: an engine may read ahead,
   * and need keep nothing in a cache.
   */
  default RowCursor scanAhead(Table table, Bytes from, Bytes to) {
    return scan(table, from, to);
  }

  /** Rows whose keys begin with {@code prefix}, ascending. */
  default RowCursor scanPrefix(Table table, Bytes prefix) {
    return scan(table, prefix, prefix.prefixEnd());
  }

  /**
   * The row with the greatest {@code key} such that {@code from <= key < to}, or null. An empty
   * {@code to} means the end.
   */
  @Nullable Row last(Table table, Bytes from, Bytes to);
}
