package dev.cairn.cli.demo;

import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Entropy;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.grpc.GrpcPeerClient;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;

/**
 * A node of the tour on the network: gRPC over TLS on a free port of loopback, both sides showing
 * certificates, and nobody welcome but the nodes named. Must be closed, before its store is.
 */
final class Peer implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int ANY_PORT = 0;

  private final Store store;
  private final TlsIdentity identity;
  private final StoreSync sync;
  private final ConcurrentSkipListSet<NodeId> callers = new ConcurrentSkipListSet<>();
  private @Nullable GrpcPeerServer server;

  private Peer(Tour tour, String name) {
    this.store = tour.node(name).store();
    this.identity = new TlsIdentity(store.signingKey(), tour.clock());
    this.sync =
        new StoreSync(store, SessionOptions.DEFAULT, ReplicationListener.NONE, tour.ticker());
  }

  /** A node that only calls. */
  static Peer caller(Tour tour, String name) {
    return new Peer(tour, name);
  }

  /** A node that listens as well, for these nodes alone. */
  static Peer listening(Tour tour, String name, Set<NodeId> welcome) {
    Peer peer = new Peer(tour, name);
    TrustPolicy policy =
        node -> {
          if (!welcome.contains(node)) {
            throw new RefusedException("node " + node + " is not welcome at " + name);
          }
        };
    peer.server =
        GrpcPeerServer.start(
            new PeerAddress.Tcp(LOOPBACK, ANY_PORT), peer.identity, policy, peer::answer);
    return peer;
  }

  /**
   * Connects with the certificate of a key that nobody knows.
   *
   * @throws RefusedException if that is refused
   */
  static void knockAsStranger(Peer door, WallClock clock) {
    SigningKey key = SigningKey.fromSeed(Entropy.system().bytes(SigningKey.SEED_BYTES));
    TlsIdentity stranger = new TlsIdentity(key, clock);
    GrpcPeerClient.connect(door.address(), stranger, TrustPolicy.pinned(door.node())).close();
  }

  private void answer(PeerLink link) {
    NodeId caller = link.authenticatedPeer();
    if (caller != null) {
      callers.add(caller);
    }
    sync.respond(link);
  }

  NodeId node() {
    return identity.node();
  }

  /** The nodes that called, by the certificates that they showed. */
  Set<NodeId> callers() {
    return Collections.unmodifiableSortedSet(callers);
  }

  PeerAddress address() {
    if (server == null) {
      throw new AssertionError("this peer does not listen");
    }
    return server.address();
  }

  /** Calls another, which must be the node it is, and syncs both ways. */
  SyncReport sync(Peer other) {
    PeerLink link =
        GrpcPeerClient.connect(other.address(), identity, TrustPolicy.pinned(other.node()));
    return sync.initiate(link, true, true, other.node()).orThrow();
  }

  @Override
  public void close() {
    if (server != null) {
      server.close();
    }
  }
}
