package dev.cairn.federation.member;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import org.jspecify.annotations.Nullable;

/**
 * A membership that ended.
 *
 * @param log in which the node had joined
 * @param index of the record by which it had joined
 * @param endedBy who said so: the node itself, which left or gave its key up, or the member that
 *     evicted it
 * @param logseq of the record that says so
 * @param how it ended
 * @param reason for people; null if none was given
 */
public record FormerMember(
    Origin log, long index, NodeId endedBy, long logseq, How how, @Nullable String reason) {
  /** How a membership ends. */
  public enum How {
    /** The node said so. */
    LEFT,

    /** A member said so. */
    EVICTED,

    /** The node closed a log of its own: its key is given up. */
    CLOSED
  }

  /** Whose membership it was. */
  public NodeId node() {
    return log.node();
  }

  /** True if another node ended it. */
  public boolean isEvicted() {
    return how == How.EVICTED;
  }
}
