package dev.cairn.federation.protocol;

import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import java.util.List;

/** Told of what a session brought: the federation log's source. Called by the session's owner. */
@FunctionalInterface
public interface ReplicationListener {
  /** Keeps nothing. */
  ReplicationListener NONE = (peer, stretch) -> {};

  /** Tells two, one after the other. */
  static ReplicationListener both(ReplicationListener first, ReplicationListener second) {
    return new ReplicationListener() {
      @Override
      public void begins(NodeId peer, List<CursorEntry> logs) {
        first.begins(peer, logs);
        second.begins(peer, logs);
      }

      @Override
      public void applied(NodeId peer, AppliedStretch stretch) {
        first.applied(peer, stretch);
        second.applied(peer, stretch);
      }

      @Override
      public void gave(NodeId peer, long records) {
        first.gave(peer, records);
        second.gave(peer, records);
      }

      @Override
      public void conflict(NodeId peer, ConflictSeen seen) {
        first.conflict(peer, seen);
        second.conflict(peer, seen);
      }
    };
  }

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
   * Records are on their way to a peer, which need not take them.
   *
   * @param peer who is sent them
   * @param records how many more
   */
  default void gave(NodeId peer, long records) {}

  /**
   * Something does not fit what is held here.
   *
   * @param peer who brought it
   */
  default void conflict(NodeId peer, ConflictSeen seen) {}
}
