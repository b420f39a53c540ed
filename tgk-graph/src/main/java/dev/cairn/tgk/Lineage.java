package dev.cairn.tgk;

import java.util.List;

/**
 * What an artifact was made from, or what became of it.
 *
 * @param direction which way was walked
 * @param nodes by depth, then key; those of depth 0 are the starts
 * @param edges the distinct edges followed, by depth of the node first expanded into them, then
 *     that node's key, then the edge's key
 * @param counts how many
 */
public record Lineage(
    Direction direction, List<LineageNode> nodes, List<GraphEdge> edges, LineageCounts counts) {
  /**
   * Most endpoints of edges that one answer holds in memory; more is a {@link
   * dev.cairn.asl.error.RefusedException}, while {@link Graph#walk} and {@link Graph#count} go on.
   */
  public static final int ENDPOINTS_MAX = 4_000_000;

  public Lineage {
    nodes = List.copyOf(nodes);
    edges = List.copyOf(edges);
  }
}
