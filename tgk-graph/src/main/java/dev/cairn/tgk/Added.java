package dev.cairn.tgk;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.segment.Hyperedge;
import dev.cairn.tgk.segment.Segment;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The nodes, types and hyperedges that images of one segment have beside it. Only ever grows, so
 * that older images go on with what they saw. Added to by one owner at a time, under a lock; read
 * by any thread, which asks for what was there when its image was published.
 */
final class Added {
  private final int nodesBefore;
  private final int typesBefore;
  private final Map<ArtifactKey, Integer> numbers = new ConcurrentHashMap<>();
  private final Map<Integer, ArtifactKey> keys = new ConcurrentHashMap<>();
  private final Map<EdgeType, Integer> typeNumbers = new HashMap<>();
  private final Map<Integer, EdgeType> typeNames = new ConcurrentHashMap<>();
  private final Map<Integer, Hyperedge> hyperedges = new ConcurrentHashMap<>();

  Added(Segment segment) {
    this.nodesBefore = segment.nodes();
    this.typesBefore = segment.types().size();
    for (int i = 0; i < typesBefore; i++) {
      typeNumbers.put(segment.types().get(i), i);
    }
  }

  /** Number of a further node, or -1. */
  int find(ArtifactKey key) {
    return numbers.getOrDefault(key, -1);
  }

  ArtifactKey key(int node) {
    return present(keys.get(node), node);
  }

  /** How many further types there are. */
  int types() {
    return typeNames.size();
  }

  EdgeType type(int number) {
    return present(typeNames.get(number), number);
  }

  Hyperedge hyperedge(int index) {
    return present(hyperedges.get(index), index);
  }

  /** How many further nodes there are. */
  int nodes() {
    return keys.size();
  }

  int hyperedges() {
    return hyperedges.size();
  }

  /** Number of a node that the segment lacks. */
  int addNode(ArtifactKey key) {
    int known = find(key);
    if (known >= 0) {
      return known;
    }
    int number = nodesBefore + keys.size();
    ArtifactKey compact = Walk.detach(key);
    keys.put(number, compact);
    numbers.put(compact, number);
    return number;
  }

  /** Number of a type. */
  int addType(EdgeType type) {
    Integer known = typeNumbers.get(type);
    if (known != null) {
      return known;
    }
    int number = typesBefore + typeNames.size();
    typeNumbers.put(type, number);
    typeNames.put(number, type);
    return number;
  }

  /** Index of a further hyperedge. */
  int addHyperedge(Hyperedge hyperedge) {
    int index = hyperedges.size();
    hyperedges.put(index, hyperedge);
    return index;
  }

  private static <T> T present(@Nullable T value, int number) {
    if (value == null) {
      throw new IndexOutOfBoundsException("nothing has number " + number);
    }
    return value;
  }
}
