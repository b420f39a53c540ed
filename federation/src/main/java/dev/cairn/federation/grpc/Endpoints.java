package dev.cairn.federation.grpc;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.federation.tls.NodeTrustManager;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.transport.PeerAddress;
import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** What both ends need of sockets, event loops and TLS. */
final class Endpoints {
  /** Messages come as they are: who compresses a message cannot make it grow here. */
  static final DecompressorRegistry NO_COMPRESSION =
      DecompressorRegistry.emptyInstance().with(Codec.Identity.NONE, false);

  private static final String TLS_VERSION = "TLSv1.3";
  private static final long LOOP_SHUTDOWN_MILLIS = 2_000;

  private Endpoints() {}

  static SocketAddress socketAddress(PeerAddress address) {
    if (address instanceof PeerAddress.Tcp tcp) {
      InetSocketAddress resolved = new InetSocketAddress(tcp.host(), tcp.port());
      if (resolved.isUnresolved()) {
        throw new UnavailableException(address + ": unknown host");
      }
      return resolved;
    }
    return UnixDomainSocketAddress.of(((PeerAddress.Unix) address).path());
  }

  /** Refuses plain text where others could listen in or talk. */
  static void requireLocal(PeerAddress address) {
    if (!isLocal(address)) {
      throw new RefusedException(
          address + ": without TLS only on loopback (127.0.0.1, [::1]) or a Unix socket");
    }
  }

  /** True of loopback and of Unix sockets. */
  static boolean isLocal(PeerAddress address) {
    return !(address instanceof PeerAddress.Tcp tcp) || isLoopback(tcp.host());
  }

  private static boolean isLoopback(String host) {
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (!address.isLoopbackAddress()) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException e) {
      throw new UnavailableException(host + ": unknown host", e);
    }
  }

  static EventLoopGroup eventLoops(String name, int threads) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
  }

  static void shutDown(EventLoopGroup loops) {
    var unused = loops.shutdownGracefully(0, LOOP_SHUTDOWN_MILLIS, TimeUnit.MILLISECONDS);
  }

  static SslContext serverTls(TlsIdentity identity, NodeTrustManager trust) {
    return build(
        SslContextBuilder.forServer(identity.keyManager()).clientAuth(ClientAuth.REQUIRE), trust);
  }

  static SslContext clientTls(TlsIdentity identity, NodeTrustManager trust) {
    return build(SslContextBuilder.forClient().keyManager(identity.keyManager()), trust);
  }

  private static SslContext build(SslContextBuilder builder, NodeTrustManager trust) {
    try {
      return GrpcSslContexts.configure(builder, SslProvider.JDK)
          .trustManager(trust)
          .protocols(TLS_VERSION)
          .build();
    } catch (SSLException e) {
      throw new AssertionError("every Java platform since 11 has TLS 1.3", e);
    }
  }
}
