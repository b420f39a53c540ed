package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.EdgeState;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.model.Edge;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;

/** Of each slot the graph shows exactly the edge that the definition lets win. */
final class EdgesMatchModel implements Oracle {
  @Override
  public void atRest(World world) {
    NavigableMap<ArtifactKey, Edge> edges = world.universe().edgesByKey();
    for (SimNode node : world.nodes()) {
      NaiveState state = world.truth().state(node);
      NavigableMap<Bytes, NaiveState.Fact> slots = state.slots(edges);
      Graph graph = new Graph(node.store());
      for (Map.Entry<ArtifactKey, Edge> entry : edges.entrySet()) {
        ArtifactKey key = entry.getKey();
        NaiveState.Fact winner = slots.get(entry.getValue().slot());
        boolean due = winner != null && winner.record().id().equals(key);
        Optional<GraphEdge> shown = graph.edge(key, node.store().now());
        boolean live = shown.isPresent() && shown.get().state() == EdgeState.LIVE;
        if (live != due) {
          throw violation(node + " shows edge " + key + " as " + shown + "; winner is " + winner);
        }
      }
    }
  }
}
