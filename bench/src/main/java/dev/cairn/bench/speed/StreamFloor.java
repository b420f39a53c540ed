package dev.cairn.bench.speed;

import dev.cairn.federation.tls.TlsIdentity;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/**
 * What gRPC over TLS 1.3 on loopback costs alone: a server streams byte arrays, packed into
 * messages of 64 KiB, to a client that counts them, or answers each message of an open call with a
 * short one. Nothing is looked at, nothing is written.
 */
final class StreamFloor implements AutoCloseable {
  private static final int MESSAGE_BYTES = 64 << 10;
  private static final int WINDOW_BYTES = 8 << 20;
  private static final int AHEAD = 16;
  private static final long TIMEOUT_SECONDS = 120;
  private static final MethodDescriptor<byte[], byte[]> STREAM =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
          .setFullMethodName("bench.Floor/Stream")
          .setRequestMarshaller(new Raw())
          .setResponseMarshaller(new Raw())
          .build();
  private static final MethodDescriptor<byte[], byte[]> ECHO =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
          .setFullMethodName("bench.Floor/Echo")
          .setRequestMarshaller(new Raw())
          .setResponseMarshaller(new Raw())
          .build();
  private static final int ANSWER_BYTES = 64;

  private final Server server;
  private final ManagedChannel channel;

  /** Serves and connects, with the certificate of a node. */
  StreamFloor(TlsIdentity identity) throws IOException {
    identity.certificate();
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sslContext(
                GrpcSslContexts.configure(
                        SslContextBuilder.forServer(identity.keyManager()), SslProvider.JDK)
                    .protocols("TLSv1.3")
                    .build())
            .directExecutor()
            .flowControlWindow(WINDOW_BYTES)
            .addService(
                ServerServiceDefinition.builder("bench.Floor")
                    .addMethod(STREAM, StreamFloor::serve)
                    .addMethod(ECHO, StreamFloor::echo)
                    .build())
            .build()
            .start();
    channel =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()))
            .overrideAuthority("cairn")
            .sslContext(
                GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .protocols("TLSv1.3")
                    .build())
            .directExecutor()
            .flowControlWindow(WINDOW_BYTES)
            .build();
  }

  /** Streams so many bytes; returns once all have come. */
  void stream(long bytes) throws Exception {
    CompletableFuture<Long> done = new CompletableFuture<>();
    ClientCall<byte[], byte[]> call = channel.newCall(STREAM, CallOptions.DEFAULT);
    call.start(new Counter(call, done), new Metadata());
    call.sendMessage(Long.toString(bytes).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    call.halfClose();
    call.request(AHEAD);
    if (done.get(TIMEOUT_SECONDS, TimeUnit.SECONDS) != bytes) {
      throw new IllegalStateException("the floor lost bytes");
    }
  }

  private static ServerCall.Listener<byte[]> serve(
      ServerCall<byte[], byte[]> call, Metadata headers) {
    call.request(1);
    return new ServerCall.Listener<>() {
      private final byte[] message = Payloads.of(1, 1, MESSAGE_BYTES);
      private long left = -1;
      private boolean ended;

      @Override
      public void onMessage(byte[] request) {
        left = Long.parseLong(new String(request, java.nio.charset.StandardCharsets.US_ASCII));
        call.sendHeaders(new Metadata());
        send();
      }

      @Override
      public void onReady() {
        if (left >= 0) {
          send();
        }
      }

      private void send() {
        while (left > 0 && call.isReady()) {
          byte[] next = left >= MESSAGE_BYTES ? message : new byte[(int) left];
          left -= next.length;
          call.sendMessage(next);
        }
        if (left == 0 && !ended) {
          ended = true;
          call.close(Status.OK, new Metadata());
        }
      }
    };
  }

  private static ServerCall.Listener<byte[]> echo(
      ServerCall<byte[], byte[]> call, Metadata headers) {
    call.sendHeaders(new Metadata());
    call.request(1);
    return new ServerCall.Listener<>() {
      private final byte[] answer = new byte[ANSWER_BYTES];

      @Override
      public void onMessage(byte[] request) {
        call.sendMessage(answer);
        call.request(1);
      }

      @Override
      public void onHalfClose() {
        call.close(Status.OK, new Metadata());
      }
    };
  }

  /** A call that stays open. */
  Pinger pinger() {
    return new Pinger(channel.newCall(ECHO, CallOptions.DEFAULT));
  }

  /** Sends a message and waits for the answer, one after another. One owner. */
  static final class Pinger implements AutoCloseable {
    private final ClientCall<byte[], byte[]> call;
    private final SynchronousQueue<byte[]> answers = new SynchronousQueue<>();

    private Pinger(ClientCall<byte[], byte[]> call) {
      this.call = call;
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(byte[] answer) {
              try {
                answers.put(answer);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
          },
          new Metadata());
    }

    /** There and back. */
    void ping(byte[] message) throws InterruptedException {
      call.request(1);
      call.sendMessage(message);
      if (answers.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS) == null) {
        throw new IllegalStateException("the floor does not answer");
      }
    }

    @Override
    public void close() {
      call.halfClose();
    }
  }

  private static final class Counter extends ClientCall.Listener<byte[]> {
    private final ClientCall<byte[], byte[]> call;
    private final CompletableFuture<Long> done;
    private long bytes;

    Counter(ClientCall<byte[], byte[]> call, CompletableFuture<Long> done) {
      this.call = call;
      this.done = done;
    }

    @Override
    public void onMessage(byte[] message) {
      bytes += message.length;
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (status.isOk()) {
        done.complete(bytes);
      } else {
        done.completeExceptionally(status.asRuntimeException());
      }
    }
  }

  private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
  }
}
