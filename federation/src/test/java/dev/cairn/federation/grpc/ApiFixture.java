package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.AccessPolicy;
import dev.cairn.federation.api.ApiOffer;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.proto.api.v1.CairnGrpc;
import dev.cairn.proto.api.v1.CairnGrpc.CairnBlockingStub;
import dev.cairn.proto.api.v1.ErrorDetail;
import dev.cairn.proto.api.v1.ErrorDetail.Advice;
import dev.cairn.proto.api.v1.ErrorDetail.Reason;
import dev.cairn.proto.api.v1.GetReply;
import dev.cairn.proto.api.v1.GetRequest;
import dev.cairn.proto.api.v1.PutHead;
import dev.cairn.proto.api.v1.PutReply;
import dev.cairn.proto.api.v1.PutRequest;
import dev.cairn.tgk.Graph;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A server with the API, and clients of it; all closed behind each test. */
abstract class ApiFixture {
  static final PeerAddress LOOPBACK = PeerAddress.parse("127.0.0.1:0");
  static final TlsIdentity SERVER = new TlsIdentity(TestNode.key("server"), WallClock.system());
  static final TlsIdentity CLIENT = new TlsIdentity(TestNode.key("client"), WallClock.system());
  private final List<AutoCloseable> toClose = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (int i = toClose.size() - 1; i >= 0; i--) {
      toClose.get(i).close();
    }
  }

  <T extends AutoCloseable> T closing(T closeable) {
    toClose.add(closeable);
    return closeable;
  }

  static ApiOffer offer(TestNode node, AccessPolicy policy) {
    return offer(node, policy, Ticker.system());
  }

  static ApiOffer offer(TestNode node, AccessPolicy policy, Ticker ticker) {
    return new ApiOffer(
        node.store(),
        new Graph(node.store()),
        new Executor(node.store(), OperatorRegistry.discover()),
        policy,
        ticker);
  }

  GrpcPeerServer serve(TestNode node, PeerAddress address) {
    return closing(
        GrpcPeerServer.startPlain(
            address, link -> link.send(new Heartbeat(1)), offer(node, AccessPolicy.OWNER)));
  }

  ManagedChannel channel(GrpcPeerServer server, @Nullable TlsIdentity identity) {
    EventLoopGroup loop = Endpoints.eventLoops("api-test", 1);
    toClose.add(() -> Endpoints.shutDown(loop));
    boolean unix = server.address() instanceof PeerAddress.Unix;
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(Endpoints.socketAddress(server.address()))
            .overrideAuthority("cairn")
            .eventLoopGroup(loop)
            .disableRetry();
    if (unix) {
      builder.channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class);
    } else {
      builder.channelType(NioSocketChannel.class, InetSocketAddress.class);
    }
    if (identity == null) {
      builder.usePlaintext();
    } else {
      builder.sslContext(
          Endpoints.clientTls(identity, identity.trustManager(TrustPolicy.pinned(SERVER.node()))));
    }
    ManagedChannel channel = builder.build();
    toClose.add(channel::shutdownNow);
    return channel;
  }

  CairnBlockingStub stub(GrpcPeerServer server) {
    return CairnGrpc.newBlockingStub(channel(server, null));
  }

  /** The one reply, or the error, of a put. */
  static PutReply put(ManagedChannel channel, PutRequest... requests) {
    CompletableFuture<PutReply> reply = new CompletableFuture<>();
    StreamObserver<PutRequest> call = CairnGrpc.newStub(channel).put(completing(reply));
    for (PutRequest request : requests) {
      call.onNext(request);
    }
    call.onCompleted();
    try {
      return reply.join();
    } catch (java.util.concurrent.CompletionException e) {
      throw (StatusRuntimeException) e.getCause();
    }
  }

  static <T> StreamObserver<T> completing(CompletableFuture<T> reply) {
    return new StreamObserver<>() {
      @Override
      public void onNext(T value) {
        reply.complete(value);
      }

      @Override
      public void onError(Throwable t) {
        reply.completeExceptionally(t);
      }

      @Override
      public void onCompleted() {}
    };
  }

  static PutRequest text(String text) {
    return PutRequest.newBuilder()
        .setHead(PutHead.newBuilder().setType("text/plain"))
        .setData(ByteString.copyFromUtf8(text))
        .build();
  }

  static ByteString get(CairnBlockingStub api, GetRequest request) {
    ByteString all = ByteString.EMPTY;
    Iterator<GetReply> replies = api.get(request);
    while (replies.hasNext()) {
      all = all.concat(replies.next().getData());
    }
    return all;
  }

  static void assertFails(Runnable call, Status.Code code, Reason reason, Advice advice) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).as(e.toString()).isEqualTo(code);
              com.google.rpc.Status status = StatusProto.fromThrowable(e);
              assertThat(status).isNotNull();
              Any detail = status.getDetails(0);
              try {
                ErrorDetail error = detail.unpack(ErrorDetail.class);
                assertThat(error.getReason()).isEqualTo(reason);
                assertThat(error.getAdvice()).isEqualTo(advice);
              } catch (java.io.IOException wrong) {
                throw new AssertionError(wrong);
              }
            });
  }
}
