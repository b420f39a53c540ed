package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.index.ReusePolicy;
import dev.cairn.pel.run.Explanation.Kind;
import dev.cairn.pel.run.Explanation.Node;
import dev.cairn.pel.run.Explanation.Plan;
import dev.cairn.pel.run.Explanation.Reason;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExplainTest {
  private static final RunOptions OPTIONS = RunOptions.defaults().withThreads(1);
  private static final String PROGRAM =
      "{'program': 1, 'inputs': ['i'], 'nodes': {"
          + "'cut': {'operator': 'bytes/slice@1', 'inputs': ['i'], 'parameters': {'to': 3}},"
          + "'sum': {'operator': 'digest/sha256@1', 'inputs': ['cut']}},"
          + "'outputs': {'o': 'sum'}}";

  private final Store store = RunFixture.open("here");
  private final Executor executor = RunFixture.executor(store);
  private final ArtifactKey hello = put(store, "hello");

  @AfterEach
  void close() {
    store.close();
  }

  private Explanation explain(String program, ArtifactKey input, RunOptions options) {
    long before = store.head(store.origin()).orElseThrow().treeSize();
    Explanation explanation = executor.explain(program(program), inputs("i", input), options);
    assertThat(store.head(store.origin()).orElseThrow().treeSize()).isEqualTo(before);
    assertThat(explanation.nodes()).extracting(Node::name).containsExactly("cut", "sum");
    return explanation;
  }

  private RunResult run(String program, ArtifactKey input) {
    return executor.run(program(program), inputs("i", input), OPTIONS);
  }

  @Test
  void whatNeverRanSaysSo() {
    Explanation explanation = explain(PROGRAM, hello, OPTIONS);

    assertThat(explanation.whole()).isNull();
    assertThat(explanation.wholeReasons()).isEmpty();
    Node cut = explanation.nodes().get(0);
    assertThat(cut.plan()).isEqualTo(Plan.RUNS);
    assertThat(cut.nearest()).isNull();
    assertThat(cut.reasons()).extracting(Reason::kind).containsExactly(Kind.NEVER_RAN);
    assertThat(explanation.nodes().get(1).plan()).isEqualTo(Plan.RUNS);
    assertThat(explanation.nodes().get(1).reasons())
        .containsExactly(new Reason(Kind.INPUT_RUNS, "/inputs/0", "cut", null));
  }

  @Test
  void whatIsReusedNamesTheReceiptAndWhereItWasRecorded() {
    RunResult result = run(PROGRAM, hello);

    Explanation explanation = explain(PROGRAM, hello, OPTIONS);

    Explanation.Source whole = explanation.whole();
    assertThat(whole).isNotNull();
    assertThat(whole.receipt()).isEqualTo(result.key());
    assertThat(whole.node()).isEqualTo(store.origin().node());
    assertThat(whole.logseq()).isEqualTo(store.head(store.origin()).orElseThrow().lastLogseq());
    assertThat(store.record(store.origin(), whole.index()).orElseThrow().id())
        .isEqualTo(result.key());
    assertThat(explanation.nodes()).allMatch(node -> node.plan() == Plan.REUSED);
    assertThat(executor.run(program(PROGRAM), inputs("i", hello), OPTIONS).executed()).isZero();
  }

  @Test
  void anotherParameterIsNamedWithBothValues() {
    RunResult before = run(PROGRAM, hello);

    Explanation explanation = explain(PROGRAM.replace("'to': 3", "'to': 4"), hello, OPTIONS);

    Node cut = explanation.nodes().get(0);
    assertThat(cut.reasons())
        .containsExactly(new Reason(Kind.PARAMETER, "/parameters/to", "4", "3"));
    assertThat(cut.nearest()).isNotNull();
    assertThat(cut.nearest().receipt()).isEqualTo(before.key());
    assertThat(cut.nearest().node()).isEqualTo("cut");
    Node sum = explanation.nodes().get(1);
    assertThat(sum.plan()).isEqualTo(Plan.DEPENDS);
    assertThat(sum.reasons())
        .containsExactly(new Reason(Kind.INPUT_RUNS, "/inputs/0", "cut", null));
  }

  @Test
  void aParameterOfAProgramThatIsGoneIsNotNamed() {
    RunResult before = run(PROGRAM, hello);
    store.commit(
        new CommitDraft().tombstone(before.receipt().program(), new TombstoneNote(false, null)));

    Node cut = explain(PROGRAM.replace("'to': 3", "'to': 4"), hello, OPTIONS).nodes().get(0);

    assertThat(cut.reasons())
        .containsExactly(new Reason(Kind.PARAMETERS, "/parameters", null, null));
  }

  @Test
  void anotherInputIsNamedWithBothKeys() {
    run(PROGRAM, hello);
    ArtifactKey other = put(store, "other");

    Node cut = explain(PROGRAM, other, OPTIONS).nodes().get(0);

    assertThat(cut.reasons())
        .containsExactly(new Reason(Kind.INPUT, "/inputs/0", other.toString(), hello.toString()));
  }

  @Test
  void theNearestOfManyIsTheSameWhateverElseIsThere() {
    run(PROGRAM.replace("'to': 3", "'to': 2"), hello);
    RunResult near = run(PROGRAM, put(store, "other"));
    run(PROGRAM.replace("'to': 3", "'to': 1"), put(store, "third"));

    Node cut = explain(PROGRAM, hello, OPTIONS).nodes().get(0);

    assertThat(cut.nearest()).isNotNull();
    assertThat(cut.nearest().receipt())
        .as("one difference each, but the same program")
        .isEqualTo(near.key());
  }

  private void map(String parameters, int items) {
    ArtifactKey[] list = new ArtifactKey[items];
    for (int i = 0; i < items; i++) {
      list[i] = put(store, "item " + i);
    }
    String map =
        "{'program': 1, 'inputs': ['i'], 'nodes': {'n': {'operator': 'list/map@1',"
            + " 'inputs': ['i'], 'parameters': {'operator': 'bytes/slice@1', 'parameters': {"
            + parameters
            + "}}}}, 'outputs': {'o': 'n'}}";
    assertThat(run(map, RunFixture.putList(store, list)).items().executed()).isEqualTo(items);
  }

  @Test
  void theNearestIsThatOfTheStepItselfHoweverManyItemsHaveReceipts() {
    map("'to': 4", 2 * NearestSteps.RECEIPTS_MAX);
    RunResult before = run(PROGRAM, hello);

    String changed = PROGRAM.replace("'to': 3", "'to': 4");
    Node cut = explain(changed, put(store, "other"), OPTIONS).nodes().get(0);

    assertThat(cut.nearest()).isNotNull();
    assertThat(cut.nearest().receipt()).isEqualTo(before.key());
    assertThat(cut.reasons())
        .extracting(Reason::kind)
        .as("an item differs in less, but is no step of a program")
        .containsExactly(Kind.PARAMETER, Kind.INPUT);
  }

  @Test
  void anItemIsTheNearestIfNoProgramHasTheOperatorItself() {
    map("'to': 4", 2);
    Node cut = explain(PROGRAM, put(store, "item 0"), OPTIONS).nodes().get(0);
    assertThat(cut.reasons())
        .containsExactly(new Reason(Kind.PARAMETER, "/parameters/to", "3", "4"));
  }

  @Test
  void aChangedProgramReusesWhatDidNotChange() {
    RunResult before = run(PROGRAM, hello);

    Explanation explanation =
        explain(PROGRAM.replace("digest/sha256@1", "json/canonical@1"), hello, OPTIONS);

    Node cut = explanation.nodes().get(0);
    assertThat(cut.plan()).isEqualTo(Plan.REUSED);
    assertThat(cut.source()).isNotNull();
    assertThat(cut.source().receipt()).isEqualTo(before.key());
    assertThat(cut.outputs()).isEqualTo(before.receipt().steps().get("cut").outputs());
    assertThat(explanation.nodes().get(1).reasons())
        .extracting(Reason::kind)
        .containsExactly(Kind.NEVER_RAN);
  }

  @Test
  void thePolicyIsAReason() {
    try (Store other = RunFixture.open("other")) {
      put(other, "hello");
      RunFixture.executor(other).run(program(PROGRAM), inputs("i", hello), OPTIONS);
      RunFixture.send(other, store);
    }
    RunOptions own = OPTIONS.withReuse(new ReusePolicy.Own());

    Explanation explanation = explain(PROGRAM, hello, own);

    assertThat(explanation.wholeReasons())
        .containsExactly(new Reason(Kind.POLICY, "", "own", null));
    assertThat(explanation.nodes().get(0).reasons())
        .containsExactly(new Reason(Kind.POLICY, "", "own", null));
    assertThat(explain(PROGRAM, hello, OPTIONS).whole()).isNotNull();
  }

  @Test
  void anOutputThatIsGoneIsAReason() {
    RunResult result = run(PROGRAM, hello);
    ArtifactKey cutOutput = result.receipt().steps().get("cut").outputs().get(0);
    store.commit(
        new CommitDraft()
            .tombstone(cutOutput, new TombstoneNote(false, null))
            .tombstone(result.outputs().get("o"), new TombstoneNote(false, null)));

    assertThat(explain(PROGRAM, hello, OPTIONS).nodes().get(0).reasons())
        .containsExactly(new Reason(Kind.NOT_HELD, "", null, cutOutput.toString()));
  }

  @Test
  void forceIsTheOnlyReasonIfItIsAsked() {
    run(PROGRAM, hello);

    assertThat(explain(PROGRAM, hello, OPTIONS.withForce(true)).nodes())
        .allSatisfy(
            node ->
                assertThat(node.reasons())
                    .extracting(Reason::kind)
                    .isEqualTo(List.of(Kind.FORCED)));
  }

  @Test
  void whatARunWouldRefuseIsRefused() {
    SortedMap<String, ArtifactKey> absent =
        inputs("i", ArtifactKey.of(dev.cairn.asl.bytes.Bytes.utf8("never put"), null));

    assertThatThrownBy(() -> executor.explain(program(PROGRAM), absent, OPTIONS))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> executor.explain(program(PROGRAM), inputs(), OPTIONS))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
