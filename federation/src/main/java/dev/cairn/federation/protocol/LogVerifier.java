package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.note.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Checks one origin's log record by record, without a store: for bundles and audits, on purpose
 * apart from the code that wrote the log.
 *
 * <p>Every method returns quietly or throws a {@link MalformedException}; one that threw has taken
 * nothing in. One owner at a time.
 */
public final class LogVerifier {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final Origin origin;
  private @Nullable CompactRange range;
  private long next;
  private long lastLogseq;
  private @Nullable LogRecord last;
  private int commitRecords;
  private boolean commitIsSigned;

  /** The record taken first, and how many of its commit were taken; for {@link #take}. */
  private @Nullable LogRecord first;

  private int firstCommitRecords;

  /** A verifier of a log from its first record on: roots are checked. */
  public LogVerifier(Origin origin) {
    this.origin = origin;
    this.range = new CompactRange();
  }

  /**
   * A verifier of a log from a record in the middle on: without the records before, roots cannot be
   * checked.
   *
   * @param next index of the first record
   * @param lastLogseq logseq of the record before it
   */
  public LogVerifier(Origin origin, long next, long lastLogseq) {
    this.origin = origin;
    this.range = next == 0 ? new CompactRange() : null;
    this.next = next;
    this.lastLogseq = lastLogseq;
  }

  /** One that goes on from here on its own. */
  public LogVerifier copy() {
    LogVerifier copy = new LogVerifier(origin, next, lastLogseq);
    copy.range = edge();
    copy.last = last;
    copy.commitRecords = commitRecords;
    copy.commitIsSigned = commitIsSigned;
    copy.first = first;
    copy.firstCommitRecords = firstCommitRecords;
    return copy;
  }

  /** Index of the next record. */
  public long next() {
    return next;
  }

  /** The record taken last; null if none was. */
  public @Nullable LogRecord last() {
    return last;
  }

  /** True if roots can be checked. */
  public boolean checksRoots() {
    return range != null;
  }

  /** Takes the next record: canonical form, dense index, order within and between commits, size. */
  public LogRecord record(Bytes encoded) {
    LogRecord record = LogRecord.decode(encoded);
    record(record);
    if (range != null) {
      range.append(TreeHasher.leaf(encoded));
    }
    return record;
  }

  /** Takes the next record of one who reads its canonical form himself; leaves the root behind. */
  private void record(LogRecord record) {
    if (record.index() != next) {
      throw new MalformedException("its index says " + record.index());
    }
    checkNext(record, 1);
    commitRecords = record.logseq() == lastLogseq ? commitRecords + 1 : 1;
    if (first == null) {
      first = record;
    }
    if (first.logseq() == record.logseq()) {
      firstCommitRecords = commitRecords;
    }
    commitIsSigned = false;
    last = record;
    lastLogseq = record.logseq();
    next++;
  }

  /** As {@link #record(Bytes)}, of a record that is decoded, by a verifier that checks no roots. */
  public void rootless(LogRecord record) {
    if (range != null) {
      throw new IllegalStateException("a record without its bytes, and roots are checked");
    }
    record(record);
  }

  /** Checks what can come next: a record with those of its commit behind it. */
  private void checkNext(LogRecord record, int more) {
    checkOrder(record);
    checkCommit(record, more);
    if (last != null && LogClosing.closes(last)) {
      throw new MalformedException(
          "it stands behind record " + (next - 1) + ", which closes the log");
    }
  }

  /**
   * Takes all records that another verifier took, which began, without roots, where this one is.
   *
   * @param edge the tree's edge behind them; null if this one checks no roots
   * @throws MalformedException if the first of them cannot come here
   */
  public void take(LogVerifier part, @Nullable CompactRange edge) {
    LogRecord begins = part.first;
    if (begins == null || begins.index() != next) {
      throw new IllegalArgumentException("a part that does not begin at " + next);
    }
    if ((range == null) != (edge == null) || (edge != null && edge.size() != part.next)) {
      throw new IllegalArgumentException("an edge that does not end at " + part.next);
    }
    checkNext(begins, part.firstCommitRecords);
    boolean oneCommit = part.lastLogseq == lastLogseq;
    commitRecords = oneCommit ? commitRecords + part.commitRecords : part.commitRecords;
    commitIsSigned = part.commitIsSigned;
    last = part.last;
    lastLogseq = part.lastLogseq;
    next = part.next;
    range = edge;
  }

  /** Takes a record that was refused, so that those behind it can be checked. */
  public void skip(Bytes encoded) {
    if (range != null) {
      range.append(TreeHasher.leaf(encoded));
    }
    next++;
  }

  /**
   * Goes on behind records that are not what was signed, or are not there: from the root that their
   * subtrees are known to have.
   *
   * @param known the edge of the tree up to the next record; null if it is not known, so that roots
   *     cannot be checked
   * @param index of the next record
   */
  public void goOn(long index, @Nullable CompactRange known) {
    if (known != null && known.size() != index) {
      throw new IllegalArgumentException("an edge of " + known.size() + " records at " + index);
    }
    range = known;
    next = index;
  }

  private void checkCommit(LogRecord record, int more) {
    if (record.logseq() == lastLogseq && commitIsSigned) {
      throw new MalformedException(
          "it goes on with commit " + lastLogseq + ", which a checkpoint ended");
    }
    if (record.logseq() == lastLogseq && commitRecords + more > LogRecord.COMMIT_RECORDS_MAX) {
      throw new MalformedException(
          "commit " + lastLogseq + " has more than " + LogRecord.COMMIT_RECORDS_MAX + " records");
    }
  }

  private void checkOrder(LogRecord record) {
    boolean inOrder;
    if (last == null) {
      inOrder = record.logseq() > lastLogseq;
    } else if (record.logseq() == last.logseq()) {
      inOrder = record.hlc() == last.hlc() && last.id().compareTo(record.id()) < 0;
    } else {
      inOrder = record.logseq() > last.logseq() && record.hlc() > last.hlc();
    }
    if (!inOrder) {
      throw new MalformedException(
          "logseq "
              + record.logseq()
              + ", hlc "
              + record.hlc()
              + ", id "
              + record.id()
              + " do not come after "
              + (last == null
                  ? "logseq " + lastLogseq
                  : "logseq " + last.logseq() + ", hlc " + last.hlc() + ", id " + last.id()));
    }
  }

  /**
   * Checks that a checkpoint is signed by the origin and states what was taken so far; reads it.
   */
  public Checkpoint checkpoint(String federation, PublicKey key, Bytes note) {
    Checkpoint checkpoint = Checkpoint.verify(note, origin, federation, key);
    if (checkpoint.treeSize() != next || checkpoint.lastLogseq() != lastLogseq) {
      throw new MalformedException(
          "checkpoint of "
              + checkpoint.treeSize()
              + " records up to logseq "
              + checkpoint.lastLogseq()
              + " behind "
              + next
              + " records up to logseq "
              + lastLogseq);
    }
    if (range != null && !checkpoint.root().equals(range.root())) {
      throw new MalformedException(
          "checkpoint of "
              + next
              + " records signs root "
              + checkpoint.root().toHex()
              + ", the records give "
              + range.root().toHex());
    }
    commitIsSigned = true;
    return checkpoint;
  }

  /** The edge of the tree of what was taken so far, to go on with apart; null if roots are not. */
  public @Nullable CompactRange edge() {
    return range == null ? null : range.copy();
  }

  /** The root of what was taken so far. */
  public Bytes root() {
    if (range == null) {
      throw new IllegalStateException("the records before are not known");
    }
    return range.root();
  }

  /** Checks length, digest and key of a payload that is in memory. */
  public static void payload(LogRecord record, Bytes payload) {
    compare(record, ArtifactHasher.identify(record.id().algorithm(), payload, record.tag()));
    if (!record.isPut()) {
      TombstoneNote.decode(payload);
    }
  }

  /**
   * Checks length, digest and key of a payload of any size; closes the stream.
   *
   * @throws UnavailableException if the stream cannot be read
   */
  public static void payload(LogRecord record, InputStream payload) {
    ArtifactHasher hasher = new ArtifactHasher(record.id().algorithm());
    try (payload) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int count = payload.read(buffer); count >= 0; count = payload.read(buffer)) {
        hasher.update(buffer, 0, count);
      }
    } catch (IOException e) {
      throw new UnavailableException("cannot read payload " + record.payloadDigest(), e);
    }
    compare(record, hasher.finish(record.tag()));
  }

  private static void compare(LogRecord record, ArtifactId actual) {
    PayloadDigest digest = actual.payloadDigest();
    if (actual.payloadLength() != record.payloadLength()
        || !digest.equals(record.payloadDigest())) {
      throw new MalformedException(
          "its payload has "
              + actual.payloadLength()
              + " bytes and digest "
              + digest
              + ", not "
              + record.payloadLength()
              + " and "
              + record.payloadDigest());
    }
    if (record.isPut() && !actual.key().equals(record.id())) {
      throw new MalformedException("its payload gives key " + actual.key());
    }
  }
}
