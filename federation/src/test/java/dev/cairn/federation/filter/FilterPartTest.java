package dev.cairn.federation.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.Replayer;
import dev.cairn.federation.protocol.FilterMessage.Fills;
import dev.cairn.federation.protocol.FilterMessage.FilteredEnd;
import dev.cairn.federation.protocol.FilterMessage.Interest;
import dev.cairn.federation.protocol.FilterMessage.PartialCursor;
import dev.cairn.federation.protocol.FilterMessage.PartialItem;
import dev.cairn.federation.protocol.FilterMessage.PartialRun;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.StoreReplica;
import dev.cairn.federation.wire.FrameCodec;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.tgk.index.GraphIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Logs in part over sessions of which every message passes through the codec. */
class FilterPartTest {
  private static final List<Index> INDEXES = List.of(new GraphIndex(), new ReceiptIndex());
  private static final InterestFilter EDGES = InterestFilter.parse("kind:edge");

  static Store partial() {
    Set<Table> tables = StoreConfig.tables(INDEXES, List.of(PartialLogs.TABLE));
    return Store.open(
        new MemoryEngine(tables),
        new StoreConfig(
            "test", TestNode.key("b"), 1, INDEXES, List.of(PartialLogs.TABLE), () -> 1_000_000));
  }

  /** One conversation; the asker's report at its end. */
  static PeerSession talk(
      Store asker,
      InterestFilter filter,
      TestNode holder,
      UnaryOperator<PeerMessage> change,
      int messages,
      List<PeerMessage> answers) {
    return talk(asker, FilterPart.wanting(asker, filter), holder, change, messages, answers);
  }

  private static PeerSession talk(
      Store asker,
      FilterPart asking,
      TestNode holder,
      UnaryOperator<PeerMessage> change,
      int messages,
      List<PeerMessage> answers) {
    try (PeerSession left =
            new PeerSession(
                Role.INITIATOR,
                new StoreReplica(asker),
                SessionOptions.DEFAULT.withDirections(false, false),
                ReplicationListener.NONE,
                List.of(asking));
        PeerSession right =
            new PeerSession(
                Role.RESPONDER,
                holder.replica(),
                SessionOptions.DEFAULT,
                ReplicationListener.NONE,
                List.of(FilterPart.answering(holder.store())))) {
      boolean moved = true;
      while (moved && answers.size() < messages) {
        PeerMessage there = left.poll();
        if (there != null) {
          right.receive(FrameCodec.decode(FrameCodec.encode(there)).orElseThrow());
        }
        PeerMessage back = right.poll();
        if (back != null) {
          PeerMessage changed = change.apply(back);
          answers.add(changed);
          left.receive(FrameCodec.decode(FrameCodec.encode(changed)).orElseThrow());
        }
        moved = there != null || back != null;
      }
      return left;
    }
  }

  static PeerSession talk(Store asker, InterestFilter filter, TestNode holder) {
    return talk(asker, FilterPart.wanting(asker, filter), holder);
  }

  private static PeerSession talk(Store asker, FilterPart asking, TestNode holder) {
    return talk(
        asker, asking, holder, UnaryOperator.identity(), Integer.MAX_VALUE, new ArrayList<>());
  }

  @Test
  void whatIsOfInterestComesAndIsWidenedByLaterTalks() {
    for (long seed = 0; seed < 12; seed++) {
      Random random = new Random(seed);
      InterestFilter narrow = InterestFilterTest.random(random, 2);
      InterestFilter wide =
          InterestFilter.anyOf(List.of(narrow, InterestFilterTest.random(random, 2)));
      try (TestNode a = new TestNode("a");
          Store grown = partial();
          Store atOnce = partial()) {
        a.work(seed, 30);
        assertThat(talk(grown, narrow, a).state()).isEqualTo(PeerSession.State.DONE);
        a.work(seed + 99, 10);
        assertThat(talk(grown, wide, a).state()).isEqualTo(PeerSession.State.DONE);
        assertThat(talk(atOnce, wide, a).state()).isEqualTo(PeerSession.State.DONE);
        PartialLogs logs = new PartialLogs(grown);
        logs.verify(a.origin());
        assertThat(logs.coverage()).isEqualTo(new PartialLogs(atOnce).coverage());
        for (long i = 0; i < logs.coverage(a.origin()).orElseThrow().size(); i++) {
          assertThat(logs.at(a.origin(), i)).isEqualTo(new PartialLogs(atOnce).at(a.origin(), i));
        }
        List<PeerMessage> again = new ArrayList<>();
        talk(grown, wide, a, UnaryOperator.identity(), Integer.MAX_VALUE, again);
        assertThat(again).noneMatch(m -> m instanceof PartialRun || m instanceof Fills);
        assertThat(grown.heads()).isEmpty();
      }
    }
  }

  @Test
  void aPeerThatHasLessOfALogGivesWhatItHasAndDoesNotWidenIt() {
    InterestFilter wide = InterestFilter.Constant.ALL;
    try (TestNode a = new TestNode("a");
        TestNode behind = new TestNode("c");
        Store grown = partial()) {
      a.put("one");
      a.put("two");
      PartialLogsTest.hand(a, a.origin(), behind);
      a.work(6, 30);
      assertThat(talk(grown, EDGES, a).state()).isEqualTo(PeerSession.State.DONE);
      PartialLogs logs = new PartialLogs(grown);
      PartialLogs.Coverage before = logs.coverage(a.origin()).orElseThrow();
      assertThat(before.holes()).isPositive();
      assertThat(logs.at(a.origin(), 0).orElseThrow()).isInstanceOf(PartialStretch.Hole.class);
      assertThat(logs.at(a.origin(), 1).orElseThrow()).isInstanceOf(PartialStretch.Hole.class);
      FilterPart asking = FilterPart.wanting(grown, wide);
      assertThat(talk(grown, asking, behind).state()).isEqualTo(PeerSession.State.DONE);
      assertThat(asking.notWidened()).containsExactly(a.origin());
      PartialLogs.Coverage between = logs.coverage(a.origin()).orElseThrow();
      assertThat(between.filter()).isEqualTo(EDGES);
      assertThat(between.size()).isEqualTo(before.size());
      assertThat(between.held()).isEqualTo(before.held() + 2);
      assertThat(logs.at(a.origin(), 0).orElseThrow()).isInstanceOf(PartialStretch.Held.class);
      assertThat(logs.at(a.origin(), 1).orElseThrow()).isInstanceOf(PartialStretch.Held.class);
      assertThat(talk(grown, wide, a).state()).isEqualTo(PeerSession.State.DONE);
      PartialLogs.Coverage after = logs.coverage(a.origin()).orElseThrow();
      assertThat(after.holes()).isZero();
      assertThat(after.filter()).isEqualTo(wide);
      logs.verify(a.origin());
    }
  }

  @Test
  void whoHoldsByAnotherFilterThanAPeerThatIsBehindStillGetsWhatThatPeerShows() {
    InterestFilter texts = InterestFilter.parse("type:text/plain");
    InterestFilter edges = InterestFilter.parse("type:tgk/edge");
    try (TestNode a = new TestNode("a");
        TestNode behind = new TestNode("c");
        Store part = partial()) {
      ArtifactKey one = a.put("one");
      a.link("prov:wasDerivedFrom", one, a.put("two"));
      PartialLogsTest.hand(a, a.origin(), behind);
      a.put("three");
      assertThat(talk(part, texts, a).state()).isEqualTo(PeerSession.State.DONE);
      assertThat(talk(part, edges, behind).state()).isEqualTo(PeerSession.State.DONE);
      PartialLogs logs = new PartialLogs(part);
      assertThat(logs.coverage(a.origin()).orElseThrow().held()).isEqualTo(4);
      assertThat(logs.coverage(a.origin()).orElseThrow().filter()).isEqualTo(texts);
      logs.verify(a.origin());
    }
  }

  @Test
  void aPollLooksAtABoundedPartOfALog() {
    try (TestNode a = new TestNode("a")) {
      int size = 2 * FilterPart.LOOKED_AT_MAX + 1;
      for (int from = 0; from < size; from += 1_000) {
        a.putTogether("r" + from + " ", Math.min(1_000, size - from));
      }
      for (long held : List.of((long) size, size + 5L)) {
        try (FilterPart part = FilterPart.answering(a.store())) {
          part.receive(
              new Interest(
                  "kind:tombstone", List.of(new PartialCursor(a.origin(), held, "kind:edge"))));
          assertThat(part.poll()).isInstanceOf(Heartbeat.class);
          assertThat(part.poll()).isInstanceOf(Heartbeat.class);
          if (held == size) {
            assertThat(part.poll()).isEqualTo(new Fills(a.origin(), List.of(), true));
          }
          assertThat(part.poll()).isInstanceOf(FilteredEnd.class);
          assertThat(part.hasOutput()).isFalse();
        }
      }
    }
  }

  @Test
  void aTalkThatBreaksAtAnyMessageLosesNothing() {
    try (TestNode a = new TestNode("a");
        Store b = partial()) {
      a.work(3, 40);
      for (int messages = 1; messages < 12; messages++) {
        talk(b, EDGES, a, UnaryOperator.identity(), messages, new ArrayList<>());
        talk(
            b,
            InterestFilter.Constant.ALL,
            a,
            UnaryOperator.identity(),
            messages,
            new ArrayList<>());
      }
      assertThat(talk(b, InterestFilter.Constant.ALL, a).state()).isEqualTo(PeerSession.State.DONE);
      PartialLogs logs = new PartialLogs(b);
      logs.verify(a.origin());
      assertThat(logs.coverage(a.origin()).orElseThrow().holes()).isZero();
    }
  }

  @Test
  void aLogThatGoesFurtherThanItsKeyIsBelievedIsLeftOutAndTheOthersCome() {
    try (TestNode a = new TestNode("a");
        TestNode c = new TestNode("c");
        Store b = partial()) {
      a.work(3, 40);
      new Replayer(c.store()).store(a.store(), Optional.empty());
      c.work(4, 20);
      b.revokeKey(a.origin().node(), new TreeMap<>(Map.of(1, 1L)));
      assertThat(talk(b, EDGES, c).state()).isEqualTo(PeerSession.State.DONE);
      PartialLogs logs = new PartialLogs(b);
      assertThat(logs.coverage(a.origin())).isEmpty();
      assertThat(logs.coverage(c.origin())).isPresent();
      b.believeKey(a.origin().node());
      assertThat(talk(b, EDGES, c).state()).isEqualTo(PeerSession.State.DONE);
      assertThat(logs.coverage(a.origin())).isPresent();
    }
  }

  private static void refused(UnaryOperator<PeerMessage> lie, Reason due) {
    try (TestNode a = new TestNode("a");
        Store b = partial()) {
      a.work(3, 40);
      PeerSession liar = talk(b, EDGES, a, lie, 99, new ArrayList<>());
      assertThat(liar.state()).isEqualTo(PeerSession.State.FAILED);
      assertThat(liar.report().reason()).isEqualTo(due);
      assertThat(new PartialLogs(b).coverage()).isEmpty();
      assertThat(talk(b, EDGES, a).state()).isEqualTo(PeerSession.State.DONE);
    }
  }

  @Test
  void aWrongLeafHashIsRefused() {
    refused(
        message -> {
          if (!(message instanceof PartialRun run)) {
            return message;
          }
          List<PartialItem> items = new ArrayList<>(run.items());
          items.set(0, new PartialItem(Bytes.wrap(new byte[32]), null));
          return new PartialRun(run.origin(), run.key(), run.first(), items, run.note());
        },
        Reason.UNVERIFIED);
  }

  @Test
  void aStretchThatBeginsElsewhereIsRefused() {
    refused(
        message ->
            message instanceof PartialRun run
                ? new PartialRun(run.origin(), run.key(), run.first() + 1, run.items(), run.note())
                : message,
        Reason.LIMIT);
  }

  @Test
  void aStretchWithoutAnEndIsRefused() {
    refused(
        message ->
            message instanceof PartialRun run
                ? new PartialRun(run.origin(), run.key(), run.first(), run.items(), null)
                : message,
        Reason.MALFORMED);
  }

  @Test
  void fillsOfWhatIsNotHeldAndInterestsTwiceAreRefused() {
    try (TestNode a = new TestNode("a")) {
      refused(
          message ->
              message instanceof PartialRun ? new Fills(a.origin(), List.of(), true) : message,
          Reason.MALFORMED);
    }
    try (TestNode a = new TestNode("a");
        FilterPart part = FilterPart.answering(a.store())) {
      part.receive(new Interest("all", List.of()));
      assertThatThrownBy(() -> part.receive(new Interest("all", List.of())))
          .isInstanceOf(MalformedException.class);
    }
  }
}
