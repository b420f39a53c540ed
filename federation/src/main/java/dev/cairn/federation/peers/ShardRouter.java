package dev.cairn.federation.peers;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.api.ShardGate;
import dev.cairn.federation.fetch.FetchCall;
import dev.cairn.federation.fetch.PayloadFetcher;
import dev.cairn.federation.grpc.ForwardedPut;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.shard.ShardMap;
import dev.cairn.federation.shard.Shards;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.tls.TlsIdentity;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The shards of a node towards its clients: who holds a payload by what the members declare, and
 * how to reach them by the peer book. Safe for any thread.
 */
public final class ShardRouter implements ShardGate {
  /** Keys differ in digest or in how it was made. */
  private static final int KEYS_OF_DIGEST_MAX = HashAlgorithm.values().length;

  /** Most holders that one put or read is tried at: so many copies there are at most by auto. */
  private static final int HOLDERS_TRIED_MAX = ShardMap.COPIES_MAX;

  private final Store store;
  private final PeerBook book;
  private final WallClock clock;
  private final Ticker ticker;
  private final boolean enforces;
  private final TlsIdentity identity;

  /**
   * @param book of {@code store}; a holder is reached at the address of a peer that is pinned to it
   * @param enforces whether puts that belong to others are refused, not passed on
   */
  public ShardRouter(Store store, PeerBook book, WallClock clock, Ticker ticker, boolean enforces) {
    this.store = store;
    this.book = book;
    this.clock = clock;
    this.ticker = ticker;
    this.enforces = enforces;
    this.identity = new TlsIdentity(store.signingKey(), clock);
  }

  @Override
  public Optional<List<NodeId>> elsewhere(ArtifactId artifact) {
    if (store.isStructured(artifact.tag())) {
      return Optional.empty(); // Every node holds it.
    }
    Shards shards = Membership.shards(store);
    HashRange own = shards.range(store.origin().node()).orElse(HashRange.ALL);
    if (own.contains(artifact.payloadDigest()) || belongsHere(artifact.key())) {
      return Optional.empty();
    }
    return Optional.of(shards.holders(artifact.payloadDigest()));
  }

  /**
   * What is live and held is not put anew: there is nothing to pass on. What is known and not live
   * was removed: a holder that has not seen the removal would say that it is live there already, or
   * put it before the removal in the total order, and it would be lost; put here it is behind it.
   */
  private boolean belongsHere(ArtifactKey key) {
    Optional<LiveEntry> live = store.now().live(key);
    return live.isPresent() ? store.hasPayload(live.get()) : isKnown(key);
  }

  private boolean isKnown(ArtifactKey key) {
    return store.byPrefix(key.digest().toHex(), KEYS_OF_DIGEST_MAX).contains(key);
  }

  @Override
  public boolean enforces() {
    return enforces;
  }

  @Override
  public Optional<Placed> forward(PreparedArtifact artifact, List<NodeId> holders) {
    SortedMap<Integer, Peer> peers = peers(holders);
    if (peers.isEmpty()) {
      return Optional.empty();
    }
    List<String> failures = new ArrayList<>();
    boolean mayPass = false;
    for (Map.Entry<Integer, Peer> each : peers.entrySet()) {
      NodeId holder = holders.get(each.getKey());
      Peer peer = each.getValue();
      try (InputStream payload = open(artifact)) {
        return Optional.of(
            ForwardedPut.send(
                peer.address(), holder, identity, book.welcome(peer), artifact.id(), payload));
      } catch (UnavailableException e) {
        mayPass = true;
        failures.add(String.valueOf(e.getMessage()));
      } catch (RefusedException | NotGrantedException e) {
        failures.add(String.valueOf(e.getMessage()));
      } catch (IOException e) {
        throw new StoreFailedException("payload of " + artifact.id().key(), e);
      }
      if (Thread.currentThread().isInterrupted()) {
        break;
      }
    }
    int others = holders.size() - peers.size();
    if (others > 0) {
      failures.add(
          others
              + " more were not asked: no peer here is pinned to them, see 'cairn peer add', or "
              + HOLDERS_TRIED_MAX
              + " are better");
    }
    throw failed(String.join("; ", failures), mayPass);
  }

  private static CairnException failed(String why, boolean mayPass) {
    String what = "put: no holder of this payload took it, and nothing was kept: " + why;
    return mayPass ? new UnavailableException(what) : new RefusedException(what);
  }

  private InputStream open(PreparedArtifact artifact) {
    Bytes inline = artifact.inline();
    return inline == null
        ? store.openPayload(artifact.id())
        : new ByteArrayInputStream(inline.toArray());
  }

  /**
   * The first of these nodes that a peer of the book is pinned to, by their places; of several
   * peers of one the first by name. The book is read once.
   */
  private SortedMap<Integer, Peer> peers(List<NodeId> nodes) {
    SortedMap<Integer, Peer> peers = new TreeMap<>();
    Map<NodeId, Integer> places = new HashMap<>();
    nodes.forEach(node -> places.put(node, places.size()));
    for (Peer peer : book.list()) {
      Integer place = places.get(peer.pin());
      if (place != null) {
        peers.putIfAbsent(place, peer);
      }
    }
    while (peers.size() > HOLDERS_TRIED_MAX) {
      peers.remove(peers.lastKey());
    }
    return peers;
  }

  @Override
  public void bring(LiveEntry entry) {
    if (store.hasPayload(entry)) {
      return;
    }
    List<NodeId> holders = Membership.shards(store).holders(entry.artifact().payloadDigest());
    List<FetchCall> calls = new ArrayList<>();
    peers(holders).values().forEach(peer -> calls.add(new Call(peer)));
    if (!calls.isEmpty()) {
      var unused = new PayloadFetcher(store, calls).fetch(List.of(entry.artifact().key()));
    }
  }

  /** A holder that is asked for a payload. */
  private final class Call implements FetchCall {
    private final Peer peer;

    Call(Peer peer) {
      this.peer = peer;
    }

    @Override
    public String name() {
      return peer.name();
    }

    @Override
    public SyncReport talk(SessionPart part) {
      return new PeerSync(store, book, clock, ticker, () -> part).dial(peer, false, false);
    }
  }
}
