package dev.cairn.federation.audit;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.EpochOpening;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.protocol.LogVerifier;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.shard.RangeStatement;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks what lies behind single records of a log: payloads, what these speak of, openings of
 * epochs. One owner.
 */
final class ContentAudit {
  /** Takes findings that may follow from others, which are told instead. */
  @FunctionalInterface
  interface Sink {
    /** Something is to be told of the record at {@code row}. */
    void await(long row, Kind kind, Runnable tell);
  }

  private final Store store;
  private final Origin origin;
  private final CheckLedger ledger;
  private final Sink sink;
  private final Consumer<LogRecord> erased;
  private final References references;
  private final EpochAudit epochs;
  private @Nullable HashRange range;

  /**
   * @param erased told of records whose payloads are erased, in order
   */
  ContentAudit(
      Store store, Origin origin, CheckLedger ledger, Sink sink, Consumer<LogRecord> erased) {
    this.erased = erased;
    this.store = store;
    this.origin = origin;
    this.ledger = ledger;
    this.sink = sink;
    this.references = new References(store, ledger);
    this.epochs = new EpochAudit(store);
  }

  /** False if the payload is here and is not what the record states. */
  boolean payload(long index, LogRecord record, ContentCursor cursor) {
    if (!ledger.asks(AuditCheck.PAYLOADS)) {
      return true;
    }
    try {
      if (cursor.hasPayload()) {
        ledger.looked(AuditCheck.PAYLOADS, Thing.PAYLOADS, 1);
        ledger.looked(AuditCheck.PAYLOADS, Thing.BYTES, record.payloadLength());
        if (record.payloadLength() <= ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX) {
          LogVerifier.payload(
              record, cursor.unverifiedPayload(ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX));
        } else {
          LogVerifier.payload(record, cursor.openPayload());
        }
      } else {
        absent(index, record);
      }
      return true;
    } catch (CairnException e) {
      Runnable tell =
          () ->
              ledger.failed(
                  AuditCheck.PAYLOADS,
                  Kind.PAYLOAD,
                  record.payloadDigest().toString(),
                  "the payload of " + record.id() + " does not verify",
                  Place.of(ledger.source(), origin, index, record),
                  e);
      sink.await(index, Kind.PAYLOAD, tell);
      return false;
    }
  }

  private void absent(long index, LogRecord record) {
    if (!record.isPut()) {
      throw new MalformedException("the note of a tombstone is not here");
    }
    ArtifactId stated = stated(record);
    ArtifactId proven = store.held(stated);
    if (!proven.equals(stated)) {
      throw new MalformedException(
          "it states payload "
              + record.payloadDigest()
              + " of an artifact whose payload is "
              + proven.payloadDigest()
              + ", which is here and gives its key: the record lies");
    }
    boolean isLive = store.now().isLive(record.id());
    if (isLive && isElsewhere(record.payloadDigest())) {
      ledger.looked(AuditCheck.PAYLOADS, Thing.OUT_OF_RANGE, 1);
    } else if (isLive) {
      Runnable tell =
          () ->
              ledger.add(
                  AuditCheck.PAYLOADS,
                  Kind.PAYLOAD_MISSING,
                  record.payloadDigest().toString(),
                  "the payload of live artifact " + record.id() + " is not here",
                  Place.of(ledger.source(), origin, index, record).with("missing"));
      sink.await(index, Kind.PAYLOAD_MISSING, tell);
    } else {
      boolean isErased = store.erasure(record.id()).isPresent();
      ledger.looked(AuditCheck.PAYLOADS, isErased ? Thing.ERASED : Thing.COLLECTED, 1);
      if (isErased) {
        erased.accept(record);
      }
    }
  }

  private static ArtifactId stated(LogRecord record) {
    return new ArtifactId(
        record.id(), record.tag(), record.payloadLength(), record.payloadDigest());
  }

  /**
   * True if a payload never came, and is outside the range that the store's own node declared, in
   * its signed log, to hold.
   */
  private boolean isElsewhere(PayloadDigest payload) {
    HashRange own = range;
    if (own == null) {
      own = range();
      range = own;
    }
    return !own.contains(payload) && store.neverCame(payload);
  }

  private HashRange range() {
    if (!store.isStructured(RangeStatement.TYPE)) {
      return HashRange.ALL; // No index of declarations here.
    }
    try {
      return Membership.shards(store).range(store.origin().node()).orElse(HashRange.ALL);
    } catch (DamagedException e) {
      return HashRange.ALL; // The check of derived rows tells that they are damaged.
    }
  }

  /** Looks at what a put's payload says, if it is here; it verified. */
  void meaning(long index, LogRecord record, ContentCursor cursor) {
    boolean opens = EpochAudit.opens(record);
    if ((record.kind() == RecordKind.ARTIFACT && !opens) || !hasPayload(record, cursor)) {
      return;
    }
    ledger.check(
        AuditCheck.REFERENCES,
        "the references of " + record.id(),
        () -> references.of(origin, record, cursor));
    if (opens) {
      opening(index, record, cursor);
    }
  }

  /** False also if the rows that say so are damaged, which the check of payloads tells. */
  private boolean hasPayload(LogRecord record, ContentCursor cursor) {
    try {
      return cursor.hasPayload();
    } catch (DamagedException e) {
      String why = "the payload of " + record.id() + " cannot be read";
      if (record.kind() != RecordKind.ARTIFACT) {
        ledger.cutShort(AuditCheck.REFERENCES, why);
      }
      if (EpochAudit.opens(record)) {
        ledger.cutShort(AuditCheck.EPOCHS, why);
      }
      return false;
    }
  }

  private void opening(long index, LogRecord record, ContentCursor cursor) {
    if (!ledger.asks(AuditCheck.EPOCHS)) {
      return;
    }
    ledger.looked(AuditCheck.EPOCHS, Thing.OPENINGS, 1);
    try {
      epochs.check(
          origin,
          record,
          EpochOpening.decode(cursor.payload(ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX)));
    } catch (DamagedException e) {
      // Told by the check of the log that is damaged; this one may be sound.
      ledger.cutShort(AuditCheck.EPOCHS, String.valueOf(e.getMessage()));
    } catch (CairnException e) {
      ledger.failed(
          AuditCheck.EPOCHS,
          Kind.EPOCH,
          origin.toString(),
          "an epoch does not go on from where it says that others ended",
          Place.of(ledger.source(), origin, index, record),
          e);
    }
  }
}
