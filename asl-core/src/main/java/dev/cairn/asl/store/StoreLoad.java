package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.StretchChecker.Checked;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Fills a fresh store with the logs of others, in bulk: what it takes is verified as {@link
 * Store#replicate} does, and folded by the same indexes, but not durable stretch by stretch:
 * payloads and the indexes' rows go past the log of writes, and all is synced once each {@link
 * #SYNC_BYTES}. The state tree is left to whoever asks for it first, who makes it at once.
 *
 * <p>Up to where each log was durable with all that follows from it is noted, so that a load which
 * was cut short, by a crash too, goes on there: {@link #size}. What is taken again is folded again,
 * which changes nothing, as every row is a join. Until {@link #finish} the indexes have no marks,
 * so that a {@link Store} opened before would make them anew.
 *
 * <pre>
 *   asl.meta    "load/" | origin -> u64be records that are durable with what follows from them
 * </pre>
 *
 * <p>One owner at a time.
 */
public final class StoreLoad {
  /** So many bytes may have to come again after a crash. */
  public static final long SYNC_BYTES = 64L << 20;

  private static final Bytes PREFIX = Bytes.utf8("load/");

  private final StorageEngine engine;
  private final NodeId self;
  private final Logs logs;
  private final PayloadStore payloads;
  private final Structures structures;
  private final StretchChecker checker;
  private final Absences absences;
  private final List<Index> indexes = new ArrayList<>();
  private final long fence;
  private final Map<Origin, LogState> states = new TreeMap<>();
  private long arrivals;
  private long unsyncedBytes;

  /**
   * Begins a load, or goes on with one.
   *
   * @param engine on which a store was opened before and closed again, that holds nothing or what
   *     another load brought; stays open
   * @param config what that store was opened with
   * @throws RefusedException if this node has a log of its own there
   */
  public StoreLoad(StorageEngine engine, StoreConfig config) {
    this.engine = engine;
    this.self = NodeId.of(config.key().publicKey());
    this.logs = new Logs(engine);
    this.fence = Store.nextFence(engine);
    this.indexes.add(new LivenessIndex());
    this.indexes.addAll(config.indexes());
    this.structures = new Structures(indexes);
    this.payloads = new PayloadStore(engine, config.clock(), OpeningNumbers.firstArrival(fence));
    this.checker =
        new StretchChecker(config.federation(), config.signatures(), payloads, structures);
    this.absences = new Absences(engine);
    this.arrivals = StoreCheck.arrivals(engine);
    for (Bytes log : engine.logs()) {
      load(Origin.fromBytes(log));
    }
    IndexCatchUp catchUp = new IndexCatchUp(engine, logs, payloads);
    indexes.forEach(catchUp::distrust);
    catchUp.clearTree();
  }

  private void load(Origin origin) {
    if (origin.node().equals(self)) {
      throw new RefusedException("the store has a log of its own: nothing can be loaded into it");
    }
    Bytes key = engine.get(StoreTables.NODE, origin.node().digest());
    if (key == null) {
      throw new DamagedException(
          "the public key of " + origin.node() + " is missing in " + StoreTables.NODE.name());
    }
    long size = logs.size(origin);
    LogRecord last = logs.require(origin, size - 1);
    CompactRange range = CompactRange.from(logs.subtrees(origin), size);
    states.put(
        origin,
        new LogState(
            StoreTables.NODE.read(
                origin.node().digest(), key, (node, encoded) -> PublicKey.of(encoded)),
            range,
            last.logseq(),
            last.hlc(),
            range.size(),
            0));
  }

  /** From which record on a log is to be taken. */
  public long size(Origin origin) {
    Bytes key = PREFIX.plus(origin.bytes());
    Bytes row = engine.get(StoreTables.META, key);
    return row == null ? 0 : StoreTables.META.read(key, row, Table::number);
  }

  /** As {@link Store#stagePayload}. */
  public PayloadStage stagePayload(PayloadDigest expected, long length) {
    unsyncedBytes += length;
    return new StagedPayload(
        expected, length, payloads.has(expected) ? null : payloads.arrive(), () -> {});
  }

  /**
   * Verifies a stretch, and takes it if all of it is right.
   *
   * @throws MalformedException if it is not
   * @throws RefusedException if it does not begin where the log ends, or before
   */
  public void take(Stretch stretch) {
    VerifiedStretch checked = checker.check(stretch);
    Origin origin = stretch.origin();
    if (origin.node().equals(self)) {
      throw new RefusedException("a stretch of this node's own log, which has not begun");
    }
    LogState known = states.get(origin);
    LogState before = known == null ? LogState.empty(stretch.key()) : known;
    long gap = before.range().size() - stretch.firstIndex();
    if (gap < 0) {
      throw new RefusedException(
          "stretch of " + origin + ": begins behind the " + before.range().size() + " held");
    }
    int held = (int) Math.min(gap, checked.records().size());
    requireSame(stretch, checked, held);
    Batch batch = new Batch(engine);
    LogState after = extended(stretch, checked, held, before, batch);
    List<RowChange> contents = contents(origin, checked.records(), batch);
    Batch folded = folded(origin, checked.records());
    contents.addAll(folded.changes());
    unsyncedBytes += folded.bytes();
    engine.write(contents, Durability.DEFERRED);
    commits(origin, checked.records(), held, batch);
    batch.put(
        StoreTables.CHECKPOINT,
        LogWriter.checkpointKey(origin, checked.checkpoint().treeSize()),
        stretch.checkpoint());
    append(origin, before, checked.records().subList(held, checked.records().size()), batch);
    states.put(origin, after);
    if (unsyncedBytes >= SYNC_BYTES) {
      sync();
    }
  }

  private void requireSame(Stretch stretch, VerifiedStretch checked, int held) {
    Origin origin = stretch.origin();
    long first = stretch.firstIndex();
    try (RecordCursor cursor = logs.cursor(origin, first, first + held)) {
      for (int i = 0; i < held; i++) {
        if (!cursor.next() || !cursor.encoded().equals(checked.records().get(i).encoded())) {
          throw new MalformedException(
              "stretch of " + origin + ": record " + (first + i) + " differs from the one held");
        }
      }
    }
  }

  /** The log with the stretch, whose root must be the one that is signed. */
  private LogState extended(
      Stretch stretch, VerifiedStretch checked, int held, LogState before, Batch batch) {
    Origin origin = stretch.origin();
    Checkpoint checkpoint = checked.checkpoint();
    List<Checked> more = checked.records().subList(held, checked.records().size());
    CompactRange range = before.range().copy();
    for (Checked record : more) {
      range.append(TreeHasher.leaf(record.encoded()), Logs.tileWriter(origin, batch));
    }
    Bytes root =
        more.isEmpty()
            ? CompactRange.from(logs.subtrees(origin), checkpoint.treeSize()).root()
            : range.root();
    if (!root.equals(checkpoint.root())) {
      throw new MalformedException(
          "stretch of " + origin + ": its records do not give the root that is signed");
    }
    if (more.isEmpty()) {
      return before;
    }
    LogRecord first = more.get(0).record();
    if (first.logseq() <= before.lastLogseq() || first.hlc() <= before.lastHlc()) {
      throw new MalformedException(
          "stretch of " + origin + ": record " + first.index() + " goes back in time");
    }
    LogRecord last = more.get(more.size() - 1).record();
    requireOpen(stretch, checked, held);
    return new LogState(stretch.key(), range, checkpoint.lastLogseq(), last.hlc(), range.size(), 0);
  }

  /** Nothing may come behind a record that closes the log. */
  private void requireOpen(Stretch stretch, VerifiedStretch checked, int held) {
    List<Checked> records = checked.records();
    long first = stretch.firstIndex();
    for (int i = held; i < records.size(); i++) {
      long before = first + i - 1;
      boolean closed =
          i > 0
              ? LogClosing.closes(records.get(i - 1).record())
              : before >= 0 && LogClosing.closes(logs.require(stretch.origin(), before));
      if (closed) {
        throw new MalformedException(
            "stretch of " + stretch.origin() + ": it goes on behind its closing, record " + before);
      }
    }
  }

  /** Rows for payloads that came with records; what else is known of payloads goes into a batch. */
  private List<RowChange> contents(Origin origin, List<Checked> records, Batch batch) {
    List<RowChange> contents = new ArrayList<>(records.size());
    TreeSet<PayloadDigest> arrived = new TreeSet<>();
    Bytes log = origin.bytes();
    for (Checked checked : records) {
      LogRecord record = checked.record();
      Bytes payload = checked.payload();
      Bytes place = Place.key(log, record.index());
      if (!checked.seen()) {
        checker.checkFound(origin, record, batch);
      }
      if (!record.isPut()) {
        note(record, payload, batch);
      } else if (payload != null && payload.length() <= Store.INLINE_BYTES_MAX) {
        contents.add(RowChange.put(StoreTables.CONTENT, place, PayloadRow.inline(payload)));
        unsyncedBytes += payload.length();
        absences.end(batch, record.payloadDigest());
      } else if (PayloadStore.place(batch, place, record.payloadDigest())) {
        arrived.add(record.payloadDigest());
        absences.end(batch, record.payloadDigest());
      } else if (engine.get(StoreTables.CONTENT, place) == null) {
        absences.begin(batch, record.payloadDigest());
      }
    }
    arrived.forEach(digest -> PayloadStore.endArrival(batch, digest));
    return contents;
  }

  private static void note(LogRecord record, @Nullable Bytes note, Batch batch) {
    if (note == null) {
      throw new AssertionError("a tombstone without its note was checked");
    }
    PayloadStore.putNote(batch, record.payloadDigest(), note);
  }

  /** What the indexes make of the commits, those that were held included. */
  private Batch folded(Origin origin, List<Checked> records) {
    Batch batch = new Batch(engine);
    batch.prefetch(
        StoreTables.LIVE,
        records.stream().map(checked -> Paths.of(checked.record().id())).toList());
    int at = 0;
    while (at < records.size()) {
      int end = commitEnd(records, at);
      List<CommitView.Entry> entries = new ArrayList<>(end - at);
      for (Checked checked : records.subList(at, end)) {
        LogRecord record = checked.record();
        boolean wanted = !record.isPut() || structures.isStructured(record.tag());
        entries.add(new CommitView.Entry(record, wanted ? checked.payload() : null));
      }
      CommitView commit = new CommitView(origin, entries.get(0).record().logseq(), entries);
      indexes.forEach(index -> index.apply(commit, batch));
      at = end;
    }
    return batch;
  }

  private static int commitEnd(List<Checked> records, int start) {
    long logseq = records.get(start).record().logseq();
    int end = start + 1;
    while (end < records.size() && records.get(end).record().logseq() == logseq) {
      end++;
    }
    return end;
  }

  private void commits(Origin origin, List<Checked> records, int from, Batch batch) {
    int at = from;
    while (at < records.size()) {
      LogRecord first = records.get(at).record();
      int end = commitEnd(records, at);
      batch.put(
          StoreTables.ARRIVAL,
          Bytes.u64(arrivals++),
          new Arrival(origin, first.index(), end - at).encode());
      at = end;
    }
  }

  private void append(Origin origin, LogState before, List<Checked> records, Batch batch) {
    if (records.isEmpty()) {
      engine.write(batch.changes(), Durability.RELAXED);
      return;
    }
    if (before.range().size() == 0) {
      batch.put(StoreTables.NODE, origin.node().digest(), before.key().encoded());
    }
    List<Bytes> encoded = records.stream().map(Checked::encoded).toList();
    AppendOutcome outcome =
        engine.append(
            new AppendRequest(
                origin.bytes(),
                fence,
                before.range().size(),
                encoded,
                batch.changes(),
                Durability.RELAXED));
    if (!(outcome instanceof AppendOutcome.Committed)) {
      throw new StoreFailedException("log " + origin + ": " + outcome);
    }
  }

  /** Makes what came durable, and notes how far it goes. */
  public void sync() {
    engine.sync();
    List<RowChange> marks = new ArrayList<>();
    states.forEach(
        (origin, state) ->
            marks.add(
                RowChange.put(
                    StoreTables.META,
                    PREFIX.plus(origin.bytes()),
                    Bytes.u64(state.range().size()))));
    engine.write(marks, Durability.SYNCED);
    unsyncedBytes = 0;
  }

  /** Ends the load: what came is durable, and a {@link Store} may be opened. */
  public void finish() {
    sync();
    List<RowChange> marks = new ArrayList<>();
    try (RowCursor rows = engine.scanPrefix(StoreTables.META, PREFIX)) {
      while (rows.next()) {
        marks.add(RowChange.delete(StoreTables.META, rows.key()));
      }
    }
    for (Index index : indexes) {
      marks.add(
          RowChange.put(
              StoreTables.META, IndexCatchUp.metaKey(index.name()), Bytes.u64(index.version())));
    }
    engine.write(marks, Durability.SYNCED);
  }
}
