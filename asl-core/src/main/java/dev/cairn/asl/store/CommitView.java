package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One commit as the indexes see it.
 *
 * @param origin whose log it stands in
 * @param logseq its Lamport number
 * @param entries its records, ordered by canonical id
 */
public record CommitView(Origin origin, long logseq, List<Entry> entries) {
  /**
   * One record of it.
   *
   * @param record the record
   * @param payload the payload if its type is structured for some index, or the note of a
   *     tombstone; else null
   */
  public record Entry(LogRecord record, @Nullable Bytes payload) {}

  public CommitView {
    entries = List.copyOf(entries);
  }
}
