package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnextendedException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.evidence.ProvenRecord;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.SubtreeSource;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.note.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/**
 * A checked stretch of another origin's log, meeting what is held of it. Used once, under the
 * sequencer's lock.
 */
final class ReplicaStretch {
  private final LogWriter writer;
  private final StorageEngine engine;
  private final Logs logs;
  private final Structures structures;
  private final Absences absences;
  private final StretchChecker checker;
  private final Stretch stretch;
  private final Origin origin;
  private final Bytes originBytes;
  private final Checkpoint checkpoint;
  private final List<StretchChecker.Checked> records;
  private final LogState before;
  private final int held;
  private final TreeSet<PayloadDigest> arrived = new TreeSet<>();

  /** Ids that may not be live behind it: not those that it puts and nobody spoke of before. */
  private final TreeSet<ArtifactKey> doubtful = new TreeSet<>();

  ReplicaStretch(
      LogWriter writer,
      StorageEngine engine,
      Logs logs,
      Structures structures,
      Absences absences,
      VerifiedStretch checked) {
    this.writer = writer;
    this.engine = engine;
    this.logs = logs;
    this.structures = structures;
    this.absences = absences;
    this.checker = checked.by();
    this.stretch = checked.stretch();
    this.origin = stretch.origin();
    this.originBytes = origin.bytes();
    this.checkpoint = checked.checkpoint();
    this.records = checked.records();
    writer.shelf().checkNotFrozen(origin);
    this.before = writer.state(origin, stretch.key());
    long gap = before.range().size() - stretch.firstIndex();
    if (gap < 0) {
      throw new RefusedException(
          "stretch of "
              + origin
              + ": begins at record "
              + stretch.firstIndex()
              + ", only "
              + before.range().size()
              + " are held");
    }
    this.held = (int) Math.min(gap, records.size());
  }

  /**
   * Compares what is held already and writes the rest, durably.
   *
   * @throws dev.cairn.asl.error.StaleEpochException if it goes on with this node's own log, which
   *     is closed then: in another epoch the stretch is taken as any other origin's
   * @throws dev.cairn.asl.error.RevokedException if the origin's key is not believed so far
   * @throws dev.cairn.asl.error.ImplausibleException if its clock or logseq is too far ahead, which
   *     holds the log back
   */
  ReplicaResult apply() {
    if (held == records.size()) {
      compareWhole();
      return new ReplicaResult(0, 0, before.range().size());
    }
    if (!agreesWithHeld()) {
      throw forkOrForgery();
    }
    CompactRange range = before.range().copy();
    Batch batch = new Batch(engine);
    List<Bytes> encoded = new ArrayList<>(records.size() - held);
    for (StretchChecker.Checked checked : records.subList(held, records.size())) {
      encoded.add(checked.encoded());
      range.append(TreeHasher.leaf(checked.encoded()), Logs.tileWriter(origin, batch));
    }
    if (!range.root().equals(checkpoint.root())) {
      throw unverified(
          "the records up to " + range.size() + " do not give the root that the checkpoint signs");
    }
    checkContinuation(records.get(held).record());
    checkClosing();
    writer.ends().check(origin, range.size());
    if (origin.equals(writer.self())) {
      throw writer.closeEpoch(range.size());
    }
    return write(range, batch, encoded);
  }

  /** All of it is held: then the checkpoint must say what our own tree says. */
  private void compareWhole() {
    Bytes root = CompactRange.from(logs.subtrees(origin), checkpoint.treeSize()).root();
    if (!root.equals(checkpoint.root())) {
      throw twoLogs(logs.subtrees(origin));
    }
    if (!agreesWithHeld()) {
      // The root is that of the records held: these are none of its.
      throw new MalformedException(String.valueOf(differsFromHeld().getMessage()));
    }
    logs.record(origin, checkpoint.treeSize())
        .filter(next -> next.logseq() == checkpoint.lastLogseq())
        .ifPresent(
            next -> {
              throw cutCommit(next.index());
            });
    Bytes key = LogWriter.checkpointKey(origin, checkpoint.treeSize());
    if (engine.get(StoreTables.CHECKPOINT, key) == null && !origin.equals(writer.self())) {
      Batch batch = new Batch(engine);
      batch.put(StoreTables.CHECKPOINT, key, stretch.checkpoint());
      writer.writeRows(batch);
    }
  }

  private boolean agreesWithHeld() {
    try (RecordCursor cursor =
        logs.cursor(origin, stretch.firstIndex(), stretch.firstIndex() + held)) {
      for (int i = 0; i < held; i++) {
        if (!cursor.next() || !cursor.encoded().equals(records.get(i).encoded())) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Who is to blame for records that differ from those held: the origin, if its checkpoint covers
   * them on top of what comes before; else the sender.
   */
  private RuntimeException forkOrForgery() {
    SplicedTree theirs = theirs();
    return CompactRange.from(theirs, checkpoint.treeSize()).root().equals(checkpoint.root())
        ? twoLogs(theirs)
        : differsFromHeld();
  }

  /** The log as the stretch has it: what is held before it, and its own records. */
  private SplicedTree theirs() {
    return new SplicedTree(
        logs.subtrees(origin),
        stretch.firstIndex(),
        records.stream().map(checked -> TreeHasher.leaf(checked.encoded())).toList());
  }

  private MalformedException differsFromHeld() {
    return unverified("records from " + stretch.firstIndex() + " on differ from those held");
  }

  /** With records in front of it that are not the sender's, it may be the origin who differs. */
  private MalformedException unverified(String what) {
    String message = "stretch of " + origin + ": " + what;
    return stretch.firstIndex() > 0
        ? new UnextendedException(message)
        : new MalformedException(message);
  }

  /**
   * Two signed logs that contradict each other: of the last checkpoint held and that of the
   * stretch, one is evidence against the other.
   */
  private MisbehaviourException twoLogs(SubtreeSource theirs) {
    return accuse(
        "signed two different logs, one of " + checkpoint.treeSize() + " records",
        () -> {
          Bytes note = writer.lastCheckpoint(origin).orElse(Bytes.EMPTY);
          boolean longer = Checkpoint.unverified(note).treeSize() >= checkpoint.treeSize();
          return Evidence.between(
              stretch.key(), note, stretch.checkpoint(), longer ? logs.subtrees(origin) : theirs);
        });
  }

  /** The stretch ends where a commit that is held goes on. */
  private MisbehaviourException cutCommit(long index) {
    return accuse(
        "signed its log at " + index + " records, inside a commit",
        () -> {
          Bytes note = writer.lastCheckpoint(origin).orElse(Bytes.EMPTY);
          SubtreeSource ours = logs.subtrees(origin);
          return Evidence.between(stretch.key(), stretch.checkpoint(), note, ours)
              .or(
                  () ->
                      Optional.of(
                          Evidence.cutCommit(
                              stretch.key(),
                              stretch.checkpoint(),
                              note,
                              ProvenRecord.of(
                                  logs.encoded(origin, index).orElse(Bytes.EMPTY),
                                  index,
                                  Checkpoint.unverified(note).treeSize(),
                                  ours))));
        });
  }

  /** The stretch goes back behind what is held. */
  private MisbehaviourException goesBack(LogRecord first) {
    long index = first.index();
    long size = checkpoint.treeSize();
    SplicedTree theirs = theirs();
    Bytes encoded = records.get(held).encoded();
    return accuse(
        "signed record "
            + index
            + " with logseq "
            + first.logseq()
            + " and hlc "
            + first.hlc()
            + " behind a commit with logseq "
            + before.lastLogseq()
            + " and hlc "
            + before.lastHlc(),
        () -> {
          ProvenRecord next = ProvenRecord.of(encoded, index, size, theirs);
          if (first.logseq() <= before.lastLogseq()) {
            Bytes note = writer.lastCheckpoint(origin).orElse(Bytes.EMPTY);
            return Evidence.between(stretch.key(), note, stretch.checkpoint(), theirs)
                .or(
                    () ->
                        Optional.of(
                            Evidence.cutCommit(stretch.key(), note, stretch.checkpoint(), next)));
          }
          Bytes last = logs.encoded(origin, index - 1).orElse(Bytes.EMPTY);
          return Optional.of(
              Evidence.outOfOrder(
                  stretch.key(),
                  stretch.checkpoint(),
                  ProvenRecord.of(last, index - 1, size, theirs),
                  next));
        });
  }

  /**
   * Keeps the evidence and freezes the log. Where the statements held do not make one, as a log
   * without any checkpoint has none, the accusation stands without.
   */
  private MisbehaviourException accuse(String what, Supplier<Optional<Evidence>> evidence) {
    try {
      Optional<Evidence> found = evidence.get();
      if (found.isPresent()) {
        return writer.accuse(found.get());
      }
    } catch (MalformedException | RefusedException e) {
      LoggerFactory.getLogger(ReplicaStretch.class).debug("no evidence against {}", origin, e);
    }
    return new MisbehaviourException(
        "node " + origin.node() + ", epoch " + origin.epoch() + ": " + what);
  }

  /** Only once the checkpoint is known to cover it: then it is the origin who broke the order. */
  private void checkContinuation(LogRecord first) {
    boolean earlier = first.index() > 0 && first.hlc() <= before.lastHlc();
    if (first.logseq() <= before.lastLogseq() || earlier) {
      throw goesBack(first);
    }
    writer.checkPlausible(origin, first.index(), records.get(records.size() - 1).record());
  }

  /** Behind a record that closes the log, the origin may not have signed another. */
  private void checkClosing() {
    for (int i = held; i < records.size(); i++) {
      long before = stretch.firstIndex() + i - 1;
      boolean closed =
          i > 0
              ? LogClosing.closes(records.get(i - 1).record())
              : before >= 0 && writer.ends().isClosed(origin);
      if (closed) {
        throw behindClosing(before);
      }
    }
  }

  private MisbehaviourException behindClosing(long index) {
    long size = checkpoint.treeSize();
    SplicedTree theirs = theirs();
    return accuse(
        "signed records behind record " + index + ", which closes its log",
        () ->
            Optional.of(
                Evidence.behindClosing(
                    stretch.key(),
                    stretch.checkpoint(),
                    ProvenRecord.of(encoded(index), index, size, theirs),
                    ProvenRecord.of(encoded(index + 1), index + 1, size, theirs))));
  }

  private Bytes encoded(long index) {
    long at = index - stretch.firstIndex();
    return at >= 0
        ? records.get((int) at).encoded()
        : logs.encoded(origin, index).orElse(Bytes.EMPTY);
  }

  private ReplicaResult write(CompactRange range, Batch batch, List<Bytes> encoded) {
    long arrival = writer.nextArrival();
    long commits = 0;
    batch.prefetch(
        StoreTables.LIVE,
        records.subList(held, records.size()).stream()
            .map(checked -> Paths.of(checked.record().id()))
            .toList());
    int at = held;
    while (at < records.size()) {
      int end = commitEnd(at);
      List<CommitView.Entry> entries = new ArrayList<>(end - at);
      for (StretchChecker.Checked checked : records.subList(at, end)) {
        entries.add(entry(checked, batch));
      }
      writer.fold(
          new CommitView(origin, records.get(at).record().logseq(), entries),
          batch,
          arrival++,
          stretch.firstIndex() + at);
      commits++;
      at = end;
    }
    arrived.forEach(digest -> PayloadStore.endArrival(batch, digest));
    batch.put(
        StoreTables.CHECKPOINT,
        LogWriter.checkpointKey(origin, range.size()),
        stretch.checkpoint());
    writer.heldBack().release(origin, batch);
    LogState after =
        new LogState(
            stretch.key(),
            range,
            checkpoint.lastLogseq(),
            records.get(records.size() - 1).record().hlc(),
            range.size(),
            0);
    writer.append(origin, before, encoded, doubtful, batch, Durability.SYNCED);
    writer.advance(origin, after, arrival);
    StretchChecker.Checked last = records.get(records.size() - 1);
    if (LogClosing.closes(last.record())) {
      writer.closed(origin, last.record(), Objects.requireNonNull(last.payload()));
    }
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

  /**
   * Keeps what came with a record: the note of a tombstone, or the payload of a put whose artifact
   * has none here yet.
   */
  private CommitView.Entry entry(StretchChecker.Checked checked, Batch batch) {
    LogRecord record = checked.record();
    Bytes payload = checked.payload();
    if (!record.isPut()) {
      doubtful.add(record.id());
      if (payload != null) {
        PayloadStore.putNote(batch, record.payloadDigest(), payload);
      }
      return new CommitView.Entry(record, payload);
    }
    boolean held = keep(checked, batch);
    boolean wanted = structures.isStructured(record.tag());
    if (wanted && !held) {
      throw new UnavailableException(
          "stretch of "
              + origin
              + ": the payload of record "
              + record.index()
              + " was erased after it came: send it again");
    }
    return new CommitView.Entry(record, wanted ? payload : null);
  }

  private boolean keep(StretchChecker.Checked checked, Batch batch) {
    LogRecord record = checked.record();
    Bytes payload = checked.payload();
    LiveRow known = Facts.row(batch, record.id());
    if (!known.facts().isEmpty()) {
      doubtful.add(record.id());
    }
    boolean held = PayloadStore.isHeld(batch, record.id(), known);
    if (held && PayloadStore.holdsOther(batch, record.id(), known, record.payloadDigest())) {
      // It lies: what is held has given the key. What came for it gives none, and is collected.
      if (!PayloadStore.isHeld(batch, record.payloadDigest())) {
        absences.begin(batch, record.payloadDigest());
      }
      return true;
    }
    Bytes place = Place.key(originBytes, record.index());
    if (payload != null && payload.length() <= Store.INLINE_BYTES_MAX) {
      if (!held) {
        PayloadStore.putInline(batch, place, payload);
        absences.end(batch, record.payloadDigest());
      }
      return true;
    }
    if (!held && !checked.seen()) {
      checker.checkFound(origin, record, batch);
    }
    boolean here = held || PayloadStore.place(batch, place, record.payloadDigest());
    if (here) {
      arrived.add(record.payloadDigest());
      absences.end(batch, record.payloadDigest());
    } else {
      absences.begin(batch, record.payloadDigest());
    }
    return here;
  }
}
