package dev.cairn.federation.grpc;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.tls.NodeTrustManager;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** Lets no call in whose caller is not trusted, and tells the others' work who calls. */
final class CallerGate implements ServerInterceptor {
  /** The node that TLS proved; null in plain text. */
  static final Context.Key<NodeId> CALLER = Context.key("cairn-caller");

  private final @Nullable NodeTrustManager trust;

  CallerGate(@Nullable NodeTrustManager trust) {
    this.trust = trust;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (trust == null) {
      return next.startCall(call, headers);
    }
    NodeId caller;
    try {
      caller = trust.check(GrpcPeerServer.session(call));
    } catch (CairnException e) {
      call.close(Status.PERMISSION_DENIED.withDescription(e.getMessage()), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    Context context = Context.current().withValue(CALLER, caller);
    return Contexts.interceptCall(context, call, headers, next);
  }
}
