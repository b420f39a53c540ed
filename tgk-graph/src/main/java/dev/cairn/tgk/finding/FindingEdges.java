package dev.cairn.tgk.finding;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The edges between the layers, from evidence to what it is evidence of:
 *
 * <pre>
 *   finding:observation   [observation]                             to [occurrence]
 *   finding:occurrence    [occurrence, canonicalId "artifact"]      to [finding]
 *   finding:sighting      []                                        to [observation]   payload: sighting
 * </pre>
 *
 * <p>The first two say once and for all what belongs to what; so going up from a finding leads to
 * its occurrences, the artifacts that they are about, and the observations. The third has a slot
 * for each observation: putting it with another payload refreshes the observation, and the former
 * edge stays readable as history.
 */
public final class FindingEdges {
  /** From an occurrence, and the artifact that it is about, to its finding. */
  public static final EdgeType OCCURRENCE = new EdgeType("finding:occurrence");

  /** From an observation to its occurrence. */
  public static final EdgeType OBSERVATION = new EdgeType("finding:observation");

  /** To an observation, with its state as payload. */
  public static final EdgeType SIGHTING = new EdgeType("finding:sighting");

  private static final String ARTIFACT = "artifact";

  private FindingEdges() {}

  /**
   * The edge from an occurrence to a finding's artifact.
   *
   * @param occurrence key of the occurrence
   * @param canonicalId what it is about, if anything
   * @param finding key of the finding's artifact
   */
  public static Edge occurrence(
      ArtifactKey occurrence, @Nullable ArtifactKey canonicalId, ArtifactKey finding) {
    List<Endpoint> from = new ArrayList<>();
    from.add(Endpoint.of(occurrence));
    if (canonicalId != null) {
      from.add(new Endpoint(canonicalId, ARTIFACT));
    }
    return new Edge(OCCURRENCE, from, List.of(Endpoint.of(finding)), null);
  }

  /** The edge from an observation to its occurrence. */
  public static Edge observation(ArtifactKey observation, ArtifactKey occurrence) {
    return new Edge(
        OBSERVATION, List.of(Endpoint.of(observation)), List.of(Endpoint.of(occurrence)), null);
  }

  /** The edge that makes a sighting the state of an observation. */
  public static Edge sighting(ArtifactKey observation, ArtifactKey sighting) {
    return new Edge(SIGHTING, List.of(), List.of(Endpoint.of(observation)), sighting);
  }
}
