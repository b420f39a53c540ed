package dev.cairn.federation.audit;

import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.Disagreement.End;
import dev.cairn.federation.audit.Disagreement.Link;
import dev.cairn.federation.audit.Disagreement.Node;
import dev.cairn.federation.audit.Disagreement.Presence;
import dev.cairn.federation.audit.Disagreement.Surroundings;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Walks a few steps up and down from what a divergence is about, in two stores at once. The stores
 * must have been opened with a {@link GraphIndex}. One owner, for one walk.
 */
final class SurroundingsFinder {
  /** Edges between what a divergence is about and the farthest artifact shown. */
  static final int STEPS_MAX = 2;

  /** Most artifacts shown. */
  static final int ARTIFACTS_MAX = 40;

  /** Most edges shown. */
  static final int EDGES_MAX = 24;

  /** Most edges of one artifact followed one way in each store. */
  static final int EDGES_OF_ONE_MAX = 6;

  /** Most causes, and most effects, shown of one edge. */
  static final int ENDS_MAX = 8;

  /** Most rows read to find edges that are live. */
  private static final int ROWS_MAX = 256;

  private final Store left;
  private final Store right;
  private final Graph leftGraph;
  private final Graph rightGraph;
  private final Set<ArtifactKey> named = new TreeSet<>();
  private final Map<ArtifactKey, Integer> artifacts = new TreeMap<>();
  private final Map<ArtifactKey, Placed> edges = new TreeMap<>();
  private boolean complete = true;

  private record Placed(Edge edge, int column) {}

  SurroundingsFinder(Store left, Store right) {
    this.left = left;
    this.right = right;
    this.leftGraph = Graph.overRows(left);
    this.rightGraph = Graph.overRows(right);
  }

  Surroundings around(Optional<LogRecord> leftRecord, Optional<LogRecord> rightRecord) {
    leftRecord.ifPresent(record -> named.add(record.id()));
    rightRecord.ifPresent(record -> named.add(record.id()));
    for (ArtifactKey key : named) {
      Edge edge = edge(key);
      if (edge == null) {
        place(key, 0);
      } else {
        place(key, edge, 1);
      }
    }
    walk(-1);
    walk(1);
    return new Surroundings(artifacts(), links(), complete);
  }

  /** Follows edges one way: up, to causes, with -1, and down with 1. */
  private void walk(int way) {
    Table table = way < 0 ? GraphIndex.UP : GraphIndex.DOWN;
    for (int step = 0; step < STEPS_MAX; step++) {
      int column = 2 * step * way;
      for (ArtifactKey key : at(column)) {
        for (ArtifactKey found : edgesOf(table, key)) {
          Edge edge = edge(found);
          if (edge != null) {
            place(found, edge, column + way);
          }
        }
      }
    }
  }

  private List<ArtifactKey> at(int column) {
    return artifacts.entrySet().stream()
        .filter(entry -> entry.getValue() == column)
        .map(Map.Entry::getKey)
        .toList();
  }

  private Set<ArtifactKey> edgesOf(Table table, ArtifactKey key) {
    Set<ArtifactKey> found = new TreeSet<>();
    edgesOf(left, leftGraph, table, key, found);
    edgesOf(right, rightGraph, table, key, found);
    return found;
  }

  private void edgesOf(
      Store store, Graph graph, Table table, ArtifactKey key, Set<ArtifactKey> found) {
    int live = 0;
    int rows = 0;
    try (RowCursor cursor = store.rows().scanPrefix(table, key.bytes())) {
      while (cursor.next()) {
        if (live == EDGES_OF_ONE_MAX || ++rows > ROWS_MAX) {
          complete = false;
          return;
        }
        ArtifactKey edge = GraphIndex.edgeOfAdjacency(table, cursor.key());
        if (store.now().isKnown(edge) && graph.edge(edge, store.now()).isPresent()) {
          live++;
          found.add(edge);
        }
      }
    }
  }

  private @Nullable Edge edge(ArtifactKey key) {
    return leftGraph
        .edge(key, left.now())
        .or(() -> rightGraph.edge(key, right.now()))
        .map(GraphEdge::edge)
        .orElse(null);
  }

  private void place(ArtifactKey key, int column) {
    if (artifacts.containsKey(key)) {
      return;
    }
    if (artifacts.size() == ARTIFACTS_MAX) {
      complete = false;
    } else {
      artifacts.put(key, column);
    }
  }

  private void place(ArtifactKey key, Edge edge, int column) {
    if (edges.containsKey(key)) {
      return;
    }
    if (edges.size() == EDGES_MAX) {
      complete = false;
      return;
    }
    edges.put(key, new Placed(edge, column));
    ends(edge.from()).forEach(end -> place(end.key(), column - 1));
    ends(edge.to()).forEach(end -> place(end.key(), column + 1));
  }

  /** Those of an edge's ends that are shown: what the divergence is about before others. */
  private List<End> ends(List<Endpoint> all) {
    List<Endpoint> shown = new ArrayList<>(all);
    if (all.size() > ENDS_MAX) {
      complete = false;
      shown.sort(Comparator.comparing(end -> !artifacts.containsKey(end.key())));
    }
    return shown.stream().limit(ENDS_MAX).map(end -> new End(end.key(), end.role())).toList();
  }

  private List<Node> artifacts() {
    List<Node> nodes = new ArrayList<>();
    artifacts.forEach(
        (key, column) ->
            nodes.add(new Node(key, type(key), column, presence(key), named.contains(key))));
    nodes.sort(Comparator.comparingInt(Node::column).thenComparing(Node::key));
    return nodes;
  }

  private List<Link> links() {
    List<Link> links = new ArrayList<>();
    edges.forEach(
        (key, placed) ->
            links.add(
                new Link(
                    key,
                    placed.edge.type().text(),
                    placed.column,
                    presence(key),
                    named.contains(key),
                    drawn(placed.edge.from()),
                    drawn(placed.edge.to()))));
    links.sort(Comparator.comparingInt(Link::column).thenComparing(Link::key));
    return links;
  }

  /** An edge may name one artifact in many roles. */
  private List<End> drawn(List<Endpoint> all) {
    List<Endpoint> shown = new ArrayList<>();
    for (Endpoint end : all) {
      if (artifacts.containsKey(end.key())) {
        shown.add(end);
      }
    }
    if (shown.size() > ENDS_MAX) {
      complete = false;
      shown.sort(Comparator.comparing(end -> !named.contains(end.key())));
    }
    return shown.stream().limit(ENDS_MAX).map(end -> new End(end.key(), end.role())).toList();
  }

  private Presence presence(ArtifactKey key) {
    boolean inLeft = left.now().isLive(key);
    boolean inRight = right.now().isLive(key);
    if (inLeft && inRight) {
      return Presence.BOTH;
    }
    return inLeft ? Presence.LEFT : inRight ? Presence.RIGHT : Presence.NEITHER;
  }

  private @Nullable String type(ArtifactKey key) {
    TypeTag tag = type(left, key);
    tag = tag == null ? type(right, key) : tag;
    return tag == null ? null : tag.text();
  }

  private static @Nullable TypeTag type(Store store, ArtifactKey key) {
    return store.now().told(key).map(put -> put.artifact().tag()).orElse(null);
  }
}
