package dev.cairn.federation.grpc;

import dev.cairn.asl.time.Ticker;
import dev.cairn.proto.api.v1.PutHead;
import dev.cairn.proto.api.v1.PutRequest;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The payload of a put, as it comes: gRPC's thread lays messages in, the call's worker reads. At
 * most {@link ApiLimits#PUT_PIECES_AHEAD} messages wait; the next is asked for when one is taken.
 */
final class PutStream extends InputStream implements StreamObserver<PutRequest> {
  private final IntConsumer request;
  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Under the lock.
  private final ArrayDeque<PutRequest> arrived = new ArrayDeque<>();
  private boolean ended;
  private @Nullable RuntimeException failure;

  // The worker's.
  private ByteBuffer piece = ByteBuffer.allocate(0);
  private long count;

  /**
   * @param request asks gRPC for so many more messages
   */
  PutStream(IntConsumer request, Ticker ticker) {
    this.request = request;
    this.ticker = ticker;
  }

  /** The head of the first message, once it is there. */
  PutHead head() {
    PutRequest message = next();
    if (message == null || !message.hasHead()) {
      throw ApiErrors.malformed("put: the first message has no head");
    }
    take(message);
    return message.getHead();
  }

  /** Bytes read so far. */
  long count() {
    return count;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!piece.hasRemaining()) {
      PutRequest message = next();
      if (message == null) {
        return -1;
      }
      if (message.hasHead()) {
        throw ApiErrors.malformed("put: a second head");
      }
      take(message);
    }
    int taken = Math.min(length, piece.remaining());
    piece.get(into, offset, taken);
    count += taken;
    return taken;
  }

  private void take(PutRequest message) {
    piece = message.getData().asReadOnlyByteBuffer();
    if (piece.remaining() > ApiLimits.PUT_PIECE_BYTES_MAX) {
      throw ApiErrors.malformed(
          "put: a piece of "
              + piece.remaining()
              + " bytes, more than "
              + ApiLimits.PUT_PIECE_BYTES_MAX);
    }
  }

  private @Nullable PutRequest next() {
    long deadline = ticker.nanos() + TimeUnit.MILLISECONDS.toNanos(ApiLimits.SILENCE_MILLIS_MAX);
    lock.lock();
    try {
      while (arrived.isEmpty() && !ended && failure == null) {
        long left = deadline - ticker.nanos();
        if (left <= 0) {
          throw ApiErrors.limit("put: nothing came in " + ApiLimits.SILENCE_MILLIS_MAX + " ms");
        }
        long unused = changed.awaitNanos(left);
      }
      if (failure != null) {
        throw failure;
      }
      PutRequest message = arrived.poll();
      if (message != null) {
        request.accept(1);
      }
      return message;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Status.UNAVAILABLE.withDescription("the node is stopping").asRuntimeException();
    } finally {
      lock.unlock();
    }
  }

  // ---- gRPC's thread

  @Override
  public void onNext(PutRequest message) {
    change(() -> arrived.add(message));
  }

  @Override
  public void onError(Throwable cause) {
    change(
        () -> failure = Status.CANCELLED.withDescription("the call is over").asRuntimeException());
  }

  @Override
  public void onCompleted() {
    change(() -> ended = true);
  }

  private void change(Runnable step) {
    lock.lock();
    try {
      step.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
