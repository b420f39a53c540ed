package dev.cairn.federation.member;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import java.util.List;

/**
 * A member of the federation, with the beginning of what it acknowledged and blocks.
 *
 * @param log in which it joined; its node is the member
 * @param index of the record by which it joined
 * @param logseq of that record
 * @param acknowledgedLogseq of its last statement of what it holds: what the member writes from
 *     then on comes later
 * @param held what it stated there of the first {@link #LOGS_MAX} logs
 * @param heldLogs of how many logs it stated something there
 * @param lags the first {@link #LOGS_MAX} logs with removals that it has not acknowledged
 * @param blockedLogs how many such logs there are
 */
public record Member(
    Origin log,
    long index,
    long logseq,
    long acknowledgedLogseq,
    List<HeldLog> held,
    long heldLogs,
    List<Lag> lags,
    long blockedLogs) {
  /** Of how many logs a member says what it states of them and blocks. */
  public static final int LOGS_MAX = 16;

  /**
   * What a member stated of a log.
   *
   * @param records so many of its first records it holds
   */
  public record HeldLog(Origin log, long records) {}

  public Member {
    held = List.copyOf(held);
    lags = List.copyOf(lags);
  }

  /** Who it is. */
  public NodeId node() {
    return log.node();
  }
}
