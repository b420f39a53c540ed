package dev.cairn.federation.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.PeerMessage.Ack;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.OriginInfo;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.PeerSession.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerSessionTest {
  private static void assertSame(TestNode left, TestNode right) {
    assertThat(left.heads()).isEqualTo(right.heads());
    assertThat(left.store().stateRoot()).isEqualTo(right.store().stateRoot());
    assertThat(left.derivedRows()).isEqualTo(right.derivedRows());
  }

  private static void assertDone(Talk talk) {
    assertThat(talk.left.report().text()).isEmpty();
    assertThat(talk.right.report().text()).isEmpty();
    assertThat(talk.left.state()).isEqualTo(State.DONE);
    assertThat(talk.right.state()).isEqualTo(State.DONE);
    assertThat(talk.left.isOver()).isTrue();
    assertThat(talk.right.isOver()).isTrue();
  }

  @Test
  void twoNodesThatWorkedApartEndTheSame() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 60);
      bob.work(2, 60);
      Talk talk = Talk.sync(ann, bob);
      assertDone(talk);
      assertSame(ann, bob);
      assertThat(talk.left.report().sent()).isEqualTo(talk.right.report().received());
      assertThat(talk.right.report().sent()).isEqualTo(talk.left.report().received());
      assertThat(talk.left.report().roundTrips()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void howMessagesOfBothWaysInterleaveDoesNotMatter(long seed) {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Talk talk = new Talk(ann, bob)) {
      ann.work(seed, 40);
      bob.work(seed + 100, 40);
      talk.runUnevenly(seed);
      assertDone(talk);
      assertSame(ann, bob);
    }
  }

  @Test
  void nothingNewTakesOneRoundTripAndFourShortMessagesEachWayAtMost() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 20);
      Talk.sync(ann, bob);
      Talk again = Talk.sync(ann, bob);
      assertDone(again);
      assertThat(again.left.report().roundTrips()).isEqualTo(1);
      assertThat(again.toRight)
          .extracting(message -> message.getClass().getSimpleName())
          .containsExactly("Hello", "DeltaEnd", "Goodbye");
      assertThat(again.toLeft)
          .extracting(message -> message.getClass().getSimpleName())
          .containsSubsequence("Hello", "DeltaEnd")
          .doesNotContain("Ack");
      assertThat(again.left.report().sent()).isEqualTo(Tally.NONE);
      assertThat(again.left.report().received()).isEqualTo(Tally.NONE);
    }
  }

  @Test
  void lateCommitsOfAThirdNodeAreNotSkipped() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      cid.put("early, but seen by nobody for long");
      ann.work(1, 10);
      Talk.sync(ann, bob);
      ann.work(2, 10);
      Talk.sync(ann, bob);
      Talk.sync(cid, ann);
      Talk.sync(bob, ann);
      assertSame(ann, bob);
      Talk.sync(cid, bob);
      assertSame(cid, bob);
    }
  }

  @Test
  void recordsTravelThroughOthersInTheTotalOrderAndEachRunContinuesTheOneBefore() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      for (int i = 0; i < 12; i++) {
        ann.putTogether("a" + i, 1 + i % 3);
        bob.putTogether("b" + i, 2);
        if (i % 4 == 3) {
          Talk.sync(ann, bob);
        }
      }
      Talk talk = Talk.sync(ann, cid);
      assertSame(ann, cid);
      List<Position> positions = new ArrayList<>();
      Map<dev.cairn.asl.model.Origin, Long> next = new java.util.TreeMap<>();
      for (PeerMessage message : talk.toRight) {
        if (message instanceof Records records) {
          for (Run run : records.runs()) {
            assertThat(run.firstIndex()).isEqualTo(next.getOrDefault(run.origin(), 0L));
            next.put(run.origin(), run.firstIndex() + run.items().size());
            run.items()
                .forEach(
                    item -> positions.add(LogRecord.decode(item.record()).position(run.origin())));
          }
        }
      }
      assertThat(positions).isSorted().hasSize(12 * 2 + 24);
    }
  }

  @Test
  void pullOnlyAndPushOnlyMoveOneWay() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("of ann");
      bob.put("of bob");
      SessionOptions both = SessionOptions.DEFAULT;
      try (Talk pull = new Talk(ann, both.withDirections(false, true), bob, both)) {
        assertDone(pull.run());
        assertThat(pull.left.report().roundTrips()).isEqualTo(1);
      }
      assertThat(ann.heads()).hasSize(2);
      assertThat(bob.heads()).hasSize(1);
      try (Talk push = new Talk(ann, both.withDirections(true, false), bob, both)) {
        assertDone(push.run());
      }
      assertSame(ann, bob);
    }
  }

  @Test
  void aSessionBrokenAtAnyMessageLosesNothingAndTheNextOneGoesOn() {
    int whole;
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      workWithManyStretches(ann, bob);
      whole = Talk.sync(ann, bob).messages();
    }
    assertThat(whole).isGreaterThan(20);
    for (int cut = 0; cut < whole; cut++) {
      try (TestNode ann = new TestNode("ann");
          TestNode bob = new TestNode("bob")) {
        workWithManyStretches(ann, bob);
        long before = records(ann);
        Tally first;
        try (Talk broken = new Talk(ann, bob)) {
          broken.run(cut);
          broken.left.transportClosed();
          broken.right.transportClosed();
          first = broken.left.report().received();
          assertThat(broken.left.isOver()).isTrue();
        }
        Talk resumed = Talk.sync(ann, bob);
        assertDone(resumed);
        assertSame(ann, bob);
        assertThat(first.records() + resumed.left.report().received().records())
            .as("records new to the left node, cut at %s", cut)
            .isEqualTo(records(ann) - before);
      }
    }
  }

  private static long records(TestNode node) {
    return node.store().heads().stream().mapToLong(LogHead::treeSize).sum();
  }

  private static void workWithManyStretches(TestNode ann, TestNode bob) {
    for (int i = 0; i < 4; i++) {
      try (TestNode other = new TestNode("other " + i)) {
        other.putTogether("other " + i + " ", 20);
        other.putLarge(300_000, i);
        Talk.sync(other, i < 2 ? ann : bob);
      }
    }
    for (int i = 0; i < 3; i++) {
      ann.putTogether("ann " + i + " ", 20);
      bob.putTogether("bob " + i + " ", 20);
      bob.putLarge(600_000, 10 + i);
    }
  }

  @Test
  void manySmallCheckpointsAreThinnedAndALongLogIsCutByThem() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      for (int i = 0; i < 300; i++) {
        ann.put("small " + i);
        ann.store().signHead();
      }
      ann.putTogether("many ", 4500);
      for (int i = 0; i < 5; i++) {
        ann.putTogether("then " + i + " ", 1200);
      }
      Talk talk = Talk.sync(ann, bob);
      assertDone(talk);
      assertSame(ann, bob);
      List<Long> stops = new ArrayList<>();
      for (PeerMessage message : talk.toRight) {
        if (message instanceof CheckpointNote note) {
          stops.add(note.treeSize());
        }
      }
      assertThat(stops).containsExactly(300L, 4800L, 9600L, 10_800L);
    }
  }

  @Test
  void payloadsBeyondTheMemoryBoundGoStraightToTheStore() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      int count = (int) (ProtocolLimits.STAGED_PAYLOAD_BYTES_MAX / Store.INLINE_BYTES_MAX) + 20;
      List<ArtifactKey> keys = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        keys.add(ann.putLarge(Store.INLINE_BYTES_MAX, i));
      }
      Talk talk = Talk.sync(ann, bob);
      assertDone(talk);
      assertSame(ann, bob);
      for (ArtifactKey key : keys) {
        LogRecord record = bob.store().history(key).get(0).record();
        assertThat(bob.store().payload(record.payloadDigest(), Store.INLINE_BYTES_MAX).length())
            .isEqualTo(Store.INLINE_BYTES_MAX);
      }
    }
  }

  @Test
  void anErasedPayloadStaysErasedAndItsRecordStillTravels() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey small = ann.put("secret");
      ArtifactKey large = ann.putLarge(200_000, 1);
      ann.remove(small, true);
      ann.remove(large, true);
      assertDone(Talk.sync(ann, bob));
      assertSame(ann, bob);
      assertThat(bob.store().history(small)).hasSize(2);
      assertThat(bob.store().hasPayload(bob.store().history(small).get(0).record().payloadDigest()))
          .isFalse();
    }
  }

  @Test
  void whatTwoOthersBringAtOnceIsTakenOnce() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      ann.work(5, 50);
      Talk.sync(ann, bob);
      try (Talk one = new Talk(cid, ann);
          Talk two = new Talk(cid, bob)) {
        one.run(4);
        two.run(4);
        one.run();
        two.run();
        assertDone(one);
        assertDone(two);
        long arrived =
            one.left.report().received().records() + two.left.report().received().records();
        assertThat(arrived).isEqualTo(ann.store().head(ann.origin()).orElseThrow().treeSize());
      }
      assertSame(ann, cid);
    }
  }

  // ---- what a peer may do wrong

  @Test
  void whateverIsChangedOnTheWayIsRefusedAndChangesNothing() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.putTogether("text ", 5);
      ann.putLarge(300_000, 1);
      ann.link("prov:wasDerivedFrom", ann.put("a"), ann.put("b"));
      List<PeerMessage> honest = Talk.sync(ann, bob).toRight;
      int refused = 0;
      for (int place = 1; place < honest.size(); place++) {
        for (PeerMessage forged : forgeries(honest.get(place))) {
          try (TestNode victim = new TestNode("victim")) {
            victim.put("mine");
            victim.store().signHead();
            Map<?, ?> before = victim.heads();
            Bytes root = victim.store().stateRoot();
            Reason reason = play(victim, honest, place, forged);
            assertThat(reason).isIn(Reason.UNVERIFIED, Reason.MALFORMED, Reason.LIMIT);
            assertThat(victim.heads()).isEqualTo(before);
            assertThat(victim.store().stateRoot()).isEqualTo(root);
            refused++;
          }
        }
      }
      assertThat(refused).isGreaterThan(30);
    }
  }

  /** Says all of {@code honest} but one message to a node; why it ends. */
  private static Reason play(TestNode victim, List<PeerMessage> honest, int place, PeerMessage in) {
    SessionOptions pull = SessionOptions.DEFAULT.withDirections(false, true);
    try (PeerSession session =
        new PeerSession(Role.RESPONDER, victim.replica(), pull, ReplicationListener.NONE)) {
      for (int i = 0; i < honest.size() && session.state() != State.FAILED; i++) {
        session.receive(i == place ? in : honest.get(i));
      }
      assertThat(session.state()).as("with %s", in).isEqualTo(State.FAILED);
      PeerMessage last = session.poll();
      assertThat(last).isInstanceOf(Goodbye.class);
      Reason reason = ((Goodbye) java.util.Objects.requireNonNull(last)).reason();
      assertThat(session.report().reason()).isEqualTo(reason);
      assertThat(session.report().text()).isNotEmpty();
      assertThat(session.isOver()).isTrue();
      return reason;
    }
  }

  private static List<PeerMessage> forgeries(PeerMessage message) {
    List<PeerMessage> forged = new ArrayList<>();
    if (message instanceof Records records) {
      for (int i = 0; i < records.runs().size(); i++) {
        Run run = records.runs().get(i);
        forged.add(with(records, i, new Run(run.origin(), run.firstIndex() + 1, run.items())));
        for (int j = 0; j < run.items().size(); j++) {
          Item item = run.items().get(j);
          forged.add(withItem(records, i, j, new Item(flip(item.record()), item.payload())));
          if (item.payload() != null) {
            forged.add(withItem(records, i, j, new Item(item.record(), flip(item.payload()))));
          }
        }
      }
    } else if (message instanceof PayloadPiece piece) {
      forged.add(
          new PayloadPiece(piece.digest(), piece.length(), piece.offset(), flip(piece.data())));
      forged.add(
          new PayloadPiece(piece.digest(), piece.length() + 1, piece.offset(), piece.data()));
    } else if (message instanceof CheckpointNote note) {
      for (int at = 0; at < note.note().length(); at += 7) {
        forged.add(new CheckpointNote(note.origin(), note.treeSize(), flip(note.note(), at)));
      }
      forged.add(new CheckpointNote(note.origin(), note.treeSize() + 1, note.note()));
    } else if (message instanceof DeltaEnd end) {
      // By then the honest stretches are in, rightly; see the test of a delta that ends too early.
      assertThat(end.records()).isPositive();
    }
    return forged;
  }

  private static Bytes flip(Bytes bytes) {
    return flip(bytes, bytes.length() / 2);
  }

  private static Bytes flip(Bytes bytes, int at) {
    byte[] copy = bytes.toArray();
    copy[at] ^= 1;
    return Bytes.wrap(copy);
  }

  private static Records withItem(Records records, int i, int j, Item item) {
    Run run = records.runs().get(i);
    List<Item> items = new ArrayList<>(run.items());
    items.set(j, item);
    return with(records, i, new Run(run.origin(), run.firstIndex(), items));
  }

  private static Records with(Records records, int i, Run run) {
    List<Run> runs = new ArrayList<>(records.runs());
    runs.set(i, run);
    return new Records(runs);
  }

  @Test
  void aMessageLeftOutSentTwiceOrOutOfTurnIsRefused() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.putTogether("text ", 5);
      ann.putLarge(300_000, 1);
      List<PeerMessage> honest = Talk.sync(ann, bob).toRight;
      int end = indexOfEnd(honest);
      for (int place = 1; place < end; place++) {
        List<PeerMessage> without = new ArrayList<>(honest);
        without.remove(place);
        List<PeerMessage> twice = new ArrayList<>(honest);
        twice.add(place, honest.get(place));
        assertRefused(without);
        assertRefused(twice);
      }
      assertRefused(List.of(honest.get(1)));
      assertRefused(List.of(honest.get(0), honest.get(0)));
      assertRefused(List.of(honest.get(0), new Ack(List.of())));
      assertRefused(List.of(honest.get(0), new DeltaEnd(0, 1, 0)));
      assertRefused(
          List.of(honest.get(0), new DeltaEnd(0, 0, 0), new DeltaEnd(0, 0, 0)), State.DONE);
    }
  }

  private static int indexOfEnd(List<PeerMessage> messages) {
    for (int i = 0; i < messages.size(); i++) {
      if (messages.get(i) instanceof DeltaEnd) {
        return i;
      }
    }
    throw new AssertionError("no end");
  }

  private static void assertRefused(List<PeerMessage> messages) {
    assertRefused(messages, State.FAILED);
  }

  private static void assertRefused(List<PeerMessage> messages, State expected) {
    SessionOptions pull = SessionOptions.DEFAULT.withDirections(false, true);
    try (TestNode victim = new TestNode("victim");
        PeerSession session =
            new PeerSession(Role.RESPONDER, victim.replica(), pull, ReplicationListener.NONE)) {
      messages.forEach(session::receive);
      assertThat(session.state()).as("after %s", messages).isEqualTo(expected);
      if (expected == State.FAILED) {
        assertThat(session.report().reason())
            .isIn(Reason.MALFORMED, Reason.UNVERIFIED, Reason.LIMIT);
      }
    }
  }

  @Test
  void moreThanWasAgreedOnIsRefused() {
    try (TestNode ann = new TestNode("ann");
        TestNode victim = new TestNode("victim");
        PeerSession session =
            new PeerSession(
                Role.RESPONDER,
                victim.replica(),
                SessionOptions.DEFAULT.withDirections(true, false),
                ReplicationListener.NONE)) {
      ann.put("not wanted");
      victim.put("to be sent");
      session.receive(hello(ann, "test", 1, 1));
      session.receive(new OriginInfo(ann.origin(), ann.store().signingKey().publicKey()));
      assertThat(session.report().reason()).isEqualTo(Reason.MALFORMED);
    }
  }

  private static Hello hello(TestNode node, String federation, int versionMin, int versionMax) {
    return new Hello(
        versionMin,
        versionMax,
        federation,
        node.store().origin().node(),
        node.store().signingKey().publicKey(),
        List.of("identity"),
        true,
        true,
        List.of());
  }

  @Test
  void aPeerOfAnotherVersionFederationKeyOrNameIsRefusedByReason() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      SessionOptions any = SessionOptions.DEFAULT;
      assertThat(answer(bob, any, hello(ann, "test", 2, 3))).isEqualTo(Reason.VERSION);
      assertThat(answer(bob, any, hello(ann, "other", 1, 1))).isEqualTo(Reason.FEDERATION);
      assertThat(answer(bob, any, hello(bob, "test", 1, 1))).isEqualTo(Reason.UNTRUSTED);
      Hello forged =
          new Hello(
              1,
              1,
              "test",
              ann.origin().node(),
              TestNode.key("mallory").publicKey(),
              List.of("identity"),
              true,
              true,
              List.of());
      assertThat(answer(bob, any, forged)).isEqualTo(Reason.UNTRUSTED);
      SessionOptions ofCid = any.withPeer(cid.origin().node());
      assertThat(answer(bob, ofCid, hello(ann, "test", 1, 1))).isEqualTo(Reason.UNTRUSTED);
      SessionOptions nobody = any.withAdmission(node -> false);
      assertThat(answer(bob, nobody, hello(ann, "test", 1, 1))).isEqualTo(Reason.UNTRUSTED);
      assertThat(answer(bob, ofCid, hello(cid, "test", 1, 7))).isNull();
    }
  }

  private static @org.jspecify.annotations.Nullable Reason answer(
      TestNode node, SessionOptions options, Hello hello) {
    try (PeerSession session =
        new PeerSession(Role.RESPONDER, node.replica(), options, ReplicationListener.NONE)) {
      session.receive(hello);
      PeerMessage first = session.poll();
      return first instanceof Goodbye goodbye ? goodbye.reason() : null;
    }
  }

  @Test
  void aCursorThatContradictsOurLogIsAConflictAndOtherLogsGoOn() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      cid.putTogether("c", 4);
      Talk.sync(cid, ann);
      ann.put("of ann");
      CursorEntry lie = new CursorEntry(cid.origin(), 3, 77);
      try (DeltaReader reader = new DeltaReader(ann.replica(), List.of(lie), Optional.empty())) {
        assertThat(reader.contradictions()).singleElement().asString().contains("77");
        List<PeerMessage> messages = new ArrayList<>();
        for (PeerMessage m = reader.next(); m != null; m = reader.next()) {
          messages.add(m);
        }
        assertThat(messages)
            .filteredOn(OriginInfo.class::isInstance)
            .containsExactly(new OriginInfo(ann.origin(), ann.store().signingKey().publicKey()));
      }
      assertThat(bob.heads()).isEmpty();
    }
  }

  @Test
  void whatWasWrongWithTheLastStretchIsToldHoweverTheSessionEnds() {
    for (PeerMessage last : List.of(new Goodbye(Reason.DONE, ""), new Heartbeat(1))) {
      try (TestNode ann = new TestNode("ann");
          TestNode evil = new TestNode("evil");
          TestNode twin = new TestNode("evil")) {
        evil.put("one story");
        twin.put("another story");
        twin.put("more of it");
        Talk.sync(evil, ann);
        try (Talk talk = new Talk(twin, ann)) {
          talk.through(message -> message instanceof DeltaEnd ? last : message).run();
          talk.right.transportClosed();
          assertThat(talk.right.report().reason()).isEqualTo(Reason.UNVERIFIED);
        }
        assertThat(ann.heads()).isEqualTo(evil.heads());
      }
    }
  }

  @Test
  void aForkIsRefusedAndWhatCameBeforeItStays() {
    try (TestNode ann = new TestNode("ann");
        TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil")) {
      evil.put("one story");
      twin.put("another story");
      Talk.sync(evil, ann);
      String root = ann.store().stateRoot().toHex();
      try (TestNode bob = new TestNode("bob")) {
        bob.put("of bob");
        Talk.sync(twin, bob);
        try (Talk talk = new Talk(bob, ann)) {
          talk.run();
        }
        assertThat(ann.heads().get(evil.origin())).isNotEqualTo(bob.heads().get(evil.origin()));
        evil.put("goes on");
        Talk.sync(evil, ann);
        try (Talk talk = new Talk(bob, ann)) {
          talk.run();
          assertThat(talk.left.state()).isEqualTo(State.FAILED);
          assertThat(talk.left.report().reason()).isEqualTo(Reason.UNVERIFIED);
          assertThat(talk.left.report().text()).contains(evil.origin().toString());
          assertThat(talk.right.report().endedByPeer()).isTrue();
        }
      }
      assertThat(ann.store().stateRoot().toHex()).isNotEqualTo(root);
    }
  }

  // ---- time

  @Test
  void silenceIsAnsweredWithHeartbeatsAndInTheEndWithGoodbye() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Talk talk = new Talk(ann, bob)) {
      ann.put("something, so that an acknowledgement is awaited");
      while (!(lastOf(talk.toRight) instanceof DeltaEnd)) {
        if (!talk.carryRight()) {
          talk.carryLeft();
        }
      }
      PeerSession waiting = talk.left;
      long idle = SessionOptions.DEFAULT.idleTimeoutMillis();
      long beat = SessionOptions.DEFAULT.heartbeatMillis();
      waiting.tick(0);
      assertThat(waiting.poll()).isNull();
      waiting.tick(beat);
      assertThat(waiting.poll()).isInstanceOf(Heartbeat.class);
      waiting.tick(beat + 1);
      assertThat(waiting.poll()).isNull();
      waiting.receive(new Heartbeat(1));
      waiting.tick(beat + 2);
      waiting.tick(beat + 1 + idle);
      assertThat(waiting.state()).isEqualTo(State.EXCHANGING);
      waiting.tick(beat + 2 + idle);
      assertThat(waiting.report().reason()).isEqualTo(Reason.UNAVAILABLE);
      assertThat(waiting.poll()).isInstanceOf(Goodbye.class);
    }
  }

  private static PeerMessage lastOf(List<PeerMessage> messages) {
    return messages.isEmpty() ? new Heartbeat(0) : messages.get(messages.size() - 1);
  }

  @Test
  void aPeerThatOnlySaysItIsAliveDoesNotHoldASessionForEver() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        PeerSession session =
            new PeerSession(
                Role.INITIATOR, ann.replica(), SessionOptions.DEFAULT, ReplicationListener.NONE)) {
      assertThat(session.poll()).isInstanceOf(Hello.class);
      session.receive(hello(bob, "test", 1, 1));
      long now = 0;
      session.tick(now);
      while (session.state() == State.EXCHANGING && now < 10_000_000) {
        now += 5_000;
        session.receive(new Heartbeat(1));
        session.tick(now);
      }
      assertThat(session.report().reason()).isEqualTo(Reason.UNAVAILABLE);
      assertThat(now).isBetween(600_000L, 620_000L);
    }
  }

  @Test
  void aStoreThatFailsEndsTheSessionWithTheReasonAndThePeerIsTold() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Talk talk = new Talk(ann, bob)) {
      ann.work(3, 30);
      bob.engine().faults().failCommits(1);
      talk.run();
      assertThat(talk.right.report().reason()).isEqualTo(Reason.UNAVAILABLE);
      assertThat(talk.right.report().failure()).isNotNull();
      assertThat(talk.left.report().endedByPeer()).isTrue();
      assertThat(talk.left.report().reason()).isEqualTo(Reason.UNAVAILABLE);
    }
  }

  @Test
  void theListenerHearsOfEveryStretchAndWhoBroughtIt() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      cid.put("of cid");
      Talk.sync(cid, ann);
      ann.put("of ann");
      List<AppliedStretch> heard = new ArrayList<>();
      try (PeerSession left =
              new PeerSession(
                  Role.INITIATOR, ann.replica(), SessionOptions.DEFAULT, ReplicationListener.NONE);
          PeerSession right =
              new PeerSession(
                  Role.RESPONDER,
                  bob.replica(),
                  SessionOptions.DEFAULT,
                  (peer, stretch) -> {
                    assertThat(peer).isEqualTo(ann.origin().node());
                    heard.add(stretch);
                  })) {
        for (PeerMessage m = left.poll(); m != null; m = left.poll()) {
          right.receive(m);
          for (PeerMessage n = right.poll(); n != null; n = right.poll()) {
            left.receive(n);
          }
        }
      }
      assertThat(heard)
          .extracting(AppliedStretch::origin)
          .containsExactlyInAnyOrder(ann.origin(), cid.origin());
      assertThat(heard).allMatch(stretch -> stretch.records() == 1 && stretch.commits() == 1);
    }
  }

  @Test
  void anAttestedReceiptOfTwoNodesIsKeptAsTwoRecords() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      PreparedArtifact same = ann.store().prepare(null, Bytes.utf8("ran it"));
      ann.store().commit(new CommitDraft().attest(same));
      bob.store().commit(new CommitDraft().attest(bob.store().prepare(null, Bytes.utf8("ran it"))));
      assertDone(Talk.sync(ann, bob));
      assertSame(ann, bob);
      assertThat(ann.store().history(same.id().key())).hasSize(2);
    }
  }
}
