package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.TombstoneNote;
import java.util.Collection;
import java.util.Collections;
import java.util.TreeMap;

/**
 * What one commit shall state: puts and tombstones, in any order, at most {@link
 * LogRecord#COMMIT_RECORDS_MAX}. One owner at a time; give it to {@link Store#commit} once.
 */
public final class CommitDraft {
  private final TreeMap<ArtifactKey, Item> items = new TreeMap<>();

  sealed interface Item {
    ArtifactKey target();
  }

  record Put(PreparedArtifact artifact, boolean forced) implements Item {
    @Override
    public ArtifactKey target() {
      return artifact.id().key();
    }
  }

  record Tombstone(ArtifactKey target, TombstoneNote note, Bytes encodedNote) implements Item {}

  /** An empty draft. */
  public CommitDraft() {}

  /** States that the artifact is here; no record is written if it is live already. */
  public CommitDraft put(PreparedArtifact artifact) {
    add(new Put(artifact, false));
    return this;
  }

  /** States so even if the artifact is live already: a node's own attestation. */
  public CommitDraft attest(PreparedArtifact artifact) {
    add(new Put(artifact, true));
    return this;
  }

  /**
   * States that {@code target} is no longer live; no record is written if it is not live, unless
   * the note asks for an erasure and it was only removed before.
   */
  public CommitDraft tombstone(ArtifactKey target, TombstoneNote note) {
    add(new Tombstone(target, note, note.encode()));
    return this;
  }

  /** Number of distinct artifacts spoken of. */
  public int size() {
    return items.size();
  }

  /** True if nothing is stated. */
  public boolean isEmpty() {
    return items.isEmpty();
  }

  Collection<Item> items() {
    return Collections.unmodifiableCollection(items.values());
  }

  /** Once it is committed: its payloads need no holding any more. */
  void release() {
    for (Item item : items.values()) {
      if (item instanceof Put put) {
        put.artifact().close();
      }
    }
  }

  private void add(Item item) {
    Item before = items.get(item.target());
    if (before != null && before.getClass() != item.getClass()) {
      throw new IllegalArgumentException(
          "both put and tombstone of " + item.target() + " in one commit");
    }
    if (before == null && items.size() == LogRecord.COMMIT_RECORDS_MAX) {
      throw new IllegalArgumentException(
          "more than " + LogRecord.COMMIT_RECORDS_MAX + " records in one commit");
    }
    if (!(before instanceof Put put && put.forced())) {
      items.put(item.target(), item);
    }
  }
}
