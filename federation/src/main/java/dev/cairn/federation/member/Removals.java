package dev.cairn.federation.member;

import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The logs in which something was removed, in order, and how far each is held. */
final class Removals {
  private final List<Origin> logs = new ArrayList<>();
  private final List<Removal> removals = new ArrayList<>();

  /**
   * What the rows say.
   *
   * @param heads where logs end, as of before the rows: what they say of records that came since
   *     counts for nothing
   */
  Removals(MemberRows rows, List<LogHead> heads) {
    Map<Origin, LogHead> ends = new TreeMap<>();
    heads.forEach(head -> ends.put(head.origin(), head));
    rows.forEachRemoval(
        (log, last, logseq) -> {
          LogHead head = ends.get(log);
          logs.add(log);
          removals.add(
              head == null
                  ? new Removal(log, last, logseq, 0, 0)
                  : new Removal(log, last, logseq, head.treeSize(), head.lastLogseq()));
        });
  }

  /**
   * Removals in one log.
   *
   * @param last index of the last one
   * @param logseq of the last one
   * @param size records that are held of the log
   * @param lastLogseq of the last of these
   */
  record Removal(Origin log, long last, long logseq, long size, long lastLogseq) {
    /**
     * True if who says that it holds so many of the log's records has acknowledged all removals.
     *
     * @param statement logseq of what says so
     */
    boolean isAcknowledged(long says, long statement) {
      return Math.min(size, says) > last && logseq < statement;
    }
  }

  int size() {
    return logs.size();
  }

  Removal get(int number) {
    return removals.get(number);
  }

  /** The number of a log; negative if nothing was removed in it. */
  int find(Origin log) {
    return Collections.binarySearch(logs, log);
  }
}
