package dev.cairn.federation.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.FormatDocument;
import dev.cairn.federation.protocol.EvidenceMessage.CheckpointShown;
import dev.cairn.federation.protocol.EvidenceMessage.CheckpointWanted;
import dev.cairn.federation.protocol.EvidenceMessage.EvidenceShown;
import dev.cairn.federation.protocol.EvidenceMessage.PrefixShown;
import dev.cairn.federation.protocol.EvidenceMessage.PrefixWanted;
import dev.cairn.federation.protocol.LogRoots;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Holds the codec to the frames of {@code docs/format/evidence.md}. */
final class EvidenceFramesTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("evidence.md");
  private static final Map<String, Bytes> TREE = FormatDocument.vectors("merkle-log.md");
  private static final SigningKey KEY = SigningKey.fromSeed(TREE.get("seed"));
  private static final Origin ME = new Origin(NodeId.of(KEY.publicKey()), 1);
  private static final Origin OTHER = new Origin(new NodeId(Bytes.wrap(new byte[32])), 2);

  @Test
  void everyMessageHasItsBytesBothWays() {
    Map<String, PeerMessage> due = new LinkedHashMap<>();
    LogRoots.Entry root =
        new LogRoots.Entry(ME, 5, TREE.get("root.5").slice(0, LogRoots.TAG_BYTES));
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
            List.of("evidence/1"),
            List.of(new LogRoots(List.of(root), List.of(OTHER)))));
    due.put(
        "frame.hello.proves",
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
            List.of("evidence/1"),
            List.of(new LogRoots(List.of(), List.of(), true))));
    due.put("frame.checkpointWanted", new CheckpointWanted(ME, 5));
    due.put("frame.checkpointShown", new CheckpointShown(ME, TREE.get("checkpoint.note")));
    due.put("frame.checkpointShown.none", new CheckpointShown(ME, Bytes.EMPTY));
    due.put("frame.evidenceShown", new EvidenceShown(VECTORS.get("twoRoots")));
    due.put("frame.prefixWanted", new PrefixWanted(ME, 3));
    due.put(
        "frame.prefixShown",
        new PrefixShown(
            ME,
            TREE.get("checkpoint.note"),
            List.of(TREE.get("root.5"), TreeHasher.leaf(Bytes.EMPTY))));
    due.put("frame.prefixShown.none", new PrefixShown(ME, Bytes.EMPTY, List.of()));
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
    assertThatThrownBy(() -> new EvidenceShown(Bytes.EMPTY)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new EvidenceShown(Bytes.wrap(new byte[Evidence.BYTES_MAX + 1])))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new CheckpointWanted(ME, 0)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new PrefixWanted(ME, 0)).isInstanceOf(MalformedException.class);
    Bytes hash = TreeHasher.leaf(Bytes.EMPTY);
    assertThat(
            new PrefixShown(ME, Bytes.EMPTY, Collections.nCopies(PrefixShown.HASHES_MAX, hash))
                .proof())
        .hasSize(PrefixShown.HASHES_MAX);
    assertThatThrownBy(
            () ->
                new PrefixShown(
                    ME, Bytes.EMPTY, Collections.nCopies(PrefixShown.HASHES_MAX + 1, hash)))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new PrefixShown(ME, Bytes.EMPTY, List.of(hash.slice(1))))
        .isInstanceOf(MalformedException.class);
    LogRoots.Entry root = new LogRoots.Entry(ME, 1, Bytes.wrap(new byte[LogRoots.TAG_BYTES]));
    assertThatThrownBy(() -> new LogRoots(List.of(root, root), List.of()))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new LogRoots(List.of(), List.of(ME, OTHER)))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new LogRoots.Entry(ME, 1, Bytes.EMPTY))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void thePageStatesTheBoundsOfTheCode() {
    String page = FormatDocument.text("evidence.md");
    for (long bound :
        List.of(
            (long) Evidence.BYTES_MAX,
            (long) ProtocolLimits.ORIGINS_MAX,
            2L * ProtocolLimits.ORIGINS_MAX)) {
      assertThat(page).contains(String.format(Locale.ROOT, "%,d", bound));
    }
  }
}
