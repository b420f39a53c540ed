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
 * @param pinned whether payloads that it shows stay, even of artifacts that were erased since
 */
public record SnapshotInfo(
    Snapshot snapshot,
    @Nullable String label,
    long createdMillis,
    LiveCounts live,
    boolean pinned) {
  /** The SnapshotId. */
  public ArtifactKey key() {
    return snapshot.key();
  }

  SnapshotInfo withLabel(@Nullable String other) {
    return new SnapshotInfo(snapshot, other, createdMillis, live, pinned);
  }

  SnapshotInfo withPin(boolean pin) {
    return new SnapshotInfo(snapshot, label, createdMillis, live, pin);
  }
}
