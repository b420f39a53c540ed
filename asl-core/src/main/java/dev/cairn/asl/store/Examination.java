package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.evidence.ProvenRecord;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import java.util.Optional;

/** A checkpoint that somebody shows, against the log held here. Under the sequencer's lock. */
final class Examination {
  private final LogWriter writer;
  private final Logs logs;

  Examination(LogWriter writer, Logs logs) {
    this.writer = writer;
    this.logs = logs;
  }

  /** What the two prove; nothing if both may be true, or nothing signed is held. */
  Optional<Evidence> of(Bytes note, Checkpoint shown, PublicKey key) {
    Origin origin = shown.origin();
    Bytes ours = writer.lastCheckpoint(origin).orElse(null);
    if (ours == null) {
      return Optional.empty();
    }
    long size = Checkpoint.unverified(ours).treeSize();
    if (shown.treeSize() > size) {
      // Without the longer log only their logseqs can contradict.
      Checkpoint held = Checkpoint.verify(ours, key);
      return held.lastLogseq() >= shown.lastLogseq()
          ? Evidence.between(key, ours, note, logs.subtrees(origin))
          : Optional.empty();
    }
    Optional<Evidence> between = Evidence.between(key, note, ours, logs.subtrees(origin));
    return between.isPresent() || shown.treeSize() == size
        ? between
        : insideACommit(note, shown, key, ours, size);
  }

  private Optional<Evidence> insideACommit(
      Bytes note, Checkpoint shown, PublicKey key, Bytes ours, long size) {
    Origin origin = shown.origin();
    long index = shown.treeSize();
    LogRecord next = logs.require(origin, index);
    if (next.logseq() > shown.lastLogseq()) {
      return Optional.empty();
    }
    return Optional.of(
        Evidence.cutCommit(
            key,
            note,
            ours,
            ProvenRecord.of(
                logs.encoded(origin, index).orElse(Bytes.EMPTY),
                index,
                size,
                logs.subtrees(origin))));
  }
}
