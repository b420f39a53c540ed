package dev.cairn.asl.store;

import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.Origin;

/**
 * A log that its node has closed.
 *
 * @param origin whose log
 * @param index of the record that closes it, the log's last
 * @param logseq of that record
 * @param closing what the node stated; of another node's key if the node closed its log with what
 *     is not its own
 */
public record ClosedLog(Origin origin, long index, long logseq, LogClosing closing) {
  /** True if it is the node's own statement; else it ends the log all the same. */
  public boolean isOwn() {
    return closing.node().equals(origin.node());
  }
}
