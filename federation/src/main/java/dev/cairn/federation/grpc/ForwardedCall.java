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

  private final CompletableFuture<PutReply> answer = new CompletableFuture<>();
  private final Semaphore ready = new Semaphore(0);
  private @Nullable ClientCallStreamObserver<PutRequest> call;
  private @Nullable PutReply reply;

  Placed run(
      ManagedChannel channel,
      PeerAddress address,
      NodeId node,
      ArtifactId artifact,
      InputStream payload)
      throws InterruptedException {
    CairnGrpc.newStub(channel)
        .withDeadlineAfter(ApiLimits.CALL_MILLIS_MAX, TimeUnit.MILLISECONDS)
        .put(this);
    ClientCallStreamObserver<PutRequest> to = call;
    if (to == null) {
      throw new IllegalStateException("a call that was not begun");
    }
    boolean isSent = false;
    try {
      isSent = send(to, artifact, payload);
      PutReply placed = answer.get(ApiLimits.SILENCE_MILLIS_MAX, TimeUnit.MILLISECONDS);
      return new Placed(node, placed.getLogseq(), placed.getNew());
    } catch (TimeoutException e) {
      to.cancel("no answer", e);
      throw isSent
          ? new UnknownOutcomeException(node + " does not say whether it has the put", e)
          : new UnavailableException(node + " does not go on with the put", e);
    } catch (ExecutionException e) {
      throw failed(Status.fromThrowable(e.getCause()), address, node, isSent);
    }
  }

  /** False if the call ended before all was sent. */
  private boolean send(
      ClientCallStreamObserver<PutRequest> to, ArtifactId artifact, InputStream payload)
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
          to.onCompleted();
          return true;
        }
        next = PutRequest.newBuilder();
        piece = payload.readNBytes(PIECE_BYTES);
      }
      return false;
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

  private static CairnException failed(
      Status status, PeerAddress address, NodeId node, boolean isSent) {
    String why = "node " + node + " at " + address + ": " + status.getDescription();
    return switch (status.getCode()) {
      case PERMISSION_DENIED -> new NotGrantedException(why, status.getCause());
      case UNIMPLEMENTED ->
          new RefusedException(
              "node " + node + " offers no API at " + address + ": 'cairn serve --api' there does");
      case INVALID_ARGUMENT, FAILED_PRECONDITION, UNAUTHENTICATED, NOT_FOUND ->
          new RefusedException(why, status.getCause());
      case RESOURCE_EXHAUSTED -> new UnavailableException(why, status.getCause());
      default ->
          isSent
              ? new UnknownOutcomeException(
                  why + ": it may have the put, which is the same if put again", status.getCause())
              : Failures.of(status, "node " + node + " at " + address);
    };
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
