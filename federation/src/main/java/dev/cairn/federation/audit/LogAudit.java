package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.protocol.LogVerifier;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Audits one log: every record, every payload, every checkpoint, and the root. One owner, one log.
 */
final class LogAudit {
  private static final int CHECKPOINT_PAGE = 256;

  private final String source;
  private final Store store;
  private final LogHead head;
  private final Findings findings;
  private final LogVerifier verifier;
  private final LivenessAudit liveness;
  private NavigableMap<Long, Bytes> checkpoints = new TreeMap<>();
  private long lastCheckpoint;

  LogAudit(String source, Store store, LogHead head, LivenessAudit liveness, Findings findings) {
    this.source = source;
    this.store = store;
    this.head = head;
    this.liveness = liveness;
    this.findings = findings;
    this.verifier = new LogVerifier(head.origin());
  }

  private Origin origin() {
    return head.origin();
  }

  void run() {
    try (ContentCursor cursor = store.contents(origin(), 0, head.treeSize())) {
      pageCheckpoints(0);
      while (cursor.next()) {
        record(cursor);
        checkpoint();
      }
    } catch (CairnException e) {
      add(Kind.UNREADABLE, verifier.next(), "the log cannot be read on", e);
      return;
    }
    end();
  }

  private void record(ContentCursor cursor) {
    Bytes encoded = cursor.encoded();
    long index = verifier.next();
    LogRecord record;
    try {
      record = verifier.record(encoded);
    } catch (MalformedException e) {
      verifier.skip(encoded);
      add(Kind.RECORD, index, "records that are not what the log's rules demand", e);
      return;
    }
    try {
      payload(index, record, cursor);
    } catch (CairnException e) {
      findings.failed(
          Kind.PAYLOAD,
          record.payloadDigest().toString(),
          "the payload of " + record.id() + " does not verify",
          Place.of(source, origin(), index, record),
          e);
    }
    try {
      liveness.record(origin(), record);
    } catch (CairnException e) {
      findings.failed(
          Kind.LIVENESS,
          record.id().toString(),
          "what is shown as live is not what the records say",
          Place.of(source, origin(), index, record),
          e);
    }
  }

  private void payload(long index, LogRecord record, ContentCursor cursor) {
    if (cursor.hasPayload()) {
      if (record.payloadLength() <= ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX) {
        LogVerifier.payload(record, cursor.payload(ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX));
      } else {
        LogVerifier.payload(record, cursor.openPayload());
      }
    } else if (!record.isPut()) {
      throw new MalformedException("the note of a tombstone is not here");
    } else if (store.now().isLive(record.id())) {
      findings.add(
          Kind.PAYLOAD_MISSING,
          record.payloadDigest().toString(),
          "the payload of live artifact " + record.id() + " is not here",
          Place.of(source, origin(), index, record).with("missing"));
    }
  }

  private void checkpoint() {
    while (!checkpoints.isEmpty() && checkpoints.firstKey() <= verifier.next()) {
      Map.Entry<Long, Bytes> held = checkpoints.pollFirstEntry();
      long size = held.getKey();
      lastCheckpoint = size;
      try {
        verifier.checkpoint(store.federation(), head.key(), held.getValue());
      } catch (MalformedException e) {
        add(Kind.CHECKPOINT, size - 1, "checkpoints that do not verify", e);
      }
      if (checkpoints.isEmpty()) {
        pageCheckpoints(size);
      }
    }
  }

  private void pageCheckpoints(long after) {
    checkpoints = new TreeMap<>(store.checkpoints(origin(), after, CHECKPOINT_PAGE));
  }

  private void end() {
    if (verifier.next() != head.treeSize()) {
      findings.add(
          Kind.RECORD,
          origin().toString(),
          "records that are not what the log's rules demand",
          place(verifier.next()).with("the log ends here, its head says " + head.treeSize()));
    } else if (!verifier.root().equals(head.root())) {
      findings.add(
          Kind.LOG_ROOT,
          origin().toString(),
          "the records give another root than the one stored",
          place(head.treeSize() - 1)
              .with(verifier.root().toHex() + ", stored " + head.root().toHex()));
    }
    if (!checkpoints.isEmpty()) {
      findings.add(
          Kind.CHECKPOINT,
          origin().toString(),
          "checkpoints that do not verify",
          place(head.treeSize())
              .with(
                  "a checkpoint signs " + checkpoints.firstKey() + " records, the log ends here"));
    }
    if (lastCheckpoint < head.treeSize() && !origin().equals(store.origin())) {
      findings.add(
          Kind.UNSIGNED,
          origin().toString(),
          "records of another node that no checkpoint covers",
          place(lastCheckpoint).with("from here on"));
    }
  }

  private void add(Kind kind, long index, String message, CairnException e) {
    findings.failed(kind, origin().toString(), message, place(index), e);
  }

  private Place place(long index) {
    return Place.of(source, origin(), index);
  }
}
