package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot kept by this store.
 *
 * @param snapshot what it says
 * @param label this store's name for it, if any
 * @param createdMillis when this store made it, milliseconds since 1970
 * @param live how much was live
 */
public record SnapshotInfo(
    Snapshot snapshot, @Nullable String label, long createdMillis, LiveCounts live) {
  /** The SnapshotId. */
  public ArtifactKey key() {
    return snapshot.key();
  }
}
