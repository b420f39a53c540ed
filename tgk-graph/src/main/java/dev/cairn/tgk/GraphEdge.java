package dev.cairn.tgk;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.tgk.model.Edge;

/**
 * An edge as found in a view.
 *
 * @param key the edge's artifact
 * @param edge what it says
 * @param state what it counts for
 * @param logseq of its latest put within the view
 * @param origin of that put
 */
public record GraphEdge(ArtifactKey key, Edge edge, EdgeState state, long logseq, Origin origin) {}
