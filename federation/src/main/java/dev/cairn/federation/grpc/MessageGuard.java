package dev.cairn.federation.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;

/**
 * Ends a call whose message is no message of its kind with {@code INVALID_ARGUMENT}; to its work
 * that is a cancelled one. Without it gRPC says that it does not know what happened, and logs a
 * stack trace for each: a caller could fill a disk. Safe for any thread.
 */
final class MessageGuard implements ServerInterceptor {
  private MessageGuard() {}

  /**
   * The service behind this guard and others, the first of which hears of a call first. What they
   * see is messages as they came and go, so that one that cannot be read has been charged for.
   */
  static ServerServiceDefinition guarded(
      ServerServiceDefinition service, ServerInterceptor... others) {
    return ServerInterceptors.interceptForward(
        ServerInterceptors.intercept(
            ServerInterceptors.useInputStreamMessages(service), new MessageGuard()),
        others);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    CutCall<Q, A> guarded = new CutCall<>(call);
    return new CutCall.Listener<>(next.startCall(guarded, headers), guarded) {
      @Override
      public void onMessage(Q message) {
        try {
          super.onMessage(message);
        } catch (StatusRuntimeException e) {
          if (!(e.getCause() instanceof InvalidProtocolBufferException)) {
            throw e;
          }
          guarded.cut(
              ApiErrors.malformed(
                  "a message to "
                      + call.getMethodDescriptor().getFullMethodName()
                      + " cannot be read: "
                      + e.getCause().getMessage()));
        }
      }
    };
  }
}
