package dev.cairn.federation.peers;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.access.AccessPolicy;
import dev.cairn.federation.access.QuotaLedger;
import dev.cairn.federation.api.ApiOffer;
import dev.cairn.federation.bootstrap.BootstrapPart;
import dev.cairn.federation.bootstrap.BootstrapStore;
import dev.cairn.federation.cosign.CosignPart;
import dev.cairn.federation.cosign.CosignShelf;
import dev.cairn.federation.fetch.FetchPart;
import dev.cairn.federation.fetch.FetchStore;
import dev.cairn.federation.filter.FilterPart;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.grpc.GrpcPeerClient;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.protocol.EvidencePart;
import dev.cairn.federation.protocol.LivePart;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.reconcile.ReconcilePart;
import dev.cairn.federation.reconcile.StoreSource;
import dev.cairn.federation.sync.LiveControl;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A node's syncs with its peers over the network: dials them, answers them, and enters in the peer
 * book who was met, what was brought and what the other side holds.
 *
 * <p>TLS wherever the other side speaks it. Plain text is met only on this machine, and never where
 * a node is pinned, for plain text proves nobody. Safe for any thread; several syncs may run at
 * once.
 */
public final class PeerSync {
  private final PeerBook book;
  private final TlsIdentity identity;
  private final QuotaLedger quotas;
  private final StoreSync sync;
  private final WallClock clock;

  /**
   * @param book of {@code store}
   * @param clock for the certificate's validity
   * @param ticker for time-outs and reports
   */
  public PeerSync(Store store, PeerBook book, WallClock clock, Ticker ticker) {
    this(store, book, clock, ticker, () -> holding(store));
  }

  /**
   * The same with a part of its own for payloads.
   *
   * @param fetch a new one at each call, for one conversation; must be safe for any thread
   */
  public PeerSync(
      Store store, PeerBook book, WallClock clock, Ticker ticker, Supplier<SessionPart> fetch) {
    this(store, book, clock, ticker, fetch, () -> FilterPart.answering(store));
  }

  /**
   * The same with parts of its own for payloads and for logs in part.
   *
   * @param fetch a new one at each call, for one conversation; must be safe for any thread
   * @param filter the same
   */
  public PeerSync(
      Store store,
      PeerBook book,
      WallClock clock,
      Ticker ticker,
      Supplier<SessionPart> fetch,
      Supplier<SessionPart> filter) {
    this(store, book, clock, ticker, fetch, filter, ReplicationListener.NONE);
  }

  /**
   * The same, for who watches.
   *
   * @param watcher told what moves in every conversation; must be safe for any thread
   */
  public PeerSync(
      Store store,
      PeerBook book,
      WallClock clock,
      Ticker ticker,
      Supplier<SessionPart> fetch,
      Supplier<SessionPart> filter,
      ReplicationListener watcher) {
    this.book = book;
    this.clock = clock;
    this.identity = new TlsIdentity(store.signingKey(), clock);
    this.quotas = new QuotaLedger(node -> book.node(node).cost());
    this.sync =
        new StoreSync(
            store,
            SessionOptions.DEFAULT.withAdmission(book::admits).withGrants(book::exchange),
            ReplicationListener.both(book.log().recorder(), watcher),
            ticker,
            () ->
                List.of(
                    new LivePart(false, clock),
                    fetch.get(),
                    filter.get(),
                    ReconcilePart.answering(new StoreSource(store)),
                    BootstrapPart.answering(BootstrapStore.of(store)),
                    new CosignPart(new CosignShelf(store, clock)),
                    new EvidencePart(PartialLogs.replica(store), book.log().recorder())),
            quotas);
  }

  /** Payloads come as the node declared to hold them. */
  private static FetchPart holding(Store store) {
    NodeId self = store.origin().node();
    return FetchPart.holding(FetchStore.of(store), () -> Membership.shards(store).range(self));
  }

  /**
   * Dials a peer of the book and syncs, on the calling thread. A peer without a pin is pinned to
   * the node that TLS proved, once the sync has begun.
   *
   * @param sends whether to send what the peer lacks
   * @param receives whether to take what this node lacks
   * @return what became of the sync; see {@link SyncReport#orThrow}
   * @throws dev.cairn.asl.error.RefusedException if another node than the pinned one answers, which
   *     names both, or a revoked one does, or this node is refused there
   * @throws dev.cairn.asl.error.UnavailableException if none answers
   */
  public SyncReport dial(Peer peer, boolean sends, boolean receives) {
    PeerLink link = connect(peer);
    NodeId proven = link.authenticatedPeer();
    SyncReport report = noted(sync.initiate(link, sends, receives, peer.pin()));
    if (proven != null && report.session().peer() != null) {
      book.pinFirst(peer.name(), proven);
    }
    return report;
  }

  private PeerLink connect(Peer peer) {
    return peer.pin() == null
        ? GrpcPeerClient.connectEither(peer.address(), identity, book.welcome(peer))
        : GrpcPeerClient.connect(peer.address(), identity, book.welcome(peer));
  }

  /**
   * Dials a peer as {@link #dial(Peer, boolean, boolean)} does, and stays in conversation until one
   * of the two leaves or the connection breaks.
   *
   * @param met told who answered, once TLS has proved it
   */
  SyncReport follow(
      Peer peer, boolean sends, boolean receives, LiveControl control, Consumer<NodeId> met) {
    PeerLink link = connect(peer);
    NodeId proven = link.authenticatedPeer();
    if (proven != null) {
      met.accept(proven);
    }
    return noted(sync.follow(link, sends, receives, peer.pin(), control));
  }

  /** Answers a peer that called, and stays in conversation if it wants to. */
  SyncReport answer(PeerLink link, LiveControl control) {
    return noted(sync.respond(link, control));
  }

  /**
   * @param offer for TLS alone; null for no API
   */
  GrpcPeerServer serveWith(
      PeerAddress listen, boolean plain, GrpcPeerServer.Handler handler, @Nullable ApiOffer offer) {
    return plain
        ? GrpcPeerServer.startPlain(listen, handler)
        : GrpcPeerServer.start(
            listen, identity, book.welcome(), handler, offer == null ? null : granted(offer));
  }

  /** Dials an address without a name and syncs with whoever answers, unless it is revoked. */
  public SyncReport dial(PeerAddress address, boolean sends, boolean receives) {
    PeerLink link = GrpcPeerClient.connectEither(address, identity, book.welcome());
    return noted(sync.initiate(link, sends, receives, null));
  }

  /** Syncs with another store of this process, on the calling thread. */
  public SyncReport with(Store other, boolean sends, boolean receives) {
    List<SessionPart> answering =
        List.of(
            holding(other),
            FilterPart.answering(other),
            new CosignPart(new CosignShelf(other, clock)));
    return noted(sync.with(other, answering, sends, receives));
  }

  /** Answers a peer that called, on the calling thread. */
  public SyncReport answer(PeerLink link) {
    return noted(sync.respond(link));
  }

  /**
   * Listens with TLS and answers every node that is not revoked, until closed.
   *
   * @param ended told of every sync that has ended, on the thread that answered; must be safe for
   *     any thread
   */
  public GrpcPeerServer serve(PeerAddress listen, Consumer<SyncReport> ended) {
    return GrpcPeerServer.start(
        listen, identity, book.welcome(), link -> ended.accept(answer(link)));
  }

  /**
   * Listens in plain text, for peers on this machine.
   *
   * @throws dev.cairn.asl.error.RefusedException if {@code listen} is neither on loopback nor a
   *     Unix socket
   */
  public GrpcPeerServer servePlain(PeerAddress listen, Consumer<SyncReport> ended) {
    return GrpcPeerServer.startPlain(listen, link -> ended.accept(answer(link)));
  }

  /**
   * Listens for clients of the API, and answers peers that call there.
   *
   * @param plain without TLS: on loopback and Unix sockets only, for whoever can reach them
   * @param offer what clients may use; with TLS only so far as the book grants it
   * @param ended told of every sync that has ended, as for {@link #serve}
   */
  public GrpcPeerServer serveApi(
      PeerAddress listen, boolean plain, ApiOffer offer, Consumer<SyncReport> ended) {
    GrpcPeerServer.Handler handler = link -> ended.accept(answer(link));
    return plain
        ? GrpcPeerServer.startPlain(listen, handler, offer.withPolicy(AccessPolicy.OWNER))
        : GrpcPeerServer.start(listen, identity, book.welcome(), handler, granted(offer));
  }

  /** To callers as the book grants it, who are charged for it as for conversations. */
  private ApiOffer granted(ApiOffer offer) {
    return offer.withPolicy(book.apiAccess()).withQuotas(quotas);
  }

  private SyncReport noted(SyncReport report) {
    @Nullable NodeId met = report.session().peer();
    if (met != null) {
      book.log().holds(met, report.session().peerHolds());
    }
    book.settlePartialLogs();
    return report;
  }
}
