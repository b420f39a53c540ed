package dev.cairn.bench.speed;

/** A database that answers the same questions. One owner; must be closed. */
interface RivalGraph extends AutoCloseable {
  /** How many nodes are reached from a node against its edges, the node included. */
  long ancestors(int node) throws Exception;

  @Override
  void close();
}
