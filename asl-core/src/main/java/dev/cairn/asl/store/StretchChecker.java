package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.note.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks of a stretch all that does not depend on where the log ends here: canonical form, dense
 * index, commit rules, keys, payloads, the checkpoint's signature. Safe for any thread.
 */
final class StretchChecker {
  private final String federation;
  private final SignatureCheck signatures;
  private final PayloadStore payloads;
  private final Structures structures;

  StretchChecker(
      String federation, SignatureCheck signatures, PayloadStore payloads, Structures structures) {
    this.federation = federation;
    this.signatures = signatures;
    this.payloads = payloads;
    this.structures = structures;
  }

  /**
   * A record that is well-formed, with the payload that indexes or the payload store still need.
   *
   * @param seen whether its payload was there to be checked, in the stretch or in the store
   */
  record Checked(LogRecord record, Bytes encoded, @Nullable Bytes payload, boolean seen) {}

  VerifiedStretch check(Stretch stretch) {
    if (!NodeId.of(stretch.key()).equals(stretch.origin().node())) {
      throw new MalformedException(
          "stretch of " + stretch.origin() + ": the public key is another node's");
    }
    if (stretch.items().size() > Store.STRETCH_RECORDS_MAX) {
      throw new RefusedException(
          "stretch of "
              + stretch.origin()
              + ": "
              + stretch.items().size()
              + " records, more than "
              + Store.STRETCH_RECORDS_MAX);
    }
    Checkpoint checkpoint =
        Checkpoint.verify(
            stretch.checkpoint(), stretch.origin(), federation, stretch.key(), signatures);
    long end = stretch.firstIndex() + stretch.items().size();
    if (stretch.items().isEmpty() || checkpoint.treeSize() != end) {
      throw new MalformedException(
          "stretch of "
              + stretch.origin()
              + ": ends at record "
              + end
              + ", its checkpoint at "
              + checkpoint.treeSize());
    }
    List<Checked> records = new ArrayList<>(stretch.items().size());
    int commitRecords = 0;
    for (int i = 0; i < stretch.items().size(); i++) {
      Checked checked = checkItem(stretch, i);
      boolean sameCommit = checkOrder(stretch, records, checked.record);
      commitRecords = sameCommit ? commitRecords + 1 : 1;
      if (commitRecords > LogRecord.COMMIT_RECORDS_MAX) {
        throw new MalformedException(
            "commit "
                + checked.record.logseq()
                + " of "
                + stretch.origin()
                + ": more than "
                + LogRecord.COMMIT_RECORDS_MAX
                + " records");
      }
      records.add(checked);
    }
    long lastLogseq = records.get(records.size() - 1).record.logseq();
    if (checkpoint.lastLogseq() != lastLogseq) {
      throw new MalformedException(
          "stretch of "
              + stretch.origin()
              + ": ends at logseq "
              + lastLogseq
              + ", its checkpoint at "
              + checkpoint.lastLogseq());
    }
    return new VerifiedStretch(this, stretch, records, checkpoint);
  }

  private Checked checkItem(Stretch stretch, int position) {
    Stretch.Item item = stretch.items().get(position);
    long index = stretch.firstIndex() + position;
    try {
      LogRecord record = LogRecord.decode(item.record());
      if (record.index() != index) {
        throw new MalformedException("its index says " + record.index());
      }
      Bytes payload = payload(record, item.payload());
      boolean seen = payload != null || checkStored(record);
      return new Checked(record, item.record(), payload, seen);
    } catch (MalformedException e) {
      throw wrong(stretch.origin(), index, e);
    }
  }

  /**
   * Records of a commit share logseq and hlc and rise by id; commits rise by logseq and hlc. True
   * if the record belongs to the commit of the one before.
   */
  private static boolean checkOrder(Stretch stretch, List<Checked> before, LogRecord record) {
    if (before.isEmpty()) {
      return false;
    }
    LogRecord last = before.get(before.size() - 1).record;
    boolean sameCommit = last.logseq() == record.logseq();
    boolean inOrder =
        sameCommit
            ? last.hlc() == record.hlc() && last.id().compareTo(record.id()) < 0
            : last.logseq() < record.logseq() && last.hlc() < record.hlc();
    if (!inOrder) {
      throw new MalformedException(
          "record "
              + record.index()
              + " of "
              + stretch.origin()
              + ": out of order after logseq "
              + last.logseq()
              + ", hlc "
              + last.hlc()
              + ", "
              + last.id());
    }
    return sameCommit;
  }

  private @Nullable Bytes payload(LogRecord record, @Nullable Bytes inline) {
    if (inline != null && inline.length() > Store.INLINE_BYTES_MAX) {
      throw new MalformedException("an inline payload of " + inline.length() + " bytes");
    }
    Bytes payload = inline;
    if (payload == null && needsPayload(record)) {
      if (!payloads.has(record.payloadDigest())) {
        throw new MalformedException("its payload " + record.payloadDigest() + " did not come");
      }
      payload = payloads.read(record.payloadDigest(), Structures.PAYLOAD_BYTES_MAX);
    }
    if (payload == null) {
      return null;
    }
    if (record.kind() == RecordKind.TOMBSTONE) {
      checkDigest(record, payload, PayloadDigest.of(payload));
      TombstoneNote.decode(payload);
    } else {
      checkArtifact(record, payload);
      structures.check(record.tag(), payload);
    }
    return payload;
  }

  private static void checkArtifact(LogRecord record, Bytes payload) {
    ArtifactId actual = ArtifactHasher.identify(record.id().algorithm(), payload, record.tag());
    checkDigest(record, payload, actual.payloadDigest());
    checkKey(record, actual);
  }

  private static void checkDigest(LogRecord record, Bytes payload, PayloadDigest actual) {
    if (payload.length() != record.payloadLength() || !actual.equals(record.payloadDigest())) {
      throw new MalformedException("its payload does not have length and digest as stated");
    }
  }

  private boolean needsPayload(LogRecord record) {
    return record.kind() == RecordKind.TOMBSTONE || structures.isStructured(record.tag());
  }

  /**
   * A payload that came by itself, under its own digest, must also give the key under this tag;
   * false if it is not here.
   */
  private boolean checkStored(LogRecord record) {
    if (!payloads.has(record.payloadDigest())) {
      return false;
    }
    checkKey(
        record, payloads.identify(record.payloadDigest(), record.id().algorithm(), record.tag()));
    return true;
  }

  /**
   * Checks a payload that was not there when the record was checked, and has come since: with the
   * stretch itself or with another.
   *
   * @param rows the stretch's over the store's
   */
  void checkFound(Origin origin, LogRecord record, RowSource rows) {
    Bytes row = PayloadStore.find(rows, record.payloadDigest());
    if (row == null) {
      return;
    }
    try {
      Bytes inline = PayloadRow.decode(record.payloadDigest(), row).inline();
      if (inline == null) {
        checkStored(record);
      } else {
        checkArtifact(record, inline);
      }
    } catch (MalformedException e) {
      throw wrong(origin, record.index(), e);
    }
  }

  private static MalformedException wrong(Origin origin, long index, MalformedException why) {
    return new MalformedException(
        "record " + index + " of " + origin + ": " + why.getMessage(), why);
  }

  private static void checkKey(LogRecord record, ArtifactId actual) {
    if (!actual.key().equals(record.id()) || actual.payloadLength() != record.payloadLength()) {
      throw new MalformedException(
          "its payload gives the key " + actual.key() + ", not " + record.id());
    }
  }
}
