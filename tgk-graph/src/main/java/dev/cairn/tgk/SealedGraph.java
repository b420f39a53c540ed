package dev.cairn.tgk;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.segment.Segment;

/**
 * A snapshot's graph as a segment, for people.
 *
 * @param snapshot whose
 * @param nodes artifacts that some live edge names
 * @param edges live edges
 * @param bytes length of the file
 */
public record SealedGraph(ArtifactKey snapshot, long nodes, long edges, long bytes) {
  static SealedGraph of(ArtifactKey snapshot, Segment segment) {
    return new SealedGraph(snapshot, segment.nodes(), segment.edges(), segment.length());
  }
}
