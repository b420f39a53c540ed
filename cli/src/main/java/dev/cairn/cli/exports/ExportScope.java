package dev.cairn.cli.exports;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.Lineage;
import dev.cairn.tgk.LineageCounts;
import dev.cairn.tgk.LineageNode;
import dev.cairn.tgk.LineageOptions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is exported: the lineage of some artifacts, one way or both.
 *
 * @param starts the artifacts, in order and distinct
 * @param directions the ways, at least one
 * @param options how far
 */
public record ExportScope(
    List<ArtifactKey> starts, List<Direction> directions, LineageOptions options) {
  public ExportScope {
    starts = List.copyOf(new TreeSet<>(starts));
    directions = List.copyOf(new TreeSet<>(directions));
    if (starts.isEmpty() || directions.isEmpty()) {
      throw new IllegalArgumentException("nothing to export");
    }
  }

  /**
   * All of it as one answer: nodes by depth, which is the lesser of the two ways, then by key;
   * edges by key.
   */
  public Lineage in(Graph graph, View view) {
    Map<ArtifactKey, Integer> depths = new HashMap<>();
    TreeMap<ArtifactKey, GraphEdge> edges = new TreeMap<>();
    for (Direction direction : directions) {
      Lineage one = graph.lineage(starts, direction, options, view);
      one.nodes().forEach(node -> depths.merge(node.key(), node.depth(), Math::min));
      one.edges().forEach(edge -> edges.put(edge.key(), edge));
    }
    List<LineageNode> nodes = new ArrayList<>();
    depths.forEach((key, depth) -> nodes.add(new LineageNode(key, depth)));
    nodes.sort(Comparator.comparingInt(LineageNode::depth).thenComparing(LineageNode::key));
    int depth = nodes.isEmpty() ? 0 : nodes.get(nodes.size() - 1).depth();
    return new Lineage(
        directions.get(0),
        nodes,
        List.copyOf(edges.values()),
        new LineageCounts(nodes.size(), edges.size(), depth));
  }
}
