package dev.cairn.pel.index;

import dev.cairn.asl.model.ArtifactKey;
import java.util.List;

/**
 * What some nodes say came out of a step.
 *
 * @param outputs what
 * @param attestations who says so, in the order of nodes, each once; no more than were asked for
 */
public record StepClaim(List<ArtifactKey> outputs, List<Attestation> attestations) {
  public StepClaim {
    outputs = List.copyOf(outputs);
    attestations = List.copyOf(attestations);
  }
}
