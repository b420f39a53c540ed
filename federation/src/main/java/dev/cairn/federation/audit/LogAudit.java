package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.EpochOpening;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.protocol.LogVerifier;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Audits one log in one pass: every record, every payload, every checkpoint, and the root, as far
 * as they are asked for. One owner, one log.
 */
final class LogAudit {
  private static final int CHECKPOINT_PAGE = 256;

  private final String source;
  private final Store store;
  private final LogHead head;
  private final CheckLedger ledger;
  private final LogVerifier verifier;
  private final LivenessAudit liveness;
  private final References references;
  private final EpochAudit epochs;
  private NavigableMap<Long, Bytes> checkpoints = new TreeMap<>();
  private long lastSigned;

  /** The checks that a pass over a log makes. */
  static final Set<AuditCheck> CHECKS =
      Collections.unmodifiableSet(
          EnumSet.of(
              AuditCheck.RECORDS,
              AuditCheck.PAYLOADS,
              AuditCheck.LOG_ROOTS,
              AuditCheck.CHECKPOINTS,
              AuditCheck.TAILS,
              AuditCheck.EPOCHS,
              AuditCheck.LIVENESS,
              AuditCheck.REFERENCES));

  LogAudit(Store store, LogHead head, LivenessAudit liveness, CheckLedger ledger) {
    this.source = ledger.source();
    this.store = store;
    this.head = head;
    this.liveness = liveness;
    this.ledger = ledger;
    this.verifier = new LogVerifier(head.origin());
    this.references = new References(store, ledger);
    this.epochs = new EpochAudit(store);
  }

  private Origin origin() {
    return head.origin();
  }

  void run() {
    if (CHECKS.stream().noneMatch(ledger::asks)) {
      return;
    }
    try (ContentCursor cursor = store.contents(origin(), 0, head.treeSize())) {
      pageCheckpoints(0);
      while (cursor.next()) {
        record(cursor);
        checkpoint();
      }
    } catch (CairnException e) {
      unreadable(e);
      return;
    }
    end();
  }

  /** Nothing behind this place was looked at, by any of the checks. */
  private void unreadable(CairnException e) {
    String message = "the log cannot be read on";
    AuditCheck teller = CHECKS.stream().filter(ledger::asks).findFirst().orElseThrow();
    ledger.failed(teller, Kind.UNREADABLE, origin().toString(), message, place(verifier.next()), e);
    CHECKS.forEach(check -> ledger.cutShort(check, message));
  }

  private void record(ContentCursor cursor) {
    Bytes encoded = cursor.encoded();
    long index = verifier.next();
    ledger.looked(AuditCheck.RECORDS, Thing.RECORDS, 1);
    LogRecord record;
    try {
      record = verifier.record(encoded);
    } catch (MalformedException e) {
      verifier.skip(encoded);
      add(
          AuditCheck.RECORDS,
          Kind.RECORD,
          index,
          "records that are not what the log's rules demand",
          e);
      String message = "a record is not what the log's rules demand";
      ledger.cutShort(AuditCheck.PAYLOADS, message);
      ledger.cutShort(AuditCheck.LIVENESS, message);
      return;
    }
    boolean verified = payload(index, record, cursor);
    liveness(index, record);
    if (verified && record.isPut() && cursor.hasPayload()) {
      ledger.check(
          AuditCheck.REFERENCES,
          "the references of " + record.id(),
          () -> references.of(origin(), record, cursor));
      opening(index, record, cursor);
    }
  }

  private void liveness(long index, LogRecord record) {
    if (!ledger.asks(AuditCheck.LIVENESS)) {
      return;
    }
    ledger.looked(AuditCheck.LIVENESS, Thing.RECORDS, 1);
    try {
      liveness.record(origin(), record);
    } catch (CairnException e) {
      ledger.failed(
          AuditCheck.LIVENESS,
          Kind.LIVENESS,
          record.id().toString(),
          "what is shown as live is not what the records say",
          Place.of(source, origin(), index, record),
          e);
    }
  }

  private void opening(long index, LogRecord record, ContentCursor cursor) {
    if (!ledger.asks(AuditCheck.EPOCHS) || !EpochAudit.opens(record)) {
      return;
    }
    ledger.looked(AuditCheck.EPOCHS, Thing.OPENINGS, 1);
    try {
      epochs.check(
          origin(),
          record,
          EpochOpening.decode(cursor.payload(ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX)));
    } catch (CairnException e) {
      ledger.failed(
          AuditCheck.EPOCHS,
          Kind.EPOCH,
          origin().toString(),
          "an epoch does not go on from where it says that others ended",
          Place.of(source, origin(), index, record),
          e);
    }
  }

  /** False if the payload is here and is not what the record states. */
  private boolean payload(long index, LogRecord record, ContentCursor cursor) {
    if (!ledger.asks(AuditCheck.PAYLOADS)) {
      return true;
    }
    try {
      if (cursor.hasPayload()) {
        ledger.looked(AuditCheck.PAYLOADS, Thing.PAYLOADS, 1);
        ledger.looked(AuditCheck.PAYLOADS, Thing.BYTES, record.payloadLength());
        if (record.payloadLength() <= ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX) {
          LogVerifier.payload(record, cursor.payload(ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX));
        } else {
          LogVerifier.payload(record, cursor.openPayload());
        }
      } else {
        absent(index, record);
      }
      return true;
    } catch (CairnException e) {
      ledger.failed(
          AuditCheck.PAYLOADS,
          Kind.PAYLOAD,
          record.payloadDigest().toString(),
          "the payload of " + record.id() + " does not verify",
          Place.of(source, origin(), index, record),
          e);
      return false;
    }
  }

  private void absent(long index, LogRecord record) {
    if (!record.isPut()) {
      throw new MalformedException("the note of a tombstone is not here");
    }
    if (store.now().isLive(record.id())) {
      ledger.add(
          AuditCheck.PAYLOADS,
          Kind.PAYLOAD_MISSING,
          record.payloadDigest().toString(),
          "the payload of live artifact " + record.id() + " is not here",
          Place.of(source, origin(), index, record).with("missing"));
    } else {
      boolean erased = store.erasure(record.id()).isPresent();
      ledger.looked(AuditCheck.PAYLOADS, erased ? Thing.ERASED : Thing.COLLECTED, 1);
    }
  }

  private void checkpoint() {
    while (!checkpoints.isEmpty() && checkpoints.firstKey() <= verifier.next()) {
      Map.Entry<Long, Bytes> held = checkpoints.pollFirstEntry();
      long size = held.getKey();
      ledger.looked(AuditCheck.CHECKPOINTS, Thing.CHECKPOINTS, 1);
      try {
        verifier.checkpoint(store.federation(), head.key(), held.getValue());
        lastSigned = size;
      } catch (MalformedException e) {
        add(AuditCheck.CHECKPOINTS, Kind.CHECKPOINT, size - 1, "checkpoints that do not verify", e);
        lastSigned = isSigned(size, held.getValue()) ? size : lastSigned;
      }
      if (checkpoints.isEmpty()) {
        pageCheckpoints(size);
      }
    }
  }

  /** True if the log's own node signed so many records, whichever they were. */
  private boolean isSigned(long size, Bytes note) {
    try {
      return Checkpoint.verify(note, origin(), store.federation(), head.key()).treeSize() == size;
    } catch (MalformedException e) {
      // Told by the check of checkpoints.
      return false;
    }
  }

  private void pageCheckpoints(long after) {
    checkpoints = new TreeMap<>(store.checkpoints(origin(), after, CHECKPOINT_PAGE));
  }

  private void end() {
    if (verifier.next() != head.treeSize()) {
      ledger.add(
          AuditCheck.RECORDS,
          Kind.RECORD,
          origin().toString(),
          "records that are not what the log's rules demand",
          place(verifier.next()).with("the log ends here, its head says " + head.treeSize()));
    } else if (!verifier.root().equals(head.root())) {
      ledger.add(
          AuditCheck.LOG_ROOTS,
          Kind.LOG_ROOT,
          origin().toString(),
          "the records give another root than the one stored",
          place(head.treeSize() - 1)
              .with(verifier.root().toHex() + ", stored " + head.root().toHex()));
    }
    if (!checkpoints.isEmpty()) {
      ledger.add(
          AuditCheck.CHECKPOINTS,
          Kind.CHECKPOINT,
          origin().toString(),
          "checkpoints that do not verify",
          place(head.treeSize())
              .with(
                  "a checkpoint signs " + checkpoints.firstKey() + " records, the log ends here"));
    }
    if (lastSigned < head.treeSize() && !origin().equals(store.origin())) {
      ledger.add(
          AuditCheck.TAILS,
          Kind.UNSIGNED,
          origin().toString(),
          "records of another node that no checkpoint covers",
          place(lastSigned).with("from here on"));
    }
    ledger.looked(AuditCheck.RECORDS, Thing.LOGS, 1);
    ledger.looked(AuditCheck.LOG_ROOTS, Thing.LOGS, 1);
    ledger.looked(AuditCheck.TAILS, Thing.LOGS, 1);
  }

  private void add(AuditCheck check, Kind kind, long index, String message, CairnException e) {
    ledger.failed(check, kind, origin().toString(), message, place(index), e);
  }

  private Place place(long index) {
    return Place.of(source, origin(), index);
  }
}
