package dev.cairn.federation.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Objects;

/**
 * A call that can be closed over its work's head: what its work sends or says behind that goes
 * nowhere. Messages come on the event loop while the work answers on another thread, so that all of
 * it is under one lock, this object's.
 *
 * @param <Q> what comes
 * @param <A> what goes
 */
class CutCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
  private boolean closed;
  private boolean cut;

  CutCall(ServerCall<Q, A> call) {
    super(call);
  }

  /** Closes a call, with what the error says. */
  static void close(ServerCall<?, ?> call, StatusRuntimeException error) {
    call.close(
        error.getStatus(), Objects.requireNonNullElseGet(error.getTrailers(), Metadata::new));
  }

  /** Closes this call, unless it is closed. */
  final synchronized void cut(StatusRuntimeException error) {
    if (!closed && !cut) {
      cut = true;
      close(delegate(), error);
    }
  }

  final synchronized boolean isCut() {
    return cut;
  }

  @Override
  public synchronized void sendHeaders(Metadata headers) {
    if (!cut) {
      super.sendHeaders(headers);
    }
  }

  @Override
  public synchronized void sendMessage(A message) {
    if (!cut) {
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

  /** Passes on what comes, until the call is cut: that is a cancelled one to its work. */
  static class Listener<Q> extends SimpleForwardingServerCallListener<Q> {
    private final CutCall<Q, ?> call;

    Listener(ServerCall.Listener<Q> listener, CutCall<Q, ?> call) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (!call.isCut()) {
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
    public void onReady() {
      if (!call.isCut()) {
        super.onReady();
      }
    }

    @Override
    public void onComplete() {
      if (call.isCut()) {
        super.onCancel();
      } else {
        super.onComplete();
      }
    }
  }
}
