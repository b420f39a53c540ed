package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.index.Attestation;
import dev.cairn.pel.index.Divergence;
import dev.cairn.pel.index.Divergences;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.index.ReusePolicy;
import dev.cairn.pel.model.Borrowing;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.Receipt.Step;
import dev.cairn.pel.model.RunStatus;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReuseTest {
  private static final RunOptions OPTIONS = RunOptions.defaults().withThreads(1);
  private static final RunOptions OWN = OPTIONS.withReuse(new ReusePolicy.Own());
  private static final String SHORT =
      "{'program': 1, 'inputs': ['i'], 'nodes': {"
          + "'cut': {'operator': 'bytes/slice@1', 'inputs': ['i'], 'parameters': {'to': 3}}},"
          + "'outputs': {'o': 'cut'}}";
  private static final String LONG =
      "{'program': 1, 'inputs': ['i'], 'nodes': {"
          + "'cut': {'operator': 'bytes/slice@1', 'inputs': ['i'], 'parameters': {'to': 3}},"
          + "'sum': {'operator': 'digest/sha256@1', 'inputs': ['cut']}},"
          + "'outputs': {'o': 'sum'}}";

  private final Store here = RunFixture.open("here");
  private final Store b = RunFixture.open("b");
  private final Store c = RunFixture.open("c");
  private final SortedMap<String, ArtifactKey> given = inputs("i", put(here, "hello"));

  ReuseTest() {
    put(b, "hello");
    put(c, "hello");
  }

  @AfterEach
  void close() {
    here.close();
    b.close();
    c.close();
  }

  private RunResult run(Store store, String program, RunOptions options) {
    return RunFixture.executor(store).run(program(program), given, options);
  }

  private static RunOptions quorum(int count, NodeId... among) {
    return OPTIONS.withReuse(
        new ReusePolicy.Quorum(count, among.length == 0 ? null : new TreeSet<>(Set.of(among))));
  }

  private static NodeId node(Store store) {
    return store.origin().node();
  }

  /** A receipt of the short program that tells something else, put into a store's log. */
  private ArtifactKey lie(Store store, String instead) {
    Receipt truth;
    try (Store apart = RunFixture.open("apart")) {
      put(apart, "hello");
      truth = run(apart, SHORT, OPTIONS).receipt();
    }
    ArtifactKey wrong = put(store, instead);
    Step step = truth.steps().get("cut");
    TreeMap<String, Step> steps = new TreeMap<>();
    steps.put(
        "cut", new Step(step.operator(), step.parametersDigest(), step.inputs(), List.of(wrong)));
    TreeMap<String, ArtifactKey> outputs = new TreeMap<>();
    outputs.put("o", wrong);
    Receipt lie =
        new Receipt(
            truth.program(), truth.inputs(), outputs, RunStatus.SUCCEEDED, steps, new TreeMap<>());
    put(store, TypeTag.PROGRAM, program(SHORT).encode());
    return put(store, TypeTag.RECEIPT, lie.encode());
  }

  @Test
  void whatOthersRanIsReusedByAnyAndNotByOwn() {
    run(b, LONG, OPTIONS);
    RunFixture.send(b, here);

    RunResult own = run(here, LONG, OWN);
    assertThat(own.executed()).isEqualTo(2);
    assertThat(run(here, LONG, OWN).executed()).isZero();

    RunFixture.send(b, c);
    assertThat(run(c, LONG, OPTIONS).executed()).isZero();
    assertThat(run(c, LONG, OPTIONS).key()).isEqualTo(own.key());
  }

  @Test
  void aQuorumCountsDistinctNodesAndOnlyThoseNamed() {
    RunResult first = run(b, LONG, OPTIONS);
    RunFixture.executor(b).run(program(LONG), given, OPTIONS.withForce(true));
    RunFixture.send(b, here);
    assertThat(new Receipts(here, here.now()).ranAll(first.key(), 9)).containsExactly(node(b));
    assertThat(run(here, LONG, quorum(2)).executed()).isEqualTo(2);

    run(c, LONG, OPTIONS);
    try (Store fourth = RunFixture.open("fourth")) {
      put(fourth, "hello");
      RunFixture.send(b, fourth);
      RunFixture.send(c, fourth);
      assertThat(run(fourth, LONG, quorum(2, node(b), node(here))).executed()).isEqualTo(2);
    }
    try (Store fifth = RunFixture.open("fifth")) {
      put(fifth, "hello");
      RunFixture.send(b, fifth);
      RunFixture.send(c, fifth);
      assertThat(run(fifth, LONG, quorum(3)).executed()).isEqualTo(2);
      assertThat(run(fifth, LONG, quorum(2, node(b), node(c))).executed()).isZero();
    }
  }

  @Test
  void reusingIsNotVouching() {
    run(b, SHORT, OPTIONS);
    RunFixture.send(b, here);

    RunResult result = run(here, LONG, OPTIONS);

    assertThat(result.executed()).isEqualTo(1);
    Receipts receipts = new Receipts(here, here.now());
    assertThat(receipts.recorders(result.key(), 9)).containsExactly(node(here));
    assertThat(receipts.ranAll(result.key(), 9)).isEmpty();
    Step cut = result.receipt().steps().get("cut");
    Step sum = result.receipt().steps().get("sum");
    assertThat(receipts.claims(cut.key(), null, 9))
        .singleElement()
        .satisfies(
            claim ->
                assertThat(claim.attestations())
                    .extracting(Attestation::node)
                    .containsExactly(node(b)));
    assertThat(receipts.claims(sum.key(), null, 9))
        .singleElement()
        .satisfies(
            claim ->
                assertThat(claim.attestations())
                    .extracting(Attestation::node)
                    .containsExactly(node(here)));
    Borrowing borrowing = new Borrowing(result.key(), new TreeSet<>(Set.of("cut")));
    assertThat(here.now().isLive(ArtifactKey.of(borrowing.encode(), Borrowing.TYPE))).isTrue();

    RunResult own = run(here, LONG, OWN);
    assertThat(own.executed()).isEqualTo(1);
    assertThat(own.key()).isEqualTo(result.key());
    assertThat(new Receipts(here, here.now()).ranAll(result.key(), 9)).containsExactly(node(here));
  }

  @Test
  void theReceiptIsTheSameUnderEveryPolicy() {
    run(b, SHORT, OPTIONS);
    RunFixture.send(b, here);
    ArtifactKey expected = run(c, LONG, OPTIONS).key();

    for (RunOptions options : List.of(OPTIONS, OWN, quorum(1), quorum(2), quorum(1, node(b)))) {
      assertThat(run(here, LONG, options).key()).isEqualTo(expected);
    }
  }

  @Test
  void amongReceiptsThatContradictEachOtherNoneIsTaken() {
    ArtifactKey lie = lie(b, "lie");
    RunResult truth = run(c, SHORT, OPTIONS);
    RunFixture.send(b, here);
    RunFixture.send(c, here);

    RunResult result = run(here, SHORT, OPTIONS);

    assertThat(result.key()).isEqualTo(truth.key());
    assertThat(result.executed()).isEqualTo(1);
    assertThat(result.disputed()).isTrue();
    assertThat(result.disputedNodes()).containsExactly("cut");
    assertThat(run(here, LONG, OPTIONS).disputedNodes()).containsExactly("cut");

    RunResult again = run(here, SHORT, OPTIONS);
    assertThat(again.executed()).as("what this node ran itself is believed").isZero();
    assertThat(again.disputed()).isTrue();
    assertThat(again.key()).isEqualTo(truth.key());

    List<Divergence> found = new Divergences(here, here.now()).find(9);
    assertThat(found).hasSize(2);
    assertThat(found.get(0)).isInstanceOf(Divergence.OfRun.class);
    assertThat(found.get(0).receipts())
        .containsExactlyInAnyOrder(List.of(lie), List.of(truth.key()));
    assertThat(found.get(1)).isInstanceOf(Divergence.OfStep.class);
    assertThat(found.get(1).subject()).isEqualTo(truth.receipt().steps().get("cut").key());

    List<Judgement> judgements =
        RunFixture.executor(here).judge(program(SHORT), run(here, SHORT, OPTIONS.withForce(true)));
    assertThat(judgements)
        .extracting(Judgement::receipt, Judgement::right, Judgement::place)
        .containsExactlyInAnyOrder(
            tuple(truth.key(), true, null), tuple(lie, false, "/steps/cut/outputs/0"));

    here.commit(new CommitDraft().tombstone(lie, new TombstoneNote(false, "a lie")));
    assertThat(new Divergences(here, here.now()).find(9)).isEmpty();
    assertThat(run(here, SHORT, OPTIONS).disputed()).isFalse();
  }

  @Test
  void aLieThatNobodyContradictsIsTakenByAnyAndFoundByARun() {
    ArtifactKey lie = lie(b, "lie");
    RunFixture.send(b, here);
    assertThat(run(here, SHORT, OPTIONS).key()).isEqualTo(lie);
    assertThat(run(here, SHORT, quorum(1, node(c), node(here))).key()).isNotEqualTo(lie);

    RunResult forced = run(here, SHORT, OPTIONS.withForce(true));
    assertThat(RunFixture.executor(here).judge(program(SHORT), forced))
        .filteredOn(judgement -> !judgement.right())
        .singleElement()
        .satisfies(judgement -> assertThat(judgement.receipt()).isEqualTo(lie));
    assertThatThrownBy(
            () -> RunFixture.executor(here).judge(program(SHORT), run(here, SHORT, OPTIONS)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void quorumsThatCannotBeMetAreRefused() {
    assertThatThrownBy(() -> new ReusePolicy.Quorum(0, null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ReusePolicy.Quorum(2, new TreeSet<>(Set.of(node(b)))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
