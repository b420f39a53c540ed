package dev.cairn.federation.grpc;

import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.transport.TransportContract;

/** A server for each exchange, which the receiver calls. */
abstract class GrpcTransport extends TransportContract {
  private final boolean tls;

  GrpcTransport(boolean tls) {
    this.tls = tls;
  }

  /** Where to listen; another one each time. */
  abstract PeerAddress address();

  @Override
  protected void exchange(TestNode from, TestNode to) {
    try (GrpcPeerServer server = serve(from)) {
      of(to).initiate(connect(to, server.address(), from), false, true, null).orThrow();
    }
  }

  private GrpcPeerServer serve(TestNode node) {
    GrpcPeerServer.Handler handler = link -> of(node).respond(link);
    return tls
        ? GrpcPeerServer.start(address(), identity(node), TrustPolicy.anyNode(), handler)
        : GrpcPeerServer.startPlain(address(), handler);
  }

  private PeerLink connect(TestNode node, PeerAddress address, TestNode peer) {
    return tls
        ? GrpcPeerClient.connect(address, identity(node), TrustPolicy.pinned(peer.origin().node()))
        : GrpcPeerClient.connectPlain(address);
  }

  private static TlsIdentity identity(TestNode node) {
    return new TlsIdentity(node.store().signingKey(), WallClock.system());
  }
}
