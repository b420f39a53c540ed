package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.SubtreeSink;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.note.Checkpoint;
import org.jspecify.annotations.Nullable;

/**
 * Checks one log: dense, canonical, in order, as its checkpoints sign it; and notes in the scratch
 * the tiles, notes and commits that it gives. Used once.
 */
final class LogCheck {
  private final StorageEngine engine;
  private final StoreConfig config;
  private final Scratch scratch;
  private final CheckFindings findings;
  private final Origin origin;
  private final CompactRange range = new CompactRange();
  private final @Nullable PublicKey key;
  private final RowCursor checkpoints;
  private @Nullable Checkpoint ahead;
  private @Nullable LogRecord last;
  private long commitFirst;
  private boolean rootDiffers;

  private LogCheck(
      StorageEngine engine,
      StoreConfig config,
      Scratch scratch,
      CheckFindings findings,
      Origin origin,
      RowCursor checkpoints) {
    this.engine = engine;
    this.config = config;
    this.scratch = scratch;
    this.findings = findings;
    this.origin = origin;
    this.checkpoints = checkpoints;
    this.key = key();
  }

  static void run(
      StorageEngine engine,
      StoreConfig config,
      Scratch scratch,
      CheckFindings findings,
      Bytes log) {
    Origin origin = Origin.fromBytes(log);
    try (RowCursor checkpoints = engine.scanPrefix(StoreTables.CHECKPOINT, log)) {
      LogCheck check = new LogCheck(engine, config, scratch, findings, origin, checkpoints);
      if (!findings.attempt(null, "log " + origin, check::records)) {
        findings.unreadable(origin);
      }
      findings.attempt(null, "checkpoints of " + origin, check::checkpointsLeft);
    }
  }

  /** The origin's key, noted as it should be; null if it is not to be had. */
  private @Nullable PublicKey key() {
    NodeId node = origin.node();
    Bytes due =
        NodeId.of(config.key().publicKey()).equals(node)
            ? config.key().publicKey().encoded()
            : storedKey(node);
    if (due == null) {
      scratch.toMend(MendKind.NODE, node.digest());
      findings.addRow(
          StoreTables.NODE,
          null,
          "public key of node " + node,
          "it is missing or is another node's: no checkpoint can be verified");
      return null;
    }
    scratch.put(StoreTables.NODE, node.digest(), due);
    return PublicKey.of(due);
  }

  private @Nullable Bytes storedKey(NodeId node) {
    try {
      Bytes stored = engine.get(StoreTables.NODE, node.digest());
      return stored != null && NodeId.of(PublicKey.of(stored)).equals(node) ? stored : null;
    } catch (CairnException e) {
      CheckFindings.describe(e);
      return null;
    }
  }

  private void records() {
    long size = engine.head(origin.bytes());
    nextCheckpoint();
    try (RowCursor records = engine.records(origin.bytes(), 0, size)) {
      while (records.next()) {
        record(records.key().u64At(0), records.value());
      }
    }
    if (range.size() != size) {
      throw new MalformedException("it ends at " + range.size() + " of " + size + " records");
    }
    endCommit(size);
  }

  private String where(long index) {
    return "log " + origin + " index " + index;
  }

  private void record(long index, Bytes encoded) {
    findings.checked(1);
    if (index != range.size()) {
      throw new MalformedException(
          "records " + range.size() + " to " + (index - 1) + " are missing");
    }
    LogRecord record = decode(index, encoded);
    if (record == null) {
      findings.unreadable(origin);
    } else {
      checkOrder(record);
      if (!record.isPut()) {
        checkNote(record);
      }
    }
    range.append(TreeHasher.leaf(encoded), tiles());
    last = record;
    checkRoot();
  }

  private SubtreeSink tiles() {
    return (level, index, hash) -> {
      if (Logs.isStored(level)) {
        scratch.put(StoreTables.TILE, Logs.tileKey(origin, level, index), hash);
      }
    };
  }

  private @Nullable LogRecord decode(long index, Bytes encoded) {
    try {
      LogRecord record = LogRecord.decode(encoded);
      if (record.index() == index) {
        return record;
      }
      findings.add(
          record.id(), where(index), "the record says that its index is " + record.index());
    } catch (MalformedException | UnsupportedVersionException e) {
      findings.add(null, where(index), CheckFindings.describe(e));
    }
    return null;
  }

  private void checkOrder(LogRecord record) {
    LogRecord before = last;
    if (before == null) {
      endCommit(record.index());
      return;
    }
    boolean sameCommit = before.logseq() == record.logseq();
    if (!sameCommit) {
      endCommit(record.index());
    }
    boolean inOrder =
        sameCommit
            ? before.hlc() == record.hlc() && before.id().compareTo(record.id()) < 0
            : before.logseq() < record.logseq() && before.hlc() < record.hlc();
    if (!inOrder) {
      findings.add(
          record.id(),
          where(record.index()),
          "out of order after logseq " + before.logseq() + ", hlc " + before.hlc());
    }
    if (LogClosing.closes(before)) {
      findings.add(record.id(), where(record.index()), "behind the record that closes the log");
    }
    if (record.index() - commitFirst >= LogRecord.COMMIT_RECORDS_MAX) {
      findings.add(record.id(), where(record.index()), "its commit is too long");
    }
  }

  /** Notes the commit that ends before {@code end}. */
  private void endCommit(long end) {
    if (end > commitFirst && !findings.isUnreadable(origin)) {
      scratch.commit(new Arrival(origin, commitFirst, end - commitFirst));
    }
    commitFirst = end;
  }

  private void checkNote(LogRecord record) {
    PayloadDigest digest = record.payloadDigest();
    String where = "note " + digest + " of the tombstone at " + where(record.index());
    ArtifactKey id = record.id();
    boolean whole =
        findings.attempt(
            id,
            where,
            () -> {
              Bytes note = engine.get(StoreTables.NOTE, digest.digest());
              if (note == null) {
                throw new MalformedException("it is missing");
              }
              if (!PayloadDigest.of(note).equals(digest)) {
                throw new MalformedException("it hashes to " + PayloadDigest.of(note));
              }
              TombstoneNote.decode(note);
              scratch.put(StoreTables.NOTE, digest.digest(), note);
            });
    if (!whole) {
      scratch.toMend(MendKind.NOTE, digest.digest(), Bytes.u64(record.payloadLength()));
    }
  }

  // ---- checkpoints

  private void nextCheckpoint() {
    ahead = null;
    while (ahead == null && checkpoints.next()) {
      ahead = checkpoint(checkpoints.key(), checkpoints.value());
    }
  }

  private @Nullable Checkpoint checkpoint(Bytes row, Bytes note) {
    findings.checked(1);
    PublicKey signer = key;
    if (signer == null) {
      return null;
    }
    if (row.length() != Origin.BYTES + Long.BYTES) {
      findings.add(null, "checkpoint row " + row.toHex(), "its key is none");
      scratch.toMend(MendKind.CHECKPOINT, row);
      return null;
    }
    long size = row.u64At(Origin.BYTES);
    try {
      Checkpoint read = Checkpoint.verify(note, origin, config.federation(), signer);
      if (read.treeSize() == size) {
        return read;
      }
      findings.add(null, where(read), "it lies where that of " + size + " records is due");
    } catch (MalformedException e) {
      findings.add(null, "checkpoint " + size + " of " + origin, CheckFindings.describe(e));
    }
    scratch.toMend(MendKind.CHECKPOINT, row);
    return null;
  }

  private String where(Checkpoint checkpoint) {
    return "checkpoint " + checkpoint.treeSize() + " of " + origin;
  }

  private void checkRoot() {
    Checkpoint due = ahead;
    if (due == null || due.treeSize() != range.size()) {
      return;
    }
    if (!rootDiffers && !due.root().equals(range.root())) {
      rootDiffers = true;
      findings.altered(origin);
      findings.add(
          null, where(due), "the log before it is not what was signed; later ones are not told");
    } else if (!rootDiffers) {
      findings.signed(origin, due.treeSize());
      LogRecord record = last;
      if (record != null && record.logseq() != due.lastLogseq()) {
        findings.add(null, where(due), "it states another last logseq than the log has");
      }
    }
    nextCheckpoint();
  }

  /** Those that sign more than is held: a tail was lost. */
  private void checkpointsLeft() {
    while (ahead != null) {
      findings.add(null, where(ahead), "the log ends before it, at " + range.size() + " records");
      nextCheckpoint();
    }
  }
}
