package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;

/**
 * A live artifact, edge or receipt: its latest put within a view, or that by which it is {@link
 * View#known}.
 *
 * @param artifact all that names it, as the put states it
 * @param kind what the put states
 * @param logseq of the put
 * @param origin of the put
 * @param index of the put in the origin's log
 */
public record LiveEntry(
    ArtifactId artifact, RecordKind kind, long logseq, Origin origin, long index) {
  /** The canonical id. */
  public ArtifactKey key() {
    return artifact.key();
  }
}
