package dev.cairn.tgk;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;

/**
 * One put of an edge of a slot.
 *
 * @param edge the edge that was put, with the place of its latest put within the view
 * @param logseq of this put
 * @param origin whose log this put stands in
 * @param latest true if it is the edge's latest put within the view; an earlier one counts for
 *     nothing any more
 */
public record EdgeVersion(GraphEdge edge, long logseq, Origin origin, boolean latest) {
  /** The edge's key. */
  public ArtifactKey key() {
    return edge.key();
  }

  /** True if this put is what the slot shows. */
  public boolean isShown() {
    return latest && edge.state() == EdgeState.LIVE;
  }
}
