package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import java.util.List;

/**
 * What a replay found.
 *
 * @param records replayed
 * @param stateRoot of the replayed state
 * @param snapshots the recorded snapshots of the source, recomputed
 * @param snapshotsLeftOut how many snapshots published in logs were not recomputed, as they are
 *     more than {@link Replayer#PUBLISHED_MAX}
 */
public record ReplayReport(
    long records, Bytes stateRoot, List<SnapshotCheck> snapshots, long snapshotsLeftOut) {
  public ReplayReport {
    snapshots = List.copyOf(snapshots);
  }

  /** True if every snapshot that was recomputed is as recorded. */
  public boolean verified() {
    return snapshots.stream().allMatch(SnapshotCheck::ok);
  }
}
