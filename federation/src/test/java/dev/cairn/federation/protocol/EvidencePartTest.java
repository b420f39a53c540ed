package dev.cairn.federation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnextendedException;
import dev.cairn.asl.evidence.Contradiction;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.evidence.ProvenRecord;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.SignedNote;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.protocol.EvidenceMessage.CheckpointShown;
import dev.cairn.federation.protocol.EvidenceMessage.CheckpointWanted;
import dev.cairn.federation.protocol.EvidenceMessage.EvidenceShown;
import dev.cairn.federation.protocol.EvidenceMessage.PrefixShown;
import dev.cairn.federation.protocol.EvidenceMessage.PrefixWanted;
import dev.cairn.federation.protocol.PeerMessage.Finished;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerSession.State;
import dev.cairn.federation.wire.FrameCodec;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Forks are found whichever nodes hold them, proven to all, and hurt nobody else. */
final class EvidencePartTest {
  private static final SigningKey KEY = TestNode.key("evil");

  @Test
  void aThirdNodeThatMeetsBothForksHasTheProofAndSoHaveTheyAll() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann")) {
      evil.put("common");
      twin.put("common");
      evil.put("one story");
      twin.put("another story");
      sync(evil, ann);
      Talk talk = sync(twin, ann);
      assertThat(talk.right.report().contradictions()).isNotEmpty();
      assertSameEvidence(Contradiction.TWO_ROOTS, evil.origin(), ann, twin);
      assertThat(ann.heads()).isEqualTo(evil.heads());
    }
  }

  @Test
  void twoNodesThatHoldTheTwoForksFindItWhenTheyMeet() {
    for (int more = 0; more < 4; more++) {
      try (TestNode evil = new TestNode("evil");
          TestNode twin = new TestNode("evil");
          TestNode ann = new TestNode("ann");
          TestNode bob = new TestNode("bob")) {
        evil.put("common");
        twin.put("common");
        evil.put("one story");
        for (int i = 0; i <= more; i++) {
          twin.put("another story " + i);
        }
        sync(evil, ann);
        sync(twin, bob);
        bob.put("of bob");
        ann.put("of ann");
        sync(more % 2 == 0 ? ann : bob, more % 2 == 0 ? bob : ann);
        assertSameEvidence(
            more == 0 ? Contradiction.TWO_ROOTS : Contradiction.NOT_EXTENDED,
            evil.origin(),
            ann,
            bob);
        assertThat(ann.heads()).containsKeys(ann.origin(), bob.origin());
        assertThat(bob.heads()).containsKeys(ann.origin(), bob.origin());
      }
    }
  }

  @Test
  void whatAnotherConversationProvesMeanwhileIsToldInThisOneToo() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      evil.put("one story");
      twin.put("another story");
      twin.put("and more of it");
      sync(evil, ann);
      sync(twin, bob);
      sync(evil, cid);
      sync(twin, cid);
      Evidence proof = cid.store().evidence().get(0).evidence();
      try (Talk talk = new Talk(ann, parts(ann), bob, parts(bob))) {
        talk.through(
                message -> {
                  if (message instanceof CheckpointShown) {
                    assertThat(bob.store().keep(proof)).isTrue();
                  }
                  return message;
                })
            .run();
        assertThat(talk.left.state()).isEqualTo(State.DONE);
        assertThat(talk.right.state()).isEqualTo(State.DONE);
      }
      assertThat(bob.store().frozen()).containsExactly(evil.origin());
      assertThat(ann.store().frozen()).containsExactly(evil.origin());
    }
  }

  @Test
  void everyHonestNodeHasTheEvidenceWithinTwoExchangesAndTheyAgreeAboutTheRest() {
    List<TestNode> nodes = new ArrayList<>();
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil")) {
      for (int i = 0; i < 5; i++) {
        TestNode node = new TestNode("node " + i);
        node.put("of " + i);
        nodes.add(node);
      }
      evil.put("one story");
      twin.put("another story");
      sync(evil, nodes.get(0));
      sync(twin, nodes.get(4));
      // Twice round: each node exchanges with its neighbour.
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5; i++) {
          sync(nodes.get(i), nodes.get((i + 1) % 5));
        }
      }
      assertSameEvidence(Contradiction.TWO_ROOTS, evil.origin(), nodes.toArray(TestNode[]::new));
      for (TestNode node : nodes) {
        for (TestNode other : nodes) {
          assertThat(node.heads().get(other.origin())).isEqualTo(other.heads().get(other.origin()));
        }
      }
    } finally {
      nodes.forEach(TestNode::close);
    }
  }

  @Test
  void theFrozenLogStaysFrozenAfterARestartAndTheEvidenceGoesOn() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann");
        TestNode cid = new TestNode("cid")) {
      evil.put("one story");
      twin.put("another story");
      sync(evil, ann);
      sync(twin, ann);
      ann.store().close();
      try (Store again = Store.open(ann.engine().reopen(), TestNode.config("ann", "test"))) {
        assertThat(again.frozen()).containsExactly(evil.origin());
        evil.put("the story goes on");
        Talk more = talk(evil, new StoreReplica(again));
        assertThat(more.left.state()).isEqualTo(State.DONE);
        assertThat(again.head(evil.origin()).orElseThrow().treeSize()).isEqualTo(1);
        talk(cid, new StoreReplica(again));
        assertThat(cid.store().frozen()).containsExactly(evil.origin());
        assertThat(cid.heads()).doesNotContainKey(evil.origin());
      }
    }
  }

  @Test
  void aNodeWithoutThePartIsServedAsBeforeAndItsFrozenStretchesAreLeftOut() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann");
        TestNode old = new TestNode("old")) {
      evil.put("one story");
      twin.put("another story");
      sync(evil, ann);
      sync(twin, ann);
      evil.put("the story goes on");
      Talk.sync(evil, old);
      old.put("of old");
      try (Talk talk = new Talk(old, List.of(), ann, parts(ann))) {
        talk.run();
        assertThat(talk.left.state()).isEqualTo(State.DONE);
        assertThat(talk.right.state()).isEqualTo(State.DONE);
        assertThat(talk.right.report().contradictions())
            .anyMatch(text -> text.contains("is frozen"));
      }
      assertThat(ann.heads()).containsKey(old.origin());
      assertThat(ann.store().head(evil.origin()).orElseThrow().treeSize()).isEqualTo(1);
    }
  }

  @Test
  void nothingNewTakesOneRoundTripAndFewBytes() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("a");
      bob.put("b");
      sync(ann, bob);
      Talk talk = sync(ann, bob);
      assertThat(talk.toLeft).hasSize(4);
      assertThat(talk.toRight).hasSize(4);
      int bytes = talk.toLeft.stream().mapToInt(m -> FrameCodec.encode(m).length()).sum();
      assertThat(bytes).isLessThan(512);
      assertThat(talk.left.report().contradictions()).isEmpty();
    }
  }

  @Test
  void evidenceThatIsForgedOrAgainstAnHonestNodeEndsTheSessionAndFreezesNothing() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode liar = new TestNode("liar");
        TestNode ann = new TestNode("ann")) {
      evil.put("one story");
      twin.put("another story");
      sync(evil, liar);
      sync(twin, liar);
      Evidence real = liar.store().evidence().get(0).evidence();
      byte[] bent = real.encoded().toArray();
      bent[bent.length / 2] ^= 1;
      try (Talk talk = new Talk(liar, parts(liar), ann, parts(ann))) {
        talk.through(m -> m instanceof EvidenceShown ? new EvidenceShown(Bytes.wrap(bent)) : m)
            .run();
        assertThat(talk.right.report().reason()).isEqualTo(Reason.UNVERIFIED);
        assertThat(talk.right.report().peer()).isEqualTo(liar.origin().node());
      }
      assertThat(ann.store().frozen()).isEmpty();
    }
  }

  @Test
  void hostileCheckpointsAreRefusedAndProveNothing() {
    List<UnaryOperator<String>> bends =
        List.of(
            note -> note + note.substring(note.indexOf("\n\n") + 2).repeat(100),
            note -> note.replace("\n", "\r\n"),
            note -> note.replaceFirst("\n1\n", "\n9223372036854775808\n"),
            note -> note.replaceFirst("\n1\n", "\n01\n"),
            note -> note.replaceFirst("logseq 1", "logseq 2"));
    for (UnaryOperator<String> bend : bends) {
      try (TestNode evil = new TestNode("evil");
          TestNode twin = new TestNode("evil");
          TestNode liar = new TestNode("liar");
          TestNode ann = new TestNode("ann")) {
        evil.put("one story");
        twin.put("another story");
        sync(evil, liar);
        sync(twin, ann);
        try (Talk talk = new Talk(liar, parts(liar), ann, parts(ann))) {
          talk.through(
                  m ->
                      m instanceof CheckpointShown shown
                          ? new CheckpointShown(
                              shown.origin(), Bytes.utf8(bend.apply(shown.note().toUtf8())))
                          : m)
              .run();
          assertThat(talk.right.report().reason()).isEqualTo(Reason.UNVERIFIED);
        }
        assertThat(ann.store().frozen()).isEmpty();
      }
    }
  }

  @Test
  void aCheckpointThatNobodyAskedForAndOneThatIsNotThereHarmNobody() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode liar = new TestNode("liar");
        TestNode ann = new TestNode("ann")) {
      evil.put("one story");
      twin.put("another story");
      sync(evil, liar);
      sync(twin, ann);
      try (Talk talk = new Talk(liar, parts(liar), ann, parts(ann))) {
        talk.through(
                m ->
                    m instanceof CheckpointShown shown
                        ? new CheckpointShown(shown.origin(), Bytes.EMPTY)
                        : m)
            .run();
        assertThat(talk.right.state()).isEqualTo(State.DONE);
        // The honest answer to the liar's own question proves it all the same.
        assertThat(talk.right.report().contradictions()).isNotEmpty();
      }
      try (Talk talk = new Talk(evil, parts(evil), liar, parts(liar))) {
        talk.through(
                m -> m instanceof Finished ? new CheckpointShown(evil.origin(), Bytes.EMPTY) : m)
            .run();
        assertThat(talk.right.report().reason()).isEqualTo(Reason.UNVERIFIED);
      }
    }
  }

  @Test
  void aForkThatTheSenderWithholdsIsFoundByTheHonestNodesThatItReached() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      evil.put("one story");
      twin.put("another story");
      twin.put("more of it");
      sync(evil, ann);
      // The longer fork comes without the part: ann cannot take it, and cannot prove it alone.
      Talk talk = Talk.sync(twin, ann);
      assertThat(talk.right.report().reason()).isEqualTo(Reason.UNVERIFIED);
      assertThat(ann.heads()).isEqualTo(evil.heads());
      assertThat(ann.store().frozen()).isEmpty();
      Talk.sync(twin, bob);
      sync(bob, ann);
      assertSameEvidence(Contradiction.NOT_EXTENDED, evil.origin(), ann, bob);
    }
  }

  @Test
  void evidenceWithRecordsInItIsShownToWhoMayReadThese() {
    try (TestNode evil = new TestNode("evil");
        TestNode hub = new TestNode("hub");
        TestNode spoke = new TestNode("spoke")) {
      evil.putTogether("of one commit ", 2);
      evil.put("behind it");
      Bytes first = evil.store().record(evil.origin(), 0).orElseThrow().encode();
      Bytes next = evil.store().record(evil.origin(), 1).orElseThrow().encode();
      Bytes cut = new Checkpoint("test", evil.origin(), 1, TreeHasher.leaf(first), 1).sign(KEY);
      Bytes whole = evil.store().signHead().orElseThrow();
      hub.store()
          .keep(
              Evidence.cutCommit(
                  KEY.publicKey(),
                  cut,
                  whole,
                  new ProvenRecord(next, evil.store().inclusionProof(evil.origin(), 1, 3))));
      assertThat(isShown(hub, spoke, Grant.ALL)).isTrue();
      assertThat(isShown(hub, spoke, grant(Right.READ, "text/plain"))).isTrue();
      assertThat(isShown(hub, spoke, grant(Right.READ, "app/secret"))).isFalse();
      assertThat(isShown(hub, spoke, grant(Right.WRITE))).isFalse();
    }
  }

  @Test
  void howALogBeginsIsShownToWhoMayReadOnly() {
    try (TestNode hub = new TestNode("hub");
        TestNode spoke = new TestNode("spoke")) {
      hub.put("one");
      hub.put("two");
      hub.store().signHead();
      PrefixWanted asked = new PrefixWanted(hub.origin(), 1);
      for (Grant grant : List.of(Grant.ALL, grant(Right.READ), grant(Right.READ, "app/some"))) {
        try (EvidencePart part = new EvidencePart(hub.replica())) {
          part.offeredUnder(grant);
          part.agreed(hello(spoke, List.of()));
          part.receive(asked);
          assertThat(part.poll())
              .isInstanceOfSatisfying(
                  PrefixShown.class, shown -> assertThat(shown.proof()).isNotEmpty());
        }
      }
      for (Right right : List.of(Right.WRITE, Right.ADMIN)) {
        try (EvidencePart part = new EvidencePart(hub.replica())) {
          part.offeredUnder(grant(right));
          part.agreed(hello(spoke, List.of()));
          assertThatThrownBy(() -> part.receive(asked))
              .isInstanceOf(NotGrantedException.class)
              .hasMessageContaining(spoke.origin().node().toString())
              .hasMessageContaining(hub.origin().toString());
          assertThat(part.hasOutput()).isFalse();
        }
      }
    }
  }

  /** The node forked its first log; of the second there is one, about which the peer lies. */
  @Test
  void aCheckpointOfAnotherLogOfTheNodeIsNoAnswer() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode later = laterEpoch("evil");
        TestNode ann = new TestNode("ann");
        TestNode liar = new TestNode("liar")) {
      evil.put("one story");
      twin.put("another story");
      later.put("of the second log");
      sync(evil, ann);
      sync(later, ann);
      Bytes ofTheFirst = twin.store().signHead().orElseThrow();
      LogRoots said =
          new LogRoots(
              List.of(
                  new LogRoots.Entry(later.origin(), 1, Bytes.wrap(new byte[LogRoots.TAG_BYTES]))),
              List.of(),
              true);
      try (EvidencePart part = new EvidencePart(ann.replica())) {
        part.agreed(hello(liar, List.of(said)));
        assertThat(part.poll()).isEqualTo(new CheckpointWanted(later.origin(), 1));
        assertThatThrownBy(() -> part.receive(new CheckpointShown(later.origin(), ofTheFirst)))
            .isInstanceOf(MalformedException.class)
            .hasMessageContaining(later.origin().toString());
      }
      assertThat(ann.store().frozen()).isEmpty();
      try (EvidencePart part = new EvidencePart(ann.replica())) {
        part.agreed(hello(liar, List.of(new LogRoots(List.of(), List.of(), true))));
        assertThat(part.findsOut(doubt(later))).isTrue();
        assertThat(part.poll()).isEqualTo(new PrefixWanted(later.origin(), 1));
        assertThatThrownBy(
                () -> part.receive(new PrefixShown(later.origin(), ofTheFirst, List.of())))
            .isInstanceOf(MalformedException.class)
            .hasMessageContaining(later.origin().toString());
      }
      assertThat(ann.store().frozen()).isEmpty();
    }
  }

  @Test
  void aForkThatThereIsNoRoomForIsToldOnce() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      evil.put("one story");
      sync(evil, ann);
      twin.put("another story");
      EvidenceStore full =
          (EvidenceStore)
              Proxy.newProxyInstance(
                  EvidenceStore.class.getClassLoader(),
                  new Class<?>[] {EvidenceStore.class},
                  (proxy, method, arguments) -> {
                    if (method.getName().equals("keep")) {
                      throw new RefusedException("no room");
                    }
                    return method.invoke(ann.replica(), arguments);
                  });
      try (EvidencePart part = new EvidencePart(full)) {
        part.agreed(hello(bob, List.of(new LogRoots(List.of(), List.of(), true))));
        for (int i = 2; i < 6; i++) {
          twin.put("more of it " + i);
          Bytes note = twin.store().signHead().orElseThrow();
          assertThat(part.findsOut(doubt(evil))).isTrue();
          assertThat(part.poll()).isEqualTo(new PrefixWanted(evil.origin(), 1));
          part.receive(
              new PrefixShown(evil.origin(), note, twin.store().prefixProof(evil.origin(), 1, i)));
        }
        assertThat(part.contradictions()).hasSize(2).doesNotHaveDuplicates();
      }
    }
  }

  /** An append under way has written its checkpoint, and is not told of yet. */
  @Test
  void aCheckpointIsShownThatTheDurableLogGoesUpTo() {
    try (TestNode ann = new TestNode("ann");
        TestNode ahead = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      for (TestNode node : List.of(ann, ahead)) {
        node.put("one");
        node.put("two");
        node.store().signHead();
      }
      ahead.put("three");
      ahead.store().signHead();
      ahead.rows("asl.checkpoint").forEach((key, row) -> ann.overwrite("asl.checkpoint", key, row));
      assertThat(size(ann.store().lastCheckpoint(ann.origin()).orElseThrow())).isEqualTo(3);
      assertThat(ann.store().durableHeads()).extracting(LogHead::treeSize).containsExactly(2L);
      try (EvidencePart part = new EvidencePart(ann.replica())) {
        part.agreed(hello(bob, List.of()));
        part.receive(new PrefixWanted(ann.origin(), 1));
        assertThat(part.poll())
            .isInstanceOfSatisfying(
                PrefixShown.class,
                shown -> {
                  assertThat(size(shown.note())).isEqualTo(2);
                  assertThat(shown.proof()).isEqualTo(ann.store().prefixProof(ann.origin(), 1, 2));
                });
        part.receive(new PrefixWanted(bob.origin(), 1));
        assertThat(part.poll()).isEqualTo(new PrefixShown(bob.origin(), Bytes.EMPTY, List.of()));
      }
    }
  }

  private static long size(Bytes note) {
    return Checkpoint.parse(SignedNote.parse(note).text()).treeSize();
  }

  private static LogDoubt doubt(TestNode node) {
    return LogDoubt.ofWhole(
        node.origin(), node.replica().key(), new UnextendedException("it does not go on"));
  }

  private static TestNode laterEpoch(String name) {
    return TestNode.with(
        name,
        new StoreConfig(
            "test", TestNode.key(name), 2, TestNode.indexes(), PeerBook.tables(), () -> 1_000_000));
  }

  private static Grant grant(Right right, String... types) {
    return new Grant(new TreeSet<>(List.of(right)), new TreeSet<>(List.of(types)), new TreeSet<>());
  }

  private static boolean isShown(TestNode hub, TestNode spoke, Grant grant) {
    try (EvidencePart part = new EvidencePart(hub.replica())) {
      assertThat(part.offeredUnder(grant)).isTrue();
      part.agreed(hello(spoke, List.of()));
      return part.poll() instanceof EvidenceShown;
    }
  }

  private static Hello hello(TestNode node, List<PartGreeting> greetings) {
    return new Hello(
        ProtocolLimits.VERSION,
        ProtocolLimits.VERSION,
        "test",
        node.origin().node(),
        node.replica().key(),
        List.of(ProtocolLimits.CODEC_IDENTITY),
        true,
        true,
        List.of(),
        List.of(EvidencePart.FEATURE),
        greetings);
  }

  private static List<EvidencePart> parts(TestNode node) {
    return List.of(new EvidencePart(node.replica()));
  }

  private static Talk sync(TestNode left, TestNode right) {
    try (Talk talk = new Talk(left, parts(left), right, parts(right))) {
      return talk.run();
    }
  }

  private static Talk talk(TestNode left, StoreReplica right) {
    try (Talk talk = new Talk(left, parts(left), right, List.of(new EvidencePart(right)))) {
      return talk.run();
    }
  }

  private static void assertSameEvidence(Contradiction due, Origin origin, TestNode... nodes) {
    Evidence first = nodes[0].store().evidence(origin).orElseThrow().evidence();
    assertThat(first.contradiction()).isEqualTo(due);
    for (TestNode node : nodes) {
      assertThat(node.store().evidence(origin).orElseThrow().evidence()).isEqualTo(first);
      assertThat(node.store().frozen()).containsExactly(origin);
    }
  }
}
