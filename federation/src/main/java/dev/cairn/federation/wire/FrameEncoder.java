package dev.cairn.federation.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Ack;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Finished;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.OriginInfo;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.proto.federation.v1.Frame;
import java.nio.charset.StandardCharsets;

/** Encodes one message, through the classes generated from {@code federation.proto}. */
final class FrameEncoder {
  /** Field of {@code Frame}. */
  static final int FINISHED = 10;

  /** Field of {@code Hello}. */
  static final int HELLO_FEATURES = 10;

  private FrameEncoder() {}

  static Bytes encode(PeerMessage message) {
    if (message instanceof Records records) {
      return RecordsEncoder.encode(records);
    }
    if (message instanceof Hello || message instanceof Finished || message instanceof PartMessage) {
      Bytes frame = written(message);
      most("frame bytes", frame.length(), FrameLimits.FRAME_BYTES_MAX);
      return frame;
    }
    Frame frame = frame(message);
    most("frame bytes", frame.getSerializedSize(), FrameLimits.FRAME_BYTES_MAX);
    return Bytes.wrap(frame.toByteArray());
  }

  private static Bytes written(PeerMessage message) {
    WireWriter frame = new WireWriter();
    if (message instanceof Hello hello) {
      frame.message(Frame.HELLO_FIELD_NUMBER, fields -> writeHello(hello, fields));
    } else if (message instanceof PartMessage part) {
      PartFrames frames = frames(part);
      frame.message(frames.kind(part), fields -> frames.write(part, fields));
    } else {
      frame.message(FINISHED, fields -> {});
    }
    return frame.toBytes();
  }

  private static void writeHello(Hello hello, WireWriter fields) {
    fields.raw(hello(hello).toByteArray());
    for (String feature : hello.features()) {
      fields.text(HELLO_FEATURES, feature, ProtocolLimits.FEATURE_BYTES_MAX);
    }
    for (PartFrames part : FrameCodec.PARTS) {
      hello.greetings().forEach(greeting -> part.writeGreeting(greeting, fields));
    }
  }

  private static PartFrames frames(PartMessage message) {
    return FrameCodec.PARTS.stream()
        .filter(part -> part.messages().isInstance(message))
        .findFirst()
        .orElseThrow(() -> new AssertionError(message.getClass()));
  }

  private static Frame frame(PeerMessage message) {
    Frame.Builder frame = Frame.newBuilder();
    if (message instanceof PayloadPiece piece) {
      return frame.setPayloadPiece(piece(piece)).build();
    } else if (message instanceof CheckpointNote note) {
      return frame.setCheckpointNote(checkpoint(note)).build();
    } else if (message instanceof OriginInfo info) {
      return frame.setOriginInfo(originInfo(info)).build();
    } else if (message instanceof DeltaEnd end) {
      return frame.setDeltaEnd(deltaEnd(end)).build();
    } else if (message instanceof Ack ack) {
      return frame.setAck(ack(ack)).build();
    } else if (message instanceof Heartbeat heartbeat) {
      return frame.setHeartbeat(heartbeat(heartbeat)).build();
    } else if (message instanceof Goodbye goodbye) {
      return frame.setGoodbye(goodbye(goodbye)).build();
    }
    throw new AssertionError(message.getClass());
  }

  private static dev.cairn.proto.federation.v1.Hello hello(Hello hello) {
    dev.cairn.proto.federation.v1.Hello.Builder builder =
        dev.cairn.proto.federation.v1.Hello.newBuilder()
            .setVersionMin(hello.versionMin())
            .setVersionMax(hello.versionMax())
            .setFederation(hello.federation())
            .setNode(share(hello.node().digest()))
            .setKey(share(hello.key().encoded()))
            .setSends(hello.sends())
            .setReceives(hello.receives());
    hello.codecs().forEach(codec -> builder.addCodecs(text(codec, FrameLimits.CODEC_BYTES_MAX)));
    hello.cursor().forEach(entry -> builder.addCursor(cursorEntry(entry)));
    return builder.build();
  }

  private static dev.cairn.proto.federation.v1.CursorEntry cursorEntry(CursorEntry entry) {
    return dev.cairn.proto.federation.v1.CursorEntry.newBuilder()
        .setOrigin(origin(entry.origin()))
        .setTreeSize(entry.treeSize())
        .setLastLogseq(entry.lastLogseq())
        .build();
  }

  private static dev.cairn.proto.federation.v1.OriginInfo originInfo(OriginInfo info) {
    return dev.cairn.proto.federation.v1.OriginInfo.newBuilder()
        .setOrigin(origin(info.origin()))
        .setKey(share(info.key().encoded()))
        .build();
  }

  private static dev.cairn.proto.federation.v1.PayloadPiece piece(PayloadPiece piece) {
    return dev.cairn.proto.federation.v1.PayloadPiece.newBuilder()
        .setDigest(share(piece.digest().digest()))
        .setLength(piece.length())
        .setOffset(piece.offset())
        .setData(share(piece.data()))
        .build();
  }

  private static dev.cairn.proto.federation.v1.CheckpointNote checkpoint(CheckpointNote note) {
    most("bytes of a note", note.note().length(), FrameLimits.NOTE_BYTES_MAX);
    return dev.cairn.proto.federation.v1.CheckpointNote.newBuilder()
        .setOrigin(origin(note.origin()))
        .setTreeSize(note.treeSize())
        .setNote(share(note.note()))
        .build();
  }

  private static dev.cairn.proto.federation.v1.DeltaEnd deltaEnd(DeltaEnd end) {
    return dev.cairn.proto.federation.v1.DeltaEnd.newBuilder()
        .setCommits(end.commits())
        .setRecords(end.records())
        .setPayloads(end.payloads())
        .build();
  }

  private static dev.cairn.proto.federation.v1.Ack ack(Ack ack) {
    dev.cairn.proto.federation.v1.Ack.Builder builder =
        dev.cairn.proto.federation.v1.Ack.newBuilder();
    ack.cursor().forEach(entry -> builder.addCursor(cursorEntry(entry)));
    return builder.build();
  }

  private static dev.cairn.proto.federation.v1.Heartbeat heartbeat(Heartbeat heartbeat) {
    return dev.cairn.proto.federation.v1.Heartbeat.newBuilder().setHlc(heartbeat.hlc()).build();
  }

  private static dev.cairn.proto.federation.v1.Goodbye goodbye(Goodbye goodbye) {
    return dev.cairn.proto.federation.v1.Goodbye.newBuilder()
        .setReasonValue(ReasonCodes.code(goodbye.reason()))
        .setText(text(goodbye.text(), FrameLimits.TEXT_BYTES_MAX))
        .build();
  }

  private static ByteString origin(Origin origin) {
    return share(origin.bytes());
  }

  private static ByteString share(Bytes bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes.toByteBuffer());
  }

  private static String text(String text, int maxBytes) {
    if (!Bytes.isWellFormed(text)) {
      throw new IllegalArgumentException("half of a surrogate pair in '" + text + "'");
    }
    most("bytes of '" + text + "'", text.getBytes(StandardCharsets.UTF_8).length, maxBytes);
    return text;
  }

  static void most(String what, long value, long max) {
    if (value > max) {
      throw new IllegalArgumentException(what + ": " + value + ", more than " + max);
    }
  }
}
