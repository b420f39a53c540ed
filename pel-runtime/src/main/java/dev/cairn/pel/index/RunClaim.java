package dev.cairn.pel.index;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.pel.model.RunStatus;
import java.util.List;

/**
 * What some nodes say became of a program on its inputs.
 *
 * @param receipt that says so
 * @param status how it ended: succeeded or failed for good
 * @param ranAll who ran all of it, in order; no more than were asked for
 */
public record RunClaim(ArtifactKey receipt, RunStatus status, List<NodeId> ranAll) {
  public RunClaim {
    ranAll = List.copyOf(ranAll);
  }
}
