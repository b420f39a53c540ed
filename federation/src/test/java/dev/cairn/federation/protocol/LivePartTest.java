package dev.cairn.federation.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.model.Origin;
import dev.cairn.asl.time.HybridClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.LiveMessage.CursorAnswer;
import dev.cairn.federation.protocol.LiveMessage.CursorProblem;
import dev.cairn.federation.protocol.LiveMessage.Pulse;
import dev.cairn.federation.protocol.PeerMessage.Ack;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Finished;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.PeerSession.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LivePartTest {
  private static final long NOW = 1_000_000;
  private static final SessionOptions OPTIONS = SessionOptions.DEFAULT;

  /** Two sessions that follow each other, and what is under way between them. */
  private static final class Live implements AutoCloseable {
    final TestNode leftNode;
    final TestNode rightNode;
    final LivePart leftPart;
    final LivePart rightPart;
    final PeerSession left;
    final PeerSession right;
    final ArrayDeque<PeerMessage> toRight = new ArrayDeque<>();
    final ArrayDeque<PeerMessage> toLeft = new ArrayDeque<>();
    final List<PeerMessage> said = new ArrayList<>();
    long now;

    Live(TestNode left, TestNode right) {
      this(left, true, right, true);
    }

    Live(TestNode left, boolean leftFollows, TestNode right, boolean rightFollows) {
      leftNode = left;
      rightNode = right;
      leftPart = new LivePart(leftFollows, () -> NOW);
      rightPart = new LivePart(rightFollows, () -> NOW);
      this.left = session(Role.INITIATOR, left, leftPart);
      this.right = session(Role.RESPONDER, right, rightPart);
      tick(0);
    }

    private static PeerSession session(Role role, TestNode node, LivePart part) {
      return new PeerSession(
          role, node.replica(), OPTIONS, ReplicationListener.NONE, List.of(part));
    }

    void tick(long millis) {
      now += millis;
      left.tick(now);
      right.tick(now);
    }

    boolean sayLeft() {
      return say(left, toRight);
    }

    boolean sayRight() {
      return say(right, toLeft);
    }

    private boolean say(PeerSession session, ArrayDeque<PeerMessage> to) {
      PeerMessage message = session.poll();
      if (message != null) {
        to.add(message);
        said.add(message);
      }
      return message != null;
    }

    boolean hear(PeerSession session, ArrayDeque<PeerMessage> from) {
      PeerMessage message = from.poll();
      if (message != null) {
        session.receive(message);
      }
      return message != null;
    }

    /** Until nothing moves, with time for pushes to begin. */
    Live settle() {
      int still = 0;
      while (still < 2) {
        boolean moved = sayLeft();
        moved |= sayRight();
        moved |= hear(right, toRight);
        moved |= hear(left, toLeft);
        if (!moved) {
          left.headsChanged();
          right.headsChanged();
          tick(LivePart.PUSH_SPACING_MILLIS);
          still++;
        } else {
          still = 0;
        }
      }
      return this;
    }

    long count(Class<?> type) {
      return said.stream().filter(type::isInstance).count();
    }

    void assertSame() {
      assertThat(leftNode.heads()).isEqualTo(rightNode.heads());
      assertThat(leftNode.store().stateRoot()).isEqualTo(rightNode.store().stateRoot());
    }

    void assertOpen() {
      assertThat(left.report().text()).isEmpty();
      assertThat(right.report().text()).isEmpty();
      assertThat(left.state()).isEqualTo(State.EXCHANGING);
      assertThat(right.state()).isEqualTo(State.EXCHANGING);
    }

    void assertDone() {
      assertThat(left.report().text()).isEmpty();
      assertThat(right.report().text()).isEmpty();
      assertThat(left.state()).isEqualTo(State.DONE);
      assertThat(right.state()).isEqualTo(State.DONE);
    }

    @Override
    public void close() {
      left.close();
      right.close();
    }
  }

  @Test
  void whatIsCommittedIsPushedWithACheckpointAndAcknowledged() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Live live = new Live(ann, bob)) {
      ann.work(1, 10);
      live.settle();
      live.assertSame();
      live.assertOpen();
      live.said.clear();
      ann.put("news");
      live.settle();
      live.assertSame();
      live.assertOpen();
      assertThat(live.said)
          .extracting(message -> message.getClass().getSimpleName())
          .containsExactly("OriginInfo", "Records", "CheckpointNote", "DeltaEnd", "Ack");
      assertThat(live.leftPart.pushes()).isEqualTo(1);
      assertThat(held(live.left, ann.origin()))
          .isEqualTo(ann.store().head(ann.origin()).orElseThrow().treeSize());
      assertThat(live.right.report().received().records())
          .isEqualTo(live.left.report().sent().records());
    }
  }

  private static long held(PeerSession session, Origin origin) {
    return session.report().peerHolds().stream()
        .filter(entry -> entry.origin().equals(origin))
        .mapToLong(CursorEntry::treeSize)
        .sum();
  }

  @Test
  void bothDirectionsAtOnceHoweverMessagesInterleave() {
    for (long seed = 0; seed < 25; seed++) {
      Random random = new Random(seed);
      try (TestNode ann = new TestNode("ann");
          TestNode bob = new TestNode("bob");
          Live live = new Live(ann, bob)) {
        for (int step = 0; step < 120; step++) {
          switch (random.nextInt(8)) {
            case 0 -> {
              ann.put("a" + step);
              live.left.headsChanged();
            }
            case 1 -> {
              bob.putTogether("b" + step + " ", 1 + random.nextInt(4));
              live.right.headsChanged();
            }
            case 2 -> live.tick(random.nextInt(10));
            case 3, 4 -> live.sayLeft();
            case 5 -> live.sayRight();
            case 6 -> live.hear(live.right, live.toRight);
            default -> live.hear(live.left, live.toLeft);
          }
        }
        live.settle();
        live.assertOpen();
        live.assertSame();
        live.left.leave();
        live.settle();
        live.assertDone();
      }
    }
  }

  @Test
  void whatAPeerBringsIsNotSentBack() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Live live = new Live(ann, bob)) {
      for (int i = 0; i < 10; i++) {
        ann.put("news " + i);
        live.settle();
      }
      live.assertSame();
      assertThat(live.right.report().sent().records()).isZero();
      assertThat(live.rightPart.pushes()).isZero();
    }
  }

  @Test
  void aBurstDuringAPushGoesTogether() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Live live = new Live(ann, bob).settle()) {
      live.said.clear();
      for (int i = 0; i < 500; i++) {
        ann.put("burst " + i);
        live.left.headsChanged();
      }
      live.settle();
      live.assertSame();
      assertThat(live.leftPart.pushes()).isEqualTo(2);
      assertThat(live.count(CheckpointNote.class)).isEqualTo(2);
    }
  }

  @Test
  void tenThousandCommitsWhileThePeerIsSlowStayBounded() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Live live = new Live(ann, bob).settle()) {
      live.said.clear();
      for (int i = 0; i < 10_000; i++) {
        ann.put("busy " + i);
        live.left.headsChanged();
        live.tick(1);
        live.sayLeft();
        if (i % 2_500 == 2_499) {
          while (live.hear(live.right, live.toRight)) {
            // The slow peer wakes up now and then.
          }
          while (live.sayRight()) {
            live.hear(live.left, live.toLeft);
          }
        }
        assertThat(live.toRight.size()).isLessThan(100);
      }
      live.settle();
      live.assertSame();
      live.assertOpen();
      assertThat(live.leftPart.pushes()).isBetween(2L, 7L);
      assertThat(live.count(Records.class)).isLessThan(100);
    }
  }

  @Test
  void aRestingConversationSaysPulsesWithClockAndCursorAndNeverEnds() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Live live = new Live(ann, bob).settle()) {
      live.said.clear();
      for (int i = 0; i < 500; i++) {
        live.tick(OPTIONS.heartbeatMillis());
        live.settle();
      }
      live.assertOpen();
      assertThat(live.count(Pulse.class)).isBetween(900L, 1_010L);
      assertThat(live.count(Heartbeat.class)).isZero();
      assertThat(live.said.size()).isLessThan(1_011);
      assertThat(live.leftPart.peerHlc()).isEqualTo(HybridClock.fromMillis(NOW));
      assertThat(live.leftPart.clockAheadMillis()).isZero();
    }
  }

  @Test
  void aPulseSaysWhatCameFromElsewhereSoThatItIsNotPushed() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid");
        Live live = new Live(ann, bob).settle()) {
      cid.put("of a third");
      Talk.sync(cid, ann);
      Talk.sync(cid, bob);
      // Neither was told yet that it has news; the pulses come first.
      live.tick(OPTIONS.heartbeatMillis());
      for (int i = 0; i < 10; i++) {
        live.sayLeft();
        live.sayRight();
        live.hear(live.right, live.toRight);
        live.hear(live.left, live.toLeft);
      }
      assertThat(held(live.left, cid.origin())).isEqualTo(1);
      live.settle();
      live.assertSame();
      assertThat(live.left.report().sent().plus(live.right.report().sent()).records()).isZero();
    }
  }

  @Test
  void silenceEndsIt() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Live live = new Live(ann, bob).settle()) {
      for (long t = 0; t < OPTIONS.idleTimeoutMillis(); t += 1_000) {
        live.now += 1_000;
        live.left.tick(live.now);
        live.sayLeft();
      }
      live.left.tick(live.now + 1_000);
      assertThat(live.left.report().reason()).isEqualTo(Reason.UNAVAILABLE);
      assertThat(live.left.report().text()).contains("nothing heard");
    }
  }

  @Test
  void aPeerThatNeverAcknowledgesDoesNotHoldItForEver() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Live live = new Live(ann, bob).settle()) {
      ann.put("news");
      live.left.headsChanged();
      long begun = live.now;
      while (live.left.state() == State.EXCHANGING && live.now < 10_000_000) {
        live.now += 5_000;
        live.left.tick(live.now);
        live.sayLeft();
        live.left.receive(new Pulse(1, List.of()));
      }
      assertThat(live.left.report().text()).contains("no progress");
      assertThat(live.now - begun).isBetween(600_000L, 630_000L);
    }
  }

  @Test
  void aBreakInTheMiddleOfAPushLosesNothingAndTheNextConversationGoesOn() {
    for (int cut = 0; cut < 12; cut++) {
      try (TestNode ann = new TestNode("ann");
          TestNode bob = new TestNode("bob")) {
        ann.put("before");
        try (Live live = new Live(ann, bob).settle()) {
          ann.putLarge(300_000, cut);
          ann.putTogether("more ", 5);
          bob.put("of bob " + cut);
          live.left.headsChanged();
          live.right.headsChanged();
          for (int i = 0; i < cut; i++) {
            live.tick(1);
            live.sayLeft();
            live.hear(live.right, live.toRight);
            live.sayRight();
            live.hear(live.left, live.toLeft);
          }
          live.left.transportClosed();
          live.right.transportClosed();
        }
        try (Live again = new Live(ann, bob).settle()) {
          again.assertOpen();
          again.assertSame();
        }
      }
    }
  }

  @Test
  void newsTravelsThroughANodeBetween() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid");
        Live first = new Live(ann, bob).settle();
        Live second = new Live(bob, cid).settle()) {
      ann.put("from one end");
      cid.put("from the other");
      for (int i = 0; i < 3; i++) {
        first.settle();
        second.settle();
      }
      first.assertSame();
      second.assertSame();
      assertThat(ann.heads()).hasSize(2);
    }
  }

  @Test
  void whoLeavesInTheMiddleOfAPushStillFinishesIt() {
    for (int steps = 0; steps < 10; steps++) {
      try (TestNode ann = new TestNode("ann");
          TestNode bob = new TestNode("bob");
          Live live = new Live(ann, bob).settle()) {
        ann.putLarge(1_000_000, steps);
        bob.putLarge(1_000_000, steps + 50);
        live.left.headsChanged();
        live.right.headsChanged();
        for (int i = 0; i < steps; i++) {
          live.sayLeft();
          live.hear(live.right, live.toRight);
        }
        live.left.leave();
        live.settle();
        live.assertDone();
        live.assertSame();
        assertThat(live.count(Finished.class)).isEqualTo(2);
        assertThat(live.count(Goodbye.class)).isEqualTo(2);
      }
    }
  }

  @Test
  void itEndsWithTheFirstDeltaUnlessBothWantToFollow() {
    for (int i = 0; i < 3; i++) {
      try (TestNode ann = new TestNode("ann");
          TestNode bob = new TestNode("bob");
          Live live = new Live(ann, i == 1, bob, i == 2)) {
        ann.work(i, 5);
        bob.work(i + 9, 5);
        live.settle();
        live.assertDone();
        live.assertSame();
        assertThat(live.leftPart.hasFollowed() || live.rightPart.hasFollowed()).isFalse();
      }
    }
  }

  @Test
  void aSecondDeltaWithoutFollowingIsAnError() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Live live = new Live(ann, true, bob, false)) {
      bob.put("so that it waits for an acknowledgement");
      live.sayLeft();
      live.hear(live.right, live.toRight);
      live.right.receive(new DeltaEnd(0, 0, 0));
      live.right.receive(new DeltaEnd(0, 0, 0));
      assertThat(live.right.report().reason()).isEqualTo(Reason.MALFORMED);
    }
  }

  @Test
  void anAcknowledgementOfNothingIsAnErrorInALiveConversationToo() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Live live = new Live(ann, bob).settle()) {
      live.left.receive(new Ack(List.of()));
      assertThat(live.left.report().reason()).isEqualTo(Reason.MALFORMED);
    }
  }

  @Test
  void aClockTooFarAheadIsReported() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Live live = new Live(ann, bob).settle()) {
      long bound = NOW + LivePart.CLOCK_AHEAD_MILLIS_MAX;
      live.left.receive(new Pulse(HybridClock.fromMillis(bound), List.of()));
      assertThat(live.leftPart.clockAheadMillis()).isZero();
      live.left.receive(new Pulse(HybridClock.fromMillis(bound + 1), List.of()));
      assertThat(live.leftPart.clockAheadMillis()).isEqualTo(LivePart.CLOCK_AHEAD_MILLIS_MAX + 1);
      live.assertOpen();
    }
  }

  // ---- cursors that cannot be served

  @Test
  void aCursorBeyondTheEndOfTheSendersOwnLogIsAnsweredWithItsEnd() {
    try (TestNode ann = new TestNode("ann");
        TestNode restored = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("one");
      Talk.sync(ann, restored);
      ann.put("two");
      Talk.sync(ann, bob);
      restored.put("one");
      CursorAnswer answer = answerTo(restored, bob);
      assertThat(answer)
          .isEqualTo(new CursorAnswer(ann.origin(), CursorProblem.FUTURE_CURSOR, 1, 1));
    }
  }

  @Test
  void anEpochThatTheSenderWasNeverInIsUnknown() {
    try (TestNode ann = new TestNode("ann");
        TestNode lost = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("one");
      Talk.sync(ann, bob);
      assertThat(answerTo(lost, bob))
          .isEqualTo(new CursorAnswer(ann.origin(), CursorProblem.UNKNOWN_EPOCH, 0, 0));
    }
  }

  @Test
  void aForkIsAnsweredAsDiverged() {
    try (TestNode ann = new TestNode("ann");
        TestNode twin = new TestNode("ann");
        TestNode cid = new TestNode("cid");
        TestNode bob = new TestNode("bob")) {
      ann.put("one story");
      twin.putTogether("another ", 2);
      twin.put("of two");
      ann.putTogether("goes on ", 1);
      Talk.sync(ann, bob);
      Talk.sync(twin, cid);
      CursorAnswer answer = answerTo(cid, bob);
      assertThat(answer.problem()).isEqualTo(CursorProblem.DIVERGED);
      assertThat(answer.origin()).isEqualTo(ann.origin());
    }
  }

  /** What {@code sender} answers to the cursor of {@code asker}, which only receives. */
  private static CursorAnswer answerTo(TestNode sender, TestNode asker) {
    LivePart part = new LivePart(false, () -> NOW);
    try (PeerSession left =
            new PeerSession(
                Role.INITIATOR,
                asker.replica(),
                OPTIONS.withDirections(false, true),
                ReplicationListener.NONE,
                List.of(part));
        PeerSession right =
            new PeerSession(
                Role.RESPONDER,
                sender.replica(),
                OPTIONS,
                ReplicationListener.NONE,
                List.of(new LivePart(true, () -> NOW)))) {
      boolean moved = true;
      while (moved) {
        moved = carry(left, right);
        moved |= carry(right, left);
      }
      assertThat(left.state()).isEqualTo(State.DONE);
      assertThat(right.state()).isEqualTo(State.DONE);
    }
    assertThat(part.cursorAnswers()).hasSize(1);
    return part.cursorAnswers().get(0);
  }

  private static boolean carry(PeerSession from, PeerSession to) {
    @Nullable PeerMessage message = from.poll();
    if (message != null) {
      to.receive(message);
    }
    return message != null;
  }
}
