package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnknownOutcomeException;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.api.ShardGate.Placed;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.proto.api.v1.Artifact;
import dev.cairn.proto.api.v1.CairnGrpc;
import dev.cairn.proto.api.v1.PutReply;
import dev.cairn.proto.api.v1.PutRequest;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node makes of what a holder answers that it passes a put on to. */
@Timeout(60)
class ForwardedCallTest {
  private static final Bytes PAYLOAD = Bytes.utf8("payload");
  private static final ArtifactId ID = ArtifactHasher.identify(PAYLOAD, new TypeTag("text/plain"));
  private static final NodeId HOLDER = NodeId.of(TestNode.key("holder").publicKey());
  private static final PeerAddress ADDRESS = PeerAddress.parse("127.0.0.1:1");

  @AfterEach
  void noInterruptIsLeft() {
    assertThat(Thread.interrupted()).isFalse();
  }

  /** A payload that never ends: a put of it is never sent whole. */
  private static final class Endless extends InputStream {
    @Override
    public int read() {
      return 0;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      return length;
    }
  }

  /** Passes a put on to a holder that does one thing at the first piece, and one at the end. */
  private static Placed put(
      InputStream payload,
      Consumer<StreamObserver<PutReply>> atFirst,
      Consumer<StreamObserver<PutReply>> atEnd)
      throws IOException {
    CairnGrpc.CairnImplBase holder =
        new CairnGrpc.CairnImplBase() {
          @Override
          public StreamObserver<PutRequest> put(StreamObserver<PutReply> to) {
            return new StreamObserver<>() {
              private boolean begun;

              @Override
              public void onNext(PutRequest value) {
                if (!begun) {
                  begun = true;
                  atFirst.accept(to);
                }
              }

              @Override
              public void onError(Throwable t) {}

              @Override
              public void onCompleted() {
                atEnd.accept(to);
              }
            };
          }
        };
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(holder)
            .build()
            .start();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
    try {
      return new ForwardedCall(ADDRESS, HOLDER, ID).run(channel, payload);
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  private static Placed whole(Consumer<StreamObserver<PutReply>> atEnd) throws IOException {
    return put(new ByteArrayInputStream(PAYLOAD.toArray()), to -> {}, atEnd);
  }

  private static Placed inPart(Consumer<StreamObserver<PutReply>> atFirst) throws IOException {
    return put(new Endless(), atFirst, to -> {});
  }

  private static Consumer<StreamObserver<PutReply>> answer(ArtifactKey key) {
    return to -> {
      to.onNext(
          PutReply.newBuilder()
              .setArtifact(Artifact.newBuilder().setKey(key.toString()))
              .setLogseq(7)
              .setNew(true)
              .build());
      to.onCompleted();
    };
  }

  private static Consumer<StreamObserver<PutReply>> end(Throwable failure) {
    return to -> to.onError(failure);
  }

  private static Consumer<StreamObserver<PutReply>> end(Status.Code code) {
    return end(code.toStatus().withDescription("so").asRuntimeException());
  }

  @Test
  void anAnswerCountsIfAllWasSentAndItSpeaksOfThisArtifact() throws IOException {
    assertThat(whole(answer(ID.key()))).isEqualTo(new Placed(HOLDER, 7, true));
    ArtifactKey other = ArtifactKey.of(PAYLOAD, new TypeTag("text/html"));
    assertThatThrownBy(() -> whole(answer(other)))
        .isInstanceOf(UnknownOutcomeException.class)
        .hasMessageContaining(ID.key().toString());
    assertThatThrownBy(() -> inPart(answer(ID.key())))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(HOLDER.toString());
  }

  @Test
  void aFailureBehindTheEndIsOfUnknownOutcomeUnlessTheHolderSaysThatItHasNothing() {
    assertThatThrownBy(() -> whole(end(Status.Code.RESOURCE_EXHAUSTED)))
        .isInstanceOf(UnknownOutcomeException.class);
    assertThatThrownBy(() -> whole(end(Status.Code.INTERNAL)))
        .isInstanceOf(UnknownOutcomeException.class);
    assertThatThrownBy(() -> whole(end(ApiErrors.limit("calls"))))
        .isInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> whole(end(Status.Code.FAILED_PRECONDITION)))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> whole(end(Status.Code.PERMISSION_DENIED)))
        .isInstanceOf(NotGrantedException.class);
    assertThatThrownBy(() -> inPart(end(Status.Code.RESOURCE_EXHAUSTED)))
        .isInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> inPart(end(Status.Code.INTERNAL)))
        .isInstanceOf(UnavailableException.class);
  }

  @Test
  void anInterruptStaysSetAndIsOfUnknownOutcomeOnceAllWasSent() {
    Thread self = Thread.currentThread();
    assertThatThrownBy(() -> whole(to -> self.interrupt()))
        .isInstanceOf(UnknownOutcomeException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThatThrownBy(() -> inPart(to -> self.interrupt()))
        .isInstanceOf(UnavailableException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
