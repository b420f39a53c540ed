package dev.cairn.federation.protocol;

import dev.cairn.asl.model.NodeId;

/** Told of what a session brought: the federation log's source. Called by the session's owner. */
@FunctionalInterface
public interface ReplicationListener {
  /** Keeps nothing. */
  ReplicationListener NONE = (peer, stretch) -> {};

  /**
   * A stretch is durable here.
   *
   * @param peer who brought it, which need not be its origin
   * @param stretch what was brought
   */
  void applied(NodeId peer, AppliedStretch stretch);

  /**
   * Something does not fit what is held here.
   *
   * @param peer who brought it
   */
  default void conflict(NodeId peer, ConflictSeen seen) {}
}
