package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.ImplausibleException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.RevokedException;
import dev.cairn.asl.error.UnextendedException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.PayloadStage;
import dev.cairn.asl.store.ReplicaResult;
import dev.cairn.asl.store.Stretch;
import dev.cairn.asl.store.VerifiedStretch;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.OriginInfo;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the messages of one delta into a store: the way in for sessions, bundles and replays alike.
 *
 * <p>Records wait, per origin, until the checkpoint that covers them; then the store verifies the
 * whole stretch and makes it visible, or throws and changes nothing. What was taken before stays.
 * While the store writes a stretch the next one is staged and verified; so what is wrong with a
 * stretch may be thrown, and that it was applied told, at the next checkpoint, the end or the
 * close, and the records of one stretch are in memory beside those that wait. Small payloads wait
 * with their records up to {@link ProtocolLimits#STAGED_PAYLOAD_BYTES_MAX} in all; beyond that, and
 * all large ones, they go to the store at once, invisible there.
 *
 * <p>A log whose clock or logseq is implausible is left out: the store holds it back, the others go
 * on.
 *
 * <p>Errors: {@link MalformedException} if messages are out of place or do not verify, {@link
 * RefusedException} beyond a bound, and whatever {@link ReplicaStore#replicate} throws. After an
 * error the sink is of no further use. One owner at a time; must be closed.
 */
public final class DeltaSink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeltaSink.class);

  private final ReplicaStore store;
  private final Consumer<AppliedStretch> applied;
  private final @Nullable Consumer<CairnException> muted;
  private final Predicate<LogDoubt> doubts;
  private final Consumer<ConflictSeen> conflicts;
  private final Map<Origin, Staging> stagings = new TreeMap<>();
  private final ArrayDeque<PayloadStage> stages = new ArrayDeque<>();
  private long stagedRecordBytes;
  private long stagedPayloadBytes;
  private @Nullable Incoming incoming;
  private @Nullable Writing writing;
  private long recordsArrived;
  private boolean ended;
  private boolean unverified;
  private Tally received = Tally.NONE;

  /**
   * @param store takes the stretches
   * @param applied told of each stretch once it is durable
   */
  public DeltaSink(ReplicaStore store, Consumer<AppliedStretch> applied) {
    this(store, applied, seen -> {});
  }

  /**
   * A sink that tells what does not fit.
   *
   * @param conflicts told of logs that are held back, and of bytes that do not hash to what they
   *     were said to be, before that is thrown
   */
  public DeltaSink(
      ReplicaStore store, Consumer<AppliedStretch> applied, Consumer<ConflictSeen> conflicts) {
    this(store, applied, null, doubt -> false, conflicts);
  }

  /**
   * A sink that goes on with the other logs where one is not to be taken.
   *
   * @param muted told why nothing more of a log is taken: its node misbehaved; null to throw that
   * @param doubts finds out whether a log forks or its sender lied, and what came of it is left out
   *     meanwhile; false if it cannot, and that is thrown
   * @param conflicts as in the other
   */
  public DeltaSink(
      ReplicaStore store,
      Consumer<AppliedStretch> applied,
      @Nullable Consumer<CairnException> muted,
      Predicate<LogDoubt> doubts,
      Consumer<ConflictSeen> conflicts) {
    this.doubts = doubts;
    this.conflicts = conflicts;
    this.store = store;
    this.applied = applied;
    this.muted = muted;
  }

  /** Takes the next message; one that is not part of a delta is refused. */
  public void accept(PeerMessage message) {
    if (ended) {
      throw new MalformedException("delta: a message behind its end");
    }
    if (message instanceof Records records) {
      records(records);
    } else if (message instanceof PayloadPiece piece) {
      piece(piece);
    } else if (message instanceof CheckpointNote note) {
      checkpoint(note);
    } else if (message instanceof OriginInfo info) {
      introduce(info);
    } else if (message instanceof DeltaEnd end) {
      end(end);
    } else {
      throw new MalformedException("delta: a message that is no part of one");
    }
  }

  /** True once the delta's end was taken. */
  public boolean isEnded() {
    return ended;
  }

  /** True if a stretch was found not to verify, which was thrown, maybe at a later message. */
  boolean isUnverified() {
    return unverified;
  }

  /** True if a record came, new or not. */
  public boolean anyArrived() {
    return recordsArrived > 0;
  }

  /**
   * What came: commits and records that were new to the store, payloads and bytes as they were
   * carried.
   */
  public Tally received() {
    return received;
  }

  /**
   * Forgets what waits for a checkpoint, waits for what is being written, and lets the store erase
   * what came for it.
   */
  @Override
  public void close() {
    ended = true;
    stagings.clear();
    incoming = null;
    try {
      settle();
    } catch (CairnException e) {
      LOG.debug("the last stretch of a delta that did not come to its end", e);
    } finally {
      closeStages();
    }
  }

  private void introduce(OriginInfo info) {
    if (stagings.size() >= ProtocolLimits.ORIGINS_MAX) {
      throw new RefusedException("delta: more than " + ProtocolLimits.ORIGINS_MAX + " origins");
    }
    if (stagings.putIfAbsent(info.origin(), new Staging(info.origin(), info.key())) != null) {
      throw new MalformedException("delta: " + info.origin() + " introduced twice");
    }
  }

  private Staging staging(Origin origin) {
    Staging staging = stagings.get(origin);
    if (staging == null) {
      throw new MalformedException("delta: " + origin + " was not introduced");
    }
    return staging;
  }

  private void records(Records message) {
    if (incoming != null) {
      throw new MalformedException("delta: records within payload " + incoming.digest);
    }
    for (Run run : message.runs()) {
      Staging staging = staging(run.origin());
      if (staging.next >= 0 && run.firstIndex() != staging.next) {
        throw new MalformedException(
            "delta: record "
                + run.firstIndex()
                + " of "
                + run.origin()
                + " where "
                + staging.next
                + " is due");
      }
      if (staging.next < 0) {
        staging.next = run.firstIndex();
      }
      boolean asTheyAre = mayStayAsTheyAre(run);
      for (Item item : run.items()) {
        stage(staging, item, asTheyAre);
      }
    }
  }

  /**
   * True if all payloads of a run may wait as slices of the message they came in: together they are
   * at least half of what they keep in memory, so that a message of little else is not held for
   * them.
   */
  private boolean mayStayAsTheyAre(Run run) {
    List<Bytes> payloads = new ArrayList<>(run.items().size());
    long bytes = 0;
    for (Item item : run.items()) {
      Bytes payload = item.payload();
      if (payload != null) {
        payloads.add(payload);
        bytes += payload.length();
      }
    }
    return stagedPayloadBytes + bytes <= ProtocolLimits.STAGED_PAYLOAD_BYTES_MAX
        && Bytes.held(payloads) <= 2 * bytes;
  }

  private void stage(Staging staging, Item item, boolean asItIs) {
    if (staging.items.size() >= ProtocolLimits.STAGED_RECORDS_MAX) {
      throw new RefusedException(
          "delta: more than "
              + ProtocolLimits.STAGED_RECORDS_MAX
              + " records of "
              + staging.origin
              + " without a checkpoint, at record "
              + staging.next);
    }
    Bytes record = compact(item.record());
    stagedRecordBytes += record.length();
    if (stagedRecordBytes > ProtocolLimits.STAGED_RECORD_BYTES_MAX) {
      throw new RefusedException(
          "delta: more than "
              + ProtocolLimits.STAGED_RECORD_BYTES_MAX
              + " bytes of records wait for checkpoints, at record "
              + staging.next
              + " of "
              + staging.origin);
    }
    Bytes payload = item.payload();
    int payloadBytes = payload == null ? 0 : payload.length();
    received =
        received.plus(new Tally(0, 0, payload == null ? 0 : 1, record.length() + payloadBytes));
    if (payload != null) {
      payload = waitOrSpill(staging, record, payload, asItIs);
    }
    staging.items.add(new Stretch.Item(record, payload));
    staging.recordBytes += record.length();
    staging.next++;
    recordsArrived++;
  }

  /** The payload if it may wait in memory; null if it went to the store. */
  private @Nullable Bytes waitOrSpill(
      Staging staging, Bytes record, Bytes payload, boolean asItIs) {
    if (stagedPayloadBytes + payload.length() <= ProtocolLimits.STAGED_PAYLOAD_BYTES_MAX) {
      stagedPayloadBytes += payload.length();
      staging.payloadBytes += payload.length();
      return asItIs ? payload : compact(payload);
    }
    try {
      PayloadDigest digest = LogRecord.decode(record).payloadDigest();
      PayloadStage stage = stage(digest, payload.length());
      stage.write(payload);
      finish(stage, digest, payload);
      return null;
    } catch (MalformedException e) {
      throw new MalformedException(
          "delta: the payload of record " + staging.next + " of " + staging.origin, e);
    }
  }

  private void piece(PayloadPiece piece) {
    if (piece.data().length() > ProtocolLimits.PAYLOAD_PIECE_BYTES_MAX) {
      throw new RefusedException(
          "delta: a piece of " + piece.data().length() + " bytes of payload " + piece.digest());
    }
    if (incoming == null) {
      incoming =
          new Incoming(piece.digest(), piece.length(), stage(piece.digest(), piece.length()));
    }
    incoming.take(piece);
    if (incoming.isDone()) {
      finish(incoming.stage, piece.digest(), piece.data());
    }
    received = received.plus(new Tally(0, 0, incoming.isDone() ? 1 : 0, piece.data().length()));
    if (incoming.isDone()) {
      incoming = null;
    }
  }

  /**
   * A payload on its way to the store, which is not to erase it before the delta has ended: a
   * sender sends a payload once, though an erasure may stand between two records that need it.
   */
  private PayloadStage stage(PayloadDigest digest, long length) {
    PayloadStage stage = store.stagePayload(digest, length);
    stages.add(stage);
    if (stages.size() > DeltaReader.LARGE_PAYLOADS_REMEMBERED) {
      settle();
      stages.remove().close();
    }
    return stage;
  }

  private void closeStages() {
    while (!stages.isEmpty()) {
      stages.remove().close();
    }
  }

  private void checkpoint(CheckpointNote note) {
    Staging staging = staging(note.origin());
    if (staging.items.isEmpty() || staging.next != note.treeSize()) {
      throw new MalformedException(
          "delta: a checkpoint of "
              + note.origin()
              + " for "
              + note.treeSize()
              + " records behind "
              + (staging.items.isEmpty() ? "none" : "record " + (staging.next - 1)));
    }
    Due due = staging.due(compact(note.note()));
    stagedRecordBytes -= staging.recordBytes;
    staging.clear();
    VerifiedStretch early = writing == null || staging.muted ? null : verifiedEarly(due);
    settle();
    if (staging.muted) {
      stagedPayloadBytes -= due.payloadBytes;
      return;
    }
    Supplier<ReplicaResult> outcome =
        unlessMuted(due, () -> store.replicate(early == null ? store.verify(due.stretch) : early));
    if (outcome == null) {
      stagedPayloadBytes -= due.payloadBytes;
      return;
    }
    writing = new Writing(due, outcome);
  }

  /**
   * Verifies a stretch while the one before it is written. One that leans on that one may fail here
   * and be right all the same: null then, and it is verified again in its turn.
   */
  private @Nullable VerifiedStretch verifiedEarly(Due due) {
    try {
      return store.verify(due.stretch);
    } catch (CairnException e) {
      return null;
    }
  }

  /**
   * Waits for the stretch that is being written, if there is one, and tells of it; throws what was
   * wrong with it. What comes after this sees it taken.
   */
  void settle() {
    Writing done = writing;
    if (done == null) {
      return;
    }
    writing = null;
    Due due = done.due;
    stagedPayloadBytes -= due.payloadBytes;
    ReplicaResult result = unlessMuted(due, done.outcome);
    if (result == null) {
      return;
    }
    Stretch stretch = due.stretch;
    received = received.plus(new Tally(result.commits(), result.records(), 0, 0));
    applied.accept(
        new AppliedStretch(
            stretch.origin(),
            stretch.firstIndex() + stretch.items().size(),
            result.commits(),
            result.records(),
            stretch.checkpoint()));
  }

  /** What a step of a stretch gives; null if its log is muted by it. */
  private <T> @Nullable T unlessMuted(Due due, Supplier<T> step) {
    try {
      return step.get();
    } catch (MisbehaviourException e) {
      if (muted == null) {
        throw e;
      }
      due.staging.muted = true;
      muted.accept(e);
      return null;
    } catch (RevokedException e) {
      mute(due, ConflictSeen.Kind.REVOKED, e);
      return null;
    } catch (ImplausibleException e) {
      mute(due, ConflictSeen.Kind.CLOCK, e);
      return null;
    } catch (UnextendedException e) {
      if (doubts.test(LogDoubt.ofWhole(due.stretch.origin(), due.stretch.key(), e))) {
        due.staging.muted = true;
        return null;
      }
      unverified = true;
      tellWrongBytes(due.stretch, e);
      throw e;
    } catch (MalformedException e) {
      unverified = true;
      tellWrongBytes(due.stretch, e);
      throw e;
    }
  }

  private void mute(Due due, ConflictSeen.Kind kind, CairnException why) {
    due.staging.muted = true;
    conflicts.accept(
        new ConflictSeen(
            kind,
            due.stretch.origin().toString(),
            String.valueOf(why.getMessage()),
            Bytes.EMPTY,
            due.stretch.checkpoint()));
  }

  /** Sets aside what does not hash to what its record says. */
  private void tellWrongBytes(Stretch stretch, MalformedException refusal) {
    for (Stretch.Item item : stretch.items()) {
      Bytes payload = item.payload();
      if (payload == null) {
        continue;
      }
      LogRecord record;
      try {
        record = LogRecord.decode(item.record());
        LogVerifier.payload(record, payload);
      } catch (MalformedException e) {
        conflicts.accept(
            new ConflictSeen(
                ConflictSeen.Kind.WRONG_BYTES,
                "record of " + stretch.origin(),
                String.valueOf(refusal.getMessage()),
                item.record(),
                payload));
        return;
      }
    }
  }

  private void finish(PayloadStage stage, PayloadDigest digest, Bytes last) {
    try {
      stage.finish();
    } catch (MalformedException e) {
      conflicts.accept(
          new ConflictSeen(
              ConflictSeen.Kind.WRONG_BYTES,
              digest.toString(),
              String.valueOf(e.getMessage()),
              digest.digest(),
              last));
      throw e;
    }
  }

  private void end(DeltaEnd end) {
    settle();
    if (incoming != null) {
      throw new MalformedException("delta: ends within payload " + incoming.digest);
    }
    for (Staging staging : stagings.values()) {
      if (!staging.items.isEmpty()) {
        throw new MalformedException(
            "delta: ends without a checkpoint behind record "
                + (staging.next - 1)
                + " of "
                + staging.origin);
      }
    }
    if (end.records() != recordsArrived || end.payloads() != received.payloads()) {
      throw new MalformedException(
          "delta: "
              + recordsArrived
              + " records and "
              + received.payloads()
              + " payloads came where "
              + end.records()
              + " and "
              + end.payloads()
              + " were sent");
    }
    ended = true;
    closeStages();
  }

  /** A copy that does not hold on to the message it came in. */
  private static Bytes compact(Bytes bytes) {
    return Bytes.wrap(bytes.toArray());
  }

  /** Records of one origin that wait for their checkpoint. */
  private static final class Staging {
    private final Origin origin;
    private final PublicKey key;
    private List<Stretch.Item> items = new ArrayList<>();
    private long next = -1;
    private long recordBytes;
    private long payloadBytes;
    private boolean muted;

    Staging(Origin origin, PublicKey key) {
      this.origin = origin;
      this.key = key;
    }

    /** What waits, behind its checkpoint. */
    Due due(Bytes note) {
      Stretch stretch = new Stretch(origin, key, next - items.size(), items, note);
      return new Due(this, stretch, payloadBytes);
    }

    void clear() {
      items = new ArrayList<>();
      recordBytes = 0;
      payloadBytes = 0;
    }
  }

  /** A stretch whose checkpoint has come. */
  private record Due(Staging staging, Stretch stretch, long payloadBytes) {}

  /** A stretch that is being written. */
  private record Writing(Due due, Supplier<ReplicaResult> outcome) {}

  /** A large payload on its way in. */
  private static final class Incoming {
    private final PayloadDigest digest;
    private final long length;
    private final PayloadStage stage;
    private long offset;

    Incoming(PayloadDigest digest, long length, PayloadStage stage) {
      this.digest = digest;
      this.length = length;
      this.stage = stage;
    }

    boolean isDone() {
      return offset == length;
    }

    void take(PayloadPiece piece) {
      if (!piece.digest().equals(digest) || piece.length() != length || piece.offset() != offset) {
        throw new MalformedException(
            "delta: byte "
                + piece.offset()
                + " of payload "
                + piece.digest()
                + " where byte "
                + offset
                + " of "
                + length
                + " of payload "
                + digest
                + " is due");
      }
      offset += piece.data().length();
      stage.write(piece.data());
    }
  }
}
