package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnknownOutcomeException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.time.HybridClock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The only writer: gives out logseqs, lets every index add its rows, and appends.
 *
 * <p>There is no thread of its own. A caller enqueues its draft and takes the lock; whoever holds
 * it first writes for all that wait, with one sync, and the others find their results ready.
 * Replicated stretches and the state tree's upkeep run under the same lock. Safe for any thread.
 */
final class Sequencer {
  /** Drafts that may wait; further callers block. */
  static final int QUEUE_DRAFTS_MAX = 1024;

  /** A group that shares a sync takes no further draft past so many records. */
  static final int GROUP_RECORDS = 8192;

  /** Nor past so many payload bytes. */
  static final long GROUP_PAYLOAD_BYTES = 16L << 20;

  /**
   * A logseq further ahead than this is implausible: the stretch is refused, and can come again
   * later.
   */
  static final long LOGSEQ_LEAP_MAX = 1L << 32;

  private final StorageEngine engine;
  private final Origin self;
  private final String federation;
  private final SigningKey key;
  private final List<Index> indexes;
  private final Logs logs;
  private final PayloadStore payloads;
  private final Structures structures;
  private final PinnedCuts pins;
  private final Views views;
  private final HybridClock clock;
  private final ReentrantLock lock = new ReentrantLock(true);
  private final BlockingQueue<Ticket> queue = new ArrayBlockingQueue<>(QUEUE_DRAFTS_MAX);
  private final NavigableMap<Origin, LogState> states = new ConcurrentSkipListMap<>();
  private final long fence;
  private long nextArrival;
  private long greatestLogseq;
  private @Nullable RuntimeException failure;

  /** Where a log ends; replaced, never changed, after each append. */
  record LogState(
      PublicKey key, CompactRange range, long lastLogseq, long lastHlc, long lastCheckpoint) {}

  private static final class Ticket {
    final CommitDraft draft;
    @Nullable CommitResult result;
    @Nullable RuntimeException error;

    Ticket(CommitDraft draft) {
      this.draft = draft;
    }
  }

  Sequencer(
      StorageEngine engine,
      StoreConfig config,
      List<Index> indexes,
      Logs logs,
      PayloadStore payloads,
      Structures structures,
      PinnedCuts pins,
      Views views,
      long nextArrival,
      long fence) {
    this.engine = engine;
    this.self = Store.originOf(config);
    this.federation = config.federation();
    this.key = config.key();
    this.indexes = List.copyOf(indexes);
    this.logs = logs;
    this.payloads = payloads;
    this.structures = structures;
    this.pins = pins;
    this.views = views;
    this.nextArrival = nextArrival;
    this.fence = fence;
    for (Bytes log : engine.logs()) {
      load(Origin.fromBytes(log));
    }
    this.clock = new HybridClock(config.clock(), stateOf(self).lastHlc);
  }

  private void load(Origin origin) {
    long size = logs.size(origin);
    LogRecord last = logs.require(origin, size - 1);
    Bytes publicKey = engine.get(StoreTables.NODE, origin.node().digest());
    if (publicKey == null) {
      throw new StoreFailedException("the public key of " + origin.node() + " is missing");
    }
    LogState state =
        new LogState(
            PublicKey.of(publicKey),
            CompactRange.from(logs.subtrees(origin), size),
            last.logseq(),
            last.hlc(),
            lastCheckpointSize(origin));
    states.put(origin, state);
    greatestLogseq = Math.max(greatestLogseq, last.logseq());
  }

  private long lastCheckpointSize(Origin origin) {
    Bytes prefix = origin.bytes();
    var row = engine.last(StoreTables.CHECKPOINT, prefix, prefix.prefixEnd());
    return row == null ? 0 : row.key().u64At(Origin.BYTES);
  }

  private LogState stateOf(Origin origin) {
    LogState state = states.get(origin);
    return state != null ? state : new LogState(key.publicKey(), new CompactRange(), 0, 0, 0);
  }

  /** Where each log ends, in order of origins. */
  List<LogHead> heads() {
    List<LogHead> heads = new ArrayList<>();
    states.forEach((origin, state) -> heads.add(head(origin, state)));
    return heads;
  }

  Optional<LogHead> head(Origin origin) {
    return Optional.ofNullable(states.get(origin)).map(state -> head(origin, state));
  }

  private static LogHead head(Origin origin, LogState state) {
    return new LogHead(
        origin, state.key, state.range.size(), state.lastLogseq, state.lastHlc, state.range.root());
  }

  /** Runs {@code work} while nothing is written. */
  <T> T exclusively(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  /** Commits a draft, together with those that wait beside it. */
  CommitResult commit(CommitDraft draft) {
    Ticket ticket = new Ticket(draft);
    enqueue(ticket);
    lock.lock();
    try {
      while (ticket.result == null && ticket.error == null) {
        writeGroup();
      }
    } finally {
      lock.unlock();
    }
    if (ticket.error != null) {
      throw ticket.error;
    }
    CommitResult result = ticket.result;
    if (result == null) {
      throw new AssertionError("a group left a draft without an answer");
    }
    return result;
  }

  private void enqueue(Ticket ticket) {
    boolean interrupted = false;
    while (true) {
      try {
        queue.put(ticket);
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeGroup() {
    List<Ticket> group = new ArrayList<>();
    try {
      checkUsable();
      Group writing = new Group();
      while (writing.records.size() < GROUP_RECORDS && writing.payloadBytes < GROUP_PAYLOAD_BYTES) {
        Ticket ticket = queue.poll();
        if (ticket == null) {
          break;
        }
        group.add(ticket);
        ticket.result = writing.add(ticket.draft);
      }
      writing.append();
    } catch (RuntimeException e) {
      fail(group, e);
    } catch (Error e) {
      failure = new StoreFailedException("an invariant of the sequencer broke", e);
      fail(group, failure);
      throw e;
    }
  }

  /** Answers all that wait in the group, or in the queue if the group never began. */
  private void fail(List<Ticket> group, RuntimeException error) {
    if (group.isEmpty()) {
      queue.drainTo(group);
    }
    for (Ticket ticket : group) {
      ticket.result = null;
      ticket.error = error;
    }
  }

  private void checkUsable() {
    if (failure != null) {
      throw new StoreFailedException(
          "the store failed earlier and takes no more writes: close and reopen it", failure);
    }
  }

  /** Commits of this node on their way into one append. */
  private final class Group {
    private final Batch batch = new Batch(engine);
    private final List<Bytes> records = new ArrayList<>();
    private final LogState before = stateOf(self);
    private final CompactRange range = before.range.copy();
    private long logseq = greatestLogseq;
    private long payloadBytes;
    private long arrival = nextArrival;

    CommitResult add(CommitDraft draft) {
      TreeMap<ArtifactKey, CommitResult.Outcome> outcomes = new TreeMap<>();
      List<CommitDraft.Item> due = new ArrayList<>();
      long mine = logseq + 1;
      for (CommitDraft.Item item : draft.items()) {
        CommitResult.Outcome outcome = outcome(item, mine);
        outcomes.put(item.target(), outcome);
        if (outcome.written()) {
          due.add(item);
        }
      }
      if (!due.isEmpty()) {
        logseq = mine;
        write(due);
      }
      return new CommitResult(outcomes);
    }

    private CommitResult.Outcome outcome(CommitDraft.Item item, long mine) {
      LiveRow row = LiveRow.decode(batch.get(StoreTables.LIVE, Paths.of(item.target())));
      LiveRow.Put put = row.put();
      boolean live = put != null && row.isLive();
      if (item instanceof CommitDraft.Put wanted) {
        if (put == null || !live || wanted.forced()) {
          return new CommitResult.Outcome(mine, true);
        }
        keepPayload(wanted.artifact());
        return new CommitResult.Outcome(put.place().logseq(), false);
      }
      return live ? new CommitResult.Outcome(mine, true) : new CommitResult.Outcome(0, false);
    }

    /** A live artifact whose payload was never fetched gets it from a put. */
    private void keepPayload(PreparedArtifact artifact) {
      PayloadDigest digest = artifact.id().payloadDigest();
      Bytes inline = artifact.inline();
      if (inline != null && batch.get(StoreTables.PAYLOAD, digest.digest()) == null) {
        PayloadStore.putInline(batch, digest, inline);
      }
    }

    private void write(List<CommitDraft.Item> items) {
      long hlc = clock.next();
      long first = range.size();
      List<CommitView.Entry> entries = new ArrayList<>(items.size());
      for (CommitDraft.Item item : items) {
        CommitView.Entry entry = entry(item, first + entries.size(), hlc);
        Bytes encoded = entry.record().encode();
        records.add(encoded);
        range.append(TreeHasher.leaf(encoded), Logs.tileWriter(self, batch));
        entries.add(entry);
      }
      fold(new CommitView(self, logseq, entries), batch, arrival++, first);
    }

    private CommitView.Entry entry(CommitDraft.Item item, long index, long hlc) {
      if (item instanceof CommitDraft.Tombstone tombstone) {
        Bytes note = tombstone.encodedNote();
        PayloadDigest digest = PayloadDigest.of(note);
        PayloadStore.putNote(batch, digest, note);
        LogRecord record =
            new LogRecord(
                index,
                logseq,
                hlc,
                RecordKind.TOMBSTONE,
                item.target(),
                TypeTag.TOMBSTONE,
                note.length(),
                digest);
        return new CommitView.Entry(record, note);
      }
      PreparedArtifact artifact = ((CommitDraft.Put) item).artifact();
      TypeTag tag = artifact.id().tag();
      PayloadDigest digest = artifact.id().payloadDigest();
      Bytes payload = artifact.inline();
      if (payload != null) {
        PayloadStore.putInline(batch, digest, payload);
        payloadBytes += payload.length();
      }
      LogRecord record =
          new LogRecord(
              index,
              logseq,
              hlc,
              RecordKind.ofPut(tag),
              item.target(),
              tag,
              artifact.id().payloadLength(),
              digest);
      return new CommitView.Entry(record, structured(tag, digest, payload));
    }

    private @Nullable Bytes structured(
        @Nullable TypeTag tag, PayloadDigest digest, @Nullable Bytes inline) {
      if (!structures.isStructured(tag)) {
        return null;
      }
      return inline != null ? inline : payloads.read(digest, Structures.PAYLOAD_BYTES_MAX);
    }

    void append() {
      if (records.isEmpty()) {
        if (!batch.changes().isEmpty()) {
          writeRows(batch);
        }
        return;
      }
      batch.put(StoreTables.NODE, self.node().digest(), key.publicKey().encoded());
      long lastCheckpoint = before.lastCheckpoint;
      if (range.size() - lastCheckpoint >= Store.CHECKPOINT_SPACING_RECORDS) {
        putCheckpoint(batch, range, logseq);
        lastCheckpoint = range.size();
      }
      LogState after = new LogState(key.publicKey(), range, logseq, clock.last(), lastCheckpoint);
      Sequencer.this.append(self, before.range.size(), records, batch);
      states.put(self, after);
      greatestLogseq = logseq;
      nextArrival = arrival;
    }
  }

  private void writeRows(Batch batch) {
    try {
      engine.write(batch.changes(), Durability.SYNCED);
    } catch (RuntimeException e) {
      failure = e;
      throw e;
    }
  }

  private void putCheckpoint(RowWriter rows, CompactRange range, long logseq) {
    Checkpoint checkpoint = new Checkpoint(federation, self, range.size(), range.root(), logseq);
    rows.put(StoreTables.CHECKPOINT, checkpointKey(self, range.size()), checkpoint.sign(key));
  }

  static Bytes checkpointKey(Origin origin, long treeSize) {
    return origin.bytes().plus(Bytes.u64(treeSize));
  }

  /** Every index's rows for one commit, and its place in the order of arrival. */
  private void fold(CommitView commit, Batch batch, long arrival, long firstIndex) {
    for (Index index : indexes) {
      index.apply(commit, batch);
    }
    batch.put(
        StoreTables.ARRIVAL,
        Bytes.u64(arrival),
        Bytes.wrap(
            ByteBuffer.allocate(Origin.BYTES + 2 * Long.BYTES)
                .put(commit.origin().bytes().toByteBuffer())
                .putLong(firstIndex)
                .putLong(commit.entries().size())
                .array()));
    for (CommitView.Entry entry : commit.entries()) {
      eraseIfDue(entry.record().id(), batch);
    }
  }

  /**
   * Removes the payload of an erased artifact, unless a live one shares it or a kept snapshot still
   * shows it.
   */
  private void eraseIfDue(ArtifactKey id, Batch batch) {
    LiveRow row = LiveRow.decode(batch.get(StoreTables.LIVE, Paths.of(id)));
    LiveRow.Put put = row.put();
    if (put == null || !row.isErased() || pins.anyLive(id, views)) {
      return;
    }
    PayloadDigest digest = put.payloadDigest();
    for (Bytes key : batch.keysWithPrefix(StoreTables.BY_PAYLOAD, digest.digest())) {
      ArtifactKey sharer = ArtifactKey.fromBytes(key.slice(digest.digest().length()));
      if (LiveRow.decode(batch.get(StoreTables.LIVE, Paths.of(sharer))).isLive()
          || pins.anyLive(sharer, views)) {
        return;
      }
    }
    payloads.remove(batch, digest);
  }

  private void append(Origin origin, long expectedHead, List<Bytes> records, Batch batch) {
    AppendOutcome outcome;
    try {
      outcome =
          engine.append(
              new AppendRequest(
                  origin.bytes(),
                  origin.equals(self) ? fence : 0,
                  expectedHead,
                  records,
                  batch.changes(),
                  Durability.SYNCED));
    } catch (RuntimeException e) {
      failure = e;
      throw e;
    }
    if (outcome instanceof AppendOutcome.Committed) {
      return;
    }
    failure = failureOf(origin, expectedHead, outcome);
    throw failure;
  }

  private static RuntimeException failureOf(
      Origin origin, long expectedHead, AppendOutcome outcome) {
    if (outcome instanceof AppendOutcome.Unknown unknown) {
      return new UnknownOutcomeException(
          "log "
              + origin
              + ": whether records from "
              + expectedHead
              + " on were written is unknown",
          unknown.cause());
    }
    return new StoreFailedException(
        "log "
            + origin
            + ": another writer was here: expected "
            + expectedHead
            + " records, "
            + outcome);
  }

  // ---- replication

  /** Makes a checked stretch visible if it continues what is held. */
  ReplicaResult replicate(StretchChecker.CheckedStretch checked) {
    lock.lock();
    try {
      checkUsable();
      return new Replica(checked).apply();
    } finally {
      lock.unlock();
    }
  }

  /** A stretch meeting the log. */
  private final class Replica {
    private final Stretch stretch;
    private final Origin origin;
    private final Checkpoint checkpoint;
    private final List<StretchChecker.Checked> records;
    private final LogState before;
    private final int held;

    Replica(StretchChecker.CheckedStretch checked) {
      this.stretch = checked.stretch();
      this.origin = stretch.origin();
      this.checkpoint = checked.checkpoint();
      this.records = checked.records();
      LogState state = states.get(origin);
      this.before =
          state != null ? state : new LogState(stretch.key(), new CompactRange(), 0, 0, 0);
      long gap = before.range.size() - stretch.firstIndex();
      if (gap < 0) {
        throw new RefusedException(
            "stretch of "
                + origin
                + ": begins at record "
                + stretch.firstIndex()
                + ", only "
                + before.range.size()
                + " are held");
      }
      this.held = (int) Math.min(gap, records.size());
    }

    ReplicaResult apply() {
      if (held == records.size()) {
        compareWhole();
        return new ReplicaResult(0, 0, before.range.size());
      }
      if (origin.equals(self)) {
        throw new RefusedException(
            "a peer holds record "
                + before.range.size()
                + " of this node's own log, which this store lost: "
                + "pull it back or open the next epoch before writing");
      }
      compareHeld();
      checkContinuation(records.get(held).record());
      CompactRange range = before.range.copy();
      Batch batch = new Batch(engine);
      List<Bytes> encoded = new ArrayList<>(records.size() - held);
      for (StretchChecker.Checked checked : records.subList(held, records.size())) {
        encoded.add(checked.encoded());
        range.append(TreeHasher.leaf(checked.encoded()), Logs.tileWriter(origin, batch));
      }
      if (!range.root().equals(checkpoint.root())) {
        throw new MalformedException(
            "stretch of "
                + origin
                + ": the records up to "
                + range.size()
                + " do not give the root that the checkpoint signs");
      }
      return write(range, batch, encoded);
    }

    /** All of it is held: then the checkpoint must say what our own tree says. */
    private void compareWhole() {
      Bytes root = CompactRange.from(logs.subtrees(origin), checkpoint.treeSize()).root();
      if (!root.equals(checkpoint.root())) {
        throw new MisbehaviourException(
            "node "
                + origin.node()
                + " signed two different logs of epoch "
                + origin.epoch()
                + " at "
                + checkpoint.treeSize()
                + " records: "
                + root.toHex()
                + " and "
                + checkpoint.root().toHex());
      }
      compareHeld();
      Bytes key = checkpointKey(origin, checkpoint.treeSize());
      if (engine.get(StoreTables.CHECKPOINT, key) == null && !origin.equals(self)) {
        Batch batch = new Batch(engine);
        batch.put(StoreTables.CHECKPOINT, key, stretch.checkpoint());
        writeRows(batch);
      }
    }

    private void compareHeld() {
      try (RecordCursor cursor =
          logs.cursor(origin, stretch.firstIndex(), stretch.firstIndex() + held)) {
        for (int i = 0; i < held; i++) {
          if (!cursor.next() || !cursor.encoded().equals(records.get(i).encoded())) {
            throw new MalformedException(
                "stretch of "
                    + origin
                    + ": record "
                    + (stretch.firstIndex() + i)
                    + " differs from the one held");
          }
        }
      }
    }

    private void checkContinuation(LogRecord first) {
      if (first.logseq() <= before.lastLogseq || first.hlc() <= before.lastHlc) {
        throw new MalformedException(
            "stretch of "
                + origin
                + ": record "
                + first.index()
                + " with logseq "
                + first.logseq()
                + " does not come after logseq "
                + before.lastLogseq);
      }
      if (checkpoint.lastLogseq() - greatestLogseq > LOGSEQ_LEAP_MAX) {
        throw new RefusedException(
            "stretch of "
                + origin
                + ": logseq "
                + checkpoint.lastLogseq()
                + " is implausibly far ahead of "
                + greatestLogseq);
      }
    }

    private ReplicaResult write(CompactRange range, Batch batch, List<Bytes> encoded) {
      long arrival = nextArrival;
      long commits = 0;
      int at = held;
      while (at < records.size()) {
        int end = commitEnd(at);
        List<CommitView.Entry> entries = new ArrayList<>(end - at);
        for (StretchChecker.Checked checked : records.subList(at, end)) {
          entries.add(entry(checked, batch));
        }
        fold(
            new CommitView(origin, records.get(at).record().logseq(), entries),
            batch,
            arrival++,
            stretch.firstIndex() + at);
        commits++;
        at = end;
      }
      batch.put(StoreTables.NODE, origin.node().digest(), stretch.key().encoded());
      batch.put(StoreTables.CHECKPOINT, checkpointKey(origin, range.size()), stretch.checkpoint());
      LogState after =
          new LogState(
              stretch.key(),
              range,
              checkpoint.lastLogseq(),
              records.get(records.size() - 1).record().hlc(),
              range.size());
      append(origin, before.range.size(), encoded, batch);
      states.put(origin, after);
      nextArrival = arrival;
      greatestLogseq = Math.max(greatestLogseq, checkpoint.lastLogseq());
      return new ReplicaResult(commits, encoded.size(), range.size());
    }

    private int commitEnd(int start) {
      long logseq = records.get(start).record().logseq();
      int end = start + 1;
      while (end < records.size() && records.get(end).record().logseq() == logseq) {
        end++;
      }
      return end;
    }

    private CommitView.Entry entry(StretchChecker.Checked checked, Batch batch) {
      LogRecord record = checked.record();
      Bytes payload = checked.payload();
      if (payload != null && !record.isPut()) {
        PayloadStore.putNote(batch, record.payloadDigest(), payload);
      } else if (payload != null
          && payload.length() <= Store.INLINE_BYTES_MAX
          && batch.get(StoreTables.PAYLOAD, record.payloadDigest().digest()) == null) {
        PayloadStore.putInline(batch, record.payloadDigest(), payload);
      }
      boolean wanted = !record.isPut() || structures.isStructured(record.tag());
      return new CommitView.Entry(record, wanted ? payload : null);
    }
  }

  // ---- upkeep, under the lock

  /** Signs the present end of this node's log. */
  Optional<Bytes> signHead() {
    return exclusively(
        () -> {
          LogState state = states.get(self);
          if (state == null) {
            return Optional.empty();
          }
          Bytes row = checkpointKey(self, state.range.size());
          if (state.lastCheckpoint < state.range.size()) {
            checkUsable();
            Batch batch = new Batch(engine);
            putCheckpoint(batch, state.range, state.lastLogseq);
            engine.write(batch.changes(), Durability.RELAXED);
            states.put(
                self,
                new LogState(
                    state.key, state.range, state.lastLogseq, state.lastHlc, state.range.size()));
          }
          return Optional.ofNullable(engine.get(StoreTables.CHECKPOINT, row));
        });
  }

  /** Brings the stored state tree up to the present. */
  StateNode advanceTree() {
    return exclusively(
        () -> {
          long done = watermark();
          while (done < nextArrival) {
            TreeSet<Bytes> changed = new TreeSet<>();
            done = changedPaths(done, changed);
            Batch batch = new Batch(engine);
            StateTree.update(batch, engine, changed);
            batch.put(StoreTables.META, Store.META_TREE, Bytes.u64(done));
            engine.write(batch.changes(), Durability.RELAXED);
          }
          return StateTree.root(engine);
        });
  }

  private long watermark() {
    Bytes row = engine.get(StoreTables.META, Store.META_TREE);
    return row == null ? 0 : row.u64At(0);
  }

  /**
   * Collects paths changed by commits from arrival {@code from} on, until enough; the arrival to go
   * on from.
   */
  private long changedPaths(long from, Set<Bytes> changed) {
    long next = from;
    try (RowCursor arrivals = engine.scan(StoreTables.ARRIVAL, Bytes.u64(from), Bytes.EMPTY)) {
      while (changed.size() < LogRecord.COMMIT_RECORDS_MAX && arrivals.next()) {
        Arrival arrival = Arrival.of(arrivals.value());
        try (RecordCursor records =
            logs.cursor(arrival.origin(), arrival.first(), arrival.first() + arrival.count())) {
          while (records.next()) {
            changed.add(Paths.of(records.record().id()));
          }
        }
        next = arrivals.key().u64At(0) + 1;
      }
    }
    return next;
  }

  /** A row of {@link StoreTables#ARRIVAL}. */
  record Arrival(Origin origin, long first, long count) {
    static Arrival of(Bytes row) {
      return new Arrival(
          Origin.fromBytes(row.slice(0, Origin.BYTES)),
          row.u64At(Origin.BYTES),
          row.u64At(Origin.BYTES + Long.BYTES));
    }
  }
}
