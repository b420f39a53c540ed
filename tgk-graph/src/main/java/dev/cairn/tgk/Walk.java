package dev.cairn.tgk;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * One breadth-first walk, level by level, each level in order of keys; so what is reached, how deep
 * and through which edge first depends on the graph alone. Ends on cycles, as no node is expanded
 * twice. One owner, used once.
 */
final class Walk {
  /** Follows a walk and may end it. */
  interface Listener {
    void node(ArtifactKey key, int depth);

    void edge(GraphEdge edge, ArtifactKey near, int depth);

    /** A node seen for the first time, through {@code edge}; true ends the walk. */
    boolean discovered(ArtifactKey far, GraphEdge edge, ArtifactKey near);
  }

  private final GraphSource source;
  private final EdgeReader reader;
  private final Direction direction;
  private final LineageOptions options;
  private final Set<Bytes> types;
  private final Listener listener;
  private final Set<ArtifactKey> nodes = new HashSet<>();

  /** Edges that can be entered by more than one node, so that they are followed once. */
  private final Set<ArtifactKey> sharedEdges = new HashSet<>();

  private TreeSet<ArtifactKey> nextLevel = new TreeSet<>();
  private boolean ended;

  Walk(
      GraphSource source,
      View view,
      Direction direction,
      LineageOptions options,
      Listener listener) {
    this.source = source;
    this.reader = new EdgeReader(source, view);
    this.direction = direction;
    this.options = options;
    this.types = typeRows(options.types());
    this.listener = listener;
  }

  /** The values that rows of these edge types have. */
  static Set<Bytes> typeRows(Collection<EdgeType> types) {
    return types.stream().map(type -> Bytes.utf8(type.text())).collect(Collectors.toSet());
  }

  void run(Collection<ArtifactKey> starts) {
    for (ArtifactKey start : starts) {
      admit(start);
    }
    for (int depth = 0; !nextLevel.isEmpty() && !ended; depth++) {
      TreeSet<ArtifactKey> level = nextLevel;
      nextLevel = new TreeSet<>();
      for (ArtifactKey key : level) {
        listener.node(key, depth);
      }
      if (depth < options.depthMax()) {
        for (ArtifactKey key : level) {
          expand(key, depth);
        }
      }
    }
  }

  private void expand(ArtifactKey near, int depth) {
    try (RowCursor cursor = source.rows().scanPrefix(direction.table(), near.bytes())) {
      while (!ended && cursor.next()) {
        if (types.isEmpty() || types.contains(cursor.value())) {
          follow(GraphIndex.edgeOfAdjacency(direction.table(), cursor.key()), near, depth);
        }
      }
    }
  }

  private void follow(ArtifactKey key, ArtifactKey near, int depth) {
    if (sharedEdges.contains(key)) {
      return;
    }
    GraphEdge edge = reader.live(key);
    if (edge == null) {
      return;
    }
    List<Endpoint> entries = direction.near(edge.edge());
    if (entries.size() > 1) {
      sharedEdges.add(key);
    }
    listener.edge(edge, near, depth);
    for (Endpoint far : direction.far(edge.edge())) {
      if (!ended && admit(far.key())) {
        ended = listener.discovered(far.key(), edge, near);
      }
    }
  }

  private boolean admit(ArtifactKey key) {
    if (nodes.contains(key)) {
      return false;
    }
    if (nodes.size() == options.nodesMax()) {
      throw tooMany(options);
    }
    ArtifactKey compact = detach(key);
    nodes.add(compact);
    nextLevel.add(compact);
    return true;
  }

  static RefusedException tooMany(LineageOptions options) {
    return new RefusedException(
        "lineage: more than "
            + options.nodesMax()
            + " nodes; ask for less depth, fewer types, or raise the bound");
  }

  /** The same key without a hold on the edge whose bytes it was read from. */
  static ArtifactKey detach(ArtifactKey key) {
    return new ArtifactKey(key.algorithm(), Bytes.copyOf(key.digest().toArray()));
  }
}
