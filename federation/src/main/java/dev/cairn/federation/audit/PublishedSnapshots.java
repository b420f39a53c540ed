package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The snapshots that became records of a log themselves, as far as their own logs are held. One
 * pass over all logs; used by one thread at a time.
 */
final class PublishedSnapshots {
  private static final int PAYLOAD_BYTES_MAX = 4 << 20;

  private final Store store;
  private final int max;
  private final Map<ArtifactKey, Snapshot> all;
  private long leftOut;

  /**
   * @param max most snapshots, with those known
   * @param known snapshots of which more is known than that they were published
   */
  PublishedSnapshots(Store store, int max, Map<ArtifactKey, Snapshot> known) {
    this.store = store;
    this.max = max;
    this.all = new TreeMap<>(known);
  }

  /** Reads the logs. */
  void gather() {
    for (LogHead head : store.heads()) {
      gather(head);
    }
  }

  /** Those known and those found; the caller's own. */
  Map<ArtifactKey, Snapshot> snapshots() {
    return new TreeMap<>(all);
  }

  /** How many would have been more than the most. */
  long leftOut() {
    return leftOut;
  }

  private void gather(LogHead head) {
    try (RecordCursor cursor = store.records(head.origin(), 0, head.treeSize())) {
      while (cursor.next()) {
        LogRecord record = cursor.record();
        if (!record.isPut()
            || !TypeTag.SNAPSHOT.equals(record.tag())
            || all.containsKey(record.id())
            || !store.hasPayload(record.payloadDigest())) {
          continue;
        }
        Optional<Snapshot> snapshot = published(record);
        if (snapshot.isPresent() && all.size() < max) {
          all.put(record.id(), snapshot.get());
        } else if (snapshot.isPresent()) {
          leftOut++;
        }
      }
    }
  }

  private Optional<Snapshot> published(LogRecord record) {
    if (record.payloadLength() > PAYLOAD_BYTES_MAX) {
      return Optional.empty();
    }
    try {
      Bytes payload = store.payload(record.payloadDigest(), PAYLOAD_BYTES_MAX);
      Snapshot snapshot = Snapshot.decode(payload);
      return snapshot.federation().equals(store.federation())
              && SnapshotCheck.holds(store, snapshot)
          ? Optional.of(snapshot)
          : Optional.empty();
    } catch (MalformedException e) {
      // Anyone may put any bytes under this type; what is no snapshot states nothing to check.
      return Optional.empty();
    }
  }
}
