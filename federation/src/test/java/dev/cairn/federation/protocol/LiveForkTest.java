package dev.cairn.federation.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.evidence.Contradiction;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Stretch;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.EvidenceMessage.CheckpointShown;
import dev.cairn.federation.protocol.EvidenceMessage.PrefixShown;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.PeerSession.State;
import dev.cairn.federation.wire.FrameCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Two nodes follow each other while each comes by another side of a third one's log. */
final class LiveForkTest {
  private static final long NOW = 1_000_000;

  private static PeerMessage withoutCheckpoint(PeerMessage message) {
    return message instanceof CheckpointShown ? new Heartbeat(0) : message;
  }

  /** Two sessions that follow each other; what left says is changed by {@code wire}. */
  private static final class Following implements AutoCloseable {
    final PeerSession left;
    final PeerSession right;
    UnaryOperator<PeerMessage> wire;
    private long now;

    Following(TestNode left, TestNode right) {
      this(left, right, UnaryOperator.identity());
    }

    Following(TestNode left, TestNode right, UnaryOperator<PeerMessage> wire) {
      this.wire = wire;
      this.left = session(Role.INITIATOR, left);
      this.right = session(Role.RESPONDER, right);
      pass(0);
    }

    private static PeerSession session(Role role, TestNode node) {
      return new PeerSession(
          role,
          node.replica(),
          SessionOptions.DEFAULT,
          ReplicationListener.NONE,
          List.of(new LivePart(true, () -> NOW), new EvidencePart(node.replica())));
    }

    void pass(long millis) {
      now += millis;
      left.tick(now);
      right.tick(now);
      boolean moved = true;
      while (moved) {
        PeerMessage there = left.poll();
        if (there != null) {
          right.receive(FrameCodec.decode(FrameCodec.encode(wire.apply(there))).orElseThrow());
        }
        PeerMessage back = right.poll();
        if (back != null) {
          left.receive(FrameCodec.decode(FrameCodec.encode(back)).orElseThrow());
        }
        moved = there != null || back != null;
      }
    }

    void assertOpen() {
      assertThat(left.report().text()).isEmpty();
      assertThat(right.report().text()).isEmpty();
      assertThat(left.state()).isEqualTo(State.EXCHANGING);
      assertThat(right.state()).isEqualTo(State.EXCHANGING);
    }

    @Override
    public void close() {
      left.close();
      right.close();
    }
  }

  /** All of one log, from one store to another, that has some of it. */
  private static void hand(TestNode from, TestNode to) {
    Origin origin = from.origin();
    from.store().signHead();
    LogHead head = from.store().head(origin).orElseThrow();
    List<Stretch.Item> items = new ArrayList<>();
    try (RecordCursor records = from.store().records(origin, 0, head.treeSize())) {
      while (records.next()) {
        LogRecord record = records.record();
        items.add(
            new Stretch.Item(
                records.encoded(),
                from.store().payload(record.payloadDigest(), record.payloadLength())));
      }
    }
    Bytes note = from.store().checkpoints(origin, 0, 99).get(head.treeSize());
    to.store().replicate(new Stretch(origin, head.key(), 0, items, Objects.requireNonNull(note)));
  }

  @Test
  void aForkThatComesWhileTwoFollowEachOtherIsProvenAndTheyGoOn() {
    for (boolean pulsed : List.of(true, false)) {
      for (int more = 1; more < 4; more++) {
        try (TestNode evil = new TestNode("evil");
            TestNode twin = new TestNode("evil");
            TestNode ann = new TestNode("ann");
            TestNode bob = new TestNode("bob")) {
          evil.put("common");
          twin.put("common");
          hand(evil, ann);
          hand(twin, bob);
          try (Following both = new Following(ann, bob)) {
            both.pass(LivePart.PUSH_SPACING_MILLIS);
            both.assertOpen();
            twin.put("another story");
            hand(twin, bob);
            both.pass(pulsed ? SessionOptions.DEFAULT.heartbeatMillis() : 0);
            evil.put("one story");
            for (int i = 0; i < more; i++) {
              evil.put("more of it " + i);
            }
            hand(evil, ann);
            ann.put("of ann");
            both.left.headsChanged();
            both.pass(LivePart.PUSH_SPACING_MILLIS);
            both.assertOpen();
            assertThat(bob.heads()).containsKey(ann.origin());
            for (TestNode node : List.of(ann, bob)) {
              assertThat(node.store().evidence(evil.origin()).orElseThrow().evidence())
                  .satisfies(
                      evidence ->
                          assertThat(evidence.contradiction())
                              .isEqualTo(Contradiction.NOT_EXTENDED));
            }
            bob.put("of bob");
            both.right.headsChanged();
            both.pass(LivePart.PUSH_SPACING_MILLIS);
            both.assertOpen();
            assertThat(ann.heads()).containsKey(bob.origin());
          }
        }
      }
    }
  }

  @Test
  void whoChangesWhatHePushesIsFoundOut() {
    for (boolean proves : List.of(true, false)) {
      try (TestNode evil = new TestNode("evil");
          TestNode twin = new TestNode("evil");
          TestNode ann = new TestNode("ann");
          TestNode bob = new TestNode("bob")) {
        evil.put("common");
        twin.put("common");
        hand(evil, ann);
        hand(evil, bob);
        try (Following both = new Following(ann, bob)) {
          both.pass(LivePart.PUSH_SPACING_MILLIS);
          both.assertOpen();
          evil.put("one story");
          twin.put("another story");
          hand(evil, ann);
          Bytes other = twin.store().record(twin.origin(), 1).orElseThrow().encode();
          both.wire =
              message ->
                  message instanceof Records records && records.runs().get(0).firstIndex() == 1
                      ? new Records(
                          List.of(
                              new Run(
                                  evil.origin(),
                                  1,
                                  List.of(new Item(other, Bytes.utf8("another story"))))))
                      : message instanceof PrefixShown shown && !proves
                          ? new PrefixShown(shown.origin(), shown.note(), List.of())
                          : message;
          both.left.headsChanged();
          both.pass(LivePart.PUSH_SPACING_MILLIS);
          assertThat(both.right.state()).isEqualTo(State.FAILED);
          assertThat(both.right.report().reason()).isEqualTo(Reason.UNVERIFIED);
          assertThat(bob.store().frozen()).isEmpty();
          assertThat(bob.store().head(evil.origin()).orElseThrow().treeSize()).isEqualTo(1);
        }
      }
    }
  }

  /** One who changes what he pushes and says nothing of how the log begins goes on as he likes. */
  @Test
  void whoDoesNotAnswerHowALogBeginsIsFoundOutToo() {
    whoDoesNotAnswerIsFoundOut(false);
  }

  /** The log may be proven to be forked by others while its question waits. */
  @Test
  void whoDoesNotAnswerIsFoundOutThoughTheLogIsFrozenMeanwhile() {
    whoDoesNotAnswerIsFoundOut(true);
  }

  private static void whoDoesNotAnswerIsFoundOut(boolean frozenMeanwhile) {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      evil.put("common");
      twin.put("common");
      hand(evil, ann);
      hand(evil, bob);
      try (Following both = new Following(ann, bob)) {
        both.pass(LivePart.PUSH_SPACING_MILLIS);
        evil.put("one story");
        twin.put("another story");
        hand(evil, ann);
        Bytes other = twin.store().record(twin.origin(), 1).orElseThrow().encode();
        both.wire =
            message ->
                message instanceof Records records
                        && records.runs().get(0).origin().equals(evil.origin())
                    ? new Records(
                        List.of(
                            new Run(
                                evil.origin(),
                                1,
                                List.of(new Item(other, Bytes.utf8("another story"))))))
                    : message instanceof PrefixShown ? new Heartbeat(0) : message;
        both.left.headsChanged();
        both.pass(LivePart.PUSH_SPACING_MILLIS);
        if (frozenMeanwhile) {
          try (TestNode cid = new TestNode("cid")) {
            hand(evil, cid);
            Bytes theirs = twin.store().signHead().orElseThrow();
            PublicKey key = TestNode.key("evil").publicKey();
            assertThat(bob.store().keep(cid.store().examine(theirs, key).orElseThrow())).isTrue();
          }
        }
        for (long waited = 0; waited < ProtocolLimits.PREFIX_MILLIS; waited += 1_000) {
          both.assertOpen();
          if (waited % 7_000 == 0) {
            ann.put("of ann, after " + waited);
            both.left.headsChanged();
          }
          both.pass(1_000);
        }
        both.assertOpen();
        both.pass(1_000);
        assertThat(both.right.state()).isEqualTo(State.FAILED);
        assertThat(both.right.report().reason()).isEqualTo(Reason.UNVERIFIED);
        assertThat(both.right.report().text()).contains(evil.origin().toString());
        assertThat(bob.store().frozen()).hasSize(frozenMeanwhile ? 1 : 0);
        assertThat(bob.heads()).containsKey(ann.origin());
      }
    }
  }

  /** A side that was busy finds the answer among what it has not received yet. */
  @Test
  void anAnswerThatLiesUnreceivedIsNoSilence() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      evil.put("common");
      twin.put("common");
      hand(evil, ann);
      hand(evil, bob);
      List<PeerMessage> unreceived = new ArrayList<>();
      try (Following both = new Following(ann, bob)) {
        both.pass(LivePart.PUSH_SPACING_MILLIS);
        evil.put("one story");
        twin.put("another story");
        hand(evil, ann);
        Bytes other = twin.store().record(twin.origin(), 1).orElseThrow().encode();
        both.wire =
            message -> {
              if (message instanceof PrefixShown) {
                unreceived.add(message);
                return new Heartbeat(0);
              }
              return message instanceof Records
                  ? new Records(
                      List.of(
                          new Run(
                              evil.origin(),
                              1,
                              List.of(new Item(other, Bytes.utf8("another story"))))))
                  : message;
            };
        both.left.headsChanged();
        both.pass(LivePart.PUSH_SPACING_MILLIS);
        both.pass(0);
        assertThat(unreceived).hasSize(1);
        long quiet = both.now;
        both.right.tick(quiet + 3 * ProtocolLimits.PREFIX_MILLIS, quiet);
        assertThat(both.right.state()).isEqualTo(State.EXCHANGING);
        both.right.receive(unreceived.get(0));
        assertThat(both.right.report().text()).contains("begins there as it does here");
      }
    }
  }

  @Test
  void whoDoesNotShowACheckpointThatIsAskedForIsNotWaitedForForEver() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      evil.put("one story");
      twin.put("another story");
      hand(evil, ann);
      hand(twin, bob);
      try (Following both = new Following(ann, bob, LiveForkTest::withoutCheckpoint)) {
        for (long waited = 0; waited < ProtocolLimits.CHECKPOINT_MILLIS; waited += 1_000) {
          both.assertOpen();
          both.pass(1_000);
        }
        both.assertOpen();
        both.pass(1_000);
        assertThat(both.right.state()).isEqualTo(State.FAILED);
        assertThat(both.right.report().reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(both.right.report().text()).contains(evil.origin().toString());
        assertThat(both.right.report().contradictions()).isNotEmpty();
      }
    }
  }

  @Test
  void whatNobodyAskedForIsRefused() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Following both = new Following(ann, bob)) {
      both.right.receive(new PrefixShown(ann.origin(), Bytes.EMPTY, List.of()));
      assertThat(both.right.report().reason()).isEqualTo(Reason.UNVERIFIED);
    }
  }
}
