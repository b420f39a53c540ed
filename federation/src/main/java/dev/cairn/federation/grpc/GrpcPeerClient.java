package dev.cairn.federation.grpc;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.federation.tls.NodeTrustManager;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.wire.FrameLimits;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects to peers over gRPC.
 *
 * <p>Each link has a connection and an event loop of its own, which end with it. Safe for any
 * thread.
 */
public final class GrpcPeerClient {
  /** Stands where HTTP wants a host: nodes are known by their certificates, not by names. */
  private static final String AUTHORITY = "cairn";

  private GrpcPeerClient() {}

  /**
   * Connects with TLS, both sides showing who they are.
   *
   * @param identity what this node shows
   * @param policy which node may answer: {@link TrustPolicy#pinned}, or for trust on first use
   *     {@link TrustPolicy#anyNode}; {@link PeerLink#authenticatedPeer} then says who it was
   * @throws dev.cairn.asl.error.RefusedException if the node that answers is not welcome here, or
   *     this one not there
   * @throws UnavailableException if none answers in time
   */
  public static PeerLink connect(PeerAddress address, TlsIdentity identity, TrustPolicy policy) {
    return connect(address, identity, policy, GrpcSettings.DEFAULT);
  }

  /**
   * Connects in plain text: to this machine only, and to whoever answers.
   *
   * @throws dev.cairn.asl.error.RefusedException if {@code address} is on another machine
   * @throws UnavailableException if none answers in time
   */
  public static PeerLink connectPlain(PeerAddress address) {
    return connectPlain(address, GrpcSettings.DEFAULT);
  }

  /**
   * Connects with TLS as {@link #connect(PeerAddress, TlsIdentity, TrustPolicy)} does, or in plain
   * text if {@code address} is on this machine and whoever listens there speaks no TLS. Then nobody
   * is proved, and {@link PeerLink#authenticatedPeer} is null: not for peers that are pinned.
   */
  public static PeerLink connectEither(
      PeerAddress address, TlsIdentity identity, TrustPolicy policy) {
    try {
      return connect(address, identity, policy);
    } catch (UnavailableException e) {
      if (Failures.isPlainText(e) && Endpoints.isLocal(address)) {
        return connectPlain(address);
      }
      throw e;
    }
  }

  static PeerLink connect(
      PeerAddress address, TlsIdentity identity, TrustPolicy policy, GrpcSettings settings) {
    return open(address, identity, identity.trustManager(policy), settings);
  }

  static PeerLink connectPlain(PeerAddress address, GrpcSettings settings) {
    Endpoints.requireLocal(address);
    return open(address, null, null, settings);
  }

  private static PeerLink open(
      PeerAddress address,
      @Nullable TlsIdentity identity,
      @Nullable NodeTrustManager trust,
      GrpcSettings settings) {
    SocketAddress target = Endpoints.socketAddress(address);
    EventLoopGroup loop = Endpoints.eventLoops("cairn-peer-client", 1);
    NettyChannelBuilder builder = builder(target, settings).eventLoopGroup(loop);
    if (identity == null || trust == null) {
      builder.usePlaintext();
    } else {
      builder.sslContext(Endpoints.clientTls(identity, trust));
    }
    ManagedChannel channel = builder.build();
    return new ClientConnection(
            channel, loop, address.toString(), Endpoints.isLocal(address), trust, settings)
        .connect();
  }

  /** A channel with TLS for single calls; whoever asks for it ends it and the loop. */
  static ManagedChannel channel(
      PeerAddress address, TlsIdentity identity, TrustPolicy policy, EventLoopGroup loop) {
    return builder(Endpoints.socketAddress(address), GrpcSettings.DEFAULT)
        .eventLoopGroup(loop)
        .sslContext(Endpoints.clientTls(identity, identity.trustManager(policy)))
        .build();
  }

  private static NettyChannelBuilder builder(SocketAddress target, GrpcSettings settings) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(target)
            .overrideAuthority(AUTHORITY)
            .directExecutor()
            .disableRetry()
            .proxyDetector(unused -> null)
            .decompressorRegistry(Endpoints.NO_COMPRESSION)
            .maxInboundMessageSize(FrameLimits.FRAME_BYTES_MAX)
            .maxInboundMetadataSize(GrpcSettings.METADATA_BYTES_MAX)
            .flowControlWindow(GrpcSettings.FLOW_CONTROL_WINDOW_BYTES)
            .keepAliveTime(GrpcSettings.KEEPALIVE_MILLIS, TimeUnit.MILLISECONDS)
            .keepAliveTimeout(GrpcSettings.KEEPALIVE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    if (target instanceof UnixDomainSocketAddress) {
      return builder.channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class);
    }
    return builder
        .channelFactory(BoundedClientChannel::new)
        .withOption(
            ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(settings.connectTimeoutMillis()));
  }
}
