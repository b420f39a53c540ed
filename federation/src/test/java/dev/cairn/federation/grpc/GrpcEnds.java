package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.LinkLimits;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.transport.PeerLinkContract.Ends;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server with one conversation, of which both ends are in the hand of a test. One owner. */
final class GrpcEnds implements AutoCloseable {
  private static final TlsIdentity CALLER = identity(TestNode.key("caller"));
  private static final TlsIdentity CALLED = identity(TestNode.key("called"));

  private final BlockingQueue<PeerLink> answered = new LinkedBlockingQueue<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final GrpcPeerServer server;
  private final Ends ends;

  /**
   * @param tls whether the ends show who they are
   */
  GrpcEnds(PeerAddress listen, boolean tls, LinkLimits limits) throws InterruptedException {
    GrpcSettings settings = new GrpcSettings(limits, Ticker.system(), 10_000, 500, true);
    this.server =
        tls
            ? GrpcPeerServer.start(
                listen, CALLED, TrustPolicy.anyNode(), this::hold, null, settings)
            : GrpcPeerServer.startPlain(listen, this::hold, null, settings);
    PeerLink left =
        tls
            ? GrpcPeerClient.connect(
                server.address(), CALLER, TrustPolicy.pinned(CALLED.node()), settings)
            : GrpcPeerClient.connectPlain(server.address(), settings);
    PeerLink right = answered.poll(10, TimeUnit.SECONDS);
    assertThat(right).as("the server's end").isNotNull();
    this.ends = new Ends(left, right, tls ? CALLER.node() : null, tls ? CALLED.node() : null);
  }

  private static TlsIdentity identity(SigningKey key) {
    return new TlsIdentity(key, WallClock.system());
  }

  private void hold(PeerLink link) {
    answered.add(link);
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  Ends ends() {
    return ends;
  }

  @Override
  public void close() {
    over.countDown();
    server.close();
  }
}
