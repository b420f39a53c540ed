package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.pel.model.Receipt;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks up what edges and receipts speak of.
 *
 * <p>The ends of an edge may be artifacts that nobody put yet, and what is spoken of may be removed
 * later: that is lawful, and counted. Who ran a program had it and its inputs, and put its outputs:
 * a receipt that speaks of what no record here puts is told, as a warning, since the record may be
 * in a log that is not held. One owner.
 */
final class References {
  /** Of large ones, many times their length when decoded, all threads have one in memory. */
  private static final Object ONE_LARGE = new Object();

  private static final int PUT_REMEMBERED = 4_096;

  private final Store store;
  private final View now;
  private final CheckLedger ledger;

  /** Whether some record puts what is not live, of those looked up last. */
  private final Map<ArtifactKey, Boolean> put =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ArtifactKey, Boolean> eldest) {
          return size() > PUT_REMEMBERED;
        }
      };

  References(Store store, CheckLedger ledger) {
    this.store = store;
    this.now = store.now();
    this.ledger = ledger;
  }

  /** Looks up what the record's payload, which verified, speaks of. */
  void of(Origin origin, LogRecord record, ContentCursor cursor) {
    if (record.payloadLength() <= ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX) {
      read(origin, record, cursor);
    } else {
      synchronized (ONE_LARGE) {
        read(origin, record, cursor);
      }
    }
  }

  private void read(Origin origin, LogRecord record, ContentCursor cursor) {
    if (record.kind() == RecordKind.TGK_EDGE) {
      ledger.looked(AuditCheck.REFERENCES, Thing.EDGES, 1);
      for (ArtifactKey key : ends(Edge.decode(cursor.payload(Edge.EDGE_BYTES_MAX)))) {
        lookUp(key);
      }
    } else if (record.kind() == RecordKind.PER) {
      ledger.looked(AuditCheck.REFERENCES, Thing.RECEIPTS, 1);
      receipt(origin, record, cursor.payload(Receipt.ENCODED_BYTES_MAX));
    }
  }

  private static List<ArtifactKey> ends(Edge edge) {
    List<ArtifactKey> ends = new ArrayList<>();
    edge.from().stream().map(Endpoint::key).forEach(ends::add);
    edge.to().stream().map(Endpoint::key).forEach(ends::add);
    ArtifactKey payload = edge.payload();
    if (payload != null) {
      ends.add(payload);
    }
    return ends;
  }

  private void receipt(Origin origin, LogRecord record, Bytes payload) {
    Receipt receipt = Receipt.decode(payload);
    List<ArtifactKey> spokenOf = new ArrayList<>(List.of(receipt.program()));
    spokenOf.addAll(receipt.inputs().values());
    spokenOf.addAll(receipt.outputs().values());
    for (ArtifactKey key : spokenOf) {
      if (!lookUp(key)) {
        ledger.add(
            AuditCheck.REFERENCES,
            Kind.REFERENCE,
            origin.toString(),
            "receipts speak of artifacts that no record here puts",
            Place.of(ledger.source(), origin, record.index(), record)
                .with("receipt " + record.id() + " speaks of " + key));
      }
    }
  }

  /** Counts a reference; false if no record here puts what it refers to. */
  private boolean lookUp(ArtifactKey key) {
    ledger.looked(AuditCheck.REFERENCES, Thing.REFERENCES, 1);
    if (now.isLive(key)) {
      return true;
    }
    boolean held = isPut(key);
    ledger.looked(AuditCheck.REFERENCES, held ? Thing.NOT_LIVE : Thing.NOT_HELD, 1);
    return held;
  }

  private boolean isPut(ArtifactKey key) {
    Boolean known = put.get(key);
    if (known == null) {
      known = store.history(key).stream().map(HistoryEntry::record).anyMatch(LogRecord::isPut);
      put.put(key, known);
    }
    return known;
  }
}
