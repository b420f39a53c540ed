package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;

/** A random directed acyclic graph of a known shape; the same for the same numbers. Immutable. */
final class Dag {
  /** How edges lie. */
  enum Shape {
    /** Ten layers; edges come from the layer before: closures of some thousand edges. */
    SHALLOW,
    /** Causes are among all nodes before, the first ones far more often than the others. */
    SKEWED,
    /** Fifty layers: closures of half of the graph. */
    DEEP
  }

  private static final EdgeType TYPE = new EdgeType("build:input");
  private static final int SHALLOW_LAYERS = 10;
  private static final int DEEP_LAYERS = 50;

  private final int nodes;
  private final int[] from;
  private final int[] to;

  private Dag(int nodes, int[] from, int[] to) {
    this.nodes = nodes;
    this.from = from;
    this.to = to;
  }

  /** Of so many edges, and half as many nodes. */
  static Dag of(Shape shape, int edges, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int nodes = edges / 2;
    int[] from = new int[edges];
    int[] to = new int[edges];
    for (int i = 0; i < edges; i++) {
      switch (shape) {
        case SHALLOW -> layered(i, nodes, SHALLOW_LAYERS, random, from, to);
        case SKEWED -> skewed(i, nodes, random, from, to);
        case DEEP -> layered(i, nodes, DEEP_LAYERS, random, from, to);
      }
    }
    return new Dag(nodes, from, to);
  }

  private static void layered(
      int edge, int nodes, int layers, SplittableRandom random, int[] from, int[] to) {
    int width = nodes / layers;
    int effect = width + edge % (nodes - width);
    int layer = effect / width;
    to[edge] = effect;
    from[edge] = (layer - 1) * width + random.nextInt(width);
  }

  private static void skewed(int edge, int nodes, SplittableRandom random, int[] from, int[] to) {
    int effect = 1 + edge % (nodes - 1);
    double near = random.nextDouble();
    to[edge] = effect;
    from[edge] = (int) (effect * near * near * near);
  }

  int nodes() {
    return nodes;
  }

  int edges() {
    return from.length;
  }

  int from(int edge) {
    return from[edge];
  }

  int to(int edge) {
    return to[edge];
  }

  /** A node's key. */
  static ArtifactKey key(int node) {
    Bytes number = Bytes.wrap(ByteBuffer.allocate(Integer.BYTES).putInt(node).array());
    return new ArtifactKey(HashAlgorithm.SHA_256, HashAlgorithm.SHA_256.hash(number));
  }

  /** An edge as the store takes it; two between the same nodes differ in a role. */
  Bytes encoded(int edge) {
    Endpoint cause = new Endpoint(key(from[edge]), Integer.toString(edge));
    return new Edge(TYPE, List.of(cause), List.of(Endpoint.of(key(to[edge]))), null).encode();
  }
}
