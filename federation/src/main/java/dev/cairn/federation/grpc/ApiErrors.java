package dev.cairn.federation.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.cairn.asl.error.AmbiguousException;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.ConflictException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.DataLossException;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnknownOutcomeException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.proto.api.v1.ErrorDetail;
import dev.cairn.proto.api.v1.ErrorDetail.Advice;
import dev.cairn.proto.api.v1.ErrorDetail.Reason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Objects;

/** What goes wrong in a call, as gRPC statuses with an {@code ErrorDetail}. */
final class ApiErrors {
  private ApiErrors() {}

  /** A bound was exceeded. */
  static StatusRuntimeException limit(String what) {
    return status(Status.Code.RESOURCE_EXHAUSTED, Reason.REASON_LIMIT, Advice.ADVICE_RETRY, what);
  }

  /** True if a call ended because the node that was called is at one of its bounds, and says so. */
  static boolean isLimit(Throwable failure) {
    com.google.rpc.Status status = StatusProto.fromThrowable(failure);
    if (status == null) {
      return false;
    }
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorDetail.class)
            && detail.unpack(ErrorDetail.class).getReason() == Reason.REASON_LIMIT) {
          return true;
        }
      }
      return false;
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }

  /** The request cannot be. */
  static StatusRuntimeException malformed(String what) {
    return status(
        Status.Code.INVALID_ARGUMENT, Reason.REASON_MALFORMED, Advice.ADVICE_FIX_REQUEST, what);
  }

  /** The put belongs to these nodes, and is not passed on. */
  static StatusRuntimeException elsewhere(ArtifactKey key, List<NodeId> holders) {
    List<NodeId> named = holders.subList(0, Math.min(holders.size(), ApiLimits.HOLDERS_MAX));
    int more = holders.size() - named.size();
    String what =
        "put: the payload of "
            + key
            + " is outside this node's range: "
            + (named.isEmpty()
                ? "no member declares that it holds it"
                : "put it at "
                    + (more == 0 ? "" : "one of " + holders.size() + " holders, say ")
                    + named);
    ErrorDetail.Builder detail =
        ErrorDetail.newBuilder()
            .setReason(Reason.REASON_ELSEWHERE)
            .setAdvice(Advice.ADVICE_FIX_REQUEST);
    named.forEach(holder -> detail.addHolders(holder.toString()));
    return status(Status.Code.FAILED_PRECONDITION, detail.build(), what);
  }

  /** Whatever a call threw; null message and all. */
  static StatusRuntimeException of(Throwable failure) {
    if (failure instanceof StatusRuntimeException known) {
      return known;
    }
    String what = Objects.requireNonNullElse(failure.getMessage(), failure.toString());
    if (failure instanceof CairnException known) {
      return status(code(known), reason(known), advice(known), what);
    }
    if (failure instanceof IllegalArgumentException) {
      return malformed(what);
    }
    return status(
        Status.Code.INTERNAL,
        Reason.REASON_UNSPECIFIED,
        Advice.ADVICE_STOP,
        "internal error: " + failure.getClass().getSimpleName());
  }

  private static StatusRuntimeException status(
      Status.Code code, Reason reason, Advice advice, String what) {
    return status(code, ErrorDetail.newBuilder().setReason(reason).setAdvice(advice).build(), what);
  }

  private static StatusRuntimeException status(Status.Code code, ErrorDetail detail, String what) {
    String message = what.substring(0, Math.min(what.length(), ApiLimits.MESSAGE_CHARS_MAX));
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage(message)
            .addDetails(Any.pack(detail))
            .build());
  }

  private static Status.Code code(CairnException failure) {
    return switch (reason(failure)) {
      case REASON_NOT_FOUND, REASON_ERASED -> Status.Code.NOT_FOUND;
      case REASON_AMBIGUOUS, REASON_MALFORMED, REASON_UNSUPPORTED_VERSION ->
          Status.Code.INVALID_ARGUMENT;
      case REASON_REFUSED, REASON_CONFLICT, REASON_ELSEWHERE -> Status.Code.FAILED_PRECONDITION;
      case REASON_NOT_GRANTED -> Status.Code.PERMISSION_DENIED;
      case REASON_LIMIT -> Status.Code.RESOURCE_EXHAUSTED;
      case REASON_UNAVAILABLE -> Status.Code.UNAVAILABLE;
      case REASON_DAMAGED -> Status.Code.DATA_LOSS;
      case REASON_UNKNOWN_OUTCOME -> Status.Code.UNKNOWN;
      case REASON_STORE_FAILED, REASON_MISBEHAVIOUR, REASON_UNSPECIFIED, UNRECOGNIZED ->
          Status.Code.INTERNAL;
    };
  }

  private static Reason reason(CairnException failure) {
    if (failure instanceof NotFoundException) {
      return Reason.REASON_NOT_FOUND;
    } else if (failure instanceof ErasedException) {
      return Reason.REASON_ERASED;
    } else if (failure instanceof AmbiguousException) {
      return Reason.REASON_AMBIGUOUS;
    } else if (failure instanceof MalformedException) {
      return Reason.REASON_MALFORMED;
    } else if (failure instanceof NotGrantedException) {
      return Reason.REASON_NOT_GRANTED;
    } else if (failure instanceof RefusedException) {
      return Reason.REASON_REFUSED;
    } else if (failure instanceof ConflictException) {
      return Reason.REASON_CONFLICT;
    } else if (failure instanceof UnavailableException) {
      return Reason.REASON_UNAVAILABLE;
    } else if (failure instanceof DamagedException || failure instanceof DataLossException) {
      return Reason.REASON_DAMAGED;
    } else if (failure instanceof UnknownOutcomeException) {
      return Reason.REASON_UNKNOWN_OUTCOME;
    } else if (failure instanceof UnsupportedVersionException) {
      return Reason.REASON_UNSUPPORTED_VERSION;
    } else if (failure instanceof MisbehaviourException) {
      return Reason.REASON_MISBEHAVIOUR;
    }
    return Reason.REASON_STORE_FAILED;
  }

  private static Advice advice(CairnException failure) {
    return switch (failure.advice()) {
      case RETRY -> Advice.ADVICE_RETRY;
      case FIX_REQUEST -> Advice.ADVICE_FIX_REQUEST;
      case REPAIR -> Advice.ADVICE_REPAIR;
      case STOP -> Advice.ADVICE_STOP;
      case DISTRUST -> Advice.ADVICE_DISTRUST;
    };
  }
}
