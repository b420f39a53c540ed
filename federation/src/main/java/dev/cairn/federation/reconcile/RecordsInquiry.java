package dev.cairn.federation.reconcile;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.reconcile.ReconcileMessage.RecordAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.RecordTell;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the records of a part of a log, one by one. That they are those of its tree is not
 * checked: they tell how what was found differs, and prove nothing.
 */
final class RecordsInquiry implements Inquiry {
  private final Origin origin;
  private final long from;
  private final long to;
  private final List<LogRecord> records = new ArrayList<>();

  RecordsInquiry(Origin origin, long from, long to) {
    this.origin = origin;
    this.from = from;
    this.to = to;
  }

  /** What was told so far, in order. */
  List<LogRecord> records() {
    return records;
  }

  @Override
  public @Nullable ReconcileMessage next() {
    long index = from + records.size();
    return index < to ? new RecordAsk(origin, index) : null;
  }

  @Override
  public void accept(ReconcileMessage answer) {
    if (!(answer instanceof RecordTell tell)) {
      throw new MalformedException("log " + origin + ": no answer to what was asked");
    }
    records.add(LogRecord.decode(tell.record()));
  }
}
