package dev.cairn.federation.grpc;

import com.google.protobuf.MessageLite;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.access.QuotaLedger;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Charges the calls of the API to the node that TLS proved, by the same ledger as its
 * conversations, and ends one that has cost too much with {@code RESOURCE_EXHAUSTED}: its work is
 * told that the caller has gone. To stand behind {@link CallerGate}. Safe for any thread.
 */
final class CallerMeter implements ServerInterceptor {
  private final @Nullable QuotaLedger quotas;
  private final Ticker ticker;

  /**
   * Charges callers.
   *
   * @param quotas null to charge nobody
   */
  CallerMeter(@Nullable QuotaLedger quotas, Ticker ticker) {
    this.quotas = quotas;
    this.ticker = ticker;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    NodeId caller = CallerGate.CALLER.get();
    if (quotas == null || caller == null) {
      return next.startCall(call, headers);
    }
    MeteredCall<Q, A> metered;
    try {
      metered = new MeteredCall<>(call, quotas.openCall(caller, nowMillis()));
    } catch (RefusedException e) {
      close(call, String.valueOf(e.getMessage()));
      return new ServerCall.Listener<>() {};
    }
    boolean started = false;
    try {
      // What was used up before by others, or in another hour.
      if (!metered.charge(0, 0)) {
        return new ServerCall.Listener<>() {};
      }
      ServerCall.Listener<Q> listener = next.startCall(metered, headers);
      started = true;
      return new MeteredListener<>(listener, metered);
    } finally {
      if (!started) {
        metered.end();
      }
    }
  }

  private long nowMillis() {
    return TimeUnit.NANOSECONDS.toMillis(ticker.nanos());
  }

  private static void close(ServerCall<?, ?> call, String why) {
    StatusRuntimeException error = ApiErrors.limit(why);
    call.close(
        error.getStatus(), Objects.requireNonNullElseGet(error.getTrailers(), Metadata::new));
  }

  private static long bytes(Object message) {
    return message instanceof MessageLite known ? known.getSerializedSize() : 0;
  }

  /**
   * A call that is closed as soon as it has cost too much; what its work sends or says behind that
   * goes nowhere. Messages come on the event loop while its work answers on another thread, so that
   * all of it is under one lock.
   */
  private final class MeteredCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final QuotaLedger.Meter meter;
    private long frames;
    private long bytes;
    private boolean closed;
    private boolean cut;

    MeteredCall(ServerCall<Q, A> call, QuotaLedger.Meter meter) {
      super(call);
      this.meter = meter;
    }

    /** False if the call is over for its cost. */
    synchronized boolean charge(long moreFrames, long moreBytes) {
      if (cut) {
        return false;
      }
      frames += moreFrames;
      bytes += moreBytes;
      String over = meter.look(frames, bytes, nowMillis());
      if (over != null && !closed) {
        cut = true;
        CallerMeter.close(delegate(), over);
      }
      return !cut;
    }

    synchronized boolean isCut() {
      return cut;
    }

    synchronized void end() {
      meter.close();
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
      if (!cut) {
        super.sendHeaders(headers);
      }
    }

    @Override
    public synchronized void sendMessage(A message) {
      if (cut) {
        return;
      }
      if (getMethodDescriptor().getType().serverSendsOneMessage()) {
        frames++;
        bytes += CallerMeter.bytes(message);
        // Used up or not: whoever calls next is told.
        String unused = meter.look(frames, bytes, nowMillis());
        super.sendMessage(message);
      } else if (charge(1, CallerMeter.bytes(message))) {
        super.sendMessage(message);
      }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      closed = true;
      if (!cut) {
        super.close(status, trailers);
      }
    }
  }

  /** Passes on what comes, until the call is cut: that is a cancelled one to its work. */
  private static final class MeteredListener<Q> extends SimpleForwardingServerCallListener<Q> {
    private final MeteredCall<Q, ?> call;

    MeteredListener(ServerCall.Listener<Q> listener, MeteredCall<Q, ?> call) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (call.charge(1, CallerMeter.bytes(message))) {
        super.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      if (!call.isCut()) {
        super.onHalfClose();
      }
    }

    @Override
    public void onComplete() {
      call.end();
      if (call.isCut()) {
        super.onCancel();
      } else {
        super.onComplete();
      }
    }

    @Override
    public void onCancel() {
      call.end();
      super.onCancel();
    }
  }
}
