package dev.cairn.federation.sync;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.access.Quota;
import dev.cairn.federation.access.QuotaLedger;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.protocol.EvidencePart;
import dev.cairn.federation.protocol.LivePart;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.protocol.StoreReplica;
import dev.cairn.federation.protocol.WriterThread;
import dev.cairn.federation.transport.PeerLink;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store's part in syncs: begins them, answers them, or syncs with another store of this process.
 *
 * <p>Safe for any thread; several syncs of one store may run at once. Links are closed when their
 * sync ends.
 */
public final class StoreSync {
  private final Store store;
  private final SessionOptions options;
  private final ReplicationListener listener;
  private final Ticker ticker;
  private final Supplier<List<SessionPart>> parts;
  private final QuotaLedger quotas;
  private final @Nullable Room room;

  /**
   * Without parts.
   *
   * @param options the directions offered to those who call, whom to talk to, and times
   * @param listener told of every stretch that a peer brings; must be safe for any thread
   * @param ticker for time-outs and reports
   */
  public StoreSync(
      Store store, SessionOptions options, ReplicationListener listener, Ticker ticker) {
    this(store, options, listener, ticker, List::of);
  }

  /**
   * @param options the directions offered to those who call, whom to talk to, and times
   * @param listener told of every stretch that a peer brings; must be safe for any thread
   * @param ticker for time-outs and reports
   * @param parts what each conversation offers beside deltas: new ones at each call; must be safe
   *     for any thread
   */
  public StoreSync(
      Store store,
      SessionOptions options,
      ReplicationListener listener,
      Ticker ticker,
      Supplier<List<SessionPart>> parts) {
    this(store, options, listener, ticker, parts, new QuotaLedger(node -> Quota.DEFAULT));
  }

  /**
   * The same with quotas.
   *
   * @param quotas what conversations cost and may cost; others may charge it too
   */
  public StoreSync(
      Store store,
      SessionOptions options,
      ReplicationListener listener,
      Ticker ticker,
      Supplier<List<SessionPart>> parts,
      QuotaLedger quotas) {
    this(store, options, listener, ticker, parts, quotas, null);
  }

  private StoreSync(
      Store store,
      SessionOptions options,
      ReplicationListener listener,
      Ticker ticker,
      Supplier<List<SessionPart>> parts,
      QuotaLedger quotas,
      @Nullable Room room) {
    this.store = store;
    this.options = options;
    this.listener = listener;
    this.ticker = ticker;
    this.parts = parts;
    this.quotas = quotas;
    this.room = room;
  }

  /**
   * The same in which a conversation over a link ends once the store takes more room than that, as
   * a {@link dev.cairn.asl.error.RefusedException} of {@link SyncReport#orThrow} says.
   */
  public StoreSync within(Room bound) {
    return new StoreSync(store, options, listener, ticker, parts, quotas, bound);
  }

  /**
   * Calls a peer and syncs, on the calling thread.
   *
   * @param expected who must answer; null for anyone whom the transport and the options admit
   */
  public SyncReport initiate(
      PeerLink link, boolean sends, boolean receives, @Nullable NodeId expected) {
    return run(
        Role.INITIATOR, link, withPeer(link, expected).withDirections(sends, receives), null);
  }

  /** As {@link #initiate}, and goes on behind the first delta if the peer does too. */
  public SyncReport follow(
      PeerLink link,
      boolean sends,
      boolean receives,
      @Nullable NodeId expected,
      LiveControl control) {
    return run(
        Role.INITIATOR, link, withPeer(link, expected).withDirections(sends, receives), control);
  }

  /** Answers a peer that called, on the calling thread: what a server hands its links to. */
  public SyncReport respond(PeerLink link) {
    return run(Role.RESPONDER, link, withPeer(link, null), null);
  }

  /** As {@link #respond}, and goes on behind the first delta if the caller wants to. */
  public SyncReport respond(PeerLink link, LiveControl control) {
    return run(Role.RESPONDER, link, withPeer(link, null), control);
  }

  /** Syncs both ways, or one, with another store of this process: the calling thread does both. */
  public SyncReport with(Store other, boolean sends, boolean receives) {
    return with(other, List.of(), sends, receives);
  }

  /**
   * The same with a store that offers parts too.
   *
   * @param otherParts new ones, for this conversation
   */
  public SyncReport with(
      Store other, List<SessionPart> otherParts, boolean sends, boolean receives) {
    long start = ticker.nanos();
    try (PeerSession mine =
            new PeerSession(
                Role.INITIATOR,
                new StoreReplica(store),
                options.withDirections(sends, receives),
                listener,
                parts.get());
        PeerSession theirs =
            new PeerSession(
                Role.RESPONDER,
                new StoreReplica(other),
                SessionOptions.DEFAULT,
                ReplicationListener.NONE,
                withEvidence(otherParts, other))) {
      pump(mine, theirs);
      return new SyncReport(mine.report(), ticker.nanos() - start);
    }
  }

  private static List<SessionPart> withEvidence(List<SessionPart> parts, Store store) {
    List<SessionPart> all = new ArrayList<>(parts);
    all.add(new EvidencePart(PartialLogs.replica(store)));
    return all;
  }

  /** Carries messages between two sessions, one each way in turn, until both are over. */
  static void pump(PeerSession left, PeerSession right) {
    boolean moved = true;
    while (moved) {
      moved = carry(left, right);
      moved |= carry(right, left);
    }
  }

  private static boolean carry(PeerSession from, PeerSession to) {
    PeerMessage message = from.poll();
    if (message != null) {
      to.receive(message);
    }
    return message != null;
  }

  private SessionOptions withPeer(PeerLink link, @Nullable NodeId expected) {
    NodeId proven = link.authenticatedPeer();
    Predicate<NodeId> admits = options.admits();
    if (expected != null) {
      admits = admits.and(expected::equals);
    }
    return options.withPeer(proven != null ? proven : options.peer()).withAdmission(admits);
  }

  private List<SessionPart> offered(@Nullable LiveControl control) {
    List<SessionPart> offered = new ArrayList<>(parts.get());
    if (control != null) {
      offered.removeIf(part -> part.feature().equals(LivePart.FEATURE));
      offered.add(control.part());
    }
    return offered;
  }

  private SyncReport run(
      Role role, PeerLink link, SessionOptions chosen, @Nullable LiveControl control) {
    long start = ticker.nanos();
    try (link;
        QuotaGauge gauge = new QuotaGauge(quotas);
        WriterThread writer = new WriterThread();
        PeerSession session =
            new PeerSession(
                role, new StoreReplica(store, writer), chosen, listener, offered(control))) {
      if (control != null) {
        control.attach(link);
      }
      new SyncDriver(ticker).run(session, link, control, withRoom(gauge));
      return new SyncReport(session.report(), ticker.nanos() - start);
    }
  }

  private SyncDriver.Gauge withRoom(QuotaGauge gauge) {
    if (room == null) {
      return gauge;
    }
    RoomGauge disk = new RoomGauge(room);
    return (session, link, nowMillis) -> {
      gauge.look(session, link, nowMillis);
      disk.look(session, link, nowMillis);
    };
  }
}
