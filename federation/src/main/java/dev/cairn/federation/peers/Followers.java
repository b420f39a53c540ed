package dev.cairn.federation.peers;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.CommitLog;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Entropy;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.api.ApiOffer;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.protocol.LivePart;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.sync.LiveControl;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a node in conversation with its peers: calls each on a thread of its own, calls it again
 * when a conversation has ended, pushes what the store gains into every open conversation, and
 * answers those who call.
 *
 * <p>Two nodes that call each other keep one conversation: that of the node with the lesser id; of
 * two that one node began, the later. The other one is ended in order.
 *
 * <p>Threads: {@code cairn-follow-NAME} for each peer, at most {@value #PEERS_MAX}, and one, {@code
 * cairn-follow-news}, that waits for commits. Nothing queues: that there is news is a flag of each
 * conversation. Safe for any thread; {@link #close} ends the conversations in order and waits a
 * bounded time.
 */
public final class Followers implements AutoCloseable {
  /** Most peers that are followed; the book's others are only answered. */
  public static final int PEERS_MAX = 64;

  /** Longest wait of {@link #close}. */
  public static final long CLOSE_MILLIS_MAX = 5_000;

  private static final Logger LOG = LoggerFactory.getLogger(Followers.class);
  private static final long NEWS_WAIT_MILLIS = 1_000;
  private static final long SEEN_MILLIS = 10_000;

  private final Store store;
  private final PeerBook book;
  private final PeerSync sync;
  private final WallClock clock;
  private final Ticker ticker;
  private final Entropy entropy;
  private final FollowSettings settings;
  private final Consumer<List<FollowStatus>> told;
  private final CountDownLatch closing = new CountDownLatch(1);

  // All under the lock of this.
  private final List<Talk> talks = new ArrayList<>();
  private final TreeMap<String, FollowStatus> statuses = new TreeMap<>();
  private final List<Thread> threads = new ArrayList<>();

  /**
   * @param sync of {@code store}, with {@code book}
   * @param entropy for the pauses between calls
   * @param told of how things stand, at every change and every few seconds; called by one thread
   */
  public Followers(
      Store store,
      PeerBook book,
      PeerSync sync,
      WallClock clock,
      Ticker ticker,
      Entropy entropy,
      FollowSettings settings,
      Consumer<List<FollowStatus>> told) {
    this.store = store;
    this.book = book;
    this.sync = sync;
    this.clock = clock;
    this.ticker = ticker;
    this.entropy = entropy;
    this.settings = settings;
    this.told = told;
  }

  /** A conversation, and what is known of it. Its fields belong to the lock of the followers. */
  private static final class Talk {
    final @Nullable Peer dialled;
    private @Nullable LiveControl control;
    private @Nullable NodeId peer;
    private boolean following;

    /** The node that TLS proved at an address that was called; null if none was. */
    private @Nullable NodeId proven;

    // Of the thread that leads it.
    private final TreeMap<Origin, Long> noted = new TreeMap<>();
    private long lookMillis = Long.MIN_VALUE;
    private long seenMillis = Long.MIN_VALUE;
    private long peerHlc;

    Talk(@Nullable Peer dialled) {
      this.dialled = dialled;
    }

    /** The node that began it. */
    NodeId initiator(NodeId self, NodeId other) {
      return dialled != null ? self : other;
    }
  }

  /** Begins to follow these peers. */
  public synchronized void start(List<Peer> peers) {
    for (Peer peer : peers.subList(0, Math.min(peers.size(), PEERS_MAX))) {
      statuses.put(
          peer.name(),
          new FollowStatus(
              peer.name(), FollowState.CONNECTING, clock.millis(), peer.pin(), "", 0, 0));
      thread("cairn-follow-" + peer.name(), () -> follow(peer));
    }
    thread("cairn-follow-news", this::watch);
  }

  /**
   * Listens, and keeps with every caller that wants to the conversation open.
   *
   * @param plain without TLS, on this machine only
   * @param ended told of every conversation that a caller began and that has ended
   */
  public GrpcPeerServer serve(PeerAddress listen, boolean plain, Consumer<SyncReport> ended) {
    return sync.serveWith(listen, plain, link -> ended.accept(answer(link)), null);
  }

  /** Listens with TLS as {@link #serve}, with the API beside it, by the grants of the book. */
  public GrpcPeerServer serve(PeerAddress listen, ApiOffer offer, Consumer<SyncReport> ended) {
    return sync.serveWith(listen, false, link -> ended.accept(answer(link)), offer);
  }

  /** Answers a peer that called, on the calling thread, until the conversation ends. */
  public SyncReport answer(PeerLink link) {
    Talk talk = new Talk(null);
    LiveControl control = open(talk);
    try {
      return sync.answer(link, control);
    } finally {
      ended(talk);
    }
  }

  /** How this node stands with each peer that it follows, by name. */
  public synchronized List<FollowStatus> statuses() {
    return List.copyOf(statuses.values());
  }

  @Override
  public void close() {
    List<Thread> all;
    synchronized (this) {
      closing.countDown();
      talks.forEach(Followers::leave);
      all = List.copyOf(threads);
    }
    long end = millis() + CLOSE_MILLIS_MAX;
    for (Thread thread : all) {
      join(thread, end - millis());
    }
    for (Thread thread : all) {
      if (thread.isAlive()) {
        thread.interrupt();
        join(thread, NEWS_WAIT_MILLIS);
      }
    }
  }

  private static void join(Thread thread, long waitMillis) {
    try {
      thread.join(Math.max(1, waitMillis));
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private void thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private long millis() {
    return TimeUnit.NANOSECONDS.toMillis(ticker.nanos());
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  /** Waits; false if it is time to end. */
  private boolean pause(long waitMillis) {
    try {
      return !closing.await(waitMillis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  // ---- news

  private void watch() {
    CommitLog log = store.log();
    long seen = log.arrivals();
    long toldMillis = millis() - NEWS_WAIT_MILLIS;
    while (!isClosing() && !Thread.currentThread().isInterrupted()) {
      long begun = millis();
      long now = log.awaitArrivals(seen, Duration.ofMillis(NEWS_WAIT_MILLIS));
      if (now != seen) {
        seen = now;
        controls().forEach(LiveControl::headsChanged);
      } else if (millis() - begun < NEWS_WAIT_MILLIS / 2) {
        // The store has closed under us.
        pause(NEWS_WAIT_MILLIS);
      }
      if (millis() - toldMillis >= NEWS_WAIT_MILLIS) {
        toldMillis = millis();
        told.accept(statuses());
      }
    }
  }

  private synchronized List<LiveControl> controls() {
    List<LiveControl> controls = new ArrayList<>();
    for (Talk talk : talks) {
      if (talk.control != null) {
        controls.add(talk.control);
      }
    }
    return controls;
  }

  // ---- one peer

  private void follow(Peer peer) {
    BackOff backOff = new BackOff(settings.pauseMillis(), settings.pauseMillisMax(), entropy);
    while (!isClosing()) {
      if (isCalledBy(peer)) {
        state(peer, FollowState.CONNECTED, "it called this node");
        backOff.reset();
        pause(settings.pauseMillis());
        continue;
      }
      long waitMillis;
      try {
        waitMillis = call(peer, backOff);
      } catch (CairnException e) {
        if (e.advice() == CairnException.Advice.STOP) {
          state(peer, FollowState.STOPPED, String.valueOf(e.getMessage()));
          LOG.error("peer {} is not followed any more", peer.name(), e);
          return;
        }
        boolean refused = e instanceof RefusedException;
        waitMillis = refused ? backOff.longest() : backOff.next();
        state(
            peer,
            refused ? FollowState.REFUSED : FollowState.BACKING_OFF,
            String.valueOf(e.getMessage()));
      } catch (RuntimeException | Error e) {
        state(peer, FollowState.STOPPED, String.valueOf(e));
        LOG.error("peer {} is not followed any more", peer.name(), e);
        throw e;
      }
      if (!pause(waitMillis)) {
        return;
      }
    }
  }

  /** One conversation; how long to wait before the next. */
  private long call(Peer peer, BackOff backOff) {
    state(peer, FollowState.CONNECTING, "");
    Peer known = known(peer).orElse(peer);
    Talk talk = new Talk(known);
    LiveControl control = open(talk);
    SyncReport report;
    try {
      report = sync.follow(known, true, true, control, node -> met(talk, node));
    } finally {
      ended(talk);
    }
    boolean followed;
    synchronized (this) {
      followed = talk.following;
    }
    if (followed) {
      backOff.reset();
    }
    report.orThrow();
    state(
        peer,
        FollowState.BACKING_OFF,
        followed ? "the conversation was ended" : "it does not follow: synced now and then");
    return followed ? backOff.next() : settings.pollMillis();
  }

  /** The peer as the book knows it now, if it does. */
  private Optional<Peer> known(Peer peer) {
    return book.find(peer.name()).filter(found -> found.address().equals(peer.address()));
  }

  private synchronized void met(Talk talk, NodeId node) {
    talk.proven = node;
  }

  private synchronized void state(Peer peer, FollowState state, String why) {
    FollowStatus status = statuses.get(peer.name());
    if (status != null) {
      statuses.put(peer.name(), status.in(state, why, clock.millis()));
    }
  }

  /** True if the peer keeps a conversation with this node that it began itself. */
  private synchronized boolean isCalledBy(Peer peer) {
    FollowStatus status = statuses.get(peer.name());
    NodeId node = status == null ? null : status.node();
    return node != null
        && talks.stream()
            .anyMatch(
                talk ->
                    talk.dialled == null
                        && talk.following
                        && node.equals(talk.peer)
                        && talk.control != null
                        && !talk.control.isLeaving());
  }

  // ---- conversations

  private synchronized LiveControl open(Talk talk) {
    LiveControl control =
        new LiveControl(
            clock, (live, session, part, nowMillis) -> look(talk, session, part, nowMillis));
    talk.control = control;
    talks.add(talk);
    if (isClosing()) {
      control.leave();
    }
    return control;
  }

  private synchronized void ended(Talk talk) {
    talks.remove(talk);
  }

  private static void leave(Talk talk) {
    if (talk.control != null) {
      talk.control.leave();
    }
  }

  /** Called at every turn of a conversation, by the thread that leads it. */
  private void look(Talk talk, PeerSession session, LivePart part, long nowMillis) {
    NodeId peer = session.peer().orElse(null);
    if (peer == null || nowMillis - settings.noteMillis() < talk.lookMillis) {
      return;
    }
    talk.lookMillis = nowMillis;
    if (part.isFollowing()) {
      follows(talk, peer, part);
      note(talk, peer, session, part, nowMillis);
    }
  }

  private void follows(Talk talk, NodeId peer, LivePart part) {
    boolean first;
    synchronized (this) {
      first = !talk.following;
      talk.following = true;
      talk.peer = peer;
      if (first) {
        keepOne(talk, peer);
      }
      if (talk.dialled != null) {
        FollowStatus status = statuses.get(talk.dialled.name());
        if (status != null) {
          statuses.put(
              talk.dialled.name(),
              status
                  .of(peer)
                  .in(FollowState.CONNECTED, "", clock.millis())
                  .pushed(part.pushes(), part.clockAheadMillis()));
        }
      }
    }
    if (first && talk.dialled != null) {
      pin(talk.dialled, talk.proven);
    }
    if (first && part.clockAheadMillis() > 0) {
      LOG.warn("the clock of node {} is {} ms ahead", peer, part.clockAheadMillis());
    }
  }

  /** Ends every conversation with that node but one; holds the lock. */
  private void keepOne(Talk fresh, NodeId peer) {
    NodeId self = store.origin().node();
    Talk kept = fresh;
    for (Talk other : List.copyOf(talks)) {
      if (other == fresh || !other.following || !peer.equals(other.peer)) {
        continue;
      }
      int order = kept.initiator(self, peer).compareTo(other.initiator(self, peer));
      Talk loser = order > 0 ? kept : other;
      kept = order > 0 ? other : kept;
      leave(loser);
    }
  }

  /** Keeps what the peer holds, if that has changed, and that it was seen. */
  private void note(Talk talk, NodeId peer, PeerSession session, LivePart part, long nowMillis) {
    List<CursorEntry> changed = new ArrayList<>();
    for (CursorEntry entry : session.report().peerHolds()) {
      if (talk.noted.getOrDefault(entry.origin(), 0L) != entry.treeSize()) {
        talk.noted.put(entry.origin(), entry.treeSize());
        changed.add(entry);
      }
    }
    boolean heard = part.peerHlc() != talk.peerHlc;
    talk.peerHlc = part.peerHlc();
    if (!changed.isEmpty() || (heard && nowMillis - SEEN_MILLIS >= talk.seenMillis)) {
      talk.seenMillis = nowMillis;
      book.log().holds(peer, changed);
    }
  }

  /**
   * Pins the node that TLS proved at a peer's address, if the book knows the peer without a pin.
   */
  private void pin(Peer peer, @Nullable NodeId proven) {
    if (proven != null && known(peer).filter(known -> known.pin() == null).isPresent()) {
      book.pinFirst(peer.name(), proven);
    }
  }
}
