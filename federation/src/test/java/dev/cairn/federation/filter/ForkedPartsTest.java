package dev.cairn.federation.filter;

import static dev.cairn.federation.filter.PartialLogsTest.hand;
import static dev.cairn.federation.filter.PartialLogsTest.partial;
import static dev.cairn.federation.filter.PartialLogsTest.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.evidence.Contradiction;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.EvidencePart;
import dev.cairn.federation.protocol.FilterMessage.Fill;
import dev.cairn.federation.protocol.FilterMessage.Fills;
import dev.cairn.federation.protocol.FilterMessage.PartialItem;
import dev.cairn.federation.protocol.FilterMessage.PartialRun;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.PeerSession.State;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.StoreReplica;
import dev.cairn.federation.wire.FrameCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    List<PeerMessage> answers = new ArrayList<>();
    try (PeerSession left =
            new PeerSession(
                Role.INITIATOR,
                new StoreReplica(asker),
                SessionOptions.DEFAULT.withDirections(false, false),
                ReplicationListener.NONE,
                List.of(
                    FilterPart.wanting(asker, filter), new EvidencePart(new StoreReplica(asker))));
        PeerSession right =
            new PeerSession(
                Role.RESPONDER,
                holder.replica(),
                SessionOptions.DEFAULT,
                ReplicationListener.NONE,
                List.of(
                    FilterPart.answering(holder.store()), new EvidencePart(holder.replica())))) {
      boolean moved = true;
      while (moved) {
        PeerMessage there = left.poll();
        if (there != null) {
          right.receive(FrameCodec.decode(FrameCodec.encode(there)).orElseThrow());
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
              assertThat(evidence.contradiction())
                  .isEqualTo(other == 2 ? Contradiction.TWO_ROOTS : Contradiction.NOT_EXTENDED);
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

  @Test
  void aForkIsProvenToWhoWidensToo() {
    forked(
        3,
        5,
        true,
        (evil, ann, bob, part) -> {
          talk(part, EDGES, ann).done();
          talk(part, TEXTS, bob).done();
          PartialLogs logs = new PartialLogs(part);
          assertThat(part.frozen()).containsExactly(evil.origin());
          assertThat(logs.coverage(evil.origin()).orElseThrow().held()).isZero();
          assertThat(logs.coverage(bob.origin()).orElseThrow().held()).isEqualTo(1);
          logs.verify(evil.origin());
        });
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
