package dev.cairn.federation.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.FormatDocument;
import dev.cairn.federation.bootstrap.BootstrapMessage.SnapshotAsk;
import dev.cairn.federation.bootstrap.BootstrapMessage.SnapshotTell;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchAsk;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchData;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchEnd;
import dev.cairn.federation.protocol.PeerMessage;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Holds the frames of {@code bootstrap/1} to the golden vectors of its page. */
class BootstrapDocumentTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("bootstrap.md");
  private static final Origin ORIGIN = new Origin(new NodeId(Bytes.wrap(new byte[32])), 2);

  private static Map<String, PeerMessage> messages() {
    Map<String, PeerMessage> messages = new TreeMap<>();
    messages.put("snapshotAsk", new SnapshotAsk());
    messages.put("snapshotTell", new SnapshotTell(Bytes.utf8("snapshot")));
    messages.put("stretchAsk", new StretchAsk(ORIGIN, 3, 7, true));
    messages.put("bareStretchAsk", new StretchAsk(ORIGIN, 0, 7, false));
    messages.put("stretchData", new StretchData(VECTORS.get("data")));
    messages.put(
        "stretchEnd",
        new StretchEnd(
            true, FormatDocument.vectors("merkle-log.md").get("publicKey"), Bytes.utf8("note")));
    messages.put("nothingHeld", new StretchEnd(false, Bytes.EMPTY, Bytes.EMPTY));
    return messages;
  }

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
  void whatIsMalformedIsRefused() {
    VECTORS.forEach(
        (name, frame) -> {
          if (name.startsWith("refused.")) {
            assertThatThrownBy(() -> FrameCodec.decode(frame))
                .as(name)
                .isInstanceOf(MalformedException.class);
          } else if (!name.equals("data")) {
            assertThat(messages()).as("a vector that nothing checks").containsKey(name);
          }
        });
  }
}
