package dev.cairn.asl.store;

import java.util.List;

/**
 * What a stretch brought.
 *
 * @param commits new commits
 * @param records new records
 * @param head the origin's log length afterwards
 * @param collisions records that give known artifacts another payload, in the order of the log; the
 *     first {@value #COLLISIONS_MAX}
 */
public record ReplicaResult(long commits, long records, long head, List<Collision> collisions) {
  /** Most collisions that one stretch is told to have brought. */
  public static final int COLLISIONS_MAX = 64;

  public ReplicaResult {
    collisions = List.copyOf(collisions);
  }

  /** Without collisions. */
  public ReplicaResult(long commits, long records, long head) {
    this(commits, records, head, List.of());
  }
}
