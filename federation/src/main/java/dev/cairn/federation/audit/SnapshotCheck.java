package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import org.jspecify.annotations.Nullable;

/**
 * A recorded snapshot beside what a store computes under the same cut.
 *
 * @param snapshot its id
 * @param expected the state root that it records
 * @param actual the state root that the store computes; null if it does not hold the snapshot's
 *     logs, or other ones
 */
public record SnapshotCheck(ArtifactKey snapshot, Bytes expected, @Nullable Bytes actual) {
  /** Recomputes a snapshot from what {@code store} holds. */
  public static SnapshotCheck of(Store store, Snapshot snapshot) {
    Bytes actual = holds(store, snapshot) ? store.stateRootAt(snapshot.cut()) : null;
    return new SnapshotCheck(snapshot.key(), snapshot.stateRoot(), actual);
  }

  /**
   * The same for a store of which the present state is known.
   *
   * @param present the root of that state
   */
  static SnapshotCheck of(Store store, Snapshot snapshot, Bytes present) {
    return snapshot.cut().equals(store.cut()) && holds(store, snapshot)
        ? new SnapshotCheck(snapshot.key(), snapshot.stateRoot(), present)
        : of(store, snapshot);
  }

  /** True if every log of the snapshot is here, with the root that it records. */
  static boolean holds(Store store, Snapshot snapshot) {
    for (Snapshot.Head head : snapshot.heads()) {
      long held = store.head(head.origin()).map(LogHead::treeSize).orElse(0L);
      if (held < head.treeSize()
          || !store.logRoot(head.origin(), head.treeSize()).equals(head.root())
          || store.firstIndexAfter(head.origin(), head.logseq()) != head.treeSize()) {
        return false;
      }
    }
    return true;
  }

  /** True if both agree. */
  public boolean ok() {
    return actual != null && expected.equals(actual);
  }
}
