package dev.cairn.cli.command;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Stage;
import dev.cairn.federation.fetch.FetchPlan;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.protocol.AppliedStretch;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.ReplicationListener;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Stages of a sync: records of both ways, to where both sides say that their logs end; then large
 * payloads, and those that never came, by their bytes. Safe for any thread.
 */
final class SyncProgress implements ReplicationListener, Supplier<Stage> {
  private final Store store;
  private final FetchPlan plan;
  private final boolean sends;
  private final boolean receives;
  private final boolean inPart;
  private final LongAdder sent = new LongAdder();
  private volatile Due due = new Due(Map.of(), -1, 0);

  /**
   * What is to move.
   *
   * @param theirs size of each log at the peer
   * @param records in both directions, or negative while that is not known
   * @param before how much of the peer's logs was here already
   */
  private record Due(Map<Origin, Long> theirs, long records, long before) {}

  /**
   * @param inPart whether records that are received go to logs held in part
   */
  SyncProgress(Store store, FetchPlan plan, boolean sends, boolean receives, boolean inPart) {
    this.store = store;
    this.plan = plan;
    this.sends = sends;
    this.receives = receives;
    this.inPart = inPart;
  }

  @Override
  public void begins(NodeId peer, List<CursorEntry> logs) {
    Map<Origin, Long> theirs = new TreeMap<>();
    logs.forEach(log -> theirs.put(log.origin(), log.treeSize()));
    long before = receives ? held(theirs) : 0;
    long records = 0;
    if (receives) {
      for (long size : theirs.values()) {
        records = plus(records, size);
      }
      records -= before;
    }
    if (sends) {
      for (LogHead head : store.heads()) {
        records =
            plus(records, Math.max(0, head.treeSize() - theirs.getOrDefault(head.origin(), 0L)));
      }
    }
    due = new Due(theirs, records, before);
  }

  /** What a peer says may be any number. */
  private static long plus(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  /** How much of a peer's logs is held here. */
  private long held(Map<Origin, Long> theirs) {
    Map<Origin, Long> mine = new TreeMap<>();
    if (inPart) {
      new PartialLogs(store).coverage().forEach(log -> mine.put(log.origin(), log.size()));
    }
    store.heads().forEach(head -> mine.merge(head.origin(), head.treeSize(), Math::max));
    long held = 0;
    for (Map.Entry<Origin, Long> log : theirs.entrySet()) {
      held = plus(held, Math.min(log.getValue(), mine.getOrDefault(log.getKey(), 0L)));
    }
    return held;
  }

  @Override
  public void applied(NodeId peer, AppliedStretch stretch) {
    // What is held is counted.
  }

  @Override
  public void gave(NodeId peer, long records) {
    sent.add(records);
  }

  @Override
  public Stage get() {
    long wanted = plan.bytesWanted();
    long settled = plan.bytesSettled();
    Due now = due;
    long moved = sent.sum() + (receives ? held(now.theirs) - now.before : 0);
    if (wanted > 0 && moved >= now.records) {
      return Stage.ofBytes("payloads fetched", wanted, settled);
    }
    return Stage.of("records synced", now.records, moved);
  }
}
