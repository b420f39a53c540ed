package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;

/**
 * A live artifact, edge or receipt: its latest put within a view.
 *
 * @param artifact all that names it
 * @param kind what its records state
 * @param logseq of the latest put
 * @param origin of the latest put
 * @param index of the latest put in the origin's log
 */
public record LiveEntry(
    ArtifactId artifact, RecordKind kind, long logseq, Origin origin, long index) {
  /** The canonical id. */
  public ArtifactKey key() {
    return artifact.key();
  }
}
