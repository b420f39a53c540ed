package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node whose log is well signed and says of any key what it likes. One owner.
 *
 * <p>A commit has one record; logseqs begin at 1,000, behind those of honest stores in tests.
 */
final class Liar {
  private static final long FIRST_LOGSEQ = 1_000;

  private final SigningKey key;
  private final Origin origin;
  private final List<Stretch.Item> items = new ArrayList<>();

  Liar(String name) {
    this.key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
    try (Store store = StoreFixture.open(name)) {
      this.origin = store.origin();
    }
  }

  /** States that a key is the artifact of this payload and type. */
  Liar put(ArtifactKey target, @Nullable TypeTag tag, Bytes payload) {
    return put(target, tag, payload.length(), PayloadDigest.of(payload));
  }

  Liar put(ArtifactKey target, @Nullable TypeTag tag, long length, PayloadDigest digest) {
    return add(RecordKind.ofPut(tag), target, tag, length, digest, null);
  }

  Liar erase(ArtifactKey target) {
    Bytes note = new TombstoneNote(true, null).encode();
    return add(
        RecordKind.TOMBSTONE,
        target,
        TypeTag.TOMBSTONE,
        note.length(),
        PayloadDigest.of(note),
        note);
  }

  private Liar add(
      RecordKind kind,
      ArtifactKey target,
      @Nullable TypeTag tag,
      long length,
      PayloadDigest digest,
      @Nullable Bytes payload) {
    long index = items.size();
    LogRecord record =
        new LogRecord(index, FIRST_LOGSEQ + index, 1 + index, kind, target, tag, length, digest);
    items.add(new Stretch.Item(record.encode(), payload));
    return this;
  }

  /** Sends a store all that it lacks. */
  void tell(Store store) {
    long held = store.head(origin).map(LogHead::treeSize).orElse(0L);
    CompactRange range = new CompactRange();
    items.forEach(item -> range.append(TreeHasher.leaf(item.record())));
    long last = FIRST_LOGSEQ + items.size() - 1;
    Bytes note = new Checkpoint("test", origin, items.size(), range.root(), last).sign(key);
    store.replicate(
        new Stretch(origin, key.publicKey(), held, items.subList((int) held, items.size()), note));
  }
}
