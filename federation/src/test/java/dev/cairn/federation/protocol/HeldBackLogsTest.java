package dev.cairn.federation.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.Plausibility;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.Stretch;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.bundle.Bundles;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.PeerSession.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that is not plausible waits; the honest logs of the same conversation do not. */
final class HeldBackLogsTest {
  private static final long NOW = 1_000_000;
  private static final long LEAP = Plausibility.DEFAULT.logseqLeapMax();

  @Test
  void anHonestLogBehindOneWhoseLogseqLeapsIsTakenInTheSameConversation() {
    try (TestNode relay = credulous();
        TestNode bob = new TestNode("bob");
        TestNode ann = new TestNode("ann")) {
      Origin leapt = leap(relay.store(), 5 * LEAP);
      bob.put("of bob");
      for (int i = 0; i < 300; i++) {
        bob.put("more of bob " + i);
      }
      relayed(bob, relay);
      List<ConflictSeen> seen = new ArrayList<>();
      try (Conversation talk = new Conversation(relay, ann, seen)) {
        talk.run();
        assertThat(talk.left.state()).isEqualTo(State.DONE);
        assertThat(talk.right.state()).isEqualTo(State.DONE);
        assertThat(talk.right.report().contradictions()).isEmpty();
      }
      assertThat(ann.heads().get(bob.origin())).isEqualTo(bob.heads().get(bob.origin()));
      assertThat(ann.heads()).doesNotContainKey(leapt);
      assertThat(seen).extracting(ConflictSeen::kind).containsExactly(ConflictSeen.Kind.CLOCK);
      assertThat(seen.get(0).subject()).isEqualTo(leapt.toString());
      assertThat(ann.store().heldBack()).extracting(log -> log.origin()).containsExactly(leapt);
      ann.put("the next logseq is the honest one");
      assertThat(ann.store().head(ann.origin()).orElseThrow().lastLogseq()).isEqualTo(302);
    }
  }

  @Test
  void aLiveConversationDoesNotSendTheLogAgainAndAgain() {
    long[] clock = {NOW};
    try (TestNode fast = new TestNode("fast", () -> NOW + 400_000);
        TestNode ann = new TestNode("ann", () -> clock[0])) {
      fast.put("too early");
      LivePart leftPart = new LivePart(true, () -> NOW);
      LivePart rightPart = new LivePart(true, () -> NOW);
      List<ConflictSeen> seen = new ArrayList<>();
      try (Conversation talk =
          new Conversation(fast, List.of(leftPart), ann, List.of(rightPart), seen)) {
        talk.tick(0);
        talk.run();
        for (int i = 1; i <= 10; i++) {
          fast.put("and more " + i);
          talk.tick(i * 1_000L);
          talk.run();
        }
        assertThat(talk.recordsToRight).isEqualTo(1);
        assertThat(ann.store().heads()).isEmpty();
        clock[0] = NOW + 200_000;
        talk.tick(ProtocolLimits.UNTAKEN_MILLIS);
        talk.run();
        assertThat(talk.recordsToRight).isEqualTo(2);
        assertThat(ann.heads()).isEqualTo(fast.heads());
        assertThat(ann.store().heldBack()).isEmpty();
        fast.put("at once now");
        talk.tick(ProtocolLimits.UNTAKEN_MILLIS + 1_000);
        talk.run();
        assertThat(ann.heads()).isEqualTo(fast.heads());
      }
    }
  }

  @Test
  void aBundleGivesWhatIsPlausibleOfIt(@TempDir Path folder) {
    try (TestNode relay = credulous();
        TestNode bob = new TestNode("bob");
        TestNode ann = new TestNode("ann")) {
      Origin leapt = leap(relay.store(), 5 * LEAP);
      bob.put("of bob");
      relayed(bob, relay);
      Path file = folder.resolve("all.cairn");
      Bundles.write(relay.store(), file, Optional.empty(), Optional.empty());
      List<ConflictSeen> seen = new ArrayList<>();
      Bundles.apply(ann.store(), file, stretch -> {}, seen::add, bytes -> {});
      assertThat(ann.heads()).containsOnlyKeys(bob.origin());
      assertThat(seen).extracting(ConflictSeen::subject).containsExactly(leapt.toString());
      assertThat(ann.store().heldBack()).hasSize(1);
    }
  }

  /** A node that believes everything, as one that lies would. */
  private static TestNode credulous() {
    return TestNode.with(
        "relay", TestNode.config("relay", "test").withPlausibility(Plausibility.ANY));
  }

  private static void relayed(TestNode from, TestNode to) {
    Talk.sync(from, to);
    assertThat(to.heads()).containsKey(from.origin());
  }

  /** A log of one record with a logseq out of nowhere. */
  private static Origin leap(Store into, long logseq) {
    SigningKey key = TestNode.key("leapt");
    Origin origin = new Origin(NodeId.of(key.publicKey()), 1);
    Bytes payload = Bytes.utf8("from far ahead");
    ArtifactId id = ArtifactHasher.identify(payload, null);
    Bytes record =
        new LogRecord(
                0,
                logseq,
                1,
                RecordKind.ARTIFACT,
                id.key(),
                null,
                id.payloadLength(),
                id.payloadDigest())
            .encode();
    CompactRange range = new CompactRange();
    range.append(TreeHasher.leaf(record));
    Bytes note = new Checkpoint("test", origin, 1, range.root(), logseq).sign(key);
    into.replicate(
        new Stretch(origin, key.publicKey(), 0, List.of(new Stretch.Item(record, payload)), note));
    return origin;
  }

  /** Two sessions in step, of which the right one tells its conflicts. */
  private static final class Conversation implements AutoCloseable {
    final PeerSession left;
    final PeerSession right;
    int recordsToRight;

    Conversation(TestNode left, TestNode right, List<ConflictSeen> seen) {
      this(left, List.of(), right, List.of(), seen);
    }

    Conversation(
        TestNode left,
        List<SessionPart> ofLeft,
        TestNode right,
        List<SessionPart> ofRight,
        List<ConflictSeen> seen) {
      this.left =
          new PeerSession(
              Role.INITIATOR,
              left.replica(),
              SessionOptions.DEFAULT,
              ReplicationListener.NONE,
              ofLeft);
      ReplicationListener listener =
          new ReplicationListener() {
            @Override
            public void applied(NodeId peer, AppliedStretch stretch) {}

            @Override
            public void conflict(NodeId peer, ConflictSeen conflict) {
              seen.add(conflict);
            }
          };
      this.right =
          new PeerSession(
              Role.RESPONDER, right.replica(), SessionOptions.DEFAULT, listener, ofRight);
    }

    void tick(long millis) {
      left.tick(millis);
      right.tick(millis);
      left.headsChanged();
      right.headsChanged();
    }

    void run() {
      boolean moved = true;
      while (moved) {
        PeerMessage message = left.poll();
        moved = message != null;
        if (message != null) {
          recordsToRight += message instanceof Records ? 1 : 0;
          right.receive(message);
        }
        PeerMessage answer = right.poll();
        if (answer != null) {
          left.receive(answer);
          moved = true;
        }
      }
    }

    @Override
    public void close() {
      left.close();
      right.close();
    }
  }
}
