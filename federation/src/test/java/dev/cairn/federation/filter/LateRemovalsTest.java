package dev.cairn.federation.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.filter.PartialStretch.Held;
import dev.cairn.federation.filter.PartialStretch.Hole;
import dev.cairn.federation.protocol.FilterMessage.Fill;
import dev.cairn.federation.protocol.FilterMessage.Fills;
import dev.cairn.federation.protocol.FilterMessage.FilteredEnd;
import dev.cairn.federation.protocol.FilterMessage.Interest;
import dev.cairn.federation.protocol.FilterMessage.PartialCursor;
import dev.cairn.federation.protocol.FilterMessage.PartialRun;
import dev.cairn.federation.protocol.FilterMessage.ToldLog;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerSession;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Removals that reach a sender before the put that they remove: who holds logs in part learns of
 * them once somebody whom it asks knows both.
 */
class LateRemovalsTest {
  private static final InterestFilter TEXTS = InterestFilter.parse("type:text/plain");

  private static List<PeerMessage> talk(Store asker, TestNode holder) {
    List<PeerMessage> answers = new ArrayList<>();
    PeerSession session =
        FilterPartTest.talk(
            asker, TEXTS, holder, UnaryOperator.identity(), Integer.MAX_VALUE, answers);
    assertThat(session.state()).isEqualTo(PeerSession.State.DONE);
    return answers;
  }

  /** A log of one record, the removal of what {@code a} put. */
  private static void putAndRemoved(TestNode a, TestNode remover) {
    ArtifactKey key = a.put("removed before long");
    PartialLogsTest.hand(a, a.origin(), remover);
    remover.remove(key, false);
  }

  @Test
  void aSenderThatGainsThePutTellsOfTheRemovalThatItHadBefore() {
    try (TestNode a = new TestNode("a");
        TestNode remover = new TestNode("c");
        TestNode hub = new TestNode("d");
        Store part = FilterPartTest.partial()) {
      putAndRemoved(a, remover);
      PartialLogsTest.hand(remover, remover.origin(), hub);
      talk(part, hub);
      PartialLogs logs = new PartialLogs(part);
      assertThat(logs.at(remover.origin(), 0)).containsInstanceOf(Hole.class);
      PartialLogsTest.hand(a, a.origin(), hub);
      talk(part, hub);
      assertThat(logs.at(a.origin(), 0)).containsInstanceOf(Held.class);
      assertThat(logs.at(remover.origin(), 0)).containsInstanceOf(Held.class);
      logs.verify(remover.origin());
      assertThat(talk(part, hub)).noneMatch(m -> m instanceof Fills || m instanceof PartialRun);
    }
  }

  @Test
  void whoKnowsBothTellsOfARemovalThatCameFromOnePeerAndItsPutFromAnother() {
    try (TestNode a = new TestNode("a");
        TestNode remover = new TestNode("c");
        TestNode first = new TestNode("d");
        TestNode both = new TestNode("e");
        Store part = FilterPartTest.partial()) {
      putAndRemoved(a, remover);
      PartialLogsTest.hand(remover, remover.origin(), first);
      talk(part, first);
      talk(part, a);
      PartialLogs logs = new PartialLogs(part);
      assertThat(logs.at(remover.origin(), 0)).containsInstanceOf(Hole.class);
      PartialLogsTest.hand(a, a.origin(), both);
      PartialLogsTest.hand(remover, remover.origin(), both);
      assertThat(talk(part, both)).noneMatch(m -> m instanceof PartialRun);
      assertThat(logs.at(remover.origin(), 0)).containsInstanceOf(Held.class);
      assertThat(talk(part, both)).noneMatch(m -> m instanceof Fills);
      assertThat(talk(part, first)).noneMatch(m -> m instanceof Fills);
    }
  }

  private static List<PeerMessage> answers(TestNode node, Grant grant, Interest interest) {
    List<PeerMessage> said = new ArrayList<>();
    try (FilterPart part = FilterPart.answering(node.store())) {
      assertThat(part.offeredUnder(grant)).isTrue();
      part.receive(interest);
      for (PeerMessage next = part.poll(); next != null; next = part.poll()) {
        said.add(next);
      }
    }
    return said;
  }

  @Test
  void aGrantCoversARemovalOnceItsPutIsKnownToBeCovered() {
    Grant texts = new Grant(new TreeSet<>(Set.of(Right.READ)), of("text/plain"), of());
    try (TestNode a = new TestNode("a");
        TestNode remover = new TestNode("c");
        TestNode hub = new TestNode("d")) {
      ArtifactKey text = a.put("a text");
      ArtifactKey secret = a.put(new TypeTag("secret/plain"), Bytes.utf8("a secret"));
      PartialLogsTest.hand(a, a.origin(), remover);
      remover.remove(secret, false);
      remover.remove(text, false);
      PartialLogsTest.hand(remover, remover.origin(), hub);
      Interest interest =
          new Interest(
              TEXTS.toString(),
              List.of(new PartialCursor(remover.origin(), 2, TEXTS.toString())),
              true);
      assertThat(answers(hub, texts, interest))
          .containsExactly(
              new Heartbeat(hub.store().head(remover.origin()).orElseThrow().lastHlc()),
              new FilteredEnd(List.of(new ToldLog(remover.origin(), 2))));
      PartialLogsTest.hand(a, a.origin(), hub);
      Bytes removal = remover.store().record(remover.origin(), 1).orElseThrow().encode();
      for (long told : List.of(0L, 2L)) {
        Interest again =
            new Interest(
                TEXTS.toString(),
                List.of(new PartialCursor(remover.origin(), 2, TEXTS.toString(), told)),
                true);
        List<PeerMessage> said = answers(hub, texts, again);
        assertThat(said.stream().filter(Fills.class::isInstance))
            .containsExactly(new Fills(remover.origin(), List.of(new Fill(1, removal)), false));
        assertThat(said).contains(new FilteredEnd(toldAll(hub)));
      }
    }
  }

  private static SortedSet<String> of(String... all) {
    return new TreeSet<>(List.of(all));
  }

  private static List<ToldLog> toldAll(TestNode node) {
    return node.store().durableHeads().stream()
        .map(head -> new ToldLog(head.origin(), head.treeSize()))
        .toList();
  }

  @Test
  void whoDoesNotAskForRemovalsIsAnsweredAsBefore() {
    try (TestNode a = new TestNode("a");
        TestNode remover = new TestNode("c")) {
      putAndRemoved(a, remover);
      Interest old =
          new Interest(
              TEXTS.toString(),
              List.of(
                      new PartialCursor(remover.origin(), 1, TEXTS.toString()),
                      new PartialCursor(a.origin(), 1, TEXTS.toString()))
                  .stream()
                  .sorted(Comparator.comparing(PartialCursor::origin))
                  .toList());
      assertThat(answers(remover, Grant.ALL, old)).containsExactly(new FilteredEnd());
    }
  }

  @Test
  void aSenderThatDoesNotSayHowFarItToldIsAskedAnew() {
    try (TestNode a = new TestNode("a");
        TestNode remover = new TestNode("c");
        TestNode hub = new TestNode("d");
        Store part = FilterPartTest.partial()) {
      putAndRemoved(a, remover);
      PartialLogsTest.hand(remover, remover.origin(), hub);
      FilterPartTest.talk(
          part,
          TEXTS,
          hub,
          message -> message instanceof FilteredEnd ? new FilteredEnd() : message,
          Integer.MAX_VALUE,
          new ArrayList<>());
      PartialLogs logs = new PartialLogs(part);
      assertThat(logs.told(hub.origin().node(), TEXTS)).isEmpty();
      PartialLogsTest.hand(a, a.origin(), hub);
      talk(part, hub);
      assertThat(logs.at(remover.origin(), 0)).containsInstanceOf(Held.class);
    }
  }

  @Test
  void whatWasToldByAnotherFilterDoesNotCount() {
    InterestFilter wide = InterestFilter.parse("type:secret/plain | type:text/plain");
    try (TestNode a = new TestNode("a");
        TestNode remover = new TestNode("c");
        TestNode both = new TestNode("d");
        TestNode ignorant = new TestNode("e");
        Store part = FilterPartTest.partial()) {
      ArtifactKey secret = a.put(new TypeTag("secret/plain"), Bytes.utf8("a secret"));
      PartialLogsTest.hand(a, a.origin(), remover);
      remover.remove(secret, false);
      PartialLogsTest.hand(a, a.origin(), both);
      PartialLogsTest.hand(remover, remover.origin(), both);
      PartialLogsTest.hand(remover, remover.origin(), ignorant);
      talk(part, both);
      PartialLogs logs = new PartialLogs(part);
      assertThat(FilterPartTest.talk(part, wide, ignorant).state())
          .isEqualTo(PeerSession.State.DONE);
      assertThat(logs.at(remover.origin(), 0)).containsInstanceOf(Hole.class);
      assertThat(FilterPartTest.talk(part, wide, both).state()).isEqualTo(PeerSession.State.DONE);
      assertThat(logs.at(remover.origin(), 0)).containsInstanceOf(Held.class);
    }
  }

  @Test
  void ofALogThatWasNotBelievedForAWhileRemovalsAreToldOnceItIs() {
    try (TestNode a = new TestNode("a");
        TestNode remover = new TestNode("c");
        TestNode both = new TestNode("d");
        TestNode ignorant = new TestNode("e");
        Store part = FilterPartTest.partial()) {
      putAndRemoved(a, remover);
      PartialLogsTest.hand(a, a.origin(), both);
      PartialLogsTest.hand(remover, remover.origin(), both);
      PartialLogsTest.hand(remover, remover.origin(), ignorant);
      part.revokeKey(remover.origin().node(), new TreeMap<>(Map.of(1, 0L)));
      talk(part, both);
      part.believeKey(remover.origin().node());
      talk(part, ignorant);
      PartialLogs logs = new PartialLogs(part);
      assertThat(logs.at(remover.origin(), 0)).containsInstanceOf(Hole.class);
      talk(part, both);
      assertThat(logs.at(remover.origin(), 0)).containsInstanceOf(Held.class);
    }
  }

  /**
   * Each put stands once before and once behind its removal: to look at all pairs takes squares.
   */
  @Test
  void whatIsPutAndRemovedManyTimesIsLookedAtOnceAndABoundedPartAtATime() {
    int times = 3_000;
    try (TestNode remover = new TestNode("c")) {
      for (int i = 0; i < times; i++) {
        ArtifactKey key = remover.put("again and again");
        remover.remove(key, false);
      }
      long size = 2L * times;
      for (long told : List.of(0L, 1L, (long) times, size - 1, size)) {
        Interest interest =
            new Interest(
                TEXTS.toString(),
                List.of(new PartialCursor(remover.origin(), size, TEXTS.toString(), told)),
                true);
        try (FilterPart part = FilterPart.answering(remover.store())) {
          part.receive(interest);
          long fills = 0;
          long messages = 0;
          for (PeerMessage next = part.poll(); next != null; next = part.poll()) {
            messages++;
            fills += next instanceof Fills some ? some.fills().size() : 0;
          }
          assertThat(fills).isEqualTo((size - told + 1) / 2);
          long looks = size - told;
          assertThat(messages)
              .isBetween(
                  1 + looks / FilterPart.LOOKED_AT_MAX, 4 + 4 * looks / FilterPart.LOOKED_AT_MAX);
        }
      }
    }
  }

  /** What a holder says to one who holds its logs as said, of whose removals it was told so. */
  private static List<PeerMessage> answers(
      TestNode holder, List<PartialCursor> cursor, Runnable meanwhile) {
    List<PeerMessage> answers = new ArrayList<>();
    try (FilterPart part = FilterPart.answering(holder.store())) {
      part.receive(new Interest(TEXTS.toString(), cursor, true));
      meanwhile.run();
      for (PeerMessage next = part.poll(); next != null; next = part.poll()) {
        answers.add(next);
      }
    }
    return answers;
  }

  private static PartialCursor held(Origin origin, long size) {
    return new PartialCursor(origin, size, TEXTS.toString(), size);
  }

  @Test
  void aPutThatComesWhileTheHolderLooksStandsForNone() {
    try (TestNode a = new TestNode("a");
        TestNode remover = new TestNode("c");
        TestNode hub = new TestNode("d")) {
      putAndRemoved(a, remover);
      PartialLogsTest.hand(remover, remover.origin(), hub);
      PartialLogsTest.hand(a, a.origin(), hub);
      List<PartialCursor> cursor = List.of(held(remover.origin(), 1));
      assertThat(answers(hub, cursor, () -> hub.put("removed before long")))
          .filteredOn(Fills.class::isInstance)
          .singleElement()
          .satisfies(fills -> assertThat(((Fills) fills).origin()).isEqualTo(remover.origin()));
    }
  }

  @Test
  void aPutThatIsMadeAgainHasNoRemovalToldAgain() {
    try (TestNode a = new TestNode("a");
        TestNode remover = new TestNode("c");
        TestNode hub = new TestNode("d")) {
      putAndRemoved(a, remover);
      PartialLogsTest.hand(remover, remover.origin(), hub);
      ArtifactKey key = hub.put("removed before long");
      List<PartialCursor> cursor =
          new ArrayList<>(List.of(held(remover.origin(), 1), held(hub.origin(), 1)));
      cursor.sort(Comparator.comparing(PartialCursor::origin));
      hub.remove(key, false);
      hub.put("removed before long");
      assertThat(answers(hub, cursor, () -> {})).noneMatch(Fills.class::isInstance);
    }
  }

  @Test
  void whatIsToldOfLogsThatNobodyHoldsIsNotKept() {
    try (TestNode a = new TestNode("a");
        TestNode stranger = new TestNode("b");
        Store part = FilterPartTest.partial()) {
      a.put("one");
      FilterPartTest.talk(
          part,
          TEXTS,
          a,
          message ->
              message instanceof FilteredEnd
                  ? new FilteredEnd(
                      Stream.of(a.origin(), stranger.origin())
                          .sorted()
                          .map(origin -> new ToldLog(origin, 1))
                          .toList())
                  : message,
          Integer.MAX_VALUE,
          new ArrayList<>());
      assertThat(new PartialLogs(part).told(a.origin().node(), TEXTS))
          .containsExactly(Map.entry(a.origin(), 1L));
    }
  }

  @Test
  void howFarSoManyPeersToldIsKeptAndNoMore() {
    try (TestNode a = new TestNode("a");
        Store part = FilterPartTest.partial()) {
      PartialLogs logs = new PartialLogs(part);
      TreeMap<Origin, Long> told = new TreeMap<>(Map.of(a.origin(), 7L));
      List<NodeId> peers = new ArrayList<>();
      for (int i = 0; i <= PartialLogs.TOLD_PEERS_MAX; i++) {
        peers.add(NodeId.of(TestNode.key("peer " + i).publicKey()));
        logs.keepTold(peers.get(i), TEXTS, told);
        // Who tells again is not the one whose word goes next.
        logs.keepTold(peers.get(0), TEXTS, new TreeMap<>(Map.of(a.origin(), 8L)));
      }
      assertThat(PartialLogsTest.rows(part, PartialLogs.TABLE)).hasSize(PartialLogs.TOLD_PEERS_MAX);
      assertThat(logs.told(peers.get(0), TEXTS)).isNotEmpty();
      assertThat(logs.told(peers.get(1), TEXTS)).isEmpty();
      assertThat(logs.told(peers.get(2), TEXTS)).isEqualTo(told);
      assertThat(logs.told(peers.get(2), InterestFilter.parse("type:other"))).isEmpty();
    }
  }

  @Test
  void whatWasToldIsCheckedAndForgottenWithALogThatIsRemoved() {
    try (TestNode a = new TestNode("a");
        Store part = FilterPartTest.partial()) {
      a.put("one");
      talk(part, a);
      PartialLogs logs = new PartialLogs(part);
      assertThat(logs.told(a.origin().node(), TEXTS)).containsExactly(Map.entry(a.origin(), 1L));
      assertThat(PartialLogs.check(part.rows(), "test").wrong()).isZero();
      Bytes key = PartialRows.toldKey(a.origin().node());
      part.writeLocal(
          List.of(RowChange.put(PartialLogs.TABLE, key, Bytes.utf8("?"))), Durability.SYNCED);
      assertThat(PartialLogs.check(part.rows(), "test").strays()).containsOnlyKeys(key);
      part.writeLocal(PartialLogs.removal(part.rows(), a.origin()), Durability.SYNCED);
      assertThat(PartialLogsTest.rows(part, PartialLogs.TABLE)).isEmpty();
    }
  }
}
