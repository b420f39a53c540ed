package dev.cairn.pel.distributed;

import dev.cairn.asl.model.NodeId;
import java.util.SortedSet;

/**
 * The nodes that seem to be at work now. A guess, and allowed to be wrong or to differ from node to
 * node: that costs work done twice or a time-out, never the result. Safe for any thread.
 */
@FunctionalInterface
public interface LivePeers {
  /** Them; this node itself may be among them or not. */
  SortedSet<NodeId> live();
}
