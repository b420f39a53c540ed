package dev.cairn.federation.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.AbsentPayload;
import dev.cairn.asl.store.PayloadChunk;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.protocol.FetchMessage.Absent;
import dev.cairn.federation.protocol.FetchMessage.ChunkList;
import dev.cairn.federation.protocol.FetchMessage.Piece;
import dev.cairn.federation.protocol.FetchMessage.Pieces;
import dev.cairn.federation.protocol.FetchMessage.Want;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.wire.FrameCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Payloads that are asked for, over sessions of which every message passes through the codec. */
class FetchPartTest {
  private static final int LARGE = 3_000_000;

  /** A reader that asks, and a holder that answers. */
  private static final class Line implements AutoCloseable {
    private final PeerSession asker;
    private final PeerSession holder;
    private final List<PeerMessage> answers = new ArrayList<>();
    private final List<PeerMessage> asked = new ArrayList<>();
    private UnaryOperator<PeerMessage> change = UnaryOperator.identity();

    Line(TestNode asker, SessionPart part, TestNode holder) {
      this(asker, part, holder, true);
    }

    Line(TestNode asker, SessionPart part, TestNode holder, boolean records) {
      this(asker, part, holder, records, Grant.ALL);
    }

    Line(TestNode asker, SessionPart part, TestNode holder, boolean records, Grant given) {
      this.asker =
          new PeerSession(
              Role.INITIATOR,
              asker.replica(),
              SessionOptions.DEFAULT.withDirections(records, records).withGrants(node -> given),
              ReplicationListener.NONE,
              List.of(part));
      this.holder =
          new PeerSession(
              Role.RESPONDER,
              holder.replica(),
              SessionOptions.DEFAULT,
              ReplicationListener.NONE,
              List.of(FetchPart.answering(FetchStore.of(holder.store()))));
    }

    boolean step() {
      PeerMessage there = asker.poll();
      if (there != null) {
        asked.add(there);
        holder.receive(FrameCodec.decode(FrameCodec.encode(there)).orElseThrow());
      }
      PeerMessage back = holder.poll();
      if (back != null) {
        PeerMessage changed = change.apply(back);
        answers.add(changed);
        asker.receive(FrameCodec.decode(FrameCodec.encode(changed)).orElseThrow());
      }
      return there != null || back != null;
    }

    Line run() {
      while (step()) {
        assertThat(answers.size()).isLessThan(100_000);
      }
      return this;
    }

    long wants() {
      return asked.stream().filter(Want.class::isInstance).count();
    }

    @Override
    public void close() {
      asker.close();
      holder.close();
    }
  }

  private static FetchPlan plan(TestNode node) {
    return new FetchPlan(FetchStore.of(node.store()));
  }

  private static SessionPart headers(TestNode node) {
    return FetchPart.headersOnly(FetchStore.of(node.store()));
  }

  private static SessionPart catchingUp(TestNode node, FetchPlan plan) {
    return FetchPart.catchingUp(FetchStore.of(node.store()), plan, HashRange.ALL);
  }

  private static void isHeld(TestNode node, ArtifactKey... keys) {
    for (ArtifactKey key : keys) {
      assertThat(node.store().hasPayload(node.store().reader().require(key))).isTrue();
      assertThat(node.store().reader().get(key, LARGE)).isNotNull();
    }
  }

  @Test
  void headersOnlyBringsTheRecordsAndWhatIndexesAreMadeOfAndNothingElse() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      ArtifactKey small = a.put("small");
      ArtifactKey large = a.putLarge(LARGE, 1);
      a.link("a:t", small, large);
      ArtifactKey gone = a.put("removed");
      a.remove(gone, false);
      try (Line line = new Line(b, headers(b), a)) {
        line.run();
        assertThat(line.asker.report().state()).isEqualTo(PeerSession.State.DONE);
      }
      assertThat(b.heads()).isEqualTo(a.heads());
      assertThat(b.store().stateRoot()).isEqualTo(a.store().stateRoot());
      assertThat(b.derivedRows()).isEqualTo(a.derivedRows());
      assertThat(b.store().absentPayloads(null, 9))
          .extracting(AbsentPayload::key)
          .containsExactlyInAnyOrder(small, large);
      assertThatThrownBy(() -> b.store().reader().get(small, 99))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("not held here");
    }
  }

  @Test
  void whatNeverCameIsFetchedByTheNextSyncInFewMessages() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      List<ArtifactKey> many = a.putTogether("one of many ", 2_000);
      ArtifactKey large = a.putLarge(LARGE, 1);
      new Line(b, headers(b), a).run().close();
      assertThat(b.store().absentPayloads(null, 9_999)).hasSize(2_001);
      try (FetchPlan plan = plan(b);
          Line line = new Line(b, catchingUp(b, plan), a)) {
        line.run();
        assertThat(line.asker.report().state()).isEqualTo(PeerSession.State.DONE);
        assertThat(plan.isDone()).isTrue();
        assertThat(plan.kept()).isEqualTo(2_001);
        assertThat(line.wants()).isLessThan(20);
      }
      isHeld(b, many.toArray(ArtifactKey[]::new));
      isHeld(b, large);
      assertThat(b.store().absentPayloads(null, 9)).isEmpty();
      assertThat(b.rows("asl.arrived")).isEmpty();
      assertThat(b.rows("asl.chunk-use")).isEqualTo(a.rows("asl.chunk-use"));
      assertThat(b.rows("asl.content")).isEqualTo(a.rows("asl.content"));
      assertThat(b.derivedRows()).isEqualTo(a.derivedRows());
    }
  }

  /** What is asked for tells what is held, its digest and its length. */
  @Test
  void whoMayNotReadAllIsAskedForNothing() {
    Grant some =
        new Grant(
            new TreeSet<>(Set.of(Right.READ)),
            new TreeSet<>(Set.of("text/plain")),
            new TreeSet<>());
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      ArtifactKey large = a.putLarge(LARGE, 1);
      a.put("small");
      new Line(b, headers(b), a).run().close();
      for (boolean keeps : new boolean[] {false, true}) {
        try (FetchPlan plan = plan(b);
            Line line =
                new Line(
                    b,
                    keeps
                        ? FetchPart.holding(
                            FetchStore.of(b.store()), () -> Optional.of(HashRange.ALL))
                        : catchingUp(b, plan),
                    a,
                    false,
                    some)) {
          line.run();
          assertThat(line.wants()).as("keeps %s", keeps).isZero();
          assertThat(line.asker.report().state()).isEqualTo(PeerSession.State.DONE);
        }
      }
      assertThat(b.store().absentPayloads(null, 9)).hasSize(2);
      try (FetchPlan plan = plan(b);
          Line line = new Line(b, catchingUp(b, plan), a, false)) {
        line.run();
        assertThat(line.wants()).isPositive();
      }
      isHeld(b, large);
    }
  }

  @Test
  void aSyncThatBreaksAtAnyMessageGoesOnWhereItStopped() {
    try (TestNode a = new TestNode("a")) {
      ArtifactKey large = a.putLarge(LARGE, 7);
      ArtifactKey small = a.put("small");
      try (TestNode b = new TestNode("b");
          TestNode whole = new TestNode("whole")) {
        try (FetchPlan plan = plan(whole);
            Line line = new Line(whole, catchingUp(whole, plan), a)) {
          line.run();
        }
        Set<Bytes> came = new TreeSet<>();
        long bytes = 0;
        for (int messages = 1; messages < 60; messages++) {
          try (FetchPlan plan = plan(b);
              Line line = new Line(b, catchingUp(b, plan), a)) {
            for (int i = 0; i < messages && line.step(); i++) {
              assertThat(i).isLessThan(60);
            }
            bytes += plan.bytesCame();
            came.addAll(b.rows("asl.chunk").keySet());
          }
          assertThat(b.rows("asl.chunk").keySet()).isEqualTo(came);
        }
        isHeld(b, small, large);
        assertThat(bytes).as("no chunk came twice").isLessThanOrEqualTo(LARGE + 5);
        assertThat(b.rows("asl.content")).isEqualTo(whole.rows("asl.content"));
        assertThat(b.heads()).isEqualTo(a.heads());
      }
    }
  }

  @Test
  void aPeerThatLacksAPayloadSaysSoAndTheSessionEndsWell() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b");
        TestNode c = new TestNode("c")) {
      ArtifactKey small = a.put("small");
      ArtifactKey large = a.putLarge(LARGE, 1);
      new Line(b, headers(b), a).run().close();
      new Line(c, headers(c), b).run().close();
      try (FetchPlan plan = plan(c);
          Line line = new Line(c, catchingUp(c, plan), b)) {
        line.run();
        assertThat(line.asker.report().state()).isEqualTo(PeerSession.State.DONE);
        assertThat(line.answers).anyMatch(Absent.class::isInstance);
        assertThat(plan.missing()).hasSize(2);
        try (Line other = new Line(c, FetchPart.asking(FetchStore.of(c.store()), plan), a, false)) {
          other.run();
        }
        assertThat(plan.missing()).isEmpty();
      }
      isHeld(c, small, large);
    }
  }

  @Test
  void twoPeersShareTheWork() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b");
        TestNode c = new TestNode("c")) {
      ArtifactKey large = a.putLarge(20_000_000, 3);
      new Line(b, FetchPart.answering(FetchStore.of(b.store())), a).run().close();
      new Line(c, headers(c), a).run().close();
      try (FetchPlan plan = plan(c)) {
        plan.wantAbsent(HashRange.ALL, null);
        try (Line left = new Line(c, FetchPart.asking(FetchStore.of(c.store()), plan), a, false);
            Line right = new Line(c, FetchPart.asking(FetchStore.of(c.store()), plan), b, false)) {
          boolean moved = true;
          while (moved) {
            moved = left.step();
            moved |= right.step();
          }
          assertThat(left.answers).anyMatch(Pieces.class::isInstance);
          assertThat(right.answers).anyMatch(Pieces.class::isInstance);
        }
        assertThat(plan.isDone()).isTrue();
        assertThat(plan.bytesCame()).isEqualTo(20_000_000);
      }
      assertThat(c.store().hasPayload(c.store().reader().require(large))).isTrue();
    }
  }

  @Test
  void whatABrokenPeerDidNotAnswerIsAskedOfAnother() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b");
        TestNode c = new TestNode("c")) {
      ArtifactKey large = a.putLarge(LARGE, 3);
      new Line(b, FetchPart.answering(FetchStore.of(b.store())), a).run().close();
      new Line(c, headers(c), a).run().close();
      for (int broken = 1; broken < 12; broken++) {
        try (TestNode d = new TestNode("d");
            FetchPlan plan = plan(d)) {
          new Line(d, headers(d), a).run().close();
          plan.wantAbsent(HashRange.ALL, null);
          Line left = new Line(d, FetchPart.asking(FetchStore.of(d.store()), plan), a, false);
          try (Line right =
              new Line(d, FetchPart.asking(FetchStore.of(d.store()), plan), b, false)) {
            for (int i = 0; i < broken; i++) {
              left.step();
            }
            left.close();
            right.run();
            assertThat(right.asker.report().state()).isEqualTo(PeerSession.State.DONE);
          }
          isHeld(d, large);
        }
      }
    }
  }

  private static PeerMessage spoil(PeerMessage message, UnaryOperator<Piece> how) {
    return message instanceof Pieces pieces
        ? new Pieces(pieces.pieces().stream().map(how).toList())
        : message;
  }

  private static Bytes flipped(Bytes data) {
    byte[] bytes = data.toArray();
    bytes[bytes.length - 1] ^= 1;
    return Bytes.wrap(bytes);
  }

  /** The liar is told, nothing of it is kept, and an honest peer gives all. */
  private static void refusesAndTakesFromAnother(UnaryOperator<PeerMessage> lie, Reason due) {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      ArtifactKey small = a.put("small");
      ArtifactKey large = a.putLarge(LARGE, 3);
      new Line(b, headers(b), a).run().close();
      try (FetchPlan plan = plan(b)) {
        plan.wantAbsent(HashRange.ALL, null);
        try (Line liar = new Line(b, FetchPart.asking(FetchStore.of(b.store()), plan), a, false)) {
          liar.change = lie;
          liar.run();
          assertThat(liar.asker.report().state()).isEqualTo(PeerSession.State.FAILED);
          assertThat(liar.asker.report().reason()).isEqualTo(due);
          assertThat(liar.asker.report().endedByPeer()).isFalse();
        }
        assertThat(plan.isDone()).isFalse();
        try (Line honest =
            new Line(b, FetchPart.asking(FetchStore.of(b.store()), plan), a, false)) {
          honest.run();
        }
        assertThat(plan.isDone()).isTrue();
      }
      isHeld(b, small, large);
      assertThat(b.rows("asl.content")).isEqualTo(a.rows("asl.content"));
    }
  }

  @Test
  void bytesThatHashToAnotherKeyAreRefused() {
    refusesAndTakesFromAnother(
        message -> spoil(message, piece -> new Piece(piece.number(), flipped(piece.data()))),
        Reason.UNVERIFIED);
  }

  @Test
  void bytesBeyondTheEndAreRefused() {
    refusesAndTakesFromAnother(
        message ->
            spoil(
                message,
                piece -> new Piece(piece.number(), piece.data().plus(Bytes.wrap(new byte[1])))),
        Reason.UNVERIFIED);
  }

  @Test
  void anAnswerThatNobodyAskedForIsRefusedRightAsItMayBe() {
    refusesAndTakesFromAnother(
        message -> spoil(message, piece -> new Piece(piece.number() + 77, piece.data())),
        Reason.UNVERIFIED);
  }

  @Test
  void anAnswerThatComesTwiceIsRefused() {
    refusesAndTakesFromAnother(
        message ->
            message instanceof Pieces pieces
                ? new Pieces(List.of(pieces.pieces().get(0), pieces.pieces().get(0)))
                : message,
        Reason.UNVERIFIED);
  }

  @Test
  void aListThatDoesNotAddUpIsRefused() {
    refusesAndTakesFromAnother(
        message ->
            message instanceof ChunkList list
                ? new ChunkList(
                    list.number(), list.total() - 1, list.chunks().subList(1, list.chunks().size()))
                : message,
        Reason.UNVERIFIED);
  }

  @Test
  void aListWhoseChunksGiveAnotherPayloadIsBlamedOnWhoeverListedThem() {
    refusesAndTakesFromAnother(
        message -> {
          if (!(message instanceof ChunkList list)) {
            return message;
          }
          List<PayloadChunk> turned = new ArrayList<>(list.chunks());
          PayloadChunk first = turned.remove(0);
          turned.add(1, first);
          return new ChunkList(list.number(), list.total(), turned);
        },
        Reason.UNVERIFIED);
  }

  @Test
  void aPeerThatAnswersNothingIsGivenUp() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      a.put("small");
      new Line(b, headers(b), a).run().close();
      try (FetchPlan plan = plan(b)) {
        plan.wantAbsent(HashRange.ALL, null);
        FetchPart part = FetchPart.asking(FetchStore.of(b.store()), plan);
        try (Line line = new Line(b, part, a, false)) {
          line.asker.tick(0);
          line.holder.receive(line.asker.poll());
          line.asker.receive(line.holder.poll());
          while (line.asker.poll() != null) {
            line.asker.tick(1);
          }
          line.asker.tick(2);
          for (long now = 0; now < FetchPart.ANSWER_MILLIS_MAX + 2_000; now += 1_000) {
            line.asker.receive(new PeerMessage.Heartbeat(1));
            line.asker.tick(now);
          }
          assertThat(line.asker.report().state()).isEqualTo(PeerSession.State.FAILED);
          assertThat(line.asker.report().text()).contains("no answer");
        }
      }
    }
  }

  @Test
  void aPeerWithoutTheFeatureGivesPayloadsAsEver() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b");
        PeerSession asker =
            new PeerSession(
                Role.INITIATOR,
                b.replica(),
                SessionOptions.DEFAULT,
                ReplicationListener.NONE,
                List.of(headers(b)));
        PeerSession holder =
            new PeerSession(
                Role.RESPONDER, a.replica(), SessionOptions.DEFAULT, ReplicationListener.NONE)) {
      ArtifactKey small = a.put("small");
      boolean moved = true;
      while (moved) {
        PeerMessage there = asker.poll();
        if (there != null) {
          holder.receive(there);
        }
        PeerMessage back = holder.poll();
        if (back != null) {
          asker.receive(back);
        }
        moved = there != null || back != null;
      }
      assertThat(asker.report().state()).isEqualTo(PeerSession.State.DONE);
      isHeld(b, small);
    }
  }

  @Test
  void workWithRemovalsErasuresAndRevivalsEndsInTheSameRowsFetchedOrNot() {
    for (long seed = 0; seed < 8; seed++) {
      try (TestNode a = new TestNode("a");
          TestNode full = new TestNode("b");
          TestNode lazy = new TestNode("b")) {
        for (int round = 0; round < 3; round++) {
          a.work(seed * 10 + round, 25);
          new Line(full, FetchPart.answering(FetchStore.of(full.store())), a).run().close();
          new Line(lazy, headers(lazy), a).run().close();
        }
        assertThat(lazy.derivedRows()).isEqualTo(full.derivedRows());
        try (FetchPlan plan = plan(lazy);
            Line line = new Line(lazy, catchingUp(lazy, plan), a)) {
          line.run();
          assertThat(plan.missing()).isEmpty();
        }
        for (Origin origin : a.heads().keySet()) {
          assertThat(
                  lazy.store().logRoot(origin, lazy.store().head(origin).orElseThrow().treeSize()))
              .isEqualTo(
                  a.store().logRoot(origin, a.store().head(origin).orElseThrow().treeSize()));
        }
        assertThat(lazy.store().stateRoot()).isEqualTo(a.store().stateRoot());
        assertThat(lazy.store().absentPayloads(null, 9)).isEmpty();
      }
    }
  }

  @Test
  void whatAnotherConversationBroughtIsNotAskedAgain() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      a.putTogether("payload ", 50);
      a.putLarge(LARGE, 1);
      new Line(b, headers(b), a).run().close();
      try (FetchPlan slow = plan(b);
          Line line = new Line(b, FetchPart.asking(FetchStore.of(b.store()), slow), a, false)) {
        slow.wantAbsent(HashRange.ALL, null);
        try (FetchPlan quick = plan(b);
            Line other = new Line(b, catchingUp(b, quick), a)) {
          other.run();
          assertThat(quick.kept()).isEqualTo(51);
        }
        line.run();
        assertThat(line.asker.report().state()).isEqualTo(PeerSession.State.DONE);
        assertThat(line.wants()).isZero();
        assertThat(slow.isDone()).isTrue();
      }
    }
  }

  private static boolean[] held(TestNode node, List<ArtifactKey> keys) {
    boolean[] held = new boolean[keys.size()];
    for (int i = 0; i < held.length; i++) {
      held[i] = node.store().hasPayload(node.store().reader().require(keys.get(i)));
    }
    return held;
  }

  private static boolean[] inRange(TestNode node, List<ArtifactKey> keys, HashRange range) {
    boolean[] in = new boolean[keys.size()];
    for (int i = 0; i < in.length; i++) {
      in[i] = range.contains(node.store().reader().require(keys.get(i)).artifact().payloadDigest());
    }
    return in;
  }

  private static SessionPart holding(TestNode node, @Nullable HashRange range) {
    return FetchPart.holding(FetchStore.of(node.store()), () -> Optional.ofNullable(range));
  }

  @Test
  void aRangeIsBroughtAndNothingElseAndAWiderOneBringsTheRest() {
    HashRange half = HashRange.parse("c0..40");
    HashRange more = HashRange.parse("c0..80");
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b");
        TestNode c = new TestNode("c");
        TestNode d = new TestNode("d")) {
      List<ArtifactKey> keys = new ArrayList<>(a.putTogether("payload ", 600));
      for (int i = 0; i < 4; i++) {
        keys.add(a.putLarge(300_000, i));
      }
      ArtifactKey edge = a.link("example:to", keys.get(0), keys.get(1));
      try (Line line = new Line(b, holding(b, half), a).run()) {
        assertThat(held(b, keys)).isEqualTo(inRange(a, keys, half)).contains(true, false);
        assertThat(line.wants()).as("no round trip per object").isLessThan(20);
      }
      assertThat(b.store().hasPayload(b.store().reader().require(edge)))
          .as("indexes are made of it")
          .isTrue();
      assertThat(b.store().stateRoot()).isEqualTo(a.store().stateRoot());
      try (Line line = new Line(b, holding(b, half), a).run()) {
        assertThat(line.wants()).as("nothing is missing").isZero();
      }
      new Line(b, holding(b, more), a).run().close();
      assertThat(held(b, keys)).isEqualTo(inRange(a, keys, more));
      new Line(b, holding(b, half), a).run().close();
      assertThat(held(b, keys)).as("what is here stays").isEqualTo(inRange(a, keys, more));
      try (FetchPlan plan = plan(c);
          Line line = new Line(c, FetchPart.catchingUp(FetchStore.of(c.store()), plan, half), a)) {
        line.run();
        assertThat(held(c, keys)).isEqualTo(inRange(a, keys, half));
      }
      new Line(d, holding(d, null), a).run().close();
      assertThat(held(d, keys)).as("no range was declared").doesNotContain(false);
    }
  }

  @Test
  void moreThanAPlanHasRoomForIsBroughtInRounds() {
    HashRange most = HashRange.parse("01..");
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      int count = a.putTogether("payload ", 1_000).size();
      FetchStore store = FetchStore.of(b.store());
      RangeKeeping keeping = new RangeKeeping(store, () -> Optional.of(most), 64);
      try (Line line = new Line(b, FetchPart.holding(store, keeping), a).run()) {
        assertThat(line.wants()).isGreaterThanOrEqualTo(15);
      }
      List<AbsentPayload> absent = b.store().absentPayloads(null, count);
      assertThat(absent).isNotEmpty().noneMatch(each -> most.contains(each.digest()));
    }
  }

  /** A reader that knows records of {@code most} payloads of which only some are at the holder. */
  private static TestNode behind(TestNode holder, int most) {
    TestNode reader = new TestNode("b");
    try (TestNode rest = new TestNode("c")) {
      rest.putTogether("elsewhere ", most);
      for (int i = 0; i < FetchPlan.LARGE_OPEN_MAX + 4; i++) {
        rest.putLarge(100_000, i);
      }
      new Line(holder, headers(holder), rest).run().close();
    }
    holder.putTogether("here ", 40);
    holder.putLarge(100_000, 99);
    new Line(reader, headers(reader), holder).run().close();
    return reader;
  }

  @Test
  void aSyncAsksForAllOfARangeThoughThePeerLacksMoreThanAPlanHasRoomFor() {
    for (HashRange range : List.of(HashRange.ALL, HashRange.parse("80..40"))) {
      try (TestNode a = new TestNode("a");
          TestNode b = behind(a, 300);
          FetchPlan plan = new FetchPlan(FetchStore.of(b.store()), 32)) {
        FetchStore store = FetchStore.of(b.store());
        try (Line line = new Line(b, FetchPart.catchingUp(store, plan, range), a).run()) {
          assertThat(line.asker.report().state()).isEqualTo(PeerSession.State.DONE);
        }
        hasAllThatIsThere(b, a, range);
        assertThat(plan.isDone()).isFalse();
        assertThat(plan.missingCount()).isEqualTo(absentIn(b, range).size());
      }
    }
  }

  @Test
  void aRangeIsKeptUpThoughThePeerLacksMoreThanARoundHasRoomFor() {
    HashRange range = HashRange.parse("80..40");
    try (TestNode a = new TestNode("a");
        TestNode b = behind(a, 300)) {
      FetchStore store = FetchStore.of(b.store());
      RangeKeeping keeping = new RangeKeeping(store, () -> Optional.of(range), 32);
      try (Line line = new Line(b, FetchPart.holding(store, keeping), a).run()) {
        assertThat(line.asker.report().state()).isEqualTo(PeerSession.State.DONE);
      }
      hasAllThatIsThere(b, a, range);
    }
  }

  private static List<AbsentPayload> absentIn(TestNode node, HashRange range) {
    return node.store().absentPayloads(null, 9_999).stream()
        .filter(each -> range.contains(each.digest()))
        .toList();
  }

  /** What is absent of the range is so at the peer too, and there is more than a plan takes. */
  private static void hasAllThatIsThere(TestNode node, TestNode peer, HashRange range) {
    assertThat(absentIn(node, range)).hasSizeGreaterThan(64).isEqualTo(absentIn(peer, range));
  }

  private static Want wanted(RangeKeeping keeping) {
    FetchPlan.Source source = keeping.source();
    assertThat(source).isNotNull();
    Want want = source.next();
    assertThat(want).isNotNull();
    return want;
  }

  /** Says that none of it is there. */
  private static void lack(RangeKeeping keeping, Want want) {
    List<Long> numbers = new ArrayList<>();
    for (int i = 0; i < want.items().size(); i++) {
      numbers.add(want.first() + i);
    }
    FetchPlan.Source source = keeping.source();
    assertThat(source).isNotNull();
    source.take(new Absent(numbers));
    keeping.turn();
  }

  @Test
  void behindALaterDeltaOnlyWhatIsNewIsAskedForAndThePauseGoesOn() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      a.putTogether("never comes ", 10);
      new Line(b, headers(b), a).run().close();
      RangeKeeping keeping =
          new RangeKeeping(FetchStore.of(b.store()), () -> Optional.of(HashRange.ALL), 16);
      keeping.meet(a.origin().node());
      keeping.tick(1_000);
      keeping.deltaTaken();
      Want all = wanted(keeping);
      assertThat(all.items()).hasSize(10);
      lack(keeping, all);
      long due = 1_000 + RangeKeeping.PAUSE_MILLIS_MIN;
      assertThat(keeping.dueMillis()).isEqualTo(due);
      keeping.tick(2_000);
      keeping.deltaTaken();
      assertThat(keeping.source()).as("nothing is new").isNull();
      ArtifactKey key = a.put("new");
      a.remove(a.put("gone again"), false);
      new Line(b, headers(b), a).run().close();
      keeping.tick(3_000);
      keeping.deltaTaken();
      Want one = wanted(keeping);
      assertThat(one.items()).hasSize(1);
      FetchPlan.Source source = keeping.source();
      assertThat(source).isNotNull();
      source.take(new Pieces(List.of(new Piece(one.first(), Bytes.utf8("new")))));
      assertThat(keeping.isIdle()).isTrue();
      isHeld(b, key);
      assertThat(keeping.dueMillis()).isEqualTo(due);
      a.putTogether("new and not there ", 40);
      new Line(b, headers(b), a).run().close();
      keeping.deltaTaken();
      for (int items : new int[] {16, 16, 8}) {
        Want want = wanted(keeping);
        assertThat(want.items()).hasSize(items);
        lack(keeping, want);
      }
      assertThat(keeping.source()).as("each is asked for once").isNull();
      assertThat(keeping.dueMillis()).isEqualTo(due);
      keeping.tick(due);
      for (int items : new int[] {16, 16, 16, 2}) {
        Want want = wanted(keeping);
        assertThat(want.items()).hasSize(items);
        lack(keeping, want);
      }
      assertThat(keeping.dueMillis()).isEqualTo(due + 2 * RangeKeeping.PAUSE_MILLIS_MIN);
      keeping.close();
    }
  }

  @Test
  void aRangeThatBecomesWiderIsAskedForBehindTheNextDelta() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      a.putTogether("payload ", 64);
      new Line(b, headers(b), a).run().close();
      List<HashRange> range = new ArrayList<>(List.of(HashRange.parse("..80")));
      RangeKeeping keeping =
          new RangeKeeping(FetchStore.of(b.store()), () -> Optional.of(range.get(0)), 64);
      keeping.meet(a.origin().node());
      keeping.deltaTaken();
      Want half = wanted(keeping);
      assertThat(half.items()).hasSize(absentIn(b, range.get(0)).size());
      lack(keeping, half);
      assertThat(keeping.source()).isNull();
      range.set(0, HashRange.ALL);
      keeping.deltaTaken();
      assertThat(wanted(keeping).items()).hasSize(64);
      keeping.close();
    }
  }

  @Test
  void aPeerIsAskedAgainAfterPausesForWhatItDidNotHave() {
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b")) {
      a.put("never comes");
      new Line(b, headers(b), a).run().close();
      RangeKeeping keeping =
          new RangeKeeping(FetchStore.of(b.store()), () -> Optional.of(HashRange.ALL));
      keeping.meet(a.origin().node());
      keeping.tick(0);
      assertThat(keeping.source()).as("its delta is not here yet").isNull();
      long now = 1_000;
      keeping.tick(now);
      keeping.deltaTaken();
      long pause = RangeKeeping.PAUSE_MILLIS_MIN;
      for (int round = 0; round < 12; round++) {
        FetchPlan.Source source = keeping.source();
        assertThat(source).as("round " + round).isNotNull();
        assertThat(keeping.isIdle()).isFalse();
        Want want = source.next();
        assertThat(want).isNotNull();
        assertThat(want.first()).as("numbers go on").isEqualTo(round);
        source.take(new Absent(List.of(want.first())));
        assertThat(keeping.isIdle()).isTrue();
        assertThat(keeping.dueMillis()).isEqualTo(now + pause);
        keeping.tick(now + pause - 1);
        assertThat(keeping.source()).isNull();
        now += pause;
        keeping.tick(now);
        pause = Math.min(2 * pause, RangeKeeping.PAUSE_MILLIS_MAX);
      }
      assertThat(pause).isEqualTo(RangeKeeping.PAUSE_MILLIS_MAX);
      keeping.stop();
      assertThat(keeping.mayAsk()).as("the peer was told that nothing more is asked").isFalse();
      assertThat(keeping.isIdle()).isTrue();
      keeping.close();
      keeping.deltaTaken();
      keeping.tick(now + pause);
      assertThat(keeping.source()).isNull();
    }
  }
}
