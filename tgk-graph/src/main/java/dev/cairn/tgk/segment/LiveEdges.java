package dev.cairn.tgk.segment;

import java.util.List;

/**
 * The live edges under one cut, as a segment is made from them: nodes by number, in order of their
 * keys, and edges without names. An edge that says the same as another, but for roles or payload,
 * stands once more.
 *
 * <p>Immutable by contract; the arrays are not copied.
 */
public final class LiveEdges {
  final KeyList nodes;
  final List<String> types;
  final int edges;
  final int[] from;
  final int[] to;
  final int[] type;
  final List<Hyperedge> hyperedges;

  /**
   * Edges.
   *
   * @param nodes ascending and distinct, each the end of some edge
   * @param types ascending and distinct
   * @param edges how many there are with one cause and one effect
   * @param from number of the cause of each of those
   * @param to number of the effect of each of those
   * @param type number of the type of each of those
   * @param hyperedges all others, in order
   */
  public LiveEdges(
      KeyList nodes,
      List<String> types,
      int edges,
      int[] from,
      int[] to,
      int[] type,
      List<Hyperedge> hyperedges) {
    this.nodes = nodes;
    this.types = List.copyOf(types);
    this.edges = edges;
    this.from = from;
    this.to = to;
    this.type = type;
    this.hyperedges = List.copyOf(hyperedges);
  }

  /** How many edges there are, of both kinds. */
  public long count() {
    return (long) edges + hyperedges.size();
  }
}
