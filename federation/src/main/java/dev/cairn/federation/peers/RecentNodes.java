package dev.cairn.federation.peers;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.HybridClock;
import dev.cairn.asl.time.WallClock;
import dev.cairn.pel.distributed.LivePeers;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The nodes that were met, or whose logs grew, not long ago, as far as this node knows: of third
 * ones it hears through their logs. None that is revoked. Safe for any thread.
 */
public final class RecentNodes implements LivePeers {
  /** How long ago is not long ago, unless told otherwise. */
  public static final long WINDOW_MILLIS = 60_000;

  private final Store store;
  private final PeerBook book;
  private final WallClock clock;
  private final long windowMillis;

  /**
   * Those of a store and its book.
   *
   * @param windowMillis how long ago they may have been met last
   */
  public RecentNodes(Store store, PeerBook book, WallClock clock, long windowMillis) {
    this.store = store;
    this.book = book;
    this.clock = clock;
    this.windowMillis = windowMillis;
  }

  @Override
  public SortedSet<NodeId> live() {
    long since = clock.millis() - windowMillis;
    TreeSet<NodeId> live = new TreeSet<>();
    for (KnownNode known : book.nodes()) {
      if (known.lastSeenMillis() >= since) {
        live.add(known.node());
      }
    }
    for (LogHead head : store.heads()) {
      Optional<LogRecord> last = store.record(head.origin(), head.treeSize() - 1);
      if (last.isPresent() && HybridClock.millisOf(last.get().hlc()) >= since) {
        live.add(head.origin().node());
      }
    }
    live.removeIf(node -> !book.admits(node));
    return live;
  }
}
