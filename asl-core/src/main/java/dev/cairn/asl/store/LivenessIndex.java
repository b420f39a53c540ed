package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TombstoneNote;
import java.util.List;

/**
 * What is live, where each id's records stand, and which artifacts share a payload; {@link Facts}
 * draws the rows and reads them.
 */
final class LivenessIndex implements Index {
  @Override
  public String name() {
    return "asl.liveness";
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public List<Table> tables() {
    return List.of(StoreTables.LIVE, StoreTables.HISTORY, StoreTables.BY_PAYLOAD);
  }

  @Override
  public void apply(CommitView commit, RowWriter rows) {
    for (CommitView.Entry entry : commit.entries()) {
      LogRecord record = entry.record();
      Bytes path = Paths.of(record.id());
      LiveRow row = LiveRow.read(path, rows.get(StoreTables.LIVE, path));
      LiveRow.Joined joined = row.join(fact(commit.origin(), entry));
      if (record.isPut()) {
        rows.put(
            StoreTables.BY_PAYLOAD, Facts.byPayloadKey(record.payloadDigest(), path), Bytes.EMPTY);
      }
      if (!joined.row().equals(row)) {
        rows.put(StoreTables.LIVE, path, joined.row().encode());
      }
      for (Fact displaced : joined.displaced()) {
        rows.put(
            StoreTables.HISTORY,
            Facts.historyKey(record.id(), displaced.place()),
            Facts.historyValue(displaced));
      }
    }
  }

  private static Fact fact(Origin origin, CommitView.Entry entry) {
    LogRecord record = entry.record();
    return record.isPut()
        ? Fact.ofPut(origin, record)
        : Fact.ofTombstone(origin, record, note(entry).erase());
  }

  static TombstoneNote note(CommitView.Entry entry) {
    Bytes payload = entry.payload();
    if (payload == null) {
      throw new AssertionError("a tombstone's note is always at hand");
    }
    return TombstoneNote.decode(payload);
  }
}
