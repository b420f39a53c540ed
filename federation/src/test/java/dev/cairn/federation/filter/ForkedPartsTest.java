package dev.cairn.federation.filter;

import static dev.cairn.federation.filter.PartialLogsTest.hand;
import static dev.cairn.federation.filter.PartialLogsTest.partial;
import static dev.cairn.federation.filter.PartialLogsTest.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.evidence.Contradiction;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.EvidenceMessage.PrefixShown;
import dev.cairn.federation.protocol.EvidencePart;
import dev.cairn.federation.protocol.FilterMessage.Fill;
import dev.cairn.federation.protocol.FilterMessage.Fills;
import dev.cairn.federation.protocol.FilterMessage.FilteredEnd;
import dev.cairn.federation.protocol.FilterMessage.Interest;
import dev.cairn.federation.protocol.FilterMessage.PartialCursor;
import dev.cairn.federation.protocol.FilterMessage.PartialItem;
import dev.cairn.federation.protocol.FilterMessage.PartialRun;
import dev.cairn.federation.protocol.LogDoubt;
import dev.cairn.federation.protocol.LogRoots;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.PeerSession.State;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionLogs;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.protocol.StoreReplica;
import dev.cairn.federation.wire.FrameCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Who holds part of one side of a forked log meets one who holds the other side. */
class ForkedPartsTest {
  private static final InterestFilter TEXTS = InterestFilter.parse("type:text/*");
  private static final InterestFilter EDGES = InterestFilter.parse("kind:edge");

  /** A conversation in which the left side takes logs in part; the two sides at its end. */
  private record Talked(PeerSession asker, PeerSession holder, List<PeerMessage> answers) {
    Talked done() {
      assertThat(asker.report().text()).isEmpty();
      assertThat(holder.report().text()).isEmpty();
      assertThat(asker.state()).isEqualTo(State.DONE);
      assertThat(holder.state()).isEqualTo(State.DONE);
      return this;
    }
  }

  private static Talked talk(
      Store asker, InterestFilter filter, TestNode holder, UnaryOperator<PeerMessage> change) {
    return talk(
        asker,
        filter,
        holder,
        List.of(FilterPart.answering(holder.store()), new EvidencePart(holder.replica())),
        change);
  }

  /** With a holder who knows nothing of evidence, and hears {@code asked} instead. */
  private static Talked talkToOlder(
      Store asker, InterestFilter filter, TestNode holder, UnaryOperator<PeerMessage> asked) {
    return talk(
        asker,
        filter,
        holder,
        List.of(FilterPart.answering(holder.store())),
        UnaryOperator.identity(),
        asked);
  }

  /** What one says who does not keep frozen logs out of what he asks for. */
  private static PeerMessage askingForFrozen(PeerMessage message, InterestFilter held) {
    return message instanceof Interest interest
        ? new Interest(
            interest.filter(),
            interest.cursor().stream()
                .map(log -> new PartialCursor(log.origin(), log.size(), held.toString()))
                .toList())
        : message;
  }

  private static Talked talk(
      Store asker,
      InterestFilter filter,
      TestNode holder,
      List<SessionPart> ofHolder,
      UnaryOperator<PeerMessage> change) {
    return talk(asker, filter, holder, ofHolder, change, UnaryOperator.identity());
  }

  private static Talked talk(
      Store asker,
      InterestFilter filter,
      TestNode holder,
      List<SessionPart> ofHolder,
      UnaryOperator<PeerMessage> change,
      UnaryOperator<PeerMessage> asked) {
    List<PeerMessage> answers = new ArrayList<>();
    try (PeerSession left =
            new PeerSession(
                Role.INITIATOR,
                new StoreReplica(asker),
                SessionOptions.DEFAULT.withDirections(false, false),
                ReplicationListener.NONE,
                List.of(
                    FilterPart.wanting(asker, filter),
                    new EvidencePart(PartialLogs.replica(asker))));
        PeerSession right =
            new PeerSession(
                Role.RESPONDER,
                holder.replica(),
                SessionOptions.DEFAULT,
                ReplicationListener.NONE,
                ofHolder)) {
      boolean moved = true;
      while (moved) {
        PeerMessage there = left.poll();
        if (there != null) {
          right.receive(FrameCodec.decode(FrameCodec.encode(asked.apply(there))).orElseThrow());
        }
        PeerMessage back = right.poll();
        if (back != null) {
          answers.add(change.apply(back));
          left.receive(
              FrameCodec.decode(FrameCodec.encode(answers.get(answers.size() - 1))).orElseThrow());
        }
        moved = there != null || back != null;
      }
      return new Talked(left, right, answers);
    }
  }

  private static Talked talk(Store asker, InterestFilter filter, TestNode holder) {
    return talk(asker, filter, holder, UnaryOperator.identity());
  }

  /** Two sides of one log, of the lengths given behind what they share, each at an honest node. */
  private static void forked(int one, int other, boolean shared, Forked then) {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        Store part = partial("part")) {
      if (shared) {
        evil.put("common");
        twin.put("common");
      }
      for (int i = 0; i < one; i++) {
        evil.put("one story " + i);
      }
      for (int i = 0; i < other; i++) {
        twin.put("another story " + i);
      }
      hand(evil, evil.origin(), ann);
      hand(twin, twin.origin(), bob);
      bob.put("of bob");
      then.run(evil, ann, bob, part);
    }
  }

  private interface Forked {
    void run(TestNode evil, TestNode ann, TestNode bob, Store part);
  }

  @Test
  void theOtherSideOfAForkIsProvenAndEverythingElseComes() {
    for (boolean shared : List.of(true, false)) {
      for (int other : List.of(3, 7)) {
        forked(
            2,
            other,
            shared,
            (evil, ann, bob, part) -> {
              talk(part, TEXTS, ann).done();
              Map<Bytes, Bytes> before = rows(part, PartialLogs.TABLE);
              talk(part, TEXTS, bob).done();
              PartialLogs logs = new PartialLogs(part);
              assertThat(logs.coverage(bob.origin())).as("every other log comes").isPresent();
              assertThat(rows(part, PartialLogs.TABLE)).containsAllEntriesOf(before);
              assertThat(part.frozen()).containsExactly(evil.origin());
              Evidence evidence = part.evidence(evil.origin()).orElseThrow().evidence();
              assertThat(Evidence.decode(evidence.encoded())).isEqualTo(evidence);
              assertThat(evidence.contradiction()).isEqualTo(Contradiction.NOT_EXTENDED);
              assertThat(bob.store().evidence(evil.origin()).orElseThrow().evidence())
                  .isEqualTo(evidence);
              // From then on nothing more of it is taken, from whomever.
              evil.put("the story goes on");
              hand(evil, evil.origin(), ann);
              talk(part, TEXTS, ann).done();
              assertThat(logs.coverage(evil.origin()).orElseThrow().size())
                  .isEqualTo(shared ? 3 : 2);
              assertThat(ann.store().frozen()).containsExactly(evil.origin());
            });
      }
    }
  }

  /** Anybody can make up logs of keys of his own, and evidence against them. */
  @Test
  void evidenceAgainstStrangersLeavesRoomForThatAgainstALogThatIsHeldInPart() {
    forked(
        2,
        3,
        true,
        (evil, ann, bob, part) -> {
          talk(part, TEXTS, ann).done();
          fillWithStrangers(part);
          talk(part, TEXTS, bob).done();
          assertThat(part.frozen()).contains(evil.origin());
        });
  }

  /** The same for evidence that another node has found and passes on. */
  @Test
  void evidenceThatIsPassedOnFindsThatRoomToo() {
    forked(
        2,
        3,
        true,
        (evil, ann, bob, part) -> {
          talk(part, TEXTS, ann).done();
          Bytes signed = ann.store().checkpoints(evil.origin(), 0, 9).lastEntry().getValue();
          assertThat(bob.store().examine(signed, evil.store().signingKey().publicKey()))
              .isPresent();
          assertThat(bob.store().frozen()).containsExactly(evil.origin());
          fillWithStrangers(part);
          talk(part, TEXTS, bob).done();
          assertThat(part.frozen()).contains(evil.origin());
        });
  }

  /** Keeps evidence against logs that nobody holds, until there is no room for more. */
  private static void fillWithStrangers(Store store) {
    SigningKey stranger = TestNode.key("stranger");
    boolean room = true;
    for (int epoch = 1; room; epoch++) {
      room = keptOf(store, stranger, epoch);
    }
  }

  private static boolean keptOf(Store store, SigningKey stranger, int epoch) {
    Origin origin = new Origin(NodeId.of(stranger.publicKey()), epoch);
    Bytes one = HashAlgorithm.SHA_256.hash(Bytes.utf8("one"));
    Bytes two = HashAlgorithm.SHA_256.hash(Bytes.utf8("two"));
    Evidence made =
        Evidence.between(
                stranger.publicKey(),
                new Checkpoint(store.federation(), origin, 1, one, 1).sign(stranger),
                new Checkpoint(store.federation(), origin, 1, two, 1).sign(stranger),
                (level, index) -> one)
            .orElseThrow();
    try {
      return store.keep(made);
    } catch (RefusedException e) {
      return false;
    }
  }

  /** Of a side that is not longer nothing comes that could be compared, and nothing is believed. */
  @Test
  void aSideThatIsNoLongerBringsNothingAndHarmsNothing() {
    for (boolean shared : List.of(true, false)) {
      for (int other : List.of(1, 2)) {
        forked(
            2,
            other,
            shared,
            (evil, ann, bob, part) -> {
              talk(part, TEXTS, ann).done();
              Map<Bytes, Bytes> before = rows(part, PartialLogs.TABLE);
              Talked talked = talk(part, TEXTS, bob).done();
              assertThat(talked.asker().report().contradictions()).isEmpty();
              PartialLogs logs = new PartialLogs(part);
              assertThat(logs.coverage(bob.origin())).as("every other log comes").isPresent();
              assertThat(rows(part, PartialLogs.TABLE)).containsAllEntriesOf(before);
              assertThat(part.frozen()).isEmpty();
              logs.verify(evil.origin());
            });
      }
    }
  }

  @Test
  void aForkIsProvenToWhoWidensToo() {
    widened(3, 5, Contradiction.NOT_EXTENDED);
  }

  /** A peer with less of a log fills what it can, and cannot say that this was all. */
  @Test
  void aShorterOrEqualSideIsProvenToWhoWidens() {
    widened(5, 3, Contradiction.NOT_EXTENDED);
    widened(3, 3, Contradiction.TWO_ROOTS);
  }

  private static void widened(int one, int other, Contradiction due) {
    for (boolean shared : List.of(true, false)) {
      forked(
          one,
          other,
          shared,
          (evil, ann, bob, part) -> {
            talk(part, EDGES, ann).done();
            Talked talked = talk(part, TEXTS, bob).done();
            assertThat(talked.answers())
                .filteredOn(message -> message instanceof Fills)
                .extracting(message -> ((Fills) message).last())
                .containsExactly(other >= one);
            PartialLogs logs = new PartialLogs(part);
            assertThat(part.frozen()).containsExactly(evil.origin());
            Evidence evidence = part.evidence(evil.origin()).orElseThrow().evidence();
            assertThat(evidence.contradiction()).isEqualTo(due);
            assertThat(bob.store().evidence(evil.origin()).orElseThrow().evidence())
                .isEqualTo(evidence);
            assertThat(logs.coverage(evil.origin()).orElseThrow().held()).isZero();
            assertThat(logs.coverage(evil.origin()).orElseThrow().filter()).isEqualTo(EDGES);
            assertThat(logs.coverage(bob.origin()).orElseThrow().held()).isEqualTo(1);
            logs.verify(evil.origin());
          });
    }
  }

  /** Peers of before are not asked: what does not verify is their fault, as it always was. */
  @Test
  void whoDoesNotSayThatItProvesIsNotAskedAndBlamed() {
    for (boolean widening : List.of(true, false)) {
      forked(
          2,
          5,
          true,
          (evil, ann, bob, part) -> {
            talk(part, widening ? EDGES : TEXTS, ann).done();
            Map<Bytes, Bytes> before = rows(part, PartialLogs.TABLE);
            Talked talked = talk(part, TEXTS, bob, ForkedPartsTest::withoutProofs);
            assertThat(talked.asker().report().reason()).isEqualTo(Reason.UNVERIFIED);
            assertThat(talked.asker().report().peer()).isEqualTo(bob.origin().node());
            assertThat(talked.answers()).noneMatch(message -> message instanceof PrefixShown);
            assertThat(part.frozen()).isEmpty();
            assertThat(rows(part, PartialLogs.TABLE)).containsAllEntriesOf(before);
            new PartialLogs(part).verify(evil.origin());
          });
    }
  }

  private static PeerMessage withoutProofs(PeerMessage message) {
    return message instanceof Hello hello
        ? new Hello(
            hello.versionMin(),
            hello.versionMax(),
            hello.federation(),
            hello.node(),
            hello.key(),
            hello.codecs(),
            hello.sends(),
            hello.receives(),
            hello.cursor(),
            hello.features(),
            hello.greetings().stream()
                .map(
                    greeting ->
                        greeting instanceof LogRoots said
                            ? new LogRoots(said.roots(), said.frozen())
                            : greeting)
                .toList())
        : message;
  }

  /** Once it is frozen, a log that comes all the same is left out, and that is nothing new. */
  @Test
  void nothingMoreIsTakenOfAFrozenLogAndNobodyIsTold() {
    for (boolean widening : List.of(true, false)) {
      forked(
          2,
          5,
          true,
          (evil, ann, bob, part) -> {
            InterestFilter first = widening ? EDGES : TEXTS;
            talk(part, first, ann).done();
            assertThat(part.keep(evidence(evil, ann, bob))).isTrue();
            PartialLogs logs = new PartialLogs(part);
            Bytes record = ann.store().record(evil.origin(), 0).orElseThrow().encode();
            assertThatThrownBy(
                    () -> logs.widen(evil.origin(), TEXTS, new TreeMap<>(Map.of(0L, record))))
                .isInstanceOf(MisbehaviourException.class)
                .hasMessageContaining(evil.origin() + " is frozen");
            Map<Bytes, Bytes> before = rows(part, PartialLogs.TABLE);
            before.keySet().removeIf(PartialRows::isTold);
            for (TestNode holder : List.of(ann, bob)) {
              evil.put("the story goes on with " + holder.origin());
              hand(evil, evil.origin(), ann);
              Talked unasked = talkToOlder(part, TEXTS, holder, UnaryOperator.identity()).done();
              assertThat(unasked.answers())
                  .noneMatch(
                      message ->
                          (message instanceof Fills fills && fills.origin().equals(evil.origin()))
                              || (message instanceof PartialRun run
                                  && run.origin().equals(evil.origin())));
              Talked talked =
                  talkToOlder(part, TEXTS, holder, message -> askingForFrozen(message, first))
                      .done();
              assertThat(talked.answers())
                  .anyMatch(message -> message instanceof Fills || message instanceof PartialRun);
              assertThat(talked.asker().report().contradictions()).isEmpty();
            }
            assertThat(logs.coverage(bob.origin())).as("every other log comes").isPresent();
            assertThat(logs.coverage(evil.origin()).orElseThrow().filter()).isEqualTo(first);
            assertThat(rows(part, PartialLogs.TABLE)).containsAllEntriesOf(before);
          });
    }
  }

  private static Evidence evidence(TestNode evil, TestNode ann, TestNode bob) {
    return Evidence.notExtended(
            evil.replica().key(),
            ann.store().lastCheckpoint(evil.origin()).orElseThrow(),
            bob.store().lastCheckpoint(evil.origin()).orElseThrow(),
            bob.store().prefixProof(evil.origin(), 3, 6))
        .orElseThrow();
  }

  /** There may be thousands of logs: to copy the withheld ones for each takes their square. */
  @Test
  void whetherALogIsWithheldIsAskedOfEachLogByItself() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("of ann");
      bob.put("of bob");
      hand(bob, bob.origin(), ann);
      try (FilterPart part = FilterPart.answering(ann.store())) {
        part.beside(
            new SessionLogs() {
              @Override
              public Set<Origin> withheld() {
                throw new AssertionError("a copy of all");
              }

              @Override
              public boolean isWithheld(Origin origin) {
                return origin.equals(bob.origin());
              }

              @Override
              public boolean doubt(LogDoubt doubt) {
                return false;
              }
            });
        part.receive(
            new Interest("all", List.of(new PartialCursor(bob.origin(), 1, "type:text/*"))));
        List<PeerMessage> said = new ArrayList<>();
        for (PeerMessage next = part.poll(); next != null; next = part.poll()) {
          said.add(next);
        }
        assertThat(said).hasSize(2);
        assertThat(said.get(0))
            .isInstanceOfSatisfying(
                PartialRun.class, run -> assertThat(run.origin()).isEqualTo(ann.origin()));
        assertThat(said.get(1)).isInstanceOf(FilteredEnd.class);
      }
    }
  }

  @Test
  void whoLiesAboutALogThatDoesNotForkIsFoundOut() {
    for (boolean widening : List.of(true, false)) {
      try (TestNode ann = new TestNode("ann");
          Store part = partial("part")) {
        ann.put("one");
        talk(part, widening ? EDGES : TEXTS, ann).done();
        ann.put("two");
        Talked lied =
            talk(
                part,
                TEXTS,
                ann,
                message -> {
                  if (message instanceof PartialRun run) {
                    return new PartialRun(
                        run.origin(),
                        run.key(),
                        run.first(),
                        List.of(new PartialItem(Bytes.wrap(new byte[32]), null)),
                        run.note());
                  }
                  if (message instanceof Fills fills && !fills.fills().isEmpty()) {
                    Bytes other = ann.store().record(ann.origin(), 1).orElseThrow().encode();
                    return new Fills(fills.origin(), List.of(new Fill(0, other)), true);
                  }
                  return message;
                });
        assertThat(lied.asker().state()).isEqualTo(State.FAILED);
        assertThat(lied.asker().report().reason()).isEqualTo(Reason.UNVERIFIED);
        assertThat(part.frozen()).isEmpty();
        PartialLogs logs = new PartialLogs(part);
        assertThat(logs.coverage(ann.origin()).orElseThrow().size()).isEqualTo(1);
        logs.verify(ann.origin());
        talk(part, TEXTS, ann).done();
        assertThat(logs.coverage(ann.origin()).orElseThrow().held()).isEqualTo(2);
      }
    }
  }
}
