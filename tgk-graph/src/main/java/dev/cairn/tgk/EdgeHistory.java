package dev.cairn.tgk;

import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What became of edges and of slots over time. A slot is the place that edges of one type with the
 * same ends and roles compete for ({@link Edge#slot}); each of them, with its payload, is a version
 * of what the slot says. Safe for any thread.
 */
public final class EdgeHistory {
  /** Most puts of one slot that {@link #versions} gives. */
  public static final int VERSIONS_MAX = 100_000;

  private final Store store;
  private final Graph graph;

  /** The history of a store that was opened with a {@link GraphIndex}. */
  public EdgeHistory(Store store) {
    this.store = store;
    this.graph = new Graph(store);
  }

  /**
   * Every put within the view of any edge of {@code edge}'s slot, in the total order, whether or
   * not {@code edge} itself was ever put. At most one of them is shown: the latest put that no
   * tombstone of its edge came after.
   *
   * @throws RefusedException for more than {@link #VERSIONS_MAX}
   */
  public List<EdgeVersion> versions(Edge edge, View view) {
    List<Position> puts = new ArrayList<>();
    try (RowCursor rows = store.rows().scanPrefix(GraphIndex.SLOT, edge.slot())) {
      while (rows.next()) {
        Position put = GraphIndex.positionOfSlot(rows.key());
        if (view.includes(put.origin(), put.logseq())) {
          if (puts.size() == VERSIONS_MAX) {
            throw new RefusedException("edge slot: more than " + VERSIONS_MAX + " puts");
          }
          puts.add(put);
        }
      }
    }
    Map<ArtifactKey, Position> latest = new HashMap<>();
    puts.forEach(put -> latest.put(put.id(), put));
    Map<ArtifactKey, GraphEdge> edges = new HashMap<>();
    List<EdgeVersion> versions = new ArrayList<>();
    for (Position put : puts) {
      GraphEdge found = edges.computeIfAbsent(put.id(), key -> require(key, view));
      versions.add(
          new EdgeVersion(found, put.logseq(), put.origin(), put.equals(latest.get(put.id()))));
    }
    return Collections.unmodifiableList(versions);
  }

  /**
   * What the slot of {@code edge} shows: the edge of its type and ends that counts, if any does.
   */
  public Optional<GraphEdge> shown(Edge edge, View view) {
    return versions(edge, view).stream()
        .filter(EdgeVersion::isShown)
        .map(EdgeVersion::edge)
        .findFirst();
  }

  /** Every put and tombstone of one edge within the view, in the total order. */
  public List<HistoryEntry> records(ArtifactKey edge, View view) {
    return store.history(edge).stream()
        .filter(entry -> view.includes(entry.origin(), entry.record().logseq()))
        .toList();
  }

  private GraphEdge require(ArtifactKey key, View view) {
    return graph
        .edge(key, view)
        .orElseThrow(() -> new AssertionError("a slot names an edge that was never put: " + key));
  }
}
