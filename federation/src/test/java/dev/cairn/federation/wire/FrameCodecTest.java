package dev.cairn.federation.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.WireFormat;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.proto.federation.v1.Ack;
import dev.cairn.proto.federation.v1.CursorEntry;
import dev.cairn.proto.federation.v1.Frame;
import dev.cairn.proto.federation.v1.Hello;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FrameCodecTest {
  private static final int SAMPLES = 3_000;
  private static final long SEED = 20_261_121;
  private static final int UNKNOWN_FIELD = 1_000;
  private static final Origin ORIGIN = new Origin(new NodeId(Bytes.wrap(new byte[32])), 1);

  private final MessageSamples samples = new MessageSamples(SEED);

  @Test
  void everyMessageComesBackAsItWas() {
    for (int i = 0; i < SAMPLES; i++) {
      PeerMessage message = samples.next();
      assertThat(FrameCodec.decode(FrameCodec.encode(message))).contains(message);
    }
  }

  @Test
  void theGeneratedParserReadsTheSameBytesAndWritesThemAgain() throws Exception {
    for (int i = 0; i < SAMPLES; i++) {
      PeerMessage message = samples.next();
      Bytes encoded = FrameCodec.encode(message);
      assertThat(Bytes.wrap(Frame.parseFrom(encoded.toArray()).toByteArray()))
          .as("%s", message)
          .isEqualTo(encoded);
    }
  }

  @Test
  void anAbsentPayloadIsNotAnEmptyOne() {
    Item absent = new Item(Bytes.utf8("r"), null);
    Item empty = new Item(Bytes.utf8("r"), Bytes.EMPTY);
    Records records = new Records(List.of(new Run(ORIGIN, 7, List.of(absent, empty))));
    Records back = (Records) FrameCodec.decode(FrameCodec.encode(records)).orElseThrow();
    assertThat(back.runs().get(0).items().get(0).payload()).isNull();
    assertThat(back.runs().get(0).items().get(1).payload()).isEqualTo(Bytes.EMPTY);
  }

  @Test
  void unknownKindsAreSkipped() {
    assertThat(FrameCodec.decode(Bytes.EMPTY)).isEmpty();
    assertThat(decode(Frame.newBuilder().setUnknownFields(unknown()).build())).isEmpty();
  }

  @Test
  void unknownFieldsAreSkippedAtEveryDepth() {
    Frame frame =
        Frame.newBuilder()
            .setAck(
                Ack.newBuilder()
                    .addCursor(
                        CursorEntry.newBuilder()
                            .setOrigin(ByteString.copyFrom(ORIGIN.bytes().toArray()))
                            .setTreeSize(5)
                            .setLastLogseq(6)
                            .setUnknownFields(unknown()))
                    .setUnknownFields(unknown()))
            .setUnknownFields(unknown())
            .build();
    assertThat(decode(frame))
        .contains(new PeerMessage.Ack(List.of(new PeerMessage.CursorEntry(ORIGIN, 5, 6))));
  }

  @Test
  void anUnknownReasonCountsAsUnavailable() {
    Frame.Builder frame = Frame.newBuilder();
    frame.getGoodbyeBuilder().setReasonValue(99).setText("later");
    assertThat(decode(frame.build())).contains(new Goodbye(Reason.UNAVAILABLE, "later"));
  }

  @Test
  void reasonsHaveTheNumbersOfTheProto() {
    for (Reason reason : Reason.values()) {
      assertThat(dev.cairn.proto.federation.v1.Reason.forNumber(ReasonCodes.code(reason)).name())
          .isEqualTo("REASON_" + reason.name());
    }
  }

  @Test
  void aFrameCutAtAnyByteIsAMessageOrATypedError() {
    for (int i = 0; i < 60; i++) {
      Bytes encoded = FrameCodec.encode(samples.next());
      for (int length = 0; length < encoded.length(); length++) {
        decodeOrRefuse(encoded.slice(0, length));
      }
    }
  }

  @Test
  void aFrameWithFlippedBitsIsAMessageOrATypedError() {
    Random random = new Random(SEED);
    int refused = 0;
    for (int i = 0; i < 30_000; i++) {
      byte[] bytes = FrameCodec.encode(samples.next()).toArray();
      for (int flips = 1 + random.nextInt(3); flips > 0 && bytes.length > 0; flips--) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      refused += decodeOrRefuse(Bytes.wrap(bytes)) ? 0 : 1;
    }
    assertThat(refused).isPositive();
  }

  @Test
  void noiseIsAMessageOrATypedError() {
    Random random = new Random(SEED);
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      decodeOrRefuse(Bytes.wrap(bytes));
    }
  }

  @Test
  void aHundredThousandNestedGroupsAreRefused() throws Exception {
    refuses(
        bytes -> {
          for (int i = 0; i < 100_000; i++) {
            bytes.writeTag(UNKNOWN_FIELD, WireFormat.WIRETYPE_START_GROUP);
          }
        },
        "frame");
  }

  @Test
  void aThousandNestedMessagesAreJustAnUnknownField() throws Exception {
    byte[] nested = new byte[0];
    for (int i = 0; i < 1_000; i++) {
      ByteArrayOutputStream outer = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(outer);
      out.writeByteArray(UNKNOWN_FIELD, nested);
      out.flush();
      nested = outer.toByteArray();
    }
    assertThat(FrameCodec.decode(Bytes.wrap(nested))).isEmpty();
  }

  @Test
  void aGroupThatEndsWithoutABeginningIsRefused() throws Exception {
    refuses(out -> out.writeTag(UNKNOWN_FIELD, WireFormat.WIRETYPE_END_GROUP), "group");
  }

  @Test
  void twoMillionEmptyItemsAreCountedBeforeTheyAreKept() throws Exception {
    ByteArrayOutputStream run = new ByteArrayOutputStream();
    for (int i = 0; i < 2_000_000; i++) {
      run.write(3 << 3 | 2);
      run.write(2);
      run.write(1 << 3 | 2);
      run.write(0);
      if (run.size() > FrameLimits.FRAME_BYTES_MAX - 100) {
        break;
      }
    }
    byte[] items = run.toByteArray();
    refuses(
        out -> {
          out.writeTag(4, 2);
          out.writeUInt32NoTag(items.length + 5);
          out.writeTag(1, 2);
          out.writeUInt32NoTag(items.length);
          out.writeRawBytes(items);
        },
        "records.run.items: more than " + FrameLimits.ITEMS_MAX);
  }

  @Test
  void tooManyCursorEntriesAreRefused() {
    Ack.Builder ack = Ack.newBuilder();
    for (PeerMessage.CursorEntry entry : cursor(ProtocolLimits.ORIGINS_MAX + 1)) {
      ack.addCursor(
          CursorEntry.newBuilder()
              .setOrigin(ByteString.copyFrom(entry.origin().bytes().toArray()))
              .setTreeSize(1)
              .setLastLogseq(1));
    }
    refuses(Frame.newBuilder().setAck(ack).build(), "ack.cursor: more than 16384");
  }

  @Test
  void theLargestCursorFitsAFrame() {
    PeerMessage.Ack ack = new PeerMessage.Ack(cursor(ProtocolLimits.ORIGINS_MAX));
    assertThat(FrameCodec.decode(FrameCodec.encode(ack))).contains(ack);
  }

  private static List<PeerMessage.CursorEntry> cursor(int entries) {
    return IntStream.rangeClosed(1, entries)
        .mapToObj(epoch -> new Origin(ORIGIN.node(), epoch))
        .map(origin -> new PeerMessage.CursorEntry(origin, Long.MAX_VALUE, Long.MAX_VALUE))
        .toList();
  }

  @Test
  void anOversizeFrameIsRefusedOnBothSides() {
    assertThatThrownBy(
            () -> FrameCodec.decode(Bytes.wrap(new byte[FrameLimits.FRAME_BYTES_MAX + 1])))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("4194305 bytes");
    Item large =
        new Item(Bytes.EMPTY, Bytes.wrap(new byte[ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX]));
    Run run = new Run(ORIGIN, 0, Collections.nCopies(65, large));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FrameCodec.encode(new Records(List.of(run))))
        .withMessageContaining("frame bytes");
  }

  @Test
  void aLengthBeyondTheFrameIsRefusedBeforeAnythingIsAllocated() throws Exception {
    refuses(
        out -> {
          out.writeTag(1, 2);
          out.writeUInt64NoTag(1L << 40);
        },
        "a length of 1099511627776 where 0 bytes are left");
  }

  @Test
  void aFieldThatStandsTwiceIsRefused() throws Exception {
    refuses(
        out -> {
          out.writeTag(8, 2);
          out.writeUInt32NoTag(4);
          out.writeUInt64(1, 1);
          out.writeUInt64(1, 2);
        },
        "heartbeat: field 1 stands twice");
  }

  @Test
  void twoMessagesInOneFrameAreRefused() {
    Bytes two =
        FrameCodec.encode(new Heartbeat(1)).plus(FrameCodec.encode(new Goodbye(Reason.DONE, "")));
    assertThatThrownBy(() -> FrameCodec.decode(two))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("two messages");
  }

  @Test
  void refusalsNameTheField() throws Exception {
    refuses(Frame.newBuilder().setHello(Hello.getDefaultInstance()).build(), "hello.node: missing");
    refuses(
        Frame.newBuilder().setHello(Hello.newBuilder().setVersionMin(-1)).build(),
        "hello.version_min: 4294967295 is more than");
    refuses(
        Frame.newBuilder()
            .setHello(Hello.newBuilder().setNode(ByteString.copyFromUtf8("x")))
            .build(),
        "hello.node: 1 bytes, not 32");
    refuses(
        Frame.newBuilder().setHello(Hello.newBuilder().setFederation("x".repeat(64))).build(),
        "hello.federation: 64 bytes, more than 63");
    refuses(
        Frame.newBuilder()
            .setAck(
                Ack.newBuilder()
                    .addCursor(
                        CursorEntry.newBuilder().setOrigin(ByteString.copyFrom(new byte[36]))))
            .build(),
        "cursor.origin: origin: epoch 0");
    refuses(
        out -> {
          out.writeTag(8, 2);
          out.writeUInt32NoTag(11);
          out.writeUInt64(1, -1);
        },
        "heartbeat.hlc: 18446744073709551615 is more than 9223372036854775807");
    refuses(
        out -> {
          out.writeTag(8, 2);
          out.writeUInt32NoTag(2);
          out.writeByteArray(1, new byte[0]);
        },
        "heartbeat.hlc: wire type 2 where 0 is due");
    refuses(
        out -> {
          out.writeTag(9, 2);
          out.writeUInt32NoTag(3);
          out.writeByteArray(2, new byte[] {(byte) 0xff});
        },
        "goodbye.text: not UTF-8");
  }

  @Test
  void aPieceBeyondItsPayloadIsRefused() {
    Frame.Builder frame = Frame.newBuilder();
    frame
        .getPayloadPieceBuilder()
        .setDigest(ByteString.copyFrom(new byte[32]))
        .setLength(5)
        .setOffset(4)
        .setData(ByteString.copyFromUtf8("ab"));
    refuses(frame.build(), "payload piece: 2 bytes at 4 of 5");
  }

  @Test
  void whatNoPeerWouldTakeIsNotSent() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FrameCodec.encode(new Goodbye(Reason.DONE, "\uD800")));
    Run run = new Run(ORIGIN, 0, List.of(new Item(Bytes.wrap(new byte[1_025]), null)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FrameCodec.encode(new Records(List.of(run))))
        .withMessageContaining("bytes of a record");
  }

  private static Optional<PeerMessage> decode(Frame frame) {
    return FrameCodec.decode(Bytes.wrap(frame.toByteArray()));
  }

  private static UnknownFieldSet unknown() {
    UnknownFieldSet inner =
        UnknownFieldSet.newBuilder()
            .addField(1, UnknownFieldSet.Field.newBuilder().addFixed64(3).build())
            .build();
    return UnknownFieldSet.newBuilder()
        .addField(
            UNKNOWN_FIELD,
            UnknownFieldSet.Field.newBuilder()
                .addVarint(1)
                .addVarint(2)
                .addFixed32(3)
                .addLengthDelimited(ByteString.copyFromUtf8("later"))
                .addGroup(inner)
                .build())
        .build();
  }

  /**
   * True if a message or nothing came out, false if it was refused; anything else fails the test.
   */
  private static boolean decodeOrRefuse(Bytes frame) {
    try {
      FrameCodec.decode(frame);
      return true;
    } catch (MalformedException e) {
      if (!e.getMessage().contains(": ")) {
        throw new AssertionError("names no place", e);
      }
      return false;
    }
  }

  private static void refuses(Frame frame, String reason) {
    assertThatThrownBy(() -> decode(frame))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(reason);
  }

  private static void refuses(Writing writing, String reason) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    writing.write(out);
    out.flush();
    assertThatThrownBy(() -> FrameCodec.decode(Bytes.wrap(bytes.toByteArray())))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(reason);
  }

  private interface Writing {
    void write(CodedOutputStream out) throws IOException;
  }
}
