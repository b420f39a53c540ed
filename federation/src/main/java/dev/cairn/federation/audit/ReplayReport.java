package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import java.util.List;

/**
 * What a replay found.
 *
 * @param records replayed
 * @param stateRoot of the replayed state
 * @param snapshots every recorded snapshot of the source, recomputed
 */
public record ReplayReport(long records, Bytes stateRoot, List<SnapshotCheck> snapshots) {
  public ReplayReport {
    snapshots = List.copyOf(snapshots);
  }

  /** True if every recorded snapshot was reproduced. */
  public boolean verified() {
    return snapshots.stream().allMatch(SnapshotCheck::ok);
  }
}
