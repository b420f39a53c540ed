package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import org.jspecify.annotations.Nullable;

/** Rows of the batch being built, over those already stored. One owner at a time: the sequencer. */
public interface RowWriter {
  /** The row as it will be: this batch's change if there is one, else what is stored. */
  @Nullable Bytes get(Table table, Bytes key);

  /** Writes a row. */
  void put(Table table, Bytes key, Bytes value);

  /** Deletes a row, if it is there. */
  void delete(Table table, Bytes key);
}
