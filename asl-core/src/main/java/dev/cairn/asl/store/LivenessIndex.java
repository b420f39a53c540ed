package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TombstoneNote;
import java.nio.ByteBuffer;
import java.util.List;

/** What is live, where each id's records stand, and which artifacts share a payload. */
final class LivenessIndex implements Index {
  @Override
  public String name() {
    return "asl.liveness";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public List<Table> tables() {
    return List.of(StoreTables.LIVE, StoreTables.HISTORY, StoreTables.BY_PAYLOAD);
  }

  @Override
  public void apply(CommitView commit, RowWriter rows) {
    Origin origin = commit.origin();
    Bytes originBytes = origin.bytes();
    for (CommitView.Entry entry : commit.entries()) {
      LogRecord record = entry.record();
      Bytes path = Paths.of(record.id());
      LiveRow row = LiveRow.decode(rows.get(StoreTables.LIVE, path));
      LiveRow joined;
      if (record.isPut()) {
        joined = row.joinPut(origin, record);
        rows.put(
            StoreTables.BY_PAYLOAD,
            record.payloadDigest().digest().plus(record.id().bytes()),
            Bytes.EMPTY);
      } else {
        joined = row.joinTombstone(origin, record.logseq(), note(entry).erase());
      }
      if (!joined.equals(row)) {
        rows.put(StoreTables.LIVE, path, joined.encode());
      }
      rows.put(
          StoreTables.HISTORY,
          historyKey(record.id(), record.logseq(), originBytes),
          historyValue(record));
    }
  }

  static TombstoneNote note(CommitView.Entry entry) {
    Bytes payload = entry.payload();
    if (payload == null) {
      throw new AssertionError("a tombstone's note is always at hand");
    }
    return TombstoneNote.decode(payload);
  }

  private static Bytes historyKey(ArtifactKey id, long logseq, Bytes origin) {
    return Bytes.concat(id.bytes(), Bytes.u64(logseq), origin);
  }

  private static Bytes historyValue(LogRecord record) {
    return Bytes.wrap(
        ByteBuffer.allocate(1 + Long.BYTES)
            .put((byte) record.kind().code())
            .putLong(record.index())
            .array());
  }
}
