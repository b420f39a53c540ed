package dev.cairn.federation.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.PayloadChunk;
import dev.cairn.federation.FormatDocument;
import dev.cairn.federation.protocol.FetchMessage.Absent;
import dev.cairn.federation.protocol.FetchMessage.ChunkList;
import dev.cairn.federation.protocol.FetchMessage.Piece;
import dev.cairn.federation.protocol.FetchMessage.Pieces;
import dev.cairn.federation.protocol.FetchMessage.Want;
import dev.cairn.federation.protocol.FetchMessage.WantItem;
import dev.cairn.federation.protocol.PeerMessage;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Holds the frames of {@code fetch/1} to the golden vectors of {@code docs/format/fetch.md}. */
class FetchDocumentTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("fetch.md");
  private static final PayloadDigest PAYLOAD = PayloadDigest.of(Bytes.utf8("hello"));
  private static final Bytes CHUNK = HashAlgorithm.SHA_256.hash(Bytes.utf8("chunk"));

  private static Map<String, PeerMessage> messages() {
    Map<String, PeerMessage> messages = new TreeMap<>();
    messages.put(
        "want",
        new Want(
            3,
            List.of(
                new WantItem(PAYLOAD, 5, null, 0),
                new WantItem(PAYLOAD, 300_000, CHUNK, 0),
                new WantItem(PAYLOAD, 300_000, null, 7))));
    messages.put("pieces", new Pieces(List.of(new Piece(3, Bytes.utf8("hello")))));
    messages.put("absent", new Absent(List.of(4L, 5L)));
    messages.put("chunkList", new ChunkList(5, 8, List.of(new PayloadChunk(CHUNK, 100_000))));
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
          } else {
            assertThat(messages()).as("a vector that nothing checks").containsKey(name);
          }
        });
  }
}
