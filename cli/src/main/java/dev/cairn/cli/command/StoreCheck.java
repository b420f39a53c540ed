package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Recomputes everything in a store that can be recomputed and gathers what does not agree. One
 * owner at a time; nothing else should write meanwhile.
 */
final class StoreCheck {
  /** Most damages gathered; a store with more is lost anyway. */
  static final int DAMAGES_MAX = 100_000;

  private static final int BUFFER_BYTES = 1 << 16;
  private static final int CHECKPOINTS_AT_ONCE = 1_000;

  private final Store store;
  private final Progress progress;
  private final List<Damage> damaged = new ArrayList<>();
  private long checked;

  /**
   * Something that does not agree.
   *
   * @param key of the artifact, if it is one's
   * @param where it lies
   * @param error what is wrong
   */
  record Damage(@Nullable ArtifactKey key, String where, String error) {}

  /**
   * What was found.
   *
   * @param checked records and payloads looked at
   * @param damaged what does not agree
   */
  record Result(long checked, List<Damage> damaged) {}

  StoreCheck(Store store, Progress progress) {
    this.store = store;
    this.progress = progress;
  }

  static long steps(Store store) {
    return store.heads().stream().mapToLong(LogHead::treeSize).sum();
  }

  Result run() {
    for (LogHead head : store.heads()) {
      attempt(null, "log " + head.origin(), () -> checkLog(head));
      attempt(null, "checkpoints of " + head.origin(), () -> checkCheckpoints(head));
    }
    attempt(null, "state", this::checkState);
    return new Result(checked, damaged);
  }

  private interface Check {
    void run();
  }

  private void attempt(@Nullable ArtifactKey key, String where, Check check) {
    try {
      check.run();
    } catch (CairnException e) {
      add(key, where, String.valueOf(e.getMessage()));
    }
  }

  private void add(@Nullable ArtifactKey key, String where, String error) {
    if (damaged.size() < DAMAGES_MAX) {
      damaged.add(new Damage(key, where, error));
    }
  }

  private void checkLog(LogHead head) {
    CompactRange leaves = new CompactRange();
    try (RecordCursor records = store.records(head.origin(), 0, head.treeSize())) {
      while (records.next()) {
        LogRecord record = records.record();
        if (record.index() != leaves.size()) {
          add(
              record.id(),
              "log " + head.origin() + " index " + leaves.size(),
              "the record says that its index is " + record.index());
        }
        leaves.append(TreeHasher.leaf(records.encoded()));
        checked++;
        checkPayload(head.origin(), record);
        progress.step(1);
      }
    }
    if (leaves.size() != head.treeSize() || !leaves.root().equals(head.root())) {
      add(
          null,
          "log " + head.origin(),
          leaves.size()
              + " records with root "
              + leaves.root().toHex()
              + " where "
              + head.treeSize()
              + " with root "
              + head.root().toHex()
              + " are due");
    }
  }

  private void checkPayload(Origin origin, LogRecord record) {
    String where = "payload " + record.payloadDigest();
    if (!store.hasPayload(record.payloadDigest())) {
      if (record.isPut() && store.now().isLive(record.id()) && isFirst(origin, record)) {
        add(record.id(), where, "it is missing");
      }
      return;
    }
    if (!isFirst(origin, record)) {
      return;
    }
    checked++;
    attempt(
        record.id(),
        where,
        () -> {
          HashAlgorithm algorithm =
              record.isPut() ? record.id().algorithm() : HashAlgorithm.SHA_256;
          ArtifactId found = identify(algorithm, record);
          if (!found.payloadDigest().equals(record.payloadDigest())
              || (record.isPut() && !found.key().equals(record.id()))) {
            add(
                record.id(),
                where,
                "its bytes are those of " + found.key() + ", payload " + found.payloadDigest());
          }
        });
  }

  /** A payload that many records name is read for one of them. */
  private boolean isFirst(Origin origin, LogRecord record) {
    if (!record.isPut()) {
      return true;
    }
    for (HistoryEntry entry : store.history(record.id())) {
      if (entry.record().isPut()) {
        return entry.origin().equals(origin) && entry.record().index() == record.index();
      }
    }
    add(record.id(), "history", "the record is not in it");
    return false;
  }

  private ArtifactId identify(HashAlgorithm algorithm, LogRecord record) {
    ArtifactHasher hasher = new ArtifactHasher(algorithm);
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = store.openPayload(record.payloadDigest())) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        hasher.update(buffer, 0, count);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return hasher.finish(record.tag());
  }

  private void checkCheckpoints(LogHead head) {
    long after = 0;
    while (true) {
      Map<Long, Bytes> some = store.checkpoints(head.origin(), after, CHECKPOINTS_AT_ONCE);
      if (some.isEmpty()) {
        return;
      }
      for (Map.Entry<Long, Bytes> entry : some.entrySet()) {
        after = entry.getKey();
        attempt(
            null,
            "checkpoint " + entry.getKey() + " of " + head.origin(),
            () -> checkCheckpoint(head, entry.getKey(), entry.getValue()));
      }
    }
  }

  private void checkCheckpoint(LogHead head, long treeSize, Bytes note) {
    Checkpoint checkpoint = Checkpoint.verify(note, head.origin(), store.federation(), head.key());
    checked++;
    if (checkpoint.treeSize() != treeSize
        || !checkpoint.root().equals(store.logRoot(head.origin(), treeSize))) {
      add(
          null,
          "checkpoint " + treeSize + " of " + head.origin(),
          "it does not state the log's root");
    }
  }

  private void checkState() {
    TreeMap<Origin, Long> all = new TreeMap<>();
    store.heads().forEach(head -> all.put(head.origin(), head.lastLogseq()));
    Bytes kept = store.stateRoot();
    Bytes computed = store.stateRootAt(new Cut(all));
    if (!kept.equals(computed)) {
      add(null, "state", "root " + kept.toHex() + " where " + computed.toHex() + " is due");
    }
  }
}
