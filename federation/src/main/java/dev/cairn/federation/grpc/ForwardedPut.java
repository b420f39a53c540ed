package dev.cairn.federation.grpc;

import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnknownOutcomeException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.api.ShardGate.Placed;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import java.io.InputStream;

/** Puts an artifact at another node, for a client of this one: by the API, with mutual TLS. */
public final class ForwardedPut {
  private ForwardedPut() {}

  /**
   * Puts it, once; returns when it is durable there.
   *
   * @param node that must answer
   * @param policy says whether it is welcome
   * @param payload read to its end, and left open
   * @throws UnavailableException if the node cannot be reached or cannot go on; it has nothing. An
   *     interrupt ends it so, too, and stays set
   * @throws UnknownOutcomeException if it has all of it, and did not say what became of it; or this
   *     thread was interrupted before it did, and stays so
   * @throws RefusedException if it refuses, or offers no API
   * @throws NotGrantedException if this node may not write there
   */
  public static Placed send(
      PeerAddress address,
      NodeId node,
      TlsIdentity identity,
      TrustPolicy policy,
      ArtifactId artifact,
      InputStream payload) {
    EventLoopGroup loop = Endpoints.eventLoops("cairn-forward", 1);
    try {
      ManagedChannel channel = GrpcPeerClient.channel(address, identity, policy, loop);
      try {
        return new ForwardedCall(address, node, artifact).run(channel, payload);
      } finally {
        channel.shutdownNow();
      }
    } finally {
      Endpoints.shutDown(loop);
    }
  }
}
