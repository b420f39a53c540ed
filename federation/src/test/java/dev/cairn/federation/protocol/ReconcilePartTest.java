package dev.cairn.federation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.FormatDocument;
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
import java.util.Map;
import java.util.TreeMap;
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
                    ReconcilePart.asking(
                        new StoreSource(third.store()), hello -> search.plan(hello.cursor()))),
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
        assertThat(search.stateDifferences())
            .as("what follows from records that differ is no difference of its own")
            .isEmpty();
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
              List.of(
                  ReconcilePart.asking(
                      new StoreSource(left.store()), hello -> ours.plan(hello.cursor()))),
              right,
              List.of(
                  ReconcilePart.asking(
                      new StoreSource(right.store()), hello -> theirs.plan(hello.cursor()))))) {
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
  void everyMessageHasTheBytesOfTheDocumentBothWays() {
    Map<String, Bytes> vectors = FormatDocument.vectors("reconcile.md");
    Origin origin = new Origin(new NodeId(Bytes.wrap(new byte[NodeId.BYTES])), 2);
    Bytes ab = Bytes.fromHex("ab".repeat(32));
    Bytes cd = Bytes.fromHex("cd".repeat(32));
    Map<String, ReconcileMessage> messages = new TreeMap<>();
    messages.put("rangesAsk", new RangesAsk(Bytes.fromHex("6100000200")));
    messages.put("rangesTell", new RangesTell(Bytes.fromHex("61")));
    messages.put(
        "stateAsk",
        new StateAsk(
            List.of(new CursorEntry(origin, 1, 3)),
            List.of(
                new StateNodeName(0, Bytes.EMPTY), new StateNodeName(3, Bytes.fromHex("abc0")))));
    messages.put(
        "stateTell", new StateTell(List.of(Bytes.fromHex("00"), Bytes.fromHex("018000").plus(ab))));
    messages.put("logAsk", new LogAsk(origin, List.of(new Subtree(0, 7), new Subtree(62, 1))));
    messages.put("logTell", new LogTell(List.of(ab, cd)));
    messages.put("recordAsk", new RecordAsk(origin, 5));
    messages.put("recordTell", new RecordTell(Bytes.fromHex("1234")));
    messages.forEach(
        (name, message) -> {
          Bytes frame = vectors.get("frame." + name);
          assertThat(FrameCodec.encode(message)).as(name).isEqualTo(frame);
          assertThat(FrameCodec.decode(frame)).as(name).contains(message);
        });
    int refused = 0;
    for (Map.Entry<String, Bytes> vector : vectors.entrySet()) {
      if (vector.getKey().startsWith("frame.refused.")) {
        refused++;
        assertThatThrownBy(() -> FrameCodec.decode(vector.getValue()))
            .as(vector.getKey())
            .isInstanceOf(MalformedException.class);
      }
    }
    assertThat(refused).isEqualTo(6);
  }
}
