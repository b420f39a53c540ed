package dev.cairn.federation.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.StateTreeView;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.reconcile.ReconcileMessage.LogTell;
import dev.cairn.federation.reconcile.ReconcileMessage.StateAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.StateNodeName;
import dev.cairn.federation.reconcile.ReconcileMessage.StateTell;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** States and logs of two nodes, descended where they differ. */
class InquiryTest {
  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void close() {
    nodes.forEach(TestNode::close);
  }

  private TestNode node(String name) {
    TestNode node = new TestNode(name);
    nodes.add(node);
    return node;
  }

  /** A store that shows its present state whatever cut is asked for. */
  private static ReconcileSource present(TestNode node) {
    StoreSource source = new StoreSource(node.store());
    return new ReconcileSource() {
      @Override
      public long logSize(Origin origin) {
        return source.logSize(origin);
      }

      @Override
      public Bytes logSubtree(Origin origin, int level, long index) {
        return source.logSubtree(origin, level, index);
      }

      @Override
      public Bytes encodedRecord(Origin origin, long index) {
        return source.encodedRecord(origin, index);
      }

      @Override
      public StateTreeView stateTree(Cut cut) {
        return node.store().stateTree(node.store().cut());
      }

      @Override
      public ItemSet payloads() {
        return source.payloads();
      }
    };
  }

  private static ReconcileAnswers answers(ReconcileSource source) {
    return new ReconcileAnswers(source, ReconcileOptions.DEFAULT);
  }

  /** What each side holds of every key, to be compared with what an inquiry finds. */
  private static Map<ArtifactKey, Long> live(TestNode node) {
    Map<ArtifactKey, Long> live = new TreeMap<>();
    node.store().now().forEachLive(entry -> live.put(entry.key(), entry.logseq()));
    return live;
  }

  private static StateInquiry compare(TestNode left, TestNode right, int limit) {
    StateTreeView mine = left.store().stateTree(left.store().cut());
    StateInquiry inquiry =
        new StateInquiry(mine, left.store().cut(), right.store().stateRoot(), limit);
    inquiry.askAll(answers(present(right)));
    return inquiry;
  }

  @Test
  void everyKeyInWhichTwoStatesDifferIsFoundAndNoOther() {
    int[][] sizes = {{0, 0, 3}, {5, 2, 0}, {40, 1, 1}, {900, 0, 1}, {2_500, 7, 60}, {100, 90, 0}};
    for (int[] size : sizes) {
      TestNode left = node("left");
      TestNode right = node("right");
      for (TestNode node : List.of(left, right)) {
        if (size[0] > 0) {
          node.putTogether("shared ", size[0]);
        }
      }
      if (size[1] > 0) {
        left.putTogether("left ", size[1]);
      }
      if (size[2] > 0) {
        right.putTogether("right ", size[2]);
      }
      StateInquiry all = compare(left, right, 100_000);
      Map<ArtifactKey, Long> mine = live(left);
      Map<ArtifactKey, Long> theirs = live(right);
      List<ArtifactKey> found =
          all.differences().stream()
              .filter(one -> one.mine().isEmpty() || one.theirs().isEmpty())
              .map(StateDifference::key)
              .sorted()
              .toList();
      assertThat(found)
          .isEqualTo(
              java.util.stream.Stream.concat(
                      mine.keySet().stream().filter(key -> !theirs.containsKey(key)),
                      theirs.keySet().stream().filter(key -> !mine.containsKey(key)))
                  .sorted()
                  .toList());
      // Shared artifacts were put by each node itself: their entries name other origins.
      assertThat(all.differences()).hasSize(size[0] + size[1] + size[2]);
      if (!all.differences().isEmpty()) {
        assertThat(compare(left, right, 3).differences())
            .isEqualTo(all.differences().subList(0, Math.min(3, all.differences().size())));
      }
    }
  }

  @Test
  void statesOfOneHistoryAreEqualAndTheFirstDifferencesCostFewBytes() {
    TestNode left = node("one");
    TestNode right = node("one");
    for (TestNode node : List.of(left, right)) {
      for (int i = 0; i < 10; i++) {
        node.putTogether("shared " + i + " ", 1_000);
      }
    }
    assertThat(compare(left, right, 5).differences()).isEmpty();
    right.put("only here");
    StateTreeView mine = left.store().stateTree(left.store().cut());
    StateInquiry inquiry = new StateInquiry(mine, left.store().cut(), right.store().stateRoot(), 5);
    ReconcileAnswers answers = answers(present(right));
    int rounds = 0;
    int bytes = 0;
    for (ReconcileMessage question = inquiry.next(); question != null; question = inquiry.next()) {
      StateTell tell = (StateTell) answers.answer(question);
      bytes += tell.contents().stream().mapToInt(Bytes::length).sum();
      rounds++;
      inquiry.accept(tell);
    }
    assertThat(inquiry.differences())
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.mine()).isEmpty();
              assertThat(one.theirs().orElseThrow().origin()).isEqualTo(right.origin());
            });
    assertThat(rounds).isLessThanOrEqualTo(4);
    assertThat(bytes).isLessThan(8_192);
  }

  @Test
  void theTreeUnderAnEarlierCutIsTheOneOfThatTime() {
    TestNode node = node("one");
    node.putTogether("early ", 1_000);
    Cut early = node.store().cut();
    Bytes root = node.store().stateRoot();
    node.putTogether("late ", 100);
    StateTreeView before = node.store().stateTree(early);
    assertThat(before.root()).isEqualTo(root);
    assertThat(before.counts().total()).isEqualTo(1_000);
    StateInquiry inquiry = new StateInquiry(before, early, node.store().stateRoot(), 1_000);
    inquiry.askAll(answers(present(node)));
    assertThat(inquiry.differences()).hasSize(100);
    assertThat(new StoreSource(node.store()).stateTree(early).root()).isEqualTo(root);
  }

  @Test
  void theFirstRecordInWhichTwoLogsDifferIsFound() {
    for (int same : new int[] {0, 1, 2, 255, 256, 300, 1_000}) {
      TestNode left = node("one");
      TestNode right = node("one");
      for (int i = 0; i < same; i++) {
        left.put("shared " + i);
        right.put("shared " + i);
      }
      left.put("left");
      right.put("right");
      left.putTogether("then ", 20);
      ReconcileSource mine = new StoreSource(left.store());
      LogInquiry inquiry =
          new LogInquiry(
              mine, left.origin(), new StoreSource(right.store()).logSize(left.origin()));
      inquiry.askAll(answers(present(right)));
      LogDifference found = inquiry.difference().orElseThrow();
      assertThat(found.index()).isEqualTo(same);
      assertThat(found.mineDecoded().id()).isNotEqualTo(found.theirsDecoded().id());
    }
  }

  @Test
  void aLogThatIsOnlyShorterDoesNotDiffer() {
    TestNode left = node("one");
    TestNode right = node("one");
    left.putTogether("shared ", 700);
    right.putTogether("shared ", 700);
    right.putTogether("more ", 99);
    for (List<TestNode> pair : List.of(List.of(left, right), List.of(right, left))) {
      ReconcileSource mine = new StoreSource(pair.get(0).store());
      ReconcileSource theirs = new StoreSource(pair.get(1).store());
      LogInquiry inquiry = new LogInquiry(mine, left.origin(), theirs.logSize(left.origin()));
      inquiry.askAll(answers(theirs));
      assertThat(inquiry.difference()).isEmpty();
    }
  }

  @Test
  void aLieOnTheWayDownIsNamed() {
    TestNode left = node("one");
    TestNode right = node("one");
    for (TestNode node : List.of(left, right)) {
      node.putTogether("shared ", 500);
    }
    left.put("left");
    right.put("right");
    left.putTogether("then ", 100);
    right.putTogether("then ", 100);
    UnaryOperator<Bytes> flip =
        bytes -> {
          byte[] out = bytes.toArray();
          out[out.length - 1] ^= 1;
          return Bytes.wrap(out);
        };
    for (int lieAt = 0; lieAt < 2; lieAt++) {
      int at = lieAt;
      StateInquiry states =
          new StateInquiry(
              left.store().stateTree(left.store().cut()),
              left.store().cut(),
              right.store().stateRoot(),
              9);
      assertThatThrownBy(() -> lie(states, answers(present(right)), at, flip))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("does not have the hash");
    }
    for (int lieAt = 1; lieAt < 5; lieAt++) {
      int at = lieAt;
      LogInquiry logs = new LogInquiry(new StoreSource(left.store()), left.origin(), 601);
      assertThatThrownBy(() -> lie(logs, answers(present(right)), at, flip))
          .isInstanceOf(MalformedException.class);
    }
  }

  private static void lie(
      Inquiry inquiry, ReconcileAnswers answers, int at, UnaryOperator<Bytes> flip) {
    int count = 0;
    for (ReconcileMessage question = inquiry.next(); question != null; question = inquiry.next()) {
      ReconcileMessage answer = answers.answer(question);
      if (count++ == at) {
        if (answer instanceof StateTell tell) {
          answer = new StateTell(tell.contents().stream().map(flip).toList());
        } else if (answer instanceof LogTell tell) {
          answer = new LogTell(tell.hashes().stream().map(flip).toList());
        } else if (answer instanceof ReconcileMessage.RecordTell tell) {
          answer = new ReconcileMessage.RecordTell(flip.apply(tell.record()));
        }
      }
      inquiry.accept(answer);
    }
  }

  @Test
  void whoeverAsksForTooMuchOrForWhatIsNotHeldIsRefused() {
    TestNode node = node("one");
    node.putTogether("some ", 50);
    ReconcileAnswers answers = answers(new StoreSource(node.store()));
    LogHead head = node.store().heads().get(0);
    StateNodeName root = new StateNodeName(0, Bytes.EMPTY);
    assertThatThrownBy(
            () ->
                answers.answer(
                    new StateAsk(
                        List.of(new CursorEntry(head.origin(), 1, head.lastLogseq() + 1)),
                        List.of(root))))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(
            () ->
                answers.answer(
                    new ReconcileMessage.LogAsk(
                        head.origin(), List.of(new ReconcileMessage.Subtree(6, 0)))))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> answers.answer(new ReconcileMessage.RecordAsk(head.origin(), 50)))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> new StateNodeName(1, Bytes.fromHex("0f")))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(
            () -> {
              for (long logseq = head.lastLogseq(); logseq >= 0; logseq--) {
                for (int twice = 0; twice < 10; twice++) {
                  answers.answer(new StateAsk(cut(head, twice), List.of(root)));
                }
              }
            })
        .isInstanceOf(RefusedException.class);
  }

  private static List<CursorEntry> cut(LogHead head, int parity) {
    return parity % 2 == 0
        ? List.of()
        : List.of(new CursorEntry(head.origin(), 1, head.lastLogseq()));
  }
}
