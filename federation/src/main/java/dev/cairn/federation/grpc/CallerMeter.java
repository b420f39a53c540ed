package dev.cairn.federation.grpc;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.access.QuotaLedger;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Charges the calls of the API to the node that TLS proved, by the same ledger as its
 * conversations, and ends one that has cost too much with {@code RESOURCE_EXHAUSTED}: its work is
 * told that the caller has gone. To stand behind {@link CallerGate}, where {@link MessageGuard}
 * shows messages as they come and go. Safe for any thread.
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
      CutCall.close(call, ApiErrors.limit(String.valueOf(e.getMessage())));
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

  /** Of a message as it comes or goes, see {@link MessageGuard}. */
  private static long bytes(Object message) {
    if (!(message instanceof InputStream stream && message instanceof KnownLength)) {
      throw new AssertionError("a message of unknown length: " + message.getClass());
    }
    try {
      return stream.available();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A call that is cut as soon as it has cost too much. */
  private final class MeteredCall<Q, A> extends CutCall<Q, A> {
    private final QuotaLedger.Meter meter;
    private long frames;
    private long bytes;

    MeteredCall(ServerCall<Q, A> call, QuotaLedger.Meter meter) {
      super(call);
      this.meter = meter;
    }

    /** False if the call is over for its cost. */
    synchronized boolean charge(long moreFrames, long moreBytes) {
      if (isCut()) {
        return false;
      }
      String over = count(moreFrames, moreBytes);
      if (over != null) {
        cut(ApiErrors.limit(over));
      }
      return !isCut();
    }

    private synchronized @Nullable String count(long moreFrames, long moreBytes) {
      frames += moreFrames;
      bytes += moreBytes;
      return meter.look(frames, bytes, nowMillis());
    }

    synchronized void end() {
      meter.close();
    }

    @Override
    public synchronized void sendMessage(A message) {
      if (isCut()) {
        return;
      }
      if (getMethodDescriptor().getType().serverSendsOneMessage()) {
        // Used up or not: whoever calls next is told.
        String unused = count(1, CallerMeter.bytes(message));
        super.sendMessage(message);
      } else if (charge(1, CallerMeter.bytes(message))) {
        super.sendMessage(message);
      }
    }
  }

  private static final class MeteredListener<Q> extends CutCall.Listener<Q> {
    private final MeteredCall<Q, ?> call;

    MeteredListener(ServerCall.Listener<Q> listener, MeteredCall<Q, ?> call) {
      super(listener, call);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (call.charge(1, CallerMeter.bytes(message))) {
        super.onMessage(message);
      }
    }

    @Override
    public void onComplete() {
      call.end();
      super.onComplete();
    }

    @Override
    public void onCancel() {
      call.end();
      super.onCancel();
    }
  }
}
