package dev.cairn.federation.grpc;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.federation.wire.FrameLimits;
import dev.cairn.proto.federation.v1.FederationGrpc;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;

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
    return new FrameStream(frame);
  }

  /** gRPC has refused what is larger before; the bound here is for streams that do not say. */
  @Override
  public Bytes parse(InputStream stream) {
    try {
      byte[] frame = readAll(stream);
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

  /** All of a stream, at most a byte more than a frame has; at once if gRPC has all of it. */
  private static byte[] readAll(InputStream stream) throws IOException {
    if (stream instanceof KnownLength && stream.available() <= FrameLimits.FRAME_BYTES_MAX) {
      byte[] frame = new byte[stream.available()];
      if (stream.readNBytes(frame, 0, frame.length) == frame.length && stream.read() < 0) {
        return frame;
      }
      throw new EOFException("a frame of another length than its own");
    }
    return stream.readNBytes(FrameLimits.FRAME_BYTES_MAX + 1);
  }

  /** A frame on its way out, which gRPC takes without a copy in between. */
  private static final class FrameStream extends InputStream implements KnownLength, Drainable {
    private final Bytes frame;
    private int at;

    FrameStream(Bytes frame) {
      this.frame = frame;
    }

    @Override
    public int available() {
      return frame.length() - at;
    }

    @Override
    public int read() {
      return at == frame.length() ? -1 : frame.at(at++);
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      Objects.checkFromIndexSize(offset, length, target.length);
      int count = Math.min(length, available());
      if (count == 0) {
        return length == 0 ? 0 : -1;
      }
      frame.slice(at, at + count).copyTo(target, offset);
      at += count;
      return count;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int count = available();
      frame.slice(at).writeTo(target);
      at = frame.length();
      return count;
    }
  }
}
