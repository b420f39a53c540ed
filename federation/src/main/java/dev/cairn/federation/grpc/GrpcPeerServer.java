package dev.cairn.federation.grpc;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.api.ApiOffer;
import dev.cairn.federation.tls.NodeTrustManager;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.wire.FrameLimits;
import dev.cairn.proto.api.v1.CairnGrpc;
import dev.cairn.proto.federation.v1.FederationGrpc;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for peers over gRPC and hands each conversation to a handler, on a thread of its own, of
 * which there are at most {@link GrpcSettings#EXCHANGES_MAX}.
 *
 * <p>Safe for any thread. {@link #close} waits a bounded time for the conversations that go on.
 */
public final class GrpcPeerServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcPeerServer.class);
  private static final long THREAD_IDLE_MILLIS = 10_000;

  private final PeerAddress listen;
  private final Handler handler;
  private final @Nullable NodeTrustManager trust;
  private final GrpcSettings settings;
  private final Semaphore exchanges = new Semaphore(GrpcSettings.EXCHANGES_MAX);
  private final ExecutorService threads;
  private final EventLoopGroup acceptor;
  private final EventLoopGroup loops;
  private final @Nullable ApiCalls calls;
  private final HealthStatusManager health = new HealthStatusManager();
  private final Server server;

  /** Set before anyone else has this server. */
  private PeerAddress address;

  /** Leads one conversation. */
  @FunctionalInterface
  public interface Handler {
    /** Talks until the conversation is over; the link is closed afterwards. May wait. */
    void handle(PeerLink link);
  }

  private GrpcPeerServer(
      PeerAddress listen,
      @Nullable TlsIdentity identity,
      @Nullable NodeTrustManager trust,
      Handler handler,
      @Nullable ApiOffer api,
      GrpcSettings settings) {
    this.listen = listen;
    this.address = listen;
    this.handler = handler;
    this.trust = trust;
    this.settings = settings;
    SocketAddress socketAddress = Endpoints.socketAddress(listen);
    UnixSockets.clearStale(listen);
    // The semaphore bounds the threads: one that has just freed its permit may not be idle yet.
    this.threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            THREAD_IDLE_MILLIS,
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            threadFactory("cairn-peer-exchange"));
    this.calls = api == null ? null : new ApiCalls(api.policy());
    this.acceptor = Endpoints.eventLoops("cairn-peer-accept", 1);
    this.loops = Endpoints.eventLoops("cairn-peer-server", GrpcSettings.EVENT_LOOPS);
    NettyServerBuilder builder = builder(socketAddress);
    if (identity != null && trust != null) {
      builder.sslContext(Endpoints.serverTls(identity, trust));
    }
    addServices(builder, api);
    this.server = builder.build();
  }

  /**
   * Listens with TLS; peers must show who they are.
   *
   * @param identity what this node shows
   * @param policy which nodes may talk to it; asked at every handshake and every conversation
   * @throws UnavailableException if the address cannot be had
   */
  public static GrpcPeerServer start(
      PeerAddress listen, TlsIdentity identity, TrustPolicy policy, Handler handler) {
    return start(listen, identity, policy, handler, null, GrpcSettings.DEFAULT);
  }

  /**
   * As {@link #start(PeerAddress, TlsIdentity, TrustPolicy, Handler)}, with the API beside the
   * protocol, for callers whom the offer's policy grants it.
   */
  public static GrpcPeerServer start(
      PeerAddress listen,
      TlsIdentity identity,
      TrustPolicy policy,
      Handler handler,
      @Nullable ApiOffer api) {
    return start(listen, identity, policy, handler, api, GrpcSettings.DEFAULT);
  }

  /**
   * Listens in plain text, for peers on this machine.
   *
   * @throws RefusedException if {@code listen} is neither on loopback nor a Unix socket
   * @throws UnavailableException if the address cannot be had
   */
  public static GrpcPeerServer startPlain(PeerAddress listen, Handler handler) {
    return startPlain(listen, handler, null, GrpcSettings.DEFAULT);
  }

  /**
   * As {@link #startPlain(PeerAddress, Handler)}, with the API beside the protocol, for whoever can
   * reach the address.
   */
  public static GrpcPeerServer startPlain(
      PeerAddress listen, Handler handler, @Nullable ApiOffer api) {
    return startPlain(listen, handler, api, GrpcSettings.DEFAULT);
  }

  static GrpcPeerServer start(
      PeerAddress listen,
      TlsIdentity identity,
      TrustPolicy policy,
      Handler handler,
      @Nullable ApiOffer api,
      GrpcSettings settings) {
    return new GrpcPeerServer(
            listen, identity, identity.trustManager(policy), handler, api, settings)
        .listen();
  }

  static GrpcPeerServer startPlain(
      PeerAddress listen, Handler handler, @Nullable ApiOffer api, GrpcSettings settings) {
    Endpoints.requireLocal(listen);
    return new GrpcPeerServer(listen, null, null, handler, api, settings).listen();
  }

  /** Where it listens, with the port that was chosen; the same once it is closed. */
  public PeerAddress address() {
    return address;
  }

  @Override
  public void close() {
    if (!server.isShutdown()) {
      health.enterTerminalState();
    }
    if (calls != null) {
      calls.stop();
    }
    server.shutdown();
    try {
      if (!server.awaitTermination(GrpcSettings.SHUTDOWN_MILLIS, TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
        server.awaitTermination(GrpcSettings.SHUTDOWN_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    release();
    UnixSockets.remove(listen);
  }

  private GrpcPeerServer listen() {
    try {
      server.start();
      if (listen instanceof PeerAddress.Tcp tcp) {
        address = new PeerAddress.Tcp(tcp.host(), server.getPort());
      }
      UnixSockets.restrict(listen);
      return this;
    } catch (IOException e) {
      release();
      throw new UnavailableException("cannot listen on " + listen + ": " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return Objects.requireNonNullElse(cause.getMessage(), cause.toString());
  }

  private void release() {
    threads.shutdownNow();
    if (calls != null) {
      calls.close();
    }
    Endpoints.shutDown(acceptor);
    Endpoints.shutDown(loops);
  }

  private NettyServerBuilder builder(SocketAddress socketAddress) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(socketAddress)
            .bossEventLoopGroup(acceptor)
            .workerEventLoopGroup(loops)
            .directExecutor()
            .decompressorRegistry(Endpoints.NO_COMPRESSION)
            .maxInboundMessageSize(FrameLimits.FRAME_BYTES_MAX)
            .maxInboundMetadataSize(GrpcSettings.METADATA_BYTES_MAX)
            .maxConcurrentCallsPerConnection(
                calls == null
                    ? GrpcSettings.EXCHANGES_PER_CONNECTION_MAX
                    : ApiLimits.CALLS_PER_CONNECTION_MAX)
            .maxRstFramesPerWindow(GrpcSettings.RESETS_MAX, GrpcSettings.RESETS_WINDOW_SECONDS)
            .flowControlWindow(GrpcSettings.FLOW_CONTROL_WINDOW_BYTES)
            .handshakeTimeout(settings.connectTimeoutMillis(), TimeUnit.MILLISECONDS)
            .maxConnectionIdle(GrpcSettings.CONNECTION_IDLE_MILLIS, TimeUnit.MILLISECONDS)
            .keepAliveTime(GrpcSettings.KEEPALIVE_MILLIS, TimeUnit.MILLISECONDS)
            .keepAliveTimeout(GrpcSettings.KEEPALIVE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
            .permitKeepAliveTime(GrpcSettings.KEEPALIVE_MILLIS_MIN, TimeUnit.MILLISECONDS);
    return listen instanceof PeerAddress.Tcp
        ? builder.channelFactory(() -> new BoundedServerChannel(GrpcSettings.CONNECTIONS_MAX))
        : builder.channelFactory(NioServerDomainSocketChannel::new);
  }

  /** The protocol, the health of all, and, if it is offered, the API with its description. */
  private void addServices(NettyServerBuilder builder, @Nullable ApiOffer api) {
    ServerInterceptor gate = new CallerGate(trust);
    ServiceDescriptor protocol =
        ServiceDescriptor.newBuilder(FederationGrpc.SERVICE_NAME)
            .setSchemaDescriptor(FederationGrpc.getServiceDescriptor().getSchemaDescriptor())
            .addMethod(FrameMarshaller.EXCHANGE)
            .build();
    builder.addService(
        ServerServiceDefinition.builder(protocol)
            .addMethod(FrameMarshaller.EXCHANGE, this::onCall)
            .build());
    builder.addService(MessageGuard.guarded(health.getHealthService().bindService(), gate));
    health.setStatus(FederationGrpc.SERVICE_NAME, ServingStatus.SERVING);
    if (api != null && calls != null) {
      ServerInterceptor meter = new CallerMeter(api.quotas(), api.ticker());
      builder.addService(
          MessageGuard.guarded(new ApiService(api, calls).bindService(), gate, meter));
      builder.addService(
          MessageGuard.guarded(ProtoReflectionServiceV1.newInstance().bindService(), gate, meter));
      health.setStatus(CairnGrpc.SERVICE_NAME, ServingStatus.SERVING);
    }
  }

  static ThreadFactory threadFactory(String name) {
    return new DefaultThreadFactory(name, true);
  }

  /** A new conversation, on the event loop. */
  private ServerCall.Listener<Bytes> onCall(ServerCall<Bytes, Bytes> call, Metadata headers) {
    SocketAddress remote = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    String caller =
        remote == null || remote.toString().isEmpty() ? "a peer at " + listen : remote.toString();
    NodeId peer;
    try {
      peer = trust == null ? null : trust.check(session(call));
    } catch (CairnException e) {
      return refuse(call, Status.PERMISSION_DENIED.withDescription(e.getMessage()));
    }
    if (!exchanges.tryAcquire()) {
      return refuse(
          call,
          Status.RESOURCE_EXHAUSTED.withDescription(
              GrpcSettings.EXCHANGES_MAX + " conversations are going on already"));
    }
    call.setOnReadyThreshold(GrpcSettings.SEND_BUFFER_BYTES);
    call.sendHeaders(new Metadata());
    Link link = new Link(call, peer, caller, isNearby(remote), settings);
    threads.execute(() -> lead(link));
    link.refill();
    return link.events();
  }

  /** True of Unix sockets and loopback. */
  private static boolean isNearby(@Nullable SocketAddress remote) {
    return !(remote instanceof InetSocketAddress tcp)
        || (tcp.getAddress() != null && tcp.getAddress().isLoopbackAddress());
  }

  static SSLSession session(ServerCall<?, ?> call) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session == null) {
      throw new MalformedException("no TLS session");
    }
    return session;
  }

  private static ServerCall.Listener<Bytes> refuse(ServerCall<Bytes, Bytes> call, Status status) {
    call.close(status, new Metadata());
    return new ServerCall.Listener<>() {};
  }

  private void lead(Link link) {
    try (link) {
      handler.handle(link);
    } catch (CairnException e) {
      LOG.info("conversation with {} ended: {}", link.address(), e.getMessage());
    } catch (RuntimeException | Error e) {
      LOG.error("conversation with {} failed", link.address(), e);
    } finally {
      exchanges.release();
    }
  }

  private static final class Link extends GrpcLink {
    private final ServerCall<Bytes, Bytes> call;

    Link(
        ServerCall<Bytes, Bytes> call,
        @Nullable NodeId peer,
        String address,
        boolean nearby,
        GrpcSettings settings) {
      super(peer, address, nearby, settings);
      this.call = call;
    }

    @Override
    boolean callReady() {
      return call.isReady();
    }

    @Override
    void callSend(Bytes frame) {
      call.sendMessage(frame);
    }

    @Override
    void callRequest(int frames) {
      call.request(frames);
    }

    @Override
    void callFinish(Status status) {
      call.close(status, new Metadata());
    }

    @Override
    public void close() {
      finish();
    }

    ServerCall.Listener<Bytes> events() {
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(Bytes frame) {
          Link.this.onMessage(frame);
        }

        @Override
        public void onHalfClose() {
          onEnd();
        }

        @Override
        public void onCancel() {
          onFailure(new UnavailableException(address() + " broke the conversation off"));
        }

        @Override
        public void onReady() {
          Link.this.onReady();
        }
      };
    }
  }
}
