package dev.cairn.federation.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.Plausibility;
import dev.cairn.federation.FormatDocument;
import dev.cairn.federation.protocol.Follow;
import dev.cairn.federation.protocol.LiveMessage.CursorAnswer;
import dev.cairn.federation.protocol.LiveMessage.CursorProblem;
import dev.cairn.federation.protocol.LiveMessage.Pulse;
import dev.cairn.federation.protocol.LivePart;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Ack;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Finished;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.OriginInfo;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.protocol.SessionOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Holds the codec to the golden vectors of {@code docs/format/protocol.md}, and the page to the
 * code.
 */
class ProtocolDocumentTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("protocol.md");
  private static final Map<String, Bytes> LOG = FormatDocument.vectors("log-record.md");
  private static final Map<String, Bytes> TREE = FormatDocument.vectors("merkle-log.md");
  private static final SigningKey KEY = SigningKey.fromSeed(TREE.get("seed"));
  private static final Origin ME = new Origin(NodeId.of(KEY.publicKey()), 1);
  private static final Origin OTHER = new Origin(new NodeId(Bytes.wrap(new byte[32])), 2);

  @Test
  void everyMessageHasItsBytesBothWays() {
    messages()
        .forEach(
            (name, message) -> {
              assertThat(FrameCodec.encode(message).toHex())
                  .as(name)
                  .isEqualTo(VECTORS.get(name).toHex());
              assertThat(FrameCodec.decode(VECTORS.get(name))).as(name).contains(message);
            });
  }

  @Test
  void whatIsToBeSkippedIsAndWhatIsToBeRefusedIs() {
    VECTORS.forEach(
        (name, frame) -> {
          if (name.startsWith("skipped.")) {
            assertThat(FrameCodec.decode(frame)).as(name).isEmpty();
          } else if (name.startsWith("refused.")) {
            assertThatThrownBy(() -> FrameCodec.decode(frame))
                .as(name)
                .isInstanceOf(MalformedException.class);
          } else {
            assertThat(messages()).as("a vector that nothing checks").containsKey(name);
          }
        });
  }

  @Test
  void thePageStatesTheBoundsOfTheCode() {
    String page = FormatDocument.text("protocol.md");
    for (long bound :
        List.of(
            FrameLimits.FRAME_BYTES_MAX,
            ProtocolLimits.ORIGINS_MAX,
            FrameLimits.RUNS_MAX,
            FrameLimits.RECORD_BYTES_MAX,
            ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX,
            ProtocolLimits.PAYLOAD_PIECE_BYTES_MAX,
            FrameLimits.NOTE_BYTES_MAX,
            Math.toIntExact(LivePart.CLOCK_AHEAD_MILLIS_MAX),
            Math.toIntExact(Plausibility.DEFAULT.clockAheadMillisMax()),
            Math.toIntExact(Plausibility.DEFAULT.clockMergeMillisMax()),
            Math.toIntExact(ProtocolLimits.UNTAKEN_MILLIS),
            ProtocolLimits.STAGED_RECORDS_MAX,
            ProtocolLimits.CHECKPOINT_RECORDS_MAX,
            ProtocolLimits.GOODBYE_CHARS_MAX)) {
      assertThat(page).contains(String.format(Locale.ROOT, "%,d", bound));
    }
    assertThat(page)
        .contains(
            "| " + ProtocolLimits.CODECS_MAX + "; " + FrameLimits.CODEC_BYTES_MAX + " |",
            "| " + ProtocolLimits.FEATURES_MAX + "; " + ProtocolLimits.FEATURE_BYTES_MAX + " |",
            LivePart.PUSH_SPACING_MILLIS + " ms after the last began",
            "At most " + LivePart.ANSWERS_MAX + " are sent",
            "| " + (ProtocolLimits.STAGED_RECORD_BYTES_MAX >> 20) + " MiB |",
            "| " + (ProtocolLimits.STAGED_PAYLOAD_BYTES_MAX >> 20) + " MiB |",
            "| " + SessionOptions.DEFAULT.heartbeatMillis() / 1_000 + " s |",
            "| " + SessionOptions.DEFAULT.idleTimeoutMillis() / 1_000 + " s |",
            "| " + SessionOptions.DEFAULT.progressTimeoutMillis() / 1_000 + " s |");
    for (Reason reason : Reason.values()) {
      assertThat(page).contains("| " + ReasonCodes.code(reason) + " | " + reason + " |");
    }
  }

  private static Map<String, PeerMessage> messages() {
    List<CursorEntry> cursor = List.of(new CursorEntry(OTHER, 1, 2), new CursorEntry(ME, 5, 3));
    Map<String, PeerMessage> messages = new LinkedHashMap<>();
    messages.put(
        "hello",
        new Hello(
            1,
            1,
            "default",
            ME.node(),
            KEY.publicKey(),
            List.of(ProtocolLimits.CODEC_IDENTITY),
            true,
            true,
            cursor));
    messages.put(
        "hello.live",
        new Hello(
            1,
            1,
            "default",
            ME.node(),
            KEY.publicKey(),
            List.of(ProtocolLimits.CODEC_IDENTITY),
            true,
            true,
            List.of(),
            List.of("later/9", "live/1"),
            List.of(new Follow())));
    messages.put("originInfo", new OriginInfo(ME, KEY.publicKey()));
    PayloadDigest digest = new PayloadDigest(HashAlgorithm.SHA_256.hash(Bytes.utf8("hello")));
    messages.put("payloadPiece", new PayloadPiece(digest, 5, 2, Bytes.utf8("llo")));
    Item edge = new Item(LOG.get("record.3"), Bytes.utf8("edge"));
    Item tombstone = new Item(LOG.get("record.4"), null);
    messages.put("records", new Records(List.of(new Run(ME, 3, List.of(edge, tombstone)))));
    messages.put("checkpointNote", new CheckpointNote(ME, 5, TREE.get("checkpoint.note")));
    messages.put("deltaEnd", new DeltaEnd(2, 2, 1));
    messages.put("ack", new Ack(cursor));
    messages.put("heartbeat", new Heartbeat(1_700_000_000_000L << 16));
    messages.put("goodbye.done", new Goodbye(Reason.DONE, ""));
    messages.put("goodbye.limit", new Goodbye(Reason.LIMIT, "too much"));
    messages.put("finished", new Finished());
    messages.put("pulse", new Pulse(1_700_000_000_000L << 16, cursor));
    messages.put("cursorAnswer", new CursorAnswer(ME, CursorProblem.PRUNED, 5, 3));
    return messages;
  }
}
