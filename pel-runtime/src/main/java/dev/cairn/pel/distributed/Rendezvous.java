package dev.cairn.pel.distributed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.NodeId;
import java.util.SortedSet;

/**
 * Highest random weight: whose turn a piece of work is, decided by everybody alone (Thaler and
 * Ravishankar, "A Name-Based Mapping Scheme for Rendezvous", 1996). The weight of a node is the
 * SHA-256 of the subject and its identity; a node that comes or goes moves only its own share.
 */
final class Rendezvous {
  private Rendezvous() {}

  /**
   * How many of some nodes come before one: 0 if it is its turn.
   *
   * @param subject 32 bytes that name the work
   * @param self the one; it counts also if it is not among the nodes
   */
  static int rank(Bytes subject, NodeId self, SortedSet<NodeId> nodes) {
    Bytes own = weight(subject, self);
    int before = 0;
    for (NodeId node : nodes) {
      if (!node.equals(self) && weight(subject, node).compareTo(own) > 0) {
        before++;
      }
    }
    return before;
  }

  private static Bytes weight(Bytes subject, NodeId node) {
    return HashAlgorithm.SHA_256.hash(subject.plus(node.digest()));
  }
}
