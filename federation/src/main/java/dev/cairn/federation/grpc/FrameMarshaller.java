package dev.cairn.federation.grpc;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.federation.wire.FrameLimits;
import dev.cairn.proto.federation.v1.FederationGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Hands frames to gRPC as they are: the codec's bytes, not protobuf's objects. Safe for any thread.
 */
final class FrameMarshaller implements MethodDescriptor.Marshaller<Bytes> {
  /** The one method of the service, over raw frames. */
  static final MethodDescriptor<Bytes, Bytes> EXCHANGE =
      FederationGrpc.getExchangeMethod().toBuilder(new FrameMarshaller(), new FrameMarshaller())
          .build();

  private FrameMarshaller() {}

  @Override
  public InputStream stream(Bytes frame) {
    return new ByteArrayInputStream(frame.toArray());
  }

  /** gRPC has refused what is larger before; the bound here is for streams that do not say. */
  @Override
  public Bytes parse(InputStream stream) {
    try {
      byte[] frame = stream.readNBytes(FrameLimits.FRAME_BYTES_MAX + 1);
      if (frame.length > FrameLimits.FRAME_BYTES_MAX) {
        throw Status.RESOURCE_EXHAUSTED
            .withDescription("frame of more than " + FrameLimits.FRAME_BYTES_MAX + " bytes")
            .asRuntimeException();
      }
      return Bytes.wrap(frame);
    } catch (IOException e) {
      throw Status.INTERNAL
          .withDescription("frame cannot be read")
          .withCause(e)
          .asRuntimeException();
    }
  }
}
