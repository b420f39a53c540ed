package dev.cairn.federation.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.Cosignature;
import dev.cairn.asl.note.CosignerKey;
import dev.cairn.asl.note.SignedNote;
import dev.cairn.federation.FormatDocument;
import dev.cairn.federation.cosign.CosignPart;
import dev.cairn.federation.cosign.CosignShelf;
import dev.cairn.federation.protocol.CosignMessage;
import dev.cairn.federation.protocol.CosignMessage.Cosignatures;
import dev.cairn.federation.protocol.CosignMessage.Entry;
import dev.cairn.federation.protocol.CosignTag;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Holds the code to {@code docs/format/cosignature.md}. */
final class CosignFramesTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("cosignature.md");
  private static final Map<String, Bytes> TREE = FormatDocument.vectors("merkle-log.md");
  private static final SigningKey KEY = SigningKey.fromSeed(TREE.get("seed"));
  private static final SigningKey WITNESS = SigningKey.fromSeed(VECTORS.get("seed"));
  private static final CosignerKey COSIGNER = CosignerKey.of("default", WITNESS.publicKey());
  private static final Origin ME = new Origin(NodeId.of(KEY.publicKey()), 1);
  private static final Cosignature MADE = new Cosignature(1_700_000_000, VECTORS.get("signature"));

  private static String text(Bytes bytes) {
    return new String(bytes.toArray(), StandardCharsets.UTF_8);
  }

  @Test
  void theLineUnderTheNoteIsThatOfTheDocument() {
    String checkpoint = text(TREE.get("checkpoint.text"));
    assertThat(Cosignature.sign(checkpoint, WITNESS, 1_700_000_000)).isEqualTo(MADE);
    assertThat(COSIGNER.format()).isEqualTo(text(VECTORS.get("cosignerKey")));
    SignedNote note = SignedNote.parse(VECTORS.get("note"));
    assertThat(Cosignature.find(note, COSIGNER)).contains(MADE);
    assertThat(note.signatures().get(1)).isEqualTo(MADE.line(COSIGNER));
    assertThat(Checkpoint.verify(VECTORS.get("note"), KEY.publicKey()).text())
        .isEqualTo(checkpoint);
    assertThat(Checkpoint.withoutCosignatures(VECTORS.get("note"), KEY.publicKey()))
        .isEqualTo(TREE.get("checkpoint.note"));
  }

  @Test
  void everyMessageHasItsBytesBothWays() {
    Map<String, PeerMessage> due = new LinkedHashMap<>();
    due.put(
        "frame.hello",
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
            List.of(CosignPart.FEATURE),
            List.of(new CosignTag(VECTORS.get("tag")))));
    due.put(
        "frame.cosignatures",
        new Cosignatures(List.of(new Entry(ME, 5, TREE.get("root.5"), WITNESS.publicKey(), MADE))));
    assertThat(VECTORS.keySet().stream().filter(name -> name.startsWith("frame.")))
        .containsExactlyElementsOf(due.keySet());
    due.forEach(
        (name, message) -> {
          assertThat(FrameCodec.encode(message).toHex())
              .as(name)
              .isEqualTo(VECTORS.get(name).toHex());
          assertThat(FrameCodec.decode(VECTORS.get(name))).as(name).contains(message);
        });
  }

  @Test
  void whatIsNoMessageIsRefused() {
    assertThat(VECTORS.keySet().stream().filter(name -> name.startsWith("refused."))).hasSize(4);
    VECTORS.forEach(
        (name, frame) -> {
          if (name.startsWith("refused.")) {
            assertThatThrownBy(() -> FrameCodec.decode(frame))
                .as(name)
                .isInstanceOf(MalformedException.class);
          }
        });
  }

  @Test
  void thePageStatesTheBoundsOfTheCode() {
    assertThat(FormatDocument.text("cosignature.md"))
        .contains(
            "repeated, 1 to " + CosignMessage.ENTRIES_MAX + ")",
            String.format(Locale.ROOT, "At most %,d go each way", CosignPart.SENT_MAX),
            "at most every " + CosignPart.SPACING_MILLIS / 1_000 + " s",
            "At most " + CosignShelf.COSIGNERS_MAX + " nodes' are kept",
            "the " + CosignShelf.KEPT_MAX + " newest",
            "a **tag** of " + CosignTag.BYTES + " bytes");
  }
}
