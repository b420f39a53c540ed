package dev.cairn.federation.grpc;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.wire.FrameCodec;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A peer with TLS that keeps none of our bounds: any bytes as frames, any number of calls. */
final class HostilePeer implements AutoCloseable {
  private static final int WAIT_SECONDS = 60;

  private final ManagedChannel channel;

  HostilePeer(PeerAddress address, SslContext tls) {
    channel =
        NettyChannelBuilder.forAddress(Endpoints.socketAddress(address))
            .overrideAuthority("cairn")
            .sslContext(tls)
            .disableRetry()
            .build();
  }

  ManagedChannel channel() {
    return channel;
  }

  Exchange open() {
    return new Exchange();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  /** One call. */
  final class Exchange {
    private final ClientCall<Bytes, Bytes> call =
        channel.newCall(FrameMarshaller.EXCHANGE, CallOptions.DEFAULT);
    private final CompletableFuture<Status> ended = new CompletableFuture<>();
    private final CompletableFuture<Hello> greeted = new CompletableFuture<>();
    private final List<PeerMessage> heard = new CopyOnWriteArrayList<>();

    Exchange() {
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(Bytes frame) {
              FrameCodec.decode(frame).ifPresent(this::hear);
              call.request(1);
            }

            private void hear(PeerMessage message) {
              heard.add(message);
              if (message instanceof Hello hello) {
                greeted.complete(hello);
              }
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
              ended.complete(status);
              greeted.completeExceptionally(status.asException());
            }
          },
          new Metadata());
      call.request(1);
    }

    /** False if the call is over. */
    boolean send(Bytes frame) {
      if (ended.isDone()) {
        return false;
      }
      try {
        call.sendMessage(frame);
        return true;
      } catch (IllegalStateException e) {
        return false;
      }
    }

    /** Waits while the network takes no more; false if the call is over. */
    boolean sendPatiently(Bytes frame) throws InterruptedException {
      while (!call.isReady() && !ended.isDone()) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      return send(frame);
    }

    void awaitHello() throws Exception {
      Hello unused = greeted.get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    void awaitGoodbye() throws InterruptedException {
      for (int i = 0; i < 1_000 * WAIT_SECONDS && goodbye().isEmpty() && !ended.isDone(); i++) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }

    /** Waits until the other side has ended the call, which it does behind its goodbye. */
    void awaitEnd() throws Exception {
      Status unused = ended.get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    List<PeerMessage> heard() {
      return heard;
    }

    void reset() {
      call.cancel("as it likes", null);
    }

    /** Ends the sending side and hears the other out. */
    Status finish() throws Exception {
      try {
        call.halfClose();
      } catch (IllegalStateException e) {
        // It is over already, or was reset.
      }
      return ended.get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    /** What the goodbye said; empty if none came. */
    String goodbye() {
      return heard.stream()
          .filter(Goodbye.class::isInstance)
          .map(message -> ((Goodbye) message).text())
          .findFirst()
          .orElse("");
    }
  }
}
