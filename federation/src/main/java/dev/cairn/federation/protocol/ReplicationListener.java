package dev.cairn.federation.protocol;

import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import java.util.List;

/** Told of what a session brought: the federation log's source. Called by the session's owner. */
@FunctionalInterface
public interface ReplicationListener {
  /** Keeps nothing. */
  ReplicationListener NONE = (peer, stretch) -> {};

  /**
   * A peer has said where its logs end, before it brings any of them; that need not be true.
   *
   * @param peer who said it
   * @param logs of each that it says it holds where it ends
   */
  default void begins(NodeId peer, List<CursorEntry> logs) {}

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
