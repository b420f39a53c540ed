package dev.cairn.tgk;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.CommitLog;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.model.Edge;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the graph needs of a store. Safe for any thread. */
interface GraphSource {
  /** Takes records of a log. */
  interface RecordSink {
    /**
     * A record.
     *
     * @param edge payload of an edge that the record puts; null for other records
     */
    void record(LogRecord record, @Nullable Bytes edge);
  }

  TableReader rows();

  /** An edge's payload, as a view shows it. */
  Bytes payload(LiveEntry edge, long maxBytes);

  Bytes payload(PayloadDigest digest, long maxBytes);

  List<HistoryEntry> history(ArtifactKey key);

  /** The store as of a cut. */
  View at(Cut cut);

  /** Rises with each commit that arrives, whatever horizon it adds to. */
  long arrivals();

  /** All that is held now: at least what {@link #arrivals} counted before. */
  Horizon horizon();

  /** A cut of what is held. */
  Horizon horizon(Cut cut);

  /** The snapshots that are kept: what each holds is held here. */
  List<Snapshot> snapshots();

  /** Hands on the records of a stretch, in order, each with its payload if it puts an edge. */
  void forEachRecord(Horizon.Stretch stretch, RecordSink sink);

  /** Hands on the keys that tombstones of a stretch name, in order. */
  void forEachTombstone(Horizon.Stretch stretch, Consumer<ArtifactKey> sink);

  static GraphSource of(Store store) {
    return new OfStore(store);
  }

  /** A store. */
  final class OfStore implements GraphSource {
    private final Store store;
    private final CommitLog log;

    OfStore(Store store) {
      this.store = store;
      this.log = store.log();
    }

    @Override
    public TableReader rows() {
      return store.rows();
    }

    @Override
    public Bytes payload(LiveEntry edge, long maxBytes) {
      return store.payload(edge, maxBytes);
    }

    @Override
    public Bytes payload(PayloadDigest digest, long maxBytes) {
      return store.payload(digest, maxBytes);
    }

    @Override
    public List<HistoryEntry> history(ArtifactKey key) {
      return store.history(key);
    }

    @Override
    public View at(Cut cut) {
      return store.at(cut);
    }

    @Override
    public long arrivals() {
      return log.arrivals();
    }

    @Override
    public Horizon horizon() {
      TreeMap<Origin, Horizon.End> ends = new TreeMap<>();
      for (LogHead head : store.heads()) {
        ends.put(head.origin(), new Horizon.End(head.lastLogseq(), head.treeSize()));
      }
      return new Horizon(ends);
    }

    @Override
    public Horizon horizon(Cut cut) {
      TreeMap<Origin, Horizon.End> ends = new TreeMap<>();
      cut.logseqs()
          .forEach(
              (origin, logseq) -> {
                long size = store.firstIndexAfter(origin, logseq);
                if (size > 0) {
                  ends.put(origin, new Horizon.End(logseq, size));
                }
              });
      return new Horizon(ends);
    }

    @Override
    public List<Snapshot> snapshots() {
      List<Snapshot> kept = new ArrayList<>();
      for (SnapshotInfo info : store.snapshots()) {
        kept.add(info.snapshot());
      }
      return kept;
    }

    @Override
    public void forEachRecord(Horizon.Stretch stretch, RecordSink sink) {
      try (ContentCursor records = store.contents(stretch.origin(), stretch.from(), stretch.to())) {
        while (records.next()) {
          LogRecord record = records.record();
          boolean edge = record.kind() == RecordKind.TGK_EDGE;
          sink.record(record, edge ? records.payload(Edge.EDGE_BYTES_MAX) : null);
        }
      }
    }

    @Override
    public void forEachTombstone(Horizon.Stretch stretch, Consumer<ArtifactKey> sink) {
      try (RecordCursor records = store.records(stretch.origin(), stretch.from(), stretch.to())) {
        while (records.next()) {
          if (records.kind() == RecordKind.TOMBSTONE) {
            sink.accept(records.record().id());
          }
        }
      }
    }
  }
}
