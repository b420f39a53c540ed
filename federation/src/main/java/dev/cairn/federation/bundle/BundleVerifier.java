package dev.cairn.federation.bundle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.Hasher;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.federation.protocol.LogVerifier;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.OriginInfo;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.protocol.Tally;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks the messages of a bundle without a store: every record's form, its place in its log and in
 * the total order, every payload's digest, every small payload's key, that every large payload is
 * one of the records behind it, every checkpoint's signature, and the roots of all logs that begin
 * at their first record. Holds one message and a few numbers of each log. One owner, one bundle.
 */
final class BundleVerifier {
  /** Most large payloads before a message of records, which holds fewer records than this. */
  private static final int PAYLOADS_AWAITED_MAX = 1_024;

  private final BundleHeader header;
  private final Map<Origin, CursorEntry> base = new TreeMap<>();
  private final Map<Origin, Log> logs = new TreeMap<>();
  private final Set<PayloadDigest> awaited = new TreeSet<>();
  private @Nullable Position last;
  private @Nullable PayloadPiece piece;
  private @Nullable Hasher pieceHasher;
  private long pieceEnd;
  private Tally tally = Tally.NONE;

  private static final class Log {
    private final Origin origin;
    private final PublicKey key;
    private final LogVerifier verifier;
    private long checkpointed = -1;
    private long lastLogseq;

    Log(Origin origin, PublicKey key, LogVerifier verifier) {
      this.origin = origin;
      this.key = key;
      this.verifier = verifier;
    }
  }

  BundleVerifier(BundleHeader header) {
    this.header = header;
    header.base().forEach(entry -> base.put(entry.origin(), entry));
  }

  void accept(PeerMessage message) {
    if (piece != null && !(message instanceof PayloadPiece)) {
      throw new MalformedException("payload " + piece.digest() + " is not complete");
    }
    if (message instanceof Records records) {
      records(records);
    } else if (message instanceof PayloadPiece next) {
      piece(next);
    } else if (message instanceof CheckpointNote note) {
      checkpoint(note);
    } else if (message instanceof OriginInfo info) {
      introduce(info);
    } else if (message instanceof DeltaEnd end) {
      end(end);
    } else {
      throw new MalformedException("a message that is no part of a delta");
    }
  }

  Tally tally() {
    return tally;
  }

  /** Logs that begin in the middle, whose roots only a store that holds the base can check. */
  int logsWithoutRoots() {
    return (int) logs.values().stream().filter(log -> !log.verifier.checksRoots()).count();
  }

  private void introduce(OriginInfo info) {
    if (logs.size() >= ProtocolLimits.ORIGINS_MAX) {
      throw new MalformedException("more than " + ProtocolLimits.ORIGINS_MAX + " origins");
    }
    CursorEntry entry = base.get(info.origin());
    LogVerifier verifier =
        entry == null
            ? new LogVerifier(info.origin())
            : new LogVerifier(info.origin(), entry.treeSize(), entry.lastLogseq());
    if (logs.put(info.origin(), new Log(info.origin(), info.key(), verifier)) != null) {
      throw new MalformedException(info.origin() + " is introduced twice");
    }
  }

  private Log log(Origin origin) {
    Log log = logs.get(origin);
    if (log == null) {
      throw new MalformedException(origin + " is not introduced");
    }
    return log;
  }

  private void records(Records records) {
    records.runs().forEach(this::run);
    if (!awaited.isEmpty()) {
      throw new MalformedException(
          "payload " + awaited.iterator().next() + " is of none of the records behind it");
    }
  }

  private void run(Run run) {
    Log log = log(run.origin());
    for (int i = 0; i < run.items().size(); i++) {
      long index = run.firstIndex() + i;
      try {
        item(log, index, run.items().get(i));
      } catch (MalformedException e) {
        throw new MalformedException(
            "record " + index + " of " + run.origin() + ": " + e.getMessage(), e);
      }
    }
  }

  private void item(Log log, long index, Item item) {
    if (index != log.verifier.next()) {
      throw new MalformedException("comes where record " + log.verifier.next() + " is due");
    }
    LogRecord record = log.verifier.record(item.record());
    Position position = record.position(log.origin);
    if (last != null && last.compareTo(position) >= 0) {
      throw new MalformedException(
          "logseq "
              + record.logseq()
              + " comes behind logseq "
              + last.logseq()
              + " of "
              + last.origin());
    }
    last = position;
    awaited.remove(record.payloadDigest());
    Bytes payload = item.payload();
    if (payload != null) {
      LogVerifier.payload(record, payload);
    }
    boolean newCommit = record.logseq() != log.lastLogseq;
    log.lastLogseq = record.logseq();
    tally =
        tally.plus(
            new Tally(
                newCommit ? 1 : 0,
                1,
                payload == null ? 0 : 1,
                item.record().length() + (payload == null ? 0 : payload.length())));
  }

  private void piece(PayloadPiece next) {
    PayloadPiece first = piece;
    if (first == null) {
      pieceHasher = HashAlgorithm.SHA_256.newHasher();
      pieceEnd = 0;
      piece = next;
    } else if (!first.digest().equals(next.digest()) || first.length() != next.length()) {
      throw new MalformedException("payload " + first.digest() + " is not complete");
    }
    if (next.offset() != pieceEnd || pieceHasher == null) {
      throw new MalformedException(
          "byte " + next.offset() + " of payload " + next.digest() + " comes at " + pieceEnd);
    }
    pieceHasher.update(next.data());
    pieceEnd += next.data().length();
    tally = tally.plus(new Tally(0, 0, 0, next.data().length()));
    if (pieceEnd == next.length()) {
      if (!next.digest().equals(new PayloadDigest(pieceHasher.digest()))) {
        throw new MalformedException("payload " + next.digest() + " hashes to another digest");
      }
      if (awaited.size() >= PAYLOADS_AWAITED_MAX) {
        throw new MalformedException(
            "more than " + PAYLOADS_AWAITED_MAX + " payloads before the records that need them");
      }
      awaited.add(next.digest());
      tally = tally.plus(new Tally(0, 0, 1, 0));
      piece = null;
    }
  }

  private void checkpoint(CheckpointNote note) {
    Log log = log(note.origin());
    if (note.treeSize() != log.verifier.next() || note.treeSize() == log.checkpointed) {
      throw new MalformedException(
          "a checkpoint of " + note.origin() + " for " + note.treeSize() + " records out of place");
    }
    log.verifier.checkpoint(header.federation(), log.key, note.note());
    log.checkpointed = note.treeSize();
  }

  private void end(DeltaEnd end) {
    if (!awaited.isEmpty()) {
      throw new MalformedException(
          "payload " + awaited.iterator().next() + " is of none of the records");
    }
    if (end.records() != tally.records()
        || end.commits() != tally.commits()
        || end.payloads() != tally.payloads()) {
      throw new MalformedException("the delta's end counts " + end + ", found " + tally);
    }
    logs.forEach(
        (origin, log) -> {
          if (log.checkpointed != log.verifier.next()) {
            throw new MalformedException("no checkpoint covers the last records of " + origin);
          }
        });
    for (Snapshot.Head head : header.snapshot().heads()) {
      Log log = logs.get(head.origin());
      CursorEntry entry = base.get(head.origin());
      long reached = log != null ? log.verifier.next() : entry != null ? entry.treeSize() : 0;
      if (reached < head.treeSize()) {
        throw new MalformedException(
            "the snapshot includes "
                + head.treeSize()
                + " records of "
                + head.origin()
                + ", the bundle reaches "
                + reached);
      }
    }
  }
}
