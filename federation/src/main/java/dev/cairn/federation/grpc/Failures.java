package dev.cairn.federation.grpc;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.channel.ConnectTimeoutException;
import io.grpc.netty.shaded.io.netty.handler.ssl.NotSslRecordException;
import java.net.ConnectException;
import java.net.SocketException;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What gRPC reports, as our errors. */
final class Failures {
  private static final int CAUSES_MAX = 16;

  /** What the system says of a Unix socket that is not there. */
  private static final String NO_SOCKET = "No such file or directory";

  private Failures() {}

  /** Why a call to the peer at {@code address} ended, if it did not end well. */
  static CairnException of(Status status, String address) {
    Throwable cause = status.getCause();
    for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
      CairnException known = known(cause, address);
      if (known != null) {
        return known;
      }
      cause = cause.getCause();
    }
    String message =
        address + ": " + Objects.requireNonNullElse(status.getDescription(), "no reason given");
    return switch (status.getCode()) {
      case INVALID_ARGUMENT,
          PERMISSION_DENIED,
          UNAUTHENTICATED,
          RESOURCE_EXHAUSTED,
          UNIMPLEMENTED ->
          new RefusedException(message, status.getCause());
      default ->
          new UnavailableException(message + " (" + status.getCode() + ")", status.getCause());
    };
  }

  /** True if a call failed because the other end speaks no TLS. */
  static boolean isPlainText(CairnException failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
      if (cause instanceof NotSslRecordException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  private static @Nullable CairnException known(Throwable cause, String address) {
    String reason = Objects.requireNonNullElse(cause.getMessage(), "");
    if (cause instanceof RefusedException || cause instanceof MalformedException) {
      return new RefusedException(address + ": " + reason, cause);
    }
    if (cause instanceof UnavailableException) {
      return new UnavailableException(address + ": " + reason, cause);
    }
    if (cause instanceof NotSslRecordException) {
      return new UnavailableException(address + " speaks no TLS", cause);
    }
    if (cause instanceof ConnectTimeoutException) {
      return new UnavailableException(address + " does not answer", cause);
    }
    if (cause instanceof ConnectException) {
      return new UnavailableException("nobody listens at " + address, cause);
    }
    if (cause instanceof SocketException && reason.contains(NO_SOCKET)) {
      return new UnavailableException("nobody listens at " + address, new ConnectException(reason));
    }
    if (cause instanceof SSLException && reason.contains("fatal alert: ")) {
      return new RefusedException(
          address + " refuses the certificate shown here, or the way it was shown: " + reason,
          cause);
    }
    return null;
  }
}
