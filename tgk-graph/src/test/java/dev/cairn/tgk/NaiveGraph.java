package dev.cairn.tgk;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Position;
import dev.cairn.tgk.FakeStore.Commit;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The oracle: the rules of edges written down as plainly as they can be, over a list of commits. It
 * compares slots field by field, knows no row and no hash of a slot, and relaxes depths until
 * nothing changes. Records that say of an edge that it is none count for nothing.
 */
final class NaiveGraph {
  final Map<ArtifactKey, Edge> edges = new TreeMap<>();
  final Map<ArtifactKey, EdgeState> states = new TreeMap<>();
  private final Map<ArtifactKey, Position> latestPut = new TreeMap<>();
  private final Map<ArtifactKey, Position> latestTombstone = new TreeMap<>();

  NaiveGraph(Collection<Commit> commits, Cut cut) {
    for (Commit commit : commits) {
      if (cut.includes(commit.origin(), commit.logseq())) {
        for (Edge edge : commit.puts()) {
          edges.put(edge.key(), edge);
          latestPut.merge(edge.key(), position(commit, edge.key()), NaiveGraph::later);
        }
        for (ArtifactKey target : commit.tombstones()) {
          latestTombstone.merge(target, position(commit, target), NaiveGraph::later);
        }
      }
    }
    for (ArtifactKey key : edges.keySet()) {
      states.put(key, stateOf(key));
    }
  }

  private static Position position(Commit commit, ArtifactKey key) {
    return new Position(commit.logseq(), key, commit.origin());
  }

  private static Position later(Position a, Position b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private boolean stands(ArtifactKey key) {
    Position tombstone = latestTombstone.get(key);
    return tombstone == null || tombstone.compareTo(latestPut.get(key)) < 0;
  }

  private EdgeState stateOf(ArtifactKey key) {
    if (!stands(key)) {
      return EdgeState.RETRACTED;
    }
    Edge edge = edges.get(key);
    for (Map.Entry<ArtifactKey, Edge> other : edges.entrySet()) {
      Edge rival = other.getValue();
      if (rival.type().equals(edge.type())
          && rival.from().equals(edge.from())
          && rival.to().equals(edge.to())
          && stands(other.getKey())
          && latestPut.get(other.getKey()).compareTo(latestPut.get(key)) > 0) {
        return EdgeState.SHADOWED;
      }
    }
    return EdgeState.LIVE;
  }

  Position latestPut(ArtifactKey key) {
    return latestPut.get(key);
  }

  boolean isLive(ArtifactKey edge) {
    return states.get(edge) == EdgeState.LIVE;
  }

  static boolean has(List<Endpoint> side, ArtifactKey key) {
    return side.stream().anyMatch(end -> end.key().equals(key));
  }

  /** Edges of a node in order of keys; live ones only, or all. */
  List<ArtifactKey> edgesOf(ArtifactKey node, boolean history, Collection<EdgeType> types) {
    return edges.keySet().stream()
        .filter(key -> history || isLive(key))
        .filter(key -> types.isEmpty() || types.contains(edges.get(key).type()))
        .filter(key -> has(edges.get(key).from(), node) || has(edges.get(key).to(), node))
        .toList();
  }

  /** Least depth of every node within reach. */
  Map<ArtifactKey, Integer> depths(
      ArtifactKey start, Direction direction, int depthMax, Collection<EdgeType> types) {
    Map<ArtifactKey, Integer> depths = new TreeMap<>(Map.of(start, 0));
    for (boolean changed = true; changed; ) {
      changed = false;
      for (ArtifactKey key : followed(depths, direction, depthMax, types)) {
        Edge edge = edges.get(key);
        int depth = entryDepth(depths, direction.near(edge)) + 1;
        for (Endpoint far : direction.far(edge)) {
          Integer known = depths.get(far.key());
          if (known == null || known > depth) {
            depths.put(far.key(), depth);
            changed = true;
          }
        }
      }
    }
    return depths;
  }

  /** The live edges that a walk with these depths goes through. */
  Set<ArtifactKey> followed(
      Map<ArtifactKey, Integer> depths,
      Direction direction,
      int depthMax,
      Collection<EdgeType> types) {
    Set<ArtifactKey> followed = new TreeSet<>();
    for (Map.Entry<ArtifactKey, Edge> entry : edges.entrySet()) {
      if (isLive(entry.getKey())
          && (types.isEmpty() || types.contains(entry.getValue().type()))
          && entryDepth(depths, direction.near(entry.getValue())) < depthMax) {
        followed.add(entry.getKey());
      }
    }
    return followed;
  }

  private static int entryDepth(Map<ArtifactKey, Integer> depths, List<Endpoint> near) {
    int least = Integer.MAX_VALUE;
    for (Endpoint end : near) {
      least = Math.min(least, depths.getOrDefault(end.key(), Integer.MAX_VALUE));
    }
    return least;
  }
}
