package dev.cairn.federation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerSession.State;
import dev.cairn.federation.reconcile.DivergenceSearch;
import dev.cairn.federation.reconcile.ReconcileMessage;
import dev.cairn.federation.reconcile.ReconcileMessage.LogAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.LogTell;
import dev.cairn.federation.reconcile.ReconcileMessage.RangesAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.RangesTell;
import dev.cairn.federation.reconcile.ReconcileMessage.RecordAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.RecordTell;
import dev.cairn.federation.reconcile.ReconcileMessage.StateAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.StateNodeName;
import dev.cairn.federation.reconcile.ReconcileMessage.StateTell;
import dev.cairn.federation.reconcile.ReconcileMessage.Subtree;
import dev.cairn.federation.reconcile.ReconcilePart;
import dev.cairn.federation.reconcile.StoreSource;
import dev.cairn.federation.wire.FrameCodec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two nodes that find what they differ in, over a session. */
class ReconcilePartTest {
  private static List<CursorEntry> cursor(TestNode node) {
    List<CursorEntry> cursor = new ArrayList<>();
    for (LogHead head : node.store().heads()) {
      cursor.add(new CursorEntry(head.origin(), head.treeSize(), head.lastLogseq()));
    }
    return cursor;
  }

  private static DivergenceSearch search(TestNode node) {
    return new DivergenceSearch(new StoreSource(node.store()), cursor(node), 5);
  }

  private static ReconcilePart answering(TestNode node) {
    return ReconcilePart.answering(new StoreSource(node.store()));
  }

  @Test
  void aForkedLogAndItsFirstRecordAreFoundOverASession() {
    try (TestNode left = new TestNode("one");
        TestNode copy = new TestNode("one");
        TestNode right = new TestNode("right")) {
      for (TestNode node : List.of(left, copy)) {
        node.putTogether("shared ", 300);
      }
      copy.put("one story");
      left.put("another story");
      Talk.sync(copy, right);
      try (TestNode third = new TestNode("third")) {
        Talk.sync(left, third);
        DivergenceSearch search = search(third);
        try (Talk talk =
            new Talk(
                third,
                List.of(
                    ReconcilePart.asking(new StoreSource(third.store()), search::plan)),
                right,
                List.of(answering(right)))) {
          talk.run();
          assertThat(talk.left.state()).isEqualTo(State.DONE);
          assertThat(talk.right.state()).isEqualTo(State.DONE);
        }
        assertThat(search.logDifferences())
            .singleElement()
            .satisfies(
                found -> {
                  assertThat(found.index()).isEqualTo(300);
                  assertThat(found.origin()).isEqualTo(left.origin());
                });
        assertThat(search.stateDifferences()).hasSize(2);
      }
    }
  }

  @Test
  void nodesThatAgreeFindNothingAndBothMayAsk() {
    try (TestNode left = new TestNode("left");
        TestNode right = new TestNode("right")) {
      left.putTogether("left ", 200);
      right.work(5, 30);
      Talk.sync(left, right);
      DivergenceSearch ours = search(left);
      DivergenceSearch theirs = search(right);
      try (Talk talk =
          new Talk(
              left,
              List.of(ReconcilePart.asking(new StoreSource(left.store()), ours::plan)),
              right,
              List.of(ReconcilePart.asking(new StoreSource(right.store()), theirs::plan)))) {
        talk.run();
        assertThat(talk.left.state()).isEqualTo(State.DONE);
        assertThat(talk.right.state()).isEqualTo(State.DONE);
      }
      for (DivergenceSearch search : List.of(ours, theirs)) {
        assertThat(search.logDifferences()).isEmpty();
        assertThat(search.stateDifferences()).isEmpty();
      }
    }
  }

  @Test
  void everyMessageIsTheSameBehindTheWire() {
    try (TestNode node = new TestNode("one")) {
      node.put("something");
      List<CursorEntry> cut = cursor(node);
      Bytes digest = Bytes.fromHex("ab".repeat(32));
      List<ReconcileMessage> messages =
          List.of(
              new RangesAsk(Bytes.fromHex("61")),
              new RangesTell(Bytes.EMPTY),
              new StateAsk(
                  cut,
                  List.of(
                      new StateNodeName(0, Bytes.EMPTY),
                      new StateNodeName(3, Bytes.fromHex("abc0")))),
              new StateAsk(List.of(), List.of(new StateNodeName(0, Bytes.EMPTY))),
              new StateTell(List.of(Bytes.fromHex("00"), digest)),
              new LogAsk(node.origin(), List.of(new Subtree(0, 7), new Subtree(62, 1))),
              new LogTell(List.of(digest, digest)),
              new RecordAsk(node.origin(), 0),
              new RecordTell(Bytes.fromHex("1234")));
      for (ReconcileMessage message : messages) {
        assertThat(FrameCodec.decode(FrameCodec.encode(message))).contains(message);
      }
      for (String refused :
          List.of("8a0200", "92020412020007", "9a020b0a0931", "a20200", "aa02030a01ff", "b20200")) {
        assertThatThrownBy(() -> FrameCodec.decode(Bytes.fromHex(refused)))
            .as(refused)
            .isInstanceOf(MalformedException.class);
      }
    }
  }
}
