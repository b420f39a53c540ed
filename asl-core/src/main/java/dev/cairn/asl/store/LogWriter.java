package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.ImplausibleException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StaleEpochException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnknownOutcomeException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.EpochOpening;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.time.HybridClock;
import dev.cairn.asl.time.WallClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Appends commits to logs with the rows that the indexes derive from them, and keeps where each log
 * ends.
 *
 * <p>Everything that changes is called under the sequencer's lock; {@link #heads}, {@link
 * #durableHeads}, {@link #durableCheckpoint} and {@link #head} by any thread.
 */
final class LogWriter {
  private final StorageEngine engine;
  private final Origin self;
  private final String federation;
  private final SigningKey key;
  private final List<Index> indexes;
  private final Logs logs;
  private final Erasures erasures;
  private final WallClock wall;
  private HybridClock clock;
  private final NavigableMap<Origin, LogState> states = new ConcurrentSkipListMap<>();
  private final StoreMetrics metrics;
  private final LogNews news;
  private final EvidenceShelf shelf;
  private final HeldBackShelf heldBack;
  private final KeyEnds ends;
  private final PayloadStore payloads;
  private final Plausibility plausible;
  private final long fence;
  private final boolean readOnly;
  private long nextArrival;
  private long greatestLogseq;
  private @Nullable RuntimeException failure;

  /** The greatest epoch of this node that must not be written any more. */
  private int closedEpoch;

  /** Whether an append was acknowledged that may still be lost. */
  private boolean relaxed;

  /** Where this node's log surely ends; null before its first record is durable. */
  private volatile @Nullable LogState durableOwn;

  LogWriter(
      StorageEngine engine,
      StoreConfig config,
      List<Index> indexes,
      Logs logs,
      PayloadStore payloads,
      Erasures erasures,
      long nextArrival,
      long fence,
      boolean readOnly) {
    this.engine = engine;
    this.self = Store.originOf(config);
    this.federation = config.federation();
    this.key = config.key();
    this.indexes = List.copyOf(indexes);
    this.logs = logs;
    this.payloads = payloads;
    this.erasures = erasures;
    this.nextArrival = nextArrival;
    this.fence = fence;
    this.readOnly = readOnly;
    this.closedEpoch = readOnly ? 0 : StoreIdentity.closedEpoch(engine);
    this.metrics = config.metrics();
    this.wall = config.clock();
    this.plausible = config.plausibility();
    this.heldBack = new HeldBackShelf(engine, plausible, wall);
    this.ends = new KeyEnds(engine);
    this.news = new LogNews(nextArrival);
    this.shelf = new EvidenceShelf(engine);
    for (Bytes log : engine.logs()) {
      load(Origin.fromBytes(log));
    }
    shelf.closings().forEach(this::closedElsewhere);
    this.clock = new HybridClock(wall, lastOwnHlc());
    states.values().forEach(state -> goAlong(state.lastHlc()));
    // What a killed process left may be in the system's memory only, and is shown to peers.
    if (!states.isEmpty() && !readOnly) {
      engine.sync();
    }
    this.durableOwn = states.get(self);
  }

  private void load(Origin origin) {
    long size = logs.size(origin);
    LogRecord last = logs.require(origin, size - 1);
    Bytes publicKey = engine.get(StoreTables.NODE, origin.node().digest());
    if (publicKey == null) {
      throw new DamagedException(
          "the public key of " + origin.node() + " is missing in " + StoreTables.NODE.name());
    }
    PublicKey key = StoreTables.NODE.read(origin.node().digest(), publicKey, LogWriter::keyOf);
    long signed = lastCheckpointSize(origin);
    LogState state =
        new LogState(
            key,
            CompactRange.from(logs.subtrees(origin), size),
            last.logseq(),
            last.hlc(),
            signed,
            signed < size ? Store.CHECKPOINT_SPACING_BYTES : 0);
    states.put(origin, state);
    greatestLogseq = Math.max(greatestLogseq, last.logseq());
    if (LogClosing.closes(last)) {
      ends.closed(new ClosedLog(origin, last.index(), last.logseq(), closing(last)));
    }
  }

  /**
   * Null if it is damaged here: the record closes the log all the same, and a check tells of it.
   */
  private @Nullable LogClosing closing(LogRecord record) {
    try {
      return LogClosing.decode(payloads.read(record.payloadDigest(), Structures.PAYLOAD_BYTES_MAX));
    } catch (DamagedException | MalformedException | NotFoundException e) {
      LoggerFactory.getLogger(LogWriter.class)
          .warn("the closing of a log, record {}, cannot be read", record.index(), e);
      return null;
    }
  }

  /** Takes note of a log that a record closes. */
  void closed(Origin origin, LogRecord record, Bytes payload) {
    ends.closed(new ClosedLog(origin, record.index(), record.logseq(), LogClosing.decode(payload)));
  }

  /** Takes note of a log that is closed by a record of which evidence tells. */
  private void closedElsewhere(Origin origin, LogRecord record) {
    if (!ends.isClosed(origin)) {
      ends.closed(new ClosedLog(origin, record.index(), record.logseq(), null));
    }
  }

  /** How many records are held of each other epoch of this node. */
  SortedMap<Integer, Long> otherEpochs() {
    TreeMap<Integer, Long> others = new TreeMap<>();
    states.forEach(
        (origin, state) -> {
          if (origin.node().equals(self.node()) && !origin.equals(self)) {
            others.put(origin.epoch(), state.range().size());
          }
        });
    return others;
  }

  /** Up to where the keys of nodes are believed. */
  KeyEnds ends() {
    return ends;
  }

  /**
   * Believes a node's key up to these places only, durably; null believes it again.
   *
   * @param sizes of each epoch; of one that is not named nothing is believed
   */
  void revoke(NodeId node, @Nullable SortedMap<Integer, Long> sizes) {
    writeChanges(List.of(sizes == null ? KeyEnds.noRow(node) : ends.row(node, sizes)));
    ends.revoke(node, sizes);
  }

  /** A clock never goes back at its node, whatever the epoch. */
  private long lastOwnHlc() {
    long last = 0;
    for (Map.Entry<Origin, LogState> entry : states.entrySet()) {
      if (entry.getKey().node().equals(self.node())) {
        last = Math.max(last, entry.getValue().lastHlc());
      }
    }
    return last;
  }

  private static PublicKey keyOf(Bytes node, Bytes encoded) {
    PublicKey key = PublicKey.checkedBefore(encoded);
    if (!NodeId.of(key).digest().equals(node)) {
      throw new MalformedException("the public key of another node");
    }
    return key;
  }

  private long lastCheckpointSize(Origin origin) {
    Bytes prefix = origin.bytes();
    var row = engine.last(StoreTables.CHECKPOINT, prefix, prefix.prefixEnd());
    return row == null ? 0 : checkpointSize(row.key());
  }

  /** Where each log ends, in order of origins. */
  List<LogHead> heads() {
    List<LogHead> heads = new ArrayList<>();
    states.forEach((origin, state) -> heads.add(state.head(origin)));
    return heads;
  }

  Optional<LogHead> head(Origin origin) {
    return Optional.ofNullable(states.get(origin)).map(state -> state.head(origin));
  }

  /**
   * As {@link #heads}, but this node's log ends where no crash can take anything: what may be told
   * to others. Their logs are always durable.
   */
  List<LogHead> durableHeads() {
    List<LogHead> heads = new ArrayList<>();
    LogState own = durableOwn;
    states.forEach(
        (origin, state) -> {
          LogState sure = origin.equals(self) ? own : state;
          if (sure != null) {
            heads.add(sure.head(origin));
          }
        });
    return heads;
  }

  /** The last checkpoint held of a log within what {@link #durableHeads} says of it. */
  Optional<Bytes> durableCheckpoint(Origin origin) {
    LogState sure = origin.equals(self) ? durableOwn : states.get(origin);
    if (sure == null) {
      return Optional.empty();
    }
    Row row =
        engine.last(
            StoreTables.CHECKPOINT, origin.bytes(), checkpointKey(origin, sure.range().size() + 1));
    return row == null ? Optional.empty() : Optional.of(row.value());
  }

  /** The logs that are held back. */
  HeldBackShelf heldBack() {
    return heldBack;
  }

  /** Lets a log in that is held back, durably. */
  HeldBack admit(Origin origin) {
    return heldBack.admit(origin, this::writeChanges);
  }

  /**
   * Holds back a log whose end is implausible; the rows are written, nothing of the log is.
   *
   * @throws ImplausibleException if it is
   */
  void checkPlausible(Origin origin, long fromIndex, LogRecord last) {
    if (origin.node().equals(self.node())) {
      return;
    }
    HeldBack found = heldBack.judge(origin, fromIndex, last, greatestLogseq);
    if (found != null) {
      HeldBack news = heldBack.news(found);
      if (news != null) {
        writeChanges(List.of(heldBack.row(news)));
        heldBack.hold(news);
      }
      throw new ImplausibleException(
          "log " + origin + " is held back from record " + fromIndex + " on: " + found.describe());
    }
  }

  private void writeChanges(List<RowChange> changes) {
    Batch batch = new Batch(engine);
    for (RowChange change : changes) {
      Bytes value = change.value();
      if (value == null) {
        batch.delete(change.table(), change.key());
      } else {
        batch.put(change.table(), change.key(), value);
      }
    }
    writeRows(batch);
  }

  /** A clock of another node pulls ours along, unless it is too far ahead for that. */
  private void goAlong(long hlc) {
    if (Plausibility.aheadMillis(hlc, wall) <= plausible.clockMergeMillisMax()) {
      clock.merge(hlc);
    }
  }

  /** The logs that are frozen. */
  EvidenceShelf shelf() {
    return shelf;
  }

  /**
   * Keeps evidence, durably, and freezes its log; this node's own is closed. False if the log is
   * frozen already.
   */
  boolean keep(Evidence evidence, boolean held) {
    if (!evidence.federation().equals(federation)) {
      throw new RefusedException(
          "evidence against a log of federation " + evidence.federation() + ", not " + federation);
    }
    Bytes row = shelf.row(evidence, held, states.keySet(), wall.millis());
    if (row == null) {
      return false;
    }
    Batch batch = new Batch(engine);
    batch.put(StoreTables.EVIDENCE, evidence.origin().bytes(), row);
    boolean ours = evidence.origin().node().equals(self.node());
    if (ours && evidence.origin().epoch() > closedEpoch) {
      RowChange closed = StoreIdentity.closedRow(evidence.origin().epoch());
      batch.put(closed.table(), closed.key(), Bytes.u64(evidence.origin().epoch()));
    }
    writeRows(batch);
    if (ours) {
      closedEpoch = Math.max(closedEpoch, evidence.origin().epoch());
    }
    shelf.freeze(evidence);
    evidence.closing().ifPresent(record -> closedElsewhere(evidence.origin(), record));
    return true;
  }

  /** As {@link #keep}; gives back the accusation. */
  MisbehaviourException accuse(Evidence evidence) {
    keep(evidence, false);
    return new MisbehaviourException(evidence.describe(), evidence.id().toHex());
  }

  /** The last checkpoint held of a log; of this node's own its end is signed first. */
  Optional<Bytes> lastCheckpoint(Origin origin) {
    if (origin.equals(self) && !readOnly) {
      signHead();
    }
    Bytes prefix = origin.bytes();
    Row row = engine.last(StoreTables.CHECKPOINT, prefix, prefix.prefixEnd());
    return row == null ? Optional.empty() : Optional.of(row.value());
  }

  /** Who waits for commits. */
  LogNews news() {
    return news;
  }

  /** This node's log. */
  Origin self() {
    return self;
  }

  /** Where this node's log ends. */
  LogState own() {
    return state(self, key.publicKey());
  }

  /** Where a log ends; an empty one if none of it is held. */
  LogState state(Origin origin, PublicKey originKey) {
    LogState state = states.get(origin);
    return state != null ? state : LogState.empty(originKey);
  }

  HybridClock clock() {
    return clock;
  }

  long greatestLogseq() {
    return greatestLogseq;
  }

  long nextArrival() {
    return nextArrival;
  }

  /** Refuses once a write failed: what the engine holds is then uncertain. */
  void checkUsable() {
    if (readOnly) {
      throw ReadOnlyEngine.refusal();
    }
    if (failure != null) {
      throw new StoreFailedException(
          "the store failed earlier and takes no more writes: close and reopen it", failure);
    }
  }

  /** False once a write failed, and if the store is only read. */
  boolean isUsable() {
    return failure == null && !readOnly;
  }

  boolean isReadOnly() {
    return readOnly;
  }

  /**
   * What the first commit of a new epoch states before all else; null if the epoch has begun or
   * there was none before it.
   */
  @Nullable EpochOpening opening() {
    if (states.containsKey(self)) {
      return null;
    }
    List<EpochOpening.Ended> ended = new ArrayList<>();
    states.forEach(
        (origin, state) -> {
          if (origin.node().equals(self.node())) {
            CompactRange range = state.range();
            ended.add(
                new EpochOpening.Ended(
                    origin.epoch(), range.size(), range.root(), state.lastLogseq()));
          }
        });
    return ended.isEmpty() ? null : new EpochOpening(self, ended);
  }

  /**
   * Closes the epochs that an opening names: what is held of their logs is signed, so that peers
   * can have it, and none before the present one is written again. The clock goes on behind theirs.
   */
  void closeEpochs(EpochOpening opening, RowWriter rows) {
    clock = new HybridClock(wall, Math.max(clock.last(), lastOwnHlc()));
    signOtherEpochs(rows);
    for (EpochOpening.Ended ended : opening.ended()) {
      if (ended.epoch() < self.epoch() && ended.epoch() > closedEpoch) {
        closedEpoch = ended.epoch();
        RowChange closed = StoreIdentity.closedRow(closedEpoch);
        rows.put(closed.table(), closed.key(), Bytes.u64(closedEpoch));
      }
    }
  }

  /** Signs what is held of this node's other epochs and not signed yet; false if all is. */
  private boolean signOtherEpochs(RowWriter rows) {
    boolean any = false;
    for (Map.Entry<Origin, LogState> entry : states.entrySet()) {
      Origin origin = entry.getKey();
      LogState state = entry.getValue();
      boolean ours = origin.node().equals(self.node()) && !origin.equals(self);
      if (ours && state.lastCheckpoint() < state.range().size()) {
        putCheckpoint(rows, origin, state.range(), state.lastLogseq());
        any = true;
      }
    }
    return any;
  }

  /** Refuses to write under an epoch that is closed, or with a key that was given up. */
  void requireOpenEpoch() {
    ends.requireOpen(self.node());
    if (self.epoch() <= closedEpoch) {
      throw new StaleEpochException(
          "epoch "
              + self.epoch()
              + " of this node is closed, as peers hold or may hold what this store does not:"
              + " open the store again in the next epoch");
    }
  }

  /** Closes the present epoch, of which a peer has shown more than is held here. */
  StaleEpochException closeEpoch(long shown) {
    StoreIdentity.closeEpoch(engine, self.epoch());
    closedEpoch = Math.max(closedEpoch, self.epoch());
    return new StaleEpochException(
        "a peer holds "
            + shown
            + " records of this node's own log "
            + self
            + ", this store "
            + own().range().size()
            + ": it was put back to an earlier state; open it again, and it goes on in the next"
            + " epoch and takes what is missing");
  }

  /** Refuses all that follows. */
  void failWith(RuntimeException error) {
    failure = error;
  }

  /** Writes rows without records; with them all that was written before becomes durable. */
  void writeRows(Batch batch) {
    requireFits(List.of(), batch.changes());
    long start = metrics.ticker().nanos();
    try {
      if (batch.isEmpty()) {
        engine.sync();
      } else {
        engine.write(batch.changes(), Durability.SYNCED);
      }
    } catch (RuntimeException e) {
      throw failed(e);
    }
    nowDurable();
    metrics.synced(metrics.ticker().nanos() - start);
  }

  /** Makes every append acknowledged so far durable. */
  void makeDurable() {
    if (relaxed) {
      checkUsable();
      writeRows(new Batch(engine));
    }
  }

  private void nowDurable() {
    relaxed = false;
    durableOwn = states.get(self);
  }

  /** A call that was refused before it was begun leaves the store as it was; any other stops it. */
  private RuntimeException failed(RuntimeException error) {
    if (!(error instanceof UnavailableException)) {
      failure = error;
    }
    return error;
  }

  void putCheckpoint(RowWriter rows, CompactRange range, long logseq) {
    putCheckpoint(rows, self, range, logseq);
  }

  private void putCheckpoint(RowWriter rows, Origin origin, CompactRange range, long logseq) {
    Checkpoint checkpoint = new Checkpoint(federation, origin, range.size(), range.root(), logseq);
    rows.put(StoreTables.CHECKPOINT, checkpointKey(origin, range.size()), checkpoint.sign(key));
  }

  static Bytes checkpointKey(Origin origin, long treeSize) {
    return origin.bytes().plus(Bytes.u64(treeSize));
  }

  /** How many records the checkpoint of a row covers, as its key says. */
  static long checkpointSize(Bytes key) {
    return StoreTables.CHECKPOINT.read(
        key, Bytes.EMPTY, (row, value) -> Table.number(row, row.slice(Origin.BYTES)));
  }

  /**
   * Removes, durably, payloads whose erasure waited for what is gone now.
   *
   * @param prefix of the digests to look at
   */
  void removeWaiting(Bytes prefix) {
    Batch batch = new Batch(engine);
    try {
      erasures.removeWaiting(prefix, batch);
      if (!batch.isEmpty()) {
        writeRows(batch);
      }
    } finally {
      erasures.end();
    }
  }

  /** Every index's rows for one commit, and its place in the order of arrival. */
  void fold(CommitView commit, Batch batch, long arrival, long firstIndex) {
    for (Index index : indexes) {
      index.apply(commit, batch);
    }
    batch.put(
        StoreTables.ARRIVAL,
        Bytes.u64(arrival),
        new Arrival(commit.origin(), firstIndex, commit.entries().size()).encode());
  }

  /**
   * Appends folded commits with all that they erase. {@link #advance} must follow.
   *
   * @param ids what the records speak of
   */
  void append(
      Origin origin,
      LogState before,
      List<Bytes> records,
      Set<ArtifactKey> ids,
      Batch batch,
      Durability durability) {
    try {
      erasures.removeDue(ids, batch);
      append(origin, before, records, batch, durability);
    } finally {
      erasures.end();
    }
  }

  private void append(
      Origin origin, LogState before, List<Bytes> records, Batch batch, Durability durability) {
    long expectedHead = before.range().size();
    if (expectedHead == 0) {
      batch.put(StoreTables.NODE, origin.node().digest(), before.key().encoded());
    }
    AppendRequest request =
        new AppendRequest(
            origin.bytes(), fence, expectedHead, records, batch.changes(), durability);
    requireFits(request.records(), request.rows());
    AppendOutcome outcome;
    long start = metrics.ticker().nanos();
    try {
      outcome = engine.append(request);
    } catch (RuntimeException e) {
      throw failed(e);
    }
    if (outcome instanceof AppendOutcome.Committed) {
      relaxed = durability == Durability.RELAXED;
      metrics.appended(
          records.size(), request.rows().size(), durability, metrics.ticker().nanos() - start);
      return;
    }
    failure = failureOf(origin, expectedHead, outcome);
    throw failure;
  }

  /** What does not fit is no failure of the store. */
  private void requireFits(List<Bytes> records, List<RowChange> rows) {
    try {
      engine.capabilities().requireFits(records, rows);
    } catch (IllegalArgumentException e) {
      throw new RefusedException("too large for the storage engine: " + e.getMessage(), e);
    }
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

  /** Takes note of an append, and tells who waits for it. */
  void advance(Origin origin, LogState state, long arrivals) {
    states.put(origin, state);
    greatestLogseq = Math.max(greatestLogseq, state.lastLogseq());
    goAlong(state.lastHlc());
    heldBack.released(origin);
    nextArrival = arrivals;
    if (!relaxed) {
      durableOwn = states.get(self);
    }
    news.arrived(arrivals);
  }

  /**
   * Refuses where a signature cannot be kept; of a store that is only read, all is durable then.
   */
  private void beforeSigning() {
    if (engine instanceof ReadOnlyEngine reading) {
      reading.syncBelow();
    } else {
      checkUsable();
    }
  }

  /**
   * In a new epoch that nothing was written in yet: the opening, which signs these as well, may
   * never come.
   */
  private void signClosedEpochs() {
    Batch batch = new Batch(engine);
    if (signOtherEpochs(batch)) {
      beforeSigning();
      engine.write(batch.changes(), Durability.SYNCED);
      states.replaceAll(
          (origin, state) ->
              origin.node().equals(self.node()) ? state.signedAt(state.range().size()) : state);
    }
  }

  /**
   * Signs the present end of this node's log unless it is signed already; the note, if the log has
   * a record. What is signed is durable: a node that signed what it then lost would sign another
   * log in its place.
   */
  Optional<Bytes> signHead() {
    LogState state = states.get(self);
    if (state == null) {
      signClosedEpochs();
      return Optional.empty();
    }
    if (state.lastCheckpoint() < state.range().size()) {
      beforeSigning();
      Batch batch = new Batch(engine);
      putCheckpoint(batch, state.range(), state.lastLogseq());
      engine.write(batch.changes(), relaxed ? Durability.SYNCED : Durability.RELAXED);
      states.put(self, state.signedAt(state.range().size()));
      nowDurable();
    }
    return Optional.ofNullable(
        engine.get(StoreTables.CHECKPOINT, checkpointKey(self, state.range().size())));
  }
}
