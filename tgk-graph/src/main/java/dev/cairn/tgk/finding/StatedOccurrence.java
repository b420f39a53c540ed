package dev.cairn.tgk.finding;

import dev.cairn.asl.model.ArtifactKey;
import java.util.List;

/**
 * An occurrence as a view shows it.
 *
 * @param key of its artifact: what it is called
 * @param occurrence where it is
 * @param observations who knows of it, in order of observers
 */
public record StatedOccurrence(
    ArtifactKey key, Occurrence occurrence, List<StatedObservation> observations) {
  public StatedOccurrence {
    observations = List.copyOf(observations);
  }

  /** True if somebody has taken note of it. */
  public boolean acknowledged() {
    return observations.stream().anyMatch(known -> known.sighting().acknowledged());
  }
}
