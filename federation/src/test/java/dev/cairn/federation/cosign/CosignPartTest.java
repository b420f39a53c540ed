package dev.cairn.federation.cosign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.Cosignature;
import dev.cairn.asl.note.CosignerKey;
import dev.cairn.asl.note.SignedNote;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.CosignMessage.Cosignatures;
import dev.cairn.federation.protocol.CosignMessage.Entry;
import dev.cairn.federation.protocol.EvidencePart;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.PeerSession.State;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.wire.FrameCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Cosignatures spread, are bounded, and none that is false is kept. */
final class CosignPartTest {
  private static CosignShelf shelf(TestNode node) {
    return new CosignShelf(node.store(), () -> 5_000_000);
  }

  private static NodeId id(TestNode node) {
    return node.origin().node();
  }

  /** What was said, as it goes over the wire. */
  private static List<PeerMessage> sync(TestNode left, TestNode right) {
    return sync(left, right, message -> message, State.DONE);
  }

  private static List<PeerMessage> sync(
      TestNode left, TestNode right, UnaryOperator<PeerMessage> wire, State due) {
    List<PeerMessage> said = new ArrayList<>();
    try (PeerSession a = session(Role.INITIATOR, left);
        PeerSession b = session(Role.RESPONDER, right)) {
      boolean moved = true;
      while (moved) {
        moved = carry(a, b, wire, said);
        moved |= carry(b, a, message -> message, said);
      }
      assertThat(b.state()).as(a.report().text() + b.report().text()).isEqualTo(due);
      assertThat(b.report().reason())
          .isEqualTo(due == State.DONE ? Reason.DONE : Reason.UNVERIFIED);
    }
    return said;
  }

  private static boolean carry(
      PeerSession from, PeerSession to, UnaryOperator<PeerMessage> wire, List<PeerMessage> said) {
    PeerMessage message = from.poll();
    if (message == null) {
      return false;
    }
    said.add(message);
    to.receive(FrameCodec.decode(FrameCodec.encode(wire.apply(message))).orElseThrow());
    return true;
  }

  private static PeerSession session(Role role, TestNode node) {
    List<SessionPart> parts =
        List.of(new CosignPart(shelf(node)), new EvidencePart(node.replica()));
    return new PeerSession(
        role, node.replica(), SessionOptions.DEFAULT, ReplicationListener.NONE, parts);
  }

  @Test
  void eachSideCosignsWhatItVerifiedAndTheOtherHasIt() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("of ann");
      bob.put("of bob");
      sync(ann, bob);
      for (TestNode node : List.of(ann, bob)) {
        assertThat(shelf(node).cosigners(ann.origin())).isEqualTo(Map.of(id(bob), 1L));
        assertThat(shelf(node).cosigners(bob.origin())).isEqualTo(Map.of(id(ann), 1L));
      }
      assertThat(shelf(ann).tag()).isEqualTo(shelf(bob).tag());
    }
  }

  @Test
  void whereNothingIsNewNothingIsSaid() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("of ann");
      bob.put("of bob");
      sync(ann, bob);
      assertThat(sync(bob, ann)).noneMatch(Cosignatures.class::isInstance);
      ann.put("more of ann");
      assertThat(sync(bob, ann)).anyMatch(Cosignatures.class::isInstance);
      assertThat(shelf(ann).cosigners(ann.origin())).isEqualTo(Map.of(id(bob), 2L));
    }
  }

  @Test
  void cosignaturesReachNodesThroughOthers() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      ann.put("of ann");
      bob.put("of bob");
      cid.put("of cid");
      sync(ann, bob);
      sync(bob, cid);
      sync(ann, bob);
      assertThat(shelf(ann).cosigners(ann.origin())).isEqualTo(Map.of(id(bob), 1L, id(cid), 1L));
      assertThat(shelf(cid).cosigners(ann.origin())).containsKeys(id(bob), id(cid));
    }
  }

  @Test
  void aNoteWithItsCosignaturesIsTheLeastThatCoversTheRecord() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("one");
      ann.store().signHead();
      ann.put("two");
      sync(ann, bob);
      ann.put("three");
      ann.store().signHead();
      Map.Entry<Long, Bytes> covering = shelf(ann).covering(ann.origin(), 0).orElseThrow();
      assertThat(covering.getKey()).isEqualTo(2);
      SignedNote note = SignedNote.parse(covering.getValue());
      CosignerKey key = CosignerKey.of("test", TestNode.key("bob").publicKey());
      assertThat(Cosignature.find(note, key)).isPresent();
      assertThat(Checkpoint.verify(covering.getValue(), TestNode.key("ann").publicKey()).treeSize())
          .isEqualTo(2);
      assertThat(shelf(ann).covering(ann.origin(), 2)).isEmpty();
    }
  }

  @Test
  void oneThatDoesNotVerifyEndsTheConversationAndIsNotKept() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("of ann");
      bob.put("of bob");
      sync(
          ann,
          bob,
          message ->
              message instanceof Cosignatures shown
                  ? new Cosignatures(shown.entries().stream().map(CosignPartTest::bent).toList())
                  : message,
          State.FAILED);
      assertThat(shelf(bob).cosigners(bob.origin())).isEmpty();
      assertThat(bob.heads()).isEqualTo(ann.heads());
    }
  }

  private static Entry bent(Entry entry) {
    return new Entry(
        entry.origin(),
        entry.treeSize(),
        entry.root(),
        entry.key(),
        new Cosignature(entry.cosignature().timeSeconds() + 1, entry.cosignature().signature()));
  }

  @Test
  void whatIsOfNoUseIsLeftOut() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("of ann");
      bob.put("of bob");
      sync(ann, bob);
      CosignShelf shelf = shelf(bob);
      Set<NodeId> known = shelf.known(id(ann));
      Entry good = cosigned(ann, TestNode.key("ann"), 1);
      assertThat(shelf.take(good, known)).as("a node about itself").isFalse();
      assertThat(shelf.take(cosigned(ann, TestNode.key("stranger"), 1), known)).isFalse();
      Entry unheld = cosigned(bob, TestNode.key("ann"), 7);
      assertThat(shelf.take(unheld, known)).as("of no checkpoint here").isFalse();
      Entry otherRoot =
          new Entry(
              bob.origin(),
              1,
              Bytes.wrap(new byte[32]),
              TestNode.key("cid").publicKey(),
              good.cosignature());
      assertThat(shelf.take(otherRoot, shelf.known(NodeId.of(TestNode.key("cid").publicKey()))))
          .as("another root is for evidence/1")
          .isFalse();
      assertThat(shelf.cosigners(ann.origin())).containsOnlyKeys(id(bob));
    }
  }

  @Test
  void ofALogSoManyNodesAndOfEachSoManyCheckpointsAreKept() {
    try (TestNode ann = new TestNode("ann")) {
      CosignShelf shelf = shelf(ann);
      for (int i = 1; i <= CosignShelf.KEPT_MAX + 3; i++) {
        ann.put("record " + i);
        ann.store().signHead();
        SigningKey bob = TestNode.key("bob");
        assertThat(shelf.take(cosigned(ann, bob, i), Set.of(NodeId.of(bob.publicKey())))).isTrue();
      }
      assertThat(shelf.covering(ann.origin(), 0).orElseThrow().getKey()).isEqualTo(4);
      SigningKey bob = TestNode.key("bob");
      assertThat(shelf.take(cosigned(ann, bob, 1), Set.of(NodeId.of(bob.publicKey()))))
          .as("older than all that are kept")
          .isFalse();
      for (int i = 0; i < 2 * CosignShelf.COSIGNERS_MAX; i++) {
        SigningKey one = TestNode.key("cosigner " + i);
        shelf.take(cosigned(ann, one, 1), Set.of(NodeId.of(one.publicKey())));
      }
      assertThat(shelf.cosigners(ann.origin())).hasSize(CosignShelf.COSIGNERS_MAX - 1);
      SignedNote note = SignedNote.parse(shelf.covering(ann.origin(), 0).orElseThrow().getValue());
      assertThat(note.signatures().size()).isLessThanOrEqualTo(CosignShelf.COSIGNERS_MAX + 1);
    }
  }

  @Test
  void aForkedLogIsNotCosigned() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann")) {
      evil.put("one story");
      twin.put("another story");
      sync(evil, ann);
      assertThat(shelf(ann).cosigners(evil.origin())).containsOnlyKeys(id(ann));
      sync(twin, ann);
      assertThat(ann.store().frozen()).contains(evil.origin());
      assertThat(shelf(twin).cosigners(evil.origin())).isEmpty();
      assertThat(shelf(ann).cosign()).isEmpty();
    }
  }

  @Test
  void aDamagedRowIsNamedAndHostileFramesAreRefused() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("of ann");
      bob.put("of bob");
      sync(ann, bob);
      ann.store()
          .writeLocal(
              List.of(
                  RowChange.put(
                      CosignShelf.TABLE,
                      ann.origin().bytes().plus(Bytes.u64(9)).plus(id(bob).digest()),
                      Bytes.utf8("x"))),
              Durability.SYNCED);
      assertThatThrownBy(() -> shelf(ann).cosigners(ann.origin()))
          .isInstanceOf(DamagedException.class)
          .hasMessageContaining("fed.cosignature");
    }
    assertThatThrownBy(() -> new Cosignatures(List.of())).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> FrameCodec.decode(Bytes.fromHex("920300")))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> FrameCodec.decode(Bytes.fromHex("9203020a00")))
        .isInstanceOf(MalformedException.class);
  }

  private static Entry cosigned(TestNode of, SigningKey by, long treeSize) {
    LogHead head = of.store().head(of.origin()).orElseThrow();
    long held = Math.min(treeSize, head.treeSize());
    Bytes root = of.store().logRoot(of.origin(), held);
    long logseq = of.store().record(of.origin(), held - 1).orElseThrow().logseq();
    String text = new Checkpoint("test", of.origin(), treeSize, root, logseq).text();
    return new Entry(
        of.origin(), treeSize, root, by.publicKey(), Cosignature.sign(text, by, 5_000));
  }
}
