package dev.cairn.asl.store;

import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Records of commits in the order of arrival. Commits that lie side by side in one log, as most do,
 * are read with one cursor. Sees a log as of when it was first asked for; one owner at a time, must
 * be closed.
 */
final class ArrivedRecords implements AutoCloseable {
  private final Logs logs;
  private @Nullable RecordCursor cursor;
  private @Nullable Origin origin;
  private long next;

  ArrivedRecords(Logs logs) {
    this.logs = logs;
  }

  /** Tells the records of a commit. */
  void of(Arrival arrival, Consumer<LogRecord> action) {
    RecordCursor records = cursor;
    if (records == null || !arrival.origin().equals(origin) || arrival.first() != next) {
      close();
      records = logs.cursor(arrival.origin(), arrival.first(), logs.size(arrival.origin()));
      cursor = records;
      origin = arrival.origin();
    }
    for (long i = 0; i < arrival.count(); i++) {
      if (!records.next()) {
        throw new DamagedException(
            "log " + arrival.origin() + ": record " + (arrival.first() + i) + " is missing");
      }
      action.accept(records.record());
    }
    next = arrival.first() + arrival.count();
  }

  @Override
  public void close() {
    RecordCursor open = cursor;
    cursor = null;
    if (open != null) {
      open.close();
    }
  }
}
