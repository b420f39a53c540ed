package dev.cairn.federation.member;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A member of the federation.
 *
 * @param log in which it joined; its node is the member
 * @param index of the record by which it joined
 * @param logseq of that record
 * @param acknowledgedIn the log of its last statement of what it holds
 * @param acknowledgedIndex that statement's index
 * @param acknowledgedLogseq that statement's logseq: what the member writes from then on comes
 *     later
 * @param held records of each log that it stated there
 */
public record Member(
    Origin log,
    long index,
    long logseq,
    Origin acknowledgedIn,
    long acknowledgedIndex,
    long acknowledgedLogseq,
    SortedMap<Origin, Long> held) {
  public Member {
    held = Collections.unmodifiableSortedMap(new TreeMap<>(held));
  }

  /** Who it is. */
  public NodeId node() {
    return log.node();
  }

  /** How many records of a log it says that it holds; of the log it spoke in, all before. */
  public long says(Origin origin) {
    return origin.equals(acknowledgedIn) ? acknowledgedIndex : held.getOrDefault(origin, 0L);
  }
}
