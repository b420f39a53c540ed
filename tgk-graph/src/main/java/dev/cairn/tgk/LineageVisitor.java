package dev.cairn.tgk;

import dev.cairn.asl.model.ArtifactKey;

/**
 * Takes a walk's findings as they are made: a level's nodes in order of keys, then the edges that
 * lead on from each of them, in order of nodes and then of edge keys. Called by the walking thread.
 */
public interface LineageVisitor {
  /** A node, once each. */
  default void node(ArtifactKey key, int depth) {}

  /** An edge, once each, entered first by way of {@code near} at {@code depth}. */
  default void edge(GraphEdge edge, ArtifactKey near, int depth) {}
}
