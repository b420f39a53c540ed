package dev.cairn.cli.command;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.time.Ticker;
import dev.cairn.cli.console.Console;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.Peer;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.peers.RecentNodes;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.pel.distributed.Coordinator;
import dev.cairn.pel.distributed.CoordinatorOptions;
import dev.cairn.pel.distributed.Look;
import dev.cairn.pel.distributed.Work;
import dev.cairn.pel.distributed.WorkPool;
import dev.cairn.pel.operator.OperatorRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/**
 * A node's part in programs that several nodes run together: does what falls to it and syncs with
 * the peers that it dials, so that what it did travels and what others did arrives. One owner.
 */
final class SharedRuns {
  /** How often it looks. */
  static final long LOOK_MILLIS = 200;

  /** How often it syncs with each peer while a request is open, and while none is. */
  static final long SYNC_MILLIS = 500;

  static final long IDLE_SYNC_MILLIS = 5_000;

  /** Longest pause before a peer that did not answer is dialled again. */
  static final long UNREACHABLE_MILLIS_MAX = 10_000;

  private final CairnNode node;
  private final PeerSync sync;
  private final Console console;
  private final Ticker ticker;
  private final Coordinator coordinator;
  private final Map<String, Dialled> dialled = new HashMap<>();
  private final int threads;
  private int open;

  /** When a peer is due, and how long to wait if it does not answer. */
  private static final class Dialled {
    private long dueMillis;
    private long pauseMillis = SYNC_MILLIS;
  }

  SharedRuns(CairnCommand cairn, CairnNode node, PeerSync sync, CoordinatorOptions options) {
    this.node = node;
    this.sync = sync;
    this.console = cairn.console();
    this.ticker = cairn.environment().ticker();
    this.threads = options.run().threads();
    this.coordinator =
        new Coordinator(
            node.store(),
            OperatorRegistry.discover(),
            new RecentNodes(
                node.store(), node.peers(), cairn.environment().clock(), RecentNodes.WINDOW_MILLIS),
            options,
            ticker);
  }

  /**
   * Goes on until it is told to stop.
   *
   * @param stops waits so many milliseconds at most; true to stop
   */
  void run(LongPredicate stops) {
    // Before the first look: who has not been met does not count as alive.
    syncAll(true, true);
    try (WorkPool pool = new WorkPool(threads)) {
      while (!stops.test(pool.isIdle() ? LOOK_MILLIS : 0)) {
        boolean news = work(pool);
        syncAll(open > 0, news);
      }
    }
  }

  /**
   * Looks, and does what is due for as long as a look is to stand; true if something ended. What
   * takes longer goes on meanwhile.
   */
  private boolean work(WorkPool pool) {
    long untilMillis = millis() + LOOK_MILLIS;
    Look look = taken(coordinator.step(millis()), pool);
    boolean news = !look.finished().isEmpty();
    boolean more = look.more();
    try {
      for (long left = LOOK_MILLIS; left > 0 && !pool.isIdle(); left = untilMillis - millis()) {
        for (Work.Ended ended : pool.take(left)) {
          news = true;
          more |= taken(coordinator.ended(ended, millis()), pool).more();
        }
        if (more && pool.hasRoom()) {
          more = taken(coordinator.step(millis()), pool).more();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return news;
  }

  private Look taken(Look look, WorkPool pool) {
    look.finished().forEach(request -> tell("fulfilled: request " + request));
    look.refused().forEach(request -> tell("passed over: request " + request));
    pool.begin(look.begun());
    open = look.open();
    return look;
  }

  private long millis() {
    return TimeUnit.NANOSECONDS.toMillis(ticker.nanos());
  }

  private void syncAll(boolean open, boolean news) {
    List<Peer> peers = new ArrayList<>(node.peers().list());
    for (Peer peer : peers) {
      Dialled state = dialled.computeIfAbsent(peer.name(), any -> new Dialled());
      boolean reachable = state.pauseMillis == SYNC_MILLIS;
      if (millis() >= state.dueMillis || (news && reachable)) {
        boolean done = dial(peer);
        state.pauseMillis =
            done ? SYNC_MILLIS : Math.min(state.pauseMillis * 2, UNREACHABLE_MILLIS_MAX);
        state.dueMillis = millis() + (done && !open ? IDLE_SYNC_MILLIS : state.pauseMillis);
      }
    }
  }

  private boolean dial(Peer peer) {
    try {
      SyncReport report = sync.dial(peer, true, true);
      report.session().contradictions().forEach(this::warn);
      return report.isDone();
    } catch (CairnException e) {
      if (Thread.currentThread().isInterrupted() || e.advice() == CairnException.Advice.STOP) {
        throw e;
      }
      return false;
    }
  }

  private void tell(String what) {
    synchronized (console) {
      console.note(what);
    }
  }

  private void warn(String what) {
    synchronized (console) {
      console.warn(what);
    }
  }
}
