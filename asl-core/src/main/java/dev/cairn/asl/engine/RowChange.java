package dev.cairn.asl.engine;

import dev.cairn.asl.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * One row to write or to delete.
 *
 * @param table where
 * @param key row key
 * @param value new value; null deletes the row
 */
public record RowChange(Table table, Bytes key, @Nullable Bytes value) {
  /** Writes a row. */
  public static RowChange put(Table table, Bytes key, Bytes value) {
    return new RowChange(table, key, value);
  }

  /** Deletes a row, if it is there. */
  public static RowChange delete(Table table, Bytes key) {
    return new RowChange(table, key, null);
  }
}
