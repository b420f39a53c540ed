package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.EpochOpening;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Commits of this node on their way into one append with one sync. Used once, under the sequencer's
 * lock.
 */
final class CommitGroup {
  private final LogWriter writer;
  private final Structures structures;
  private final PayloadStore payloads;
  private final Batch batch;
  private final List<Bytes> records = new ArrayList<>();

  /** What a put speaks of is live behind it, so that nothing of it is due to go. */
  private final TreeSet<ArtifactKey> tombstoned = new TreeSet<>();

  private final TreeSet<PayloadDigest> arrived = new TreeSet<>();
  private final Bytes origin;
  private final LogState before;
  private final CompactRange range;
  private long logseq;
  private long recordBytes;
  private long arrival;

  /** What closes the log, once it is taken: nothing may follow. */
  private @Nullable Bytes closing;

  /** What this epoch begins with, until it is taken. */
  private @Nullable EpochOpening opening;

  CommitGroup(
      LogWriter writer, StorageEngine engine, Structures structures, PayloadStore payloads) {
    this.writer = writer;
    this.structures = structures;
    this.payloads = payloads;
    this.batch = new Batch(engine);
    this.origin = writer.self().bytes();
    this.before = writer.own();
    this.range = before.range().copy();
    this.logseq = writer.greatestLogseq();
    this.arrival = writer.nextArrival();
    this.opening = writer.opening();
  }

  /**
   * True if a further draft would make the group larger than is good for its first callers, or come
   * behind what closes the log.
   */
  boolean isFull() {
    return closing != null
        || records.size() >= Sequencer.GROUP_RECORDS
        || bytes() >= Sequencer.GROUP_BYTES;
  }

  private long bytes() {
    return recordBytes + batch.bytes();
  }

  /**
   * An item that needs a record.
   *
   * @param known what is said of its id so far
   * @param structured the payload that indexes want to see
   */
  private record Due(CommitDraft.Item item, LiveRow known, @Nullable Bytes structured) {}

  /**
   * Takes a draft; its result holds once {@link #append} returns. After an {@link
   * UnavailableException} the group is as it was, after any other it must be given up.
   */
  CommitResult add(CommitDraft draft) {
    long bytesBefore = bytes();
    TreeMap<ArtifactKey, CommitResult.Outcome> outcomes = new TreeMap<>();
    List<Due> due = new ArrayList<>();
    long mine = logseq + (opening == null ? 1 : 2);
    List<Bytes> paths = new ArrayList<>(draft.size());
    draft.items().forEach(item -> paths.add(Paths.of(item.target())));
    batch.prefetch(StoreTables.LIVE, paths);
    List<LiveRow> rows = new ArrayList<>(draft.size());
    List<LiveRow> putAgain = new ArrayList<>();
    for (CommitDraft.Item item : draft.items()) {
      LiveRow known = Facts.row(batch, item.target());
      rows.add(known);
      if (item instanceof CommitDraft.Put put && !put.forced() && known.isLive()) {
        putAgain.add(known);
      }
    }
    PayloadStore.findHeld(batch, putAgain);
    Iterator<LiveRow> knownRows = rows.iterator();
    for (CommitDraft.Item item : draft.items()) {
      LiveRow known = knownRows.next();
      if (item instanceof CommitDraft.Put put && put.artifact().inline() == null) {
        requireArrived(put.artifact().id(), known);
      }
      CommitResult.Outcome outcome = outcome(item, known, mine);
      outcomes.put(item.target(), outcome);
      if (outcome.written()) {
        due.add(new Due(item, known, structured(item)));
      }
    }
    if (!due.isEmpty()) {
      writer.requireOpenEpoch();
      requireMayClose(due);
      open();
      logseq = mine;
      write(due);
    }
    if (bytes() - bytesBefore > Store.COMMIT_BYTES_MAX) {
      throw new RefusedException(
          "a commit of "
              + due.size()
              + " records that comes to "
              + (bytes() - bytesBefore)
              + " bytes, more than "
              + Store.COMMIT_BYTES_MAX
              + ": make several of it");
    }
    return new CommitResult(outcomes);
  }

  /** Only this node closes its log, with what it signed itself, and with nothing beside. */
  private void requireMayClose(List<Due> due) {
    for (Due each : due) {
      if (!(each.item() instanceof CommitDraft.Put put)
          || !TypeTag.CLOSING.equals(put.artifact().id().tag())) {
        continue;
      }
      Bytes payload = each.structured();
      LogClosing stated = payload == null ? null : LogClosing.decode(payload);
      if (stated == null || due.size() > 1 || !stated.node().equals(writer.self().node())) {
        throw new RefusedException(
            "an artifact of type "
                + TypeTag.CLOSING
                + " closes the log that it is put in: nobody but the log's node may, and alone");
      }
      if (!stated.others().equals(writer.otherEpochs())) {
        throw new RefusedException(
            "the closing counts "
                + stated.others()
                + " records of this node's other epochs, held are "
                + writer.otherEpochs()
                + ": close the log with these");
      }
      closing = payload;
    }
  }

  /** Begins the epoch with a commit of its own, if that is due. */
  private void open() {
    EpochOpening first = opening;
    if (first == null) {
      return;
    }
    opening = null;
    Bytes payload = first.encode();
    ArtifactId id = ArtifactHasher.identify(payload, TypeTag.EPOCH);
    LiveRow known = Facts.row(batch, id.key());
    logseq++;
    writer.closeEpochs(first, batch);
    write(
        List.of(
            new Due(new CommitDraft.Put(new PreparedArtifact(id, payload), true), known, null)));
  }

  private CommitResult.Outcome outcome(CommitDraft.Item item, LiveRow known, long mine) {
    Fact.Put put = known.put();
    boolean live = put != null && known.isLive();
    if (item instanceof CommitDraft.Put wanted) {
      // A record that states something else of this key lies: it is contradicted by a true one.
      if (put == null || !live || wanted.forced() || !states(put, wanted.artifact().id())) {
        return new CommitResult.Outcome(mine, true);
      }
      keepPayload(wanted.artifact(), known, put.place().key());
      return new CommitResult.Outcome(put.place().logseq(), false);
    }
    boolean due = live || (put != null && !known.isErased() && asksForErasure(item));
    return due ? new CommitResult.Outcome(mine, true) : new CommitResult.Outcome(0, false);
  }

  private static boolean states(Fact.Put put, ArtifactId id) {
    return put.payloadDigest().equals(id.payloadDigest())
        && put.payloadLength() == id.payloadLength()
        && Objects.equals(put.tag(), id.tag());
  }

  private static boolean asksForErasure(CommitDraft.Item item) {
    return item instanceof CommitDraft.Tombstone tombstone && tombstone.note().erase();
  }

  /** Keeps the payload beside the record at {@code place}, unless it is here beside another. */
  private void keepPayload(PreparedArtifact artifact, LiveRow known, Bytes place) {
    boolean held = PayloadStore.isHeld(batch, artifact.id().key(), known);
    Bytes inline = artifact.inline();
    if (inline != null) {
      if (!held) {
        PayloadStore.putInline(batch, place, inline);
        payloads.absences().end(batch, artifact.id().payloadDigest());
      }
      return;
    }
    PayloadDigest digest = artifact.id().payloadDigest();
    if (!held && !PayloadStore.place(batch, place, digest)) {
      throw new AssertionError("payload " + digest + " was here a moment ago");
    }
    arrived.add(digest);
    payloads.absences().end(batch, digest);
  }

  /** A payload that {@link Store#prepare} wrote must still be there. */
  private void requireArrived(ArtifactId id, LiveRow known) {
    if (!PayloadStore.isHeld(batch, id.key(), known)
        && !PayloadStore.isHeld(batch, id.payloadDigest())) {
      throw new UnavailableException(
          "payload " + id.payloadDigest() + " was erased after it was prepared: put it again");
    }
  }

  /** The payload that indexes want to see. */
  private @Nullable Bytes structured(CommitDraft.Item item) {
    if (!(item instanceof CommitDraft.Put put)
        || !structures.isStructured(put.artifact().id().tag())) {
      return null;
    }
    Bytes inline = put.artifact().inline();
    return inline != null
        ? inline
        : payloads.read(put.artifact().id().payloadDigest(), Structures.PAYLOAD_BYTES_MAX);
  }

  private void write(List<Due> items) {
    long hlc = writer.clock().next();
    long first = range.size();
    List<CommitView.Entry> entries = new ArrayList<>(items.size());
    for (Due due : items) {
      CommitView.Entry entry = entry(due, first + entries.size(), hlc);
      Bytes encoded = entry.record().encode();
      records.add(encoded);
      recordBytes += encoded.length();
      range.append(TreeHasher.leaf(encoded), Logs.tileWriter(writer.self(), batch));
      entries.add(entry);
      if (!entry.record().isPut()) {
        tombstoned.add(entry.record().id());
      }
    }
    writer.fold(new CommitView(writer.self(), logseq, entries), batch, arrival++, first);
  }

  private CommitView.Entry entry(Due due, long index, long hlc) {
    CommitDraft.Item item = due.item();
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
    keepPayload(artifact, due.known(), Place.key(origin, index));
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
    return new CommitView.Entry(record, due.structured());
  }

  /** Writes all taken so far, as durable as asked; what is signed in it is durable. */
  void append(Durability asked) {
    arrived.forEach(digest -> PayloadStore.endArrival(batch, digest));
    if (records.isEmpty()) {
      if (!arrived.isEmpty() || !batch.isEmpty()) {
        writer.writeRows(batch);
      }
      return;
    }
    Durability durability = asked;
    long lastCheckpoint = before.lastCheckpoint();
    long unsignedBytes = before.unsignedBytes() + bytes();
    if (range.size() - lastCheckpoint >= Store.CHECKPOINT_SPACING_RECORDS
        || unsignedBytes >= Store.CHECKPOINT_SPACING_BYTES) {
      writer.putCheckpoint(batch, range, logseq);
      lastCheckpoint = range.size();
      unsignedBytes = 0;
      durability = Durability.SYNCED;
    }
    LogState after =
        new LogState(
            before.key(), range, logseq, writer.clock().last(), lastCheckpoint, unsignedBytes);
    writer.append(writer.self(), before, records, tombstoned, batch, durability);
    writer.advance(writer.self(), after, arrival);
    if (closing != null) {
      writer.closed(writer.self(), LogRecord.decode(records.get(records.size() - 1)), closing);
    }
  }
}
