package dev.cairn.federation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Finished;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.PeerSession.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SessionPartTest {
  /** Asks the other side to count to a number, and answers. */
  private sealed interface CountMessage extends PartMessage {
    record Ask(int upTo) implements CountMessage {}

    record Count(int number, boolean last) implements CountMessage {}
  }

  /** Another part's message. */
  private record Stranger() implements PartMessage {}

  private static final class CountPart implements SessionPart {
    private final String feature;
    private final ArrayDeque<PeerMessage> out = new ArrayDeque<>();
    private final List<Integer> heard = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private int asks;
    private boolean asksBehindTheDelta;
    private boolean awaiting;
    private @Nullable Hello theirs;
    private int closed;

    CountPart(String feature, int asks) {
      this.feature = feature;
      this.asks = asks;
    }

    CountPart behindTheDelta() {
      asksBehindTheDelta = true;
      return this;
    }

    @Override
    public String feature() {
      return feature;
    }

    @Override
    public Class<? extends PartMessage> messages() {
      return CountMessage.class;
    }

    @Override
    public List<PartGreeting> greetings() {
      return List.of(new Follow());
    }

    @Override
    public void agreed(Hello hello) {
      theirs = hello;
      if (!asksBehindTheDelta) {
        ask();
      }
    }

    @Override
    public void receive(PartMessage message) {
      if (message instanceof CountMessage.Ask ask) {
        for (int i = 1; i <= ask.upTo(); i++) {
          out.add(new CountMessage.Count(i, i == ask.upTo()));
        }
      } else if (message instanceof CountMessage.Count count) {
        heard.add(count.number());
        awaiting = !count.last();
        if (count.last()) {
          ask();
        }
      }
    }

    @Override
    public @Nullable PeerMessage poll() {
      return out.poll();
    }

    @Override
    public boolean hasOutput() {
      return !out.isEmpty();
    }

    @Override
    public void deltaTaken() {
      events.add("taken");
      if (asksBehindTheDelta) {
        asksBehindTheDelta = false;
        ask();
      }
    }

    @Override
    public void deltaGiven() {
      events.add("given");
    }

    @Override
    public void peerFinished() {
      events.add("finished");
    }

    @Override
    public boolean isIdle() {
      return !awaiting && asks == 0;
    }

    @Override
    public void close() {
      closed++;
    }

    private void ask() {
      if (asks > 0) {
        asks--;
        awaiting = true;
        out.add(new CountMessage.Ask(3));
      }
    }
  }

  private static final String COUNT = "count/1";

  private static Talk talk(TestNode left, CountPart ofLeft, TestNode right, CountPart ofRight) {
    return new Talk(left, List.of(ofLeft), right, List.of(ofRight));
  }

  private static void assertDone(Talk talk) {
    assertThat(talk.left.report().text()).isEmpty();
    assertThat(talk.right.report().text()).isEmpty();
    assertThat(talk.left.state()).isEqualTo(State.DONE);
    assertThat(talk.right.state()).isEqualTo(State.DONE);
    assertThat(talk.left.isOver() && talk.right.isOver()).isTrue();
  }

  @Test
  void partsOfBothSidesAskAndAnswerBesideTheDeltas() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 30);
      bob.work(2, 30);
      CountPart left = new CountPart(COUNT, 2);
      CountPart right = new CountPart(COUNT, 1);
      try (Talk talk = talk(ann, left, bob, right)) {
        talk.run();
        assertDone(talk);
        assertThat(left.heard).containsExactly(1, 2, 3, 1, 2, 3);
        assertThat(right.heard).containsExactly(1, 2, 3);
        assertThat(ann.heads()).isEqualTo(bob.heads());
        assertThat(talk.left.report().features()).containsExactly(COUNT);
        assertThat(left.events).containsExactlyInAnyOrder("taken", "given", "finished");
        assertThat(right.events).containsExactlyInAnyOrder("taken", "given", "finished");
        assertThat(left.theirs).isNotNull();
        assertThat(left.theirs.greeting(Follow.class)).isPresent();
      }
      assertThat(left.closed).isEqualTo(1);
      assertThat(right.closed).isEqualTo(1);
    }
  }

  @Test
  void howMessagesInterleaveDoesNotMatterAndNobodyLeavesBeforeTheOtherHasItsAnswers() {
    for (long seed = 0; seed < 40; seed++) {
      try (TestNode ann = new TestNode("ann");
          TestNode bob = new TestNode("bob")) {
        ann.work(seed, 6);
        bob.work(seed + 100, 6);
        CountPart left = new CountPart(COUNT, (int) (seed % 3));
        CountPart right = new CountPart(COUNT, 2).behindTheDelta();
        try (Talk talk = talk(ann, left, bob, right)) {
          talk.runUnevenly(seed);
          assertDone(talk);
          assertThat(right.heard).containsExactly(1, 2, 3, 1, 2, 3);
        }
      }
    }
  }

  @Test
  void aDeltaAndAPartTakeTurns() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.putLarge(5_000_000, 1);
      CountPart right = new CountPart(COUNT, 1);
      try (Talk talk = talk(ann, new CountPart(COUNT, 0), bob, right)) {
        talk.run();
        assertDone(talk);
        int first = -1;
        int last = -1;
        for (int i = 0; i < talk.toRight.size(); i++) {
          if (talk.toRight.get(i) instanceof CountMessage.Count count) {
            first = count.number() == 1 ? i : first;
            last = i;
          }
        }
        assertThat(first).isPositive();
        assertThat(last - first).isEqualTo(4);
      }
    }
  }

  @Test
  void aFeatureThatOnlyOneSideKnowsIsSkipped() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 10);
      CountPart left = new CountPart("count/1", 1);
      CountPart right = new CountPart("count/2", 1);
      try (Talk talk = talk(ann, left, bob, right)) {
        talk.run();
        assertDone(talk);
        assertThat(talk.toRight).noneMatch(Finished.class::isInstance);
        assertThat(talk.left.report().features()).isEmpty();
      }
      assertThat(left.events).isEmpty();
      assertThat(left.closed).isEqualTo(1);
      try (Talk talk = new Talk(ann, List.of(left), bob, List.of())) {
        talk.run();
        assertDone(talk);
      }
    }
  }

  @Test
  void partsThatAskNothingCostNoRoundTrip() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Talk talk = talk(ann, new CountPart(COUNT, 0), bob, new CountPart(COUNT, 0))) {
      talk.run();
      assertDone(talk);
      assertThat(talk.toRight)
          .extracting(message -> message.getClass().getSimpleName())
          .containsExactlyInAnyOrder("Hello", "Finished", "DeltaEnd", "Goodbye");
      assertThat(talk.left.report().roundTrips()).isEqualTo(1);
    }
  }

  @Test
  void aPartsMessageWithoutAgreementIsAnError() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Talk talk = talk(ann, new CountPart("count/1", 0), bob, new CountPart("count/2", 0))) {
      ann.put("so that it does not end at once");
      talk.carryRight();
      talk.right.receive(new CountMessage.Ask(1));
      assertThat(talk.right.report().reason()).isEqualTo(Reason.MALFORMED);
      assertThat(talk.right.poll()).isInstanceOf(Goodbye.class);
    }
  }

  @Test
  void aMessageOfAnotherPartOrASecondFinishedOrOneWithoutPartsIsAnError() {
    assertRefused(true, new Stranger());
    assertRefused(true, new Finished(), new Finished());
    assertRefused(false, new Finished());
  }

  private static void assertRefused(boolean parts, PeerMessage... messages) {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("so that it does not end at once");
      List<SessionPart> some = parts ? List.of(new CountPart(COUNT, 1)) : List.of();
      List<SessionPart> others = parts ? List.of(new CountPart(COUNT, 0)) : List.of();
      try (Talk talk = new Talk(ann, some, bob, others)) {
        talk.carryRight();
        for (PeerMessage message : messages) {
          talk.right.receive(message);
        }
        assertThat(talk.right.report().reason()).isEqualTo(Reason.MALFORMED);
      }
    }
  }

  @Test
  void aSideThatAwaitsAnAnswerIsNotDoneThoughTheOtherLeaves() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Talk talk = talk(ann, new CountPart(COUNT, 1), bob, new CountPart(COUNT, 0))) {
      talk.carryRight();
      while (!(talk.left.state() == State.EXCHANGING && lastIsDeltaEnd(talk))) {
        talk.carryLeft();
      }
      assertThat(talk.left.state()).isEqualTo(State.EXCHANGING);
      talk.left.receive(new Goodbye(Reason.DONE, ""));
      assertThat(talk.left.report().reason()).isEqualTo(Reason.UNAVAILABLE);
    }
  }

  private static boolean lastIsDeltaEnd(Talk talk) {
    return !talk.toLeft.isEmpty()
        && talk.toLeft.stream().anyMatch(message -> message instanceof DeltaEnd);
  }

  @Test
  void namesOfFeaturesAreCheckedAndOrdered() {
    try (TestNode ann = new TestNode("ann")) {
      for (String bad : List.of("", "Live/1", "x".repeat(33), "/1", "ä")) {
        assertThatThrownBy(() -> hello(ann, List.of(bad))).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> session(ann, new CountPart(bad, 0)))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThatThrownBy(() -> hello(ann, List.of("b", "a")))
          .isInstanceOf(MalformedException.class);
      assertThatThrownBy(() -> hello(ann, List.of("a", "a")))
          .isInstanceOf(MalformedException.class);
      List<String> many = new ArrayList<>();
      for (int i = 0; i <= ProtocolLimits.FEATURES_MAX; i++) {
        many.add("f" + (char) ('a' + i));
      }
      assertThatThrownBy(() -> hello(ann, many)).isInstanceOf(MalformedException.class);
      assertThat(hello(ann, many.subList(1, many.size())).features()).hasSize(16);
      assertThatThrownBy(() -> session(ann, new CountPart("a", 0), new CountPart("a", 0)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static Hello hello(TestNode node, List<String> features) {
    return new Hello(
        1,
        1,
        "test",
        node.origin().node(),
        node.store().signingKey().publicKey(),
        List.of("identity"),
        true,
        true,
        List.of(),
        features,
        List.of());
  }

  private static void session(TestNode node, SessionPart... parts) {
    new PeerSession(
            Role.RESPONDER,
            node.replica(),
            SessionOptions.DEFAULT,
            ReplicationListener.NONE,
            List.of(parts))
        .close();
  }
}
