package dev.cairn.asl.store;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import java.util.List;

/**
 * One commit, whole, as it stands in its log.
 *
 * @param origin whose log
 * @param logseq its Lamport number
 * @param records in the order of the log
 */
public record LogCommit(Origin origin, long logseq, List<LogRecord> records) {
  public LogCommit {
    records = List.copyOf(records);
  }
}
