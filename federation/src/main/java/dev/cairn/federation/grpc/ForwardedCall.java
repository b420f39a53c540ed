package dev.cairn.federation.grpc;

import com.google.protobuf.UnsafeByteOperations;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnknownOutcomeException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.api.ShardGate.Placed;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.proto.api.v1.CairnGrpc;
import dev.cairn.proto.api.v1.PutHead;
import dev.cairn.proto.api.v1.PutReply;
import dev.cairn.proto.api.v1.PutRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The conversation of one {@link ForwardedPut}. Used once, by one thread beside those of gRPC. */
final class ForwardedCall implements ClientResponseObserver<PutRequest, PutReply> {
  private static final int PIECE_BYTES = 256 << 10;

  private final PeerAddress address;
  private final NodeId node;
  private final ArtifactId artifact;
  private final CompletableFuture<PutReply> answer = new CompletableFuture<>();
  private final Semaphore ready = new Semaphore(0);
  private @Nullable ClientCallStreamObserver<PutRequest> call;
  private @Nullable PutReply reply;
  private boolean isSent; // From just before the call is ended here: the other may have it then.

  ForwardedCall(PeerAddress address, NodeId node, ArtifactId artifact) {
    this.address = address;
    this.node = node;
    this.artifact = artifact;
  }

  Placed run(ManagedChannel channel, InputStream payload) {
    CairnGrpc.newStub(channel)
        .withDeadlineAfter(ApiLimits.CALL_MILLIS_MAX, TimeUnit.MILLISECONDS)
        .put(this);
    ClientCallStreamObserver<PutRequest> to = call;
    if (to == null) {
      throw new IllegalStateException("a call that was not begun");
    }
    try {
      send(to, payload);
      return placed(answer.get(ApiLimits.SILENCE_MILLIS_MAX, TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      to.cancel("no answer", e);
      throw isSent
          ? new UnknownOutcomeException("node " + node + " does not say whether it has the put", e)
          : new UnavailableException("node " + node + " does not go on with the put", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      to.cancel("interrupted", e);
      throw isSent
          ? new UnknownOutcomeException(
              "interrupted before node " + node + " said whether it has the put", e)
          : new UnavailableException("interrupted before node " + node + " had all of the put", e);
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  /** What it says counts if it can have the artifact, and speaks of this one. */
  private Placed placed(PutReply reply) {
    if (!isSent) {
      throw new UnavailableException("node " + node + " answers a put before it has all of it");
    }
    String key = reply.getArtifact().getKey();
    if (!artifact.key().toString().equals(key)) {
      throw new UnknownOutcomeException(
          "node " + node + " answers the put of " + artifact.key() + " with another artifact");
    }
    return new Placed(node, reply.getLogseq(), reply.getNew());
  }

  /** Sends all, unless the call ends before. */
  private void send(ClientCallStreamObserver<PutRequest> to, InputStream payload)
      throws InterruptedException, TimeoutException {
    PutHead.Builder head =
        PutHead.newBuilder()
            .setSize(artifact.payloadLength())
            .setKey(artifact.key().toString())
            .setForwarded(true);
    if (artifact.tag() != null) {
      head.setType(artifact.tag().toString());
    }
    PutRequest.Builder next = PutRequest.newBuilder().setHead(head);
    try {
      byte[] piece = payload.readNBytes(PIECE_BYTES);
      while (awaitReady(to)) {
        to.onNext(next.setData(UnsafeByteOperations.unsafeWrap(piece)).build());
        if (piece.length < PIECE_BYTES) {
          isSent = true;
          to.onCompleted();
          return;
        }
        next = PutRequest.newBuilder();
        piece = payload.readNBytes(PIECE_BYTES);
      }
    } catch (IOException e) {
      to.cancel("the payload cannot be read", e);
      throw new StoreFailedException("payload of " + artifact.key(), e);
    }
  }

  /** False if the call is over. */
  private boolean awaitReady(ClientCallStreamObserver<PutRequest> to)
      throws InterruptedException, TimeoutException {
    while (!answer.isDone() && !to.isReady()) {
      if (!ready.tryAcquire(ApiLimits.SILENCE_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
        throw new TimeoutException("nothing is taken");
      }
    }
    return !answer.isDone();
  }

  private CairnException failed(ExecutionException failure) {
    Status status = Status.fromThrowable(failure);
    String why = "node " + node + " at " + address + ": " + status.getDescription();
    return switch (status.getCode()) {
      case PERMISSION_DENIED -> new NotGrantedException(why, failure);
      case UNIMPLEMENTED ->
          new RefusedException(
              "node " + node + " offers no API at " + address + ": 'cairn serve --api' there does");
      case INVALID_ARGUMENT, FAILED_PRECONDITION, UNAUTHENTICATED, NOT_FOUND ->
          new RefusedException(why, failure);
      case RESOURCE_EXHAUSTED ->
          isSent && !ApiErrors.isLimit(failure)
              ? unknown(why, failure)
              : new UnavailableException(why, failure);
      default ->
          isSent ? unknown(why, failure) : Failures.of(status, "node " + node + " at " + address);
    };
  }

  private static CairnException unknown(String why, Throwable failure) {
    return new UnknownOutcomeException(
        why + ": it may have the put, which is the same if put again", failure);
  }

  // ---- gRPC's thread

  @Override
  public void beforeStart(ClientCallStreamObserver<PutRequest> begun) {
    call = begun;
    begun.setOnReadyHandler(ready::release);
  }

  @Override
  public void onNext(PutReply message) {
    reply = message;
  }

  @Override
  public void onError(Throwable cause) {
    answer.completeExceptionally(cause);
    ready.release();
  }

  @Override
  public void onCompleted() {
    PutReply got = reply;
    if (got == null) {
      onError(Status.INTERNAL.withDescription("no answer").asRuntimeException());
    } else {
      answer.complete(got);
      ready.release();
    }
  }
}
