package dev.cairn.federation.wire;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.federation.protocol.PeerMessage;
import java.util.List;
import java.util.Optional;

/**
 * Messages as the bytes of a {@code Frame} of {@code federation.proto}, and back.
 *
 * <p>Encoding is a function of the message alone: fields in the order of their numbers, defaults
 * left out. Decoding skips unknown fields, refuses what stands twice or has another wire type than
 * its field, and checks every bound of {@link FrameLimits} before it allocates. It is written by
 * hand over protobuf's coded stream: generated parsers build an object for every two bytes of a
 * hostile frame before anyone can count them. Decoded byte strings are slices of the frame and keep
 * it in memory. Safe for any thread.
 */
public final class FrameCodec {
  /** Every part of the protocol, in the order of their fields in the hello. */
  static final List<PartFrames> PARTS =
      List.of(
          new LiveFrames(),
          new FetchFrames(),
          new EvidenceFrames(),
          new FilterFrames(),
          new ReconcileFrames(),
          new BootstrapFrames(),
          new CosignFrames());

  private FrameCodec() {}

  /**
   * The frame of a message.
   *
   * @throws IllegalArgumentException if the message exceeds a bound
   */
  public static Bytes encode(PeerMessage message) {
    return FrameEncoder.encode(message);
  }

  /**
   * The message of a frame; empty if the frame is of a kind that this version does not know.
   *
   * @throws dev.cairn.asl.error.MalformedException naming the field that breaks the format or
   *     exceeds a bound
   */
  public static Optional<PeerMessage> decode(Bytes frame) {
    return FrameDecoder.decode(frame);
  }
}
