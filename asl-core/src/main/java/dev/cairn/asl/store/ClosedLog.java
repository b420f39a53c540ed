package dev.cairn.asl.store;

import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import org.jspecify.annotations.Nullable;

/**
 * A log that its node has closed, by a record that is held or that evidence shows.
 *
 * @param origin whose log
 * @param index of the record that closes it, the log's last
 * @param logseq of that record
 * @param closing what the node stated; of another node's key if the node closed its log with what
 *     is not its own; null if its payload is damaged here, or only evidence shows the record
 */
public record ClosedLog(Origin origin, long index, long logseq, @Nullable LogClosing closing) {
  /** True if it is the node's own statement; else it ends the log all the same. */
  public boolean isOwn() {
    return closing != null && closing.node().equals(origin.node());
  }

  /** Who goes on; null if nobody does, or that is not known. */
  public @Nullable NodeId successor() {
    return closing == null ? null : closing.successorNode();
  }
}
