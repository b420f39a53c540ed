package dev.cairn.federation.grpc;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.wire.FrameCodec;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A peer in plain text that keeps none of our bounds: it sends any bytes as a frame. */
final class RawPeer implements AutoCloseable {
  private final ManagedChannel channel;
  private final ClientCall<Bytes, Bytes> call;
  private final CompletableFuture<Boolean> answered = new CompletableFuture<>();
  private final CompletableFuture<Status> ended = new CompletableFuture<>();
  private final List<PeerMessage> heard = Collections.synchronizedList(new ArrayList<>());

  RawPeer(PeerAddress address) {
    channel =
        NettyChannelBuilder.forAddress(Endpoints.socketAddress(address)).usePlaintext().build();
    call = channel.newCall(FrameMarshaller.EXCHANGE, CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onHeaders(Metadata headers) {
            answered.complete(true);
          }

          @Override
          public void onMessage(Bytes frame) {
            FrameCodec.decode(frame).ifPresent(heard::add);
            call.request(1);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            answered.complete(false);
            ended.complete(status);
          }
        },
        new Metadata());
    call.request(1);
  }

  void send(Bytes frame) {
    call.sendMessage(frame);
  }

  /** Whether the server took the call. */
  CompletableFuture<Boolean> answered() {
    return answered;
  }

  /** Ends the sending side. */
  void finish() {
    call.halfClose();
  }

  /** What the server said so far; all of it once {@link #ended} is complete. */
  List<PeerMessage> heard() {
    return heard;
  }

  CompletableFuture<Status> ended() {
    return ended;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
