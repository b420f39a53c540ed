package dev.cairn.pel.distributed;

import dev.cairn.asl.model.ArtifactKey;
import java.util.List;

/**
 * What a node found and did in one look.
 *
 * @param stepsRun steps that it ran
 * @param finished requests of which it saw the receipt for the first time, in order
 * @param refused requests that nobody can fulfil, seen for the first time, in order
 * @param open requests that are not fulfilled yet, as far as it works at them
 * @param more whether it stopped because it had done enough, so that there is more to do at once
 */
public record Look(
    int stepsRun, List<ArtifactKey> finished, List<ArtifactKey> refused, int open, boolean more) {
  public Look {
    finished = List.copyOf(finished);
    refused = List.copyOf(refused);
  }
}
