package dev.cairn.tgk;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitView;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.IdCursor;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.RowWriter;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the graph sees of a store, over sorted maps: commits may arrive in any order and any number
 * of times, logseqs are free to choose, and reads are counted.
 */
final class FakeStore implements GraphSource, RowWriter, TableReader {
  /**
   * A commit to be applied: edges put, keys tombstoned, and keys falsely said to be some text, of
   * which nobody has the bytes.
   */
  record Commit(
      Origin origin,
      long logseq,
      List<Edge> puts,
      List<ArtifactKey> tombstones,
      List<ArtifactKey> lies) {}

  private static final TypeTag TEXT = new TypeTag("text/plain");

  /** Several threads read while nobody writes, and the first to read a table makes it. */
  private final ConcurrentSkipListMap<Table, TreeMap<Bytes, Bytes>> tables =
      new ConcurrentSkipListMap<>();

  private final Map<ArtifactKey, TreeMap<HistoryEntry, HistoryEntry>> history = new HashMap<>();
  private final Map<PayloadDigest, Bytes> payloads = new HashMap<>();
  private final TreeSet<PayloadDigest> erased =
      new TreeSet<>(Comparator.comparing(PayloadDigest::digest));
  private final GraphIndex index = new GraphIndex();
  private final TreeMap<Origin, TreeMap<Long, List<CommitView.Entry>>> logs = new TreeMap<>();
  private final List<Snapshot> snapshots = new ArrayList<>();
  private long arrivals;
  private long tick;
  long lastCalls;
  long payloadCalls;

  static Origin origin(int number) {
    byte[] node = new byte[NodeId.BYTES];
    node[0] = (byte) number;
    return new Origin(new NodeId(Bytes.wrap(node)), 1);
  }

  static ArtifactKey artifact(String text) {
    return ArtifactKey.of(Bytes.utf8(text), null);
  }

  /** Puts edges in a commit of their own, later than any before. */
  FakeStore put(Edge... edges) {
    apply(new Commit(origin(1), ++tick, List.of(edges), List.of(), List.of()));
    return this;
  }

  /** Tombstones in a commit of their own, later than any before. */
  FakeStore tombstone(ArtifactKey... keys) {
    apply(new Commit(origin(1), ++tick, List.of(), List.of(keys), List.of()));
    return this;
  }

  void erase(Edge edge) {
    erased.add(ArtifactHasher.identify(edge.encode(), TypeTag.EDGE).payloadDigest());
  }

  void apply(Commit commit) {
    List<CommitView.Entry> entries = new ArrayList<>();
    for (Edge edge : commit.puts()) {
      Bytes payload = edge.encode();
      ArtifactId id = ArtifactHasher.identify(payload, TypeTag.EDGE);
      index.check(TypeTag.EDGE, payload);
      entries.add(entry(commit, RecordKind.TGK_EDGE, id.key(), id, payload));
      payloads.put(id.payloadDigest(), payload);
    }
    for (ArtifactKey target : commit.tombstones()) {
      Bytes note = new TombstoneNote(false, null).encode();
      ArtifactId id = ArtifactHasher.identify(note, TypeTag.TOMBSTONE);
      entries.add(entry(commit, RecordKind.TOMBSTONE, target, id, note));
    }
    for (ArtifactKey target : commit.lies()) {
      ArtifactId id = ArtifactHasher.identify(Bytes.utf8("nobody's"), TEXT);
      entries.add(entry(commit, RecordKind.ARTIFACT, target, id, null));
    }
    entries.sort(Comparator.comparing(entry -> entry.record().id()));
    logs.computeIfAbsent(commit.origin(), unused -> new TreeMap<>()).put(commit.logseq(), entries);
    arrivals++;
    for (CommitView.Entry entry : entries) {
      HistoryEntry fact = new HistoryEntry(commit.origin(), entry.record());
      history
          .computeIfAbsent(
              entry.record().id(),
              unused -> new TreeMap<>(Comparator.comparing(e -> e.record().position(e.origin()))))
          .put(fact, fact);
    }
    index.apply(new CommitView(commit.origin(), commit.logseq(), entries), this);
  }

  private static CommitView.Entry entry(
      Commit commit, RecordKind kind, ArtifactKey target, ArtifactId id, @Nullable Bytes payload) {
    LogRecord record =
        new LogRecord(
            0, commit.logseq(), 0, kind, target, id.tag(), id.payloadLength(), id.payloadDigest());
    return new CommitView.Entry(record, payload);
  }

  Map<Table, ? extends Map<Bytes, Bytes>> allRows() {
    return tables;
  }

  View now() {
    return view(null, (origin, logseq) -> true);
  }

  @Override
  public View at(Cut cut) {
    return view(cut, cut::includes);
  }

  private View view(@Nullable Cut cut, BiPredicate<Origin, Long> within) {
    return new View() {
      @Override
      public Optional<Cut> cut() {
        return Optional.ofNullable(cut);
      }

      @Override
      public Optional<LiveEntry> live(ArtifactKey key) {
        HistoryEntry latest = null;
        for (HistoryEntry entry : history(key)) {
          latest = within.test(entry.origin(), entry.record().logseq()) ? entry : latest;
        }
        return latest == null || !latest.record().isPut()
            ? Optional.empty()
            : Optional.of(toLive(latest));
      }

      /** Records of edges come with their payloads here, too: no other record of them counts. */
      @Override
      public Optional<LiveEntry> known(ArtifactKey key) {
        boolean edge = told(key).filter(put -> put.kind() == RecordKind.TGK_EDGE).isPresent();
        HistoryEntry latest = null;
        for (HistoryEntry entry : history(key)) {
          boolean counts = !edge || entry.record().kind() != RecordKind.ARTIFACT;
          if (counts && within.test(entry.origin(), entry.record().logseq())) {
            latest = entry;
          }
        }
        return latest == null || !latest.record().isPut()
            ? Optional.empty()
            : Optional.of(toLive(latest));
      }

      @Override
      public Optional<LiveEntry> told(ArtifactKey key) {
        HistoryEntry best = null;
        for (HistoryEntry entry : history(key)) {
          if (entry.record().isPut()
              && within.test(entry.origin(), entry.record().logseq())
              && (best == null
                  || entry.record().kind() == RecordKind.TGK_EDGE
                  || best.record().kind() != RecordKind.TGK_EDGE)) {
            best = entry;
          }
        }
        return Optional.ofNullable(best).map(FakeStore::toLive);
      }

      @Override
      public boolean includes(Origin origin, long logseq) {
        return within.test(origin, logseq);
      }

      @Override
      public IdCursor ids(Bytes from, Bytes to) {
        throw new AssertionError("the graph has no need of it");
      }
    };
  }

  private static LiveEntry toLive(HistoryEntry entry) {
    LogRecord put = entry.record();
    return new LiveEntry(
        new ArtifactId(put.id(), put.tag(), put.payloadLength(), put.payloadDigest()),
        put.kind(),
        put.logseq(),
        entry.origin(),
        put.index());
  }

  // ---- GraphSource

  @Override
  public TableReader rows() {
    return this;
  }

  @Override
  public Bytes payload(PayloadDigest digest, long maxBytes) {
    payloadCalls++;
    if (erased.contains(digest)) {
      throw new ErasedException("erased: " + digest);
    }
    return payloads.get(digest);
  }

  @Override
  public List<HistoryEntry> history(ArtifactKey key) {
    TreeMap<HistoryEntry, HistoryEntry> records = history.get(key);
    return records == null ? List.of() : List.copyOf(records.keySet());
  }

  @Override
  public Bytes payload(LiveEntry edge, long maxBytes) {
    return payload(edge.artifact().payloadDigest(), maxBytes);
  }

  @Override
  public long arrivals() {
    return arrivals;
  }

  @Override
  public Horizon horizon() {
    TreeMap<Origin, Long> logseqs = new TreeMap<>();
    logs.forEach((origin, log) -> logseqs.put(origin, log.lastKey()));
    return horizon(new Cut(logseqs));
  }

  @Override
  public Horizon horizon(Cut cut) {
    TreeMap<Origin, Horizon.End> ends = new TreeMap<>();
    logs.forEach(
        (origin, log) -> {
          Long limit = cut.logseqs().get(origin);
          long size =
              limit == null
                  ? 0
                  : log.headMap(limit, true).values().stream().mapToLong(List::size).sum();
          if (size > 0) {
            ends.put(origin, new Horizon.End(limit, size));
          }
        });
    return new Horizon(ends);
  }

  @Override
  public List<Snapshot> snapshots() {
    return List.copyOf(snapshots);
  }

  /** Keeps a snapshot of the logs up to a horizon. */
  Snapshot keep(Horizon horizon) {
    List<Snapshot.Head> heads = new ArrayList<>();
    horizon
        .ends()
        .forEach(
            (origin, end) ->
                heads.add(
                    new Snapshot.Head(origin, end.logseq(), end.size(), Bytes.wrap(new byte[32]))));
    Snapshot snapshot = new Snapshot("test", heads, Bytes.wrap(new byte[32]));
    snapshots.add(snapshot);
    return snapshot;
  }

  private List<CommitView.Entry> entries(Horizon.Stretch stretch) {
    List<CommitView.Entry> all = new ArrayList<>();
    logs.get(stretch.origin()).values().forEach(all::addAll);
    return all.subList((int) stretch.from(), (int) stretch.to());
  }

  @Override
  public void forEachRecord(Horizon.Stretch stretch, RecordSink sink) {
    for (CommitView.Entry entry : entries(stretch)) {
      boolean edge = entry.record().kind() == RecordKind.TGK_EDGE;
      sink.record(entry.record(), edge ? entry.payload() : null);
    }
  }

  @Override
  public void forEachTombstone(Horizon.Stretch stretch, Consumer<ArtifactKey> sink) {
    for (CommitView.Entry entry : entries(stretch)) {
      if (entry.record().kind() == RecordKind.TOMBSTONE) {
        sink.accept(entry.record().id());
      }
    }
  }

  // ---- rows

  private NavigableMap<Bytes, Bytes> rowsOf(Table table) {
    return tables.computeIfAbsent(table, unused -> new TreeMap<>());
  }

  private NavigableMap<Bytes, Bytes> range(Table table, Bytes from, Bytes to) {
    return to.isEmpty()
        ? rowsOf(table).tailMap(from, true)
        : rowsOf(table).subMap(from, true, to, false);
  }

  @Override
  public @Nullable Bytes get(Table table, Bytes key) {
    return rowsOf(table).get(key);
  }

  @Override
  public void put(Table table, Bytes key, Bytes value) {
    rowsOf(table).put(key, value);
  }

  @Override
  public void delete(Table table, Bytes key) {
    rowsOf(table).remove(key);
  }

  @Override
  public RowCursor scan(Table table, Bytes from, Bytes to) {
    Iterator<Map.Entry<Bytes, Bytes>> rows = range(table, from, to).entrySet().iterator();
    return new RowCursor() {
      private Map.@Nullable Entry<Bytes, Bytes> row;

      @Override
      public boolean next() {
        row = rows.hasNext() ? rows.next() : null;
        return row != null;
      }

      @Override
      public void seek(Bytes key) {
        throw new AssertionError("the graph has no need of it");
      }

      @Override
      public Bytes key() {
        return row.getKey();
      }

      @Override
      public Bytes value() {
        return row.getValue();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public @Nullable Row last(Table table, Bytes from, Bytes to) {
    lastCalls++;
    Map.Entry<Bytes, Bytes> row = range(table, from, to).lastEntry();
    return row == null ? null : new Row(row.getKey(), row.getValue());
  }
}
