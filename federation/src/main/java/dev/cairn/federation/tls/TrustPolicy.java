package dev.cairn.federation.tls;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;

/**
 * Says which nodes may talk to this one. Asked during a handshake, when the other end has proved
 * who it is; it must answer at once and may be asked by several threads.
 */
@FunctionalInterface
public interface TrustPolicy {
  /**
   * Returns if {@code node} is welcome.
   *
   * @throws RefusedException saying why it is not
   */
  void check(NodeId node);

  /** Welcomes one node only. */
  static TrustPolicy pinned(NodeId expected) {
    return node -> {
      if (!node.equals(expected)) {
        throw new RefusedException(
            "expected node " + expected + ", but node " + node + " answered");
      }
    };
  }

  /** Welcomes every node that proves its identity. */
  static TrustPolicy anyNode() {
    return node -> {};
  }
}
