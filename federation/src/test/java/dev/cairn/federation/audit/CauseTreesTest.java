package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.CauseTree.Made;
import dev.cairn.federation.audit.CauseTree.Step;
import dev.cairn.federation.audit.CauseTree.Why;
import dev.cairn.federation.bundle.Excerpt;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.OperatorSpec;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunEdge;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.text.ProgramText;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class CauseTreesTest {
  /** Puts its inputs between brackets; another node's may do something else. */
  private record Brackets(UnaryOperator<String> after) implements Operator {
    @Override
    public OperatorId id() {
      return new OperatorId("test/brackets", 1);
    }

    @Override
    public OperatorSpec spec() {
      return new OperatorSpec("A test's.", 0, OperatorSpec.ANY_NUMBER, List.of());
    }

    @Override
    public OperatorOutput run(OperatorContext context) throws IOException {
      List<String> read = new ArrayList<>();
      for (OperatorInput input : context.inputs()) {
        read.add(input.read().toUtf8());
      }
      return OperatorOutput.of(
          new TypeTag("text/plain"), Bytes.utf8(after.apply("(" + String.join(",", read) + ")")));
    }
  }

  private static final Program FOUR_STEPS =
      program(
          """
          {"program": 1, "inputs": ["raw", "other"],
           "nodes": {"one": {"operator": "test/brackets@1", "inputs": ["raw"]},
                     "two": {"operator": "test/brackets@1", "inputs": ["one"]},
                     "three": {"operator": "test/brackets@1", "inputs": ["other", "two"]},
                     "four": {"operator": "test/brackets@1", "inputs": ["three"]}},
           "outputs": {"report": "four"}}
          """);

  private static final Program ONE_STEP =
      program(
          """
          {"program": 1, "inputs": ["raw"],
           "nodes": {"step": {"operator": "test/brackets@1", "inputs": ["raw"]}},
           "outputs": {"out": "step"}}
          """);

  /** One step that takes so many inputs, {@code n0} and so on. */
  private static Program wide(int inputs) {
    String names =
        IntStream.range(0, inputs).mapToObj(i -> "\"n" + i + "\"").collect(Collectors.joining(","));
    return program(
        "{\"program\": 1, \"inputs\": ["
            + names
            + "], \"nodes\": {\"step\": {\"operator\": \"test/brackets@1\", \"inputs\": ["
            + names
            + "]}}, \"outputs\": {\"out\": \"step\"}}");
  }

  private static Program program(String json) {
    return ProgramText.readJson(Bytes.utf8(json));
  }

  private static Receipt run(
      TestNode node, UnaryOperator<String> after, Program program, Map<String, ArtifactKey> in) {
    return new Executor(node.store(), OperatorRegistry.of(List.of(new Brackets(after))))
        .run(program, new TreeMap<>(in), RunOptions.defaults())
        .receipt();
  }

  private static Receipt fourSteps(TestNode node, UnaryOperator<String> after, String raw) {
    return run(
        node, after, FOUR_STEPS, Map.of("raw", node.put(raw), "other", node.put("the same")));
  }

  private static List<AuditSource> sources(TestNode... nodes) {
    List<AuditSource> sources = new ArrayList<>();
    for (TestNode node : nodes) {
      sources.add(new OfStore("source " + sources.size(), node.store()));
    }
    return sources;
  }

  private static CauseTrees found(TestNode... nodes) {
    List<AuditSource> sources = sources(nodes);
    return CauseTrees.of(sources, new Auditor(null).audit(sources));
  }

  private static CauseTree asked(ArtifactKey key, TestNode... nodes) {
    List<AuditSource> sources = sources(nodes);
    CauseTrees trees = CauseTrees.of(sources, new Auditor(null).audit(sources), key);
    assertThat(trees.note()).isEmpty();
    assertThat(trees.trees()).hasSize(1);
    return trees.trees().get(0);
  }

  private static Step cause(CauseTree tree) {
    assertThat(tree.causes()).hasSize(1);
    return tree.causes().get(0);
  }

  private static List<String> chain(CauseTree tree) {
    return tree.chain(cause(tree)).stream().map(Step::place).toList();
  }

  private static void sync(TestNode left, TestNode right) {
    new StoreSync(left.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(right.store(), true, true)
        .orThrow();
  }

  private static ArtifactKey forge(TestNode node, Receipt receipt) {
    ArtifactKey key = receipt.key();
    node.store()
        .commit(
            new CommitDraft()
                .put(node.store().prepare(TypeTag.PROGRAM, programOf(receipt)))
                .put(node.store().prepare(TypeTag.RECEIPT, receipt.encode()))
                .put(node.store().prepare(TypeTag.EDGE, RunEdge.of(key, receipt).encode())));
    return key;
  }

  private static Bytes programOf(Receipt receipt) {
    assertThat(receipt.program()).isEqualTo(FOUR_STEPS.key());
    return FOUR_STEPS.encode();
  }

  @Test
  void aWrongStepIsFoundThreeStepsAboveTheOutputThatDiffers() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      Receipt right = fourSteps(ann, UnaryOperator.identity(), "raw");
      Receipt wrong = fourSteps(bob, text -> text.equals("((raw))") ? "wrong" : text, "raw");
      CauseTrees found = found(ann, bob);
      assertThat(found.trees()).hasSize(1);
      assertThat(found.leftOut()).isZero();
      CauseTree tree = found.trees().get(0);
      assertThat(tree.complete()).isTrue();
      assertThat(chain(tree))
          .containsExactly("run", "output report", "input 1 of step four", "input 2 of step three");
      Step cause = cause(tree);
      assertThat(cause.why()).isEqualTo(Why.STEP);
      assertThat(cause.leftKey()).isEqualTo(right.steps().get("two").outputs().get(0));
      assertThat(cause.rightKey()).isEqualTo(wrong.steps().get("two").outputs().get(0));
      assertThat(cause.leftMade()).isEqualTo(new Made(right.key(), "two", "test/brackets@1"));
      assertThat(cause.rightMade()).isEqualTo(new Made(wrong.key(), "two", "test/brackets@1"));
    }
  }

  @Test
  void bothAnswersInOneStoreAreExplainedAsWell() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      Receipt right = fourSteps(ann, UnaryOperator.identity(), "raw");
      fourSteps(bob, text -> text.equals("((raw))") ? "wrong" : text, "raw");
      sync(ann, bob);
      assertThat(new Auditor(null).audit(sources(ann, bob)).findings())
          .extracting(AuditFinding::kind)
          .containsExactly(AuditFinding.Kind.CONTRADICTION);
      assertThat(cause(found(ann, bob).trees().get(0)).why()).isEqualTo(Why.STEP);
      CauseTree alone = asked(right.outputs().get("report"), ann);
      assertThat(alone.left()).isEqualTo(alone.right());
      assertThat(cause(alone).why()).isEqualTo(Why.STEP);
      assertThat(chain(alone))
          .containsExactly("output report", "input 1 of step four", "input 2 of step three");
    }
  }

  @Test
  void aLeafThatDiffersIsFoundThroughTheRunsBetween() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey[] finals = new ArtifactKey[2];
      List<ArtifactKey> leaves = List.of(ann.put("leaf of ann"), bob.put("leaf of bob"));
      TestNode[] nodes = {ann, bob};
      for (int i = 0; i < 2; i++) {
        ArtifactKey made =
            run(nodes[i], UnaryOperator.identity(), ONE_STEP, Map.of("raw", leaves.get(i)))
                .outputs()
                .get("out");
        finals[i] =
            run(
                    nodes[i],
                    UnaryOperator.identity(),
                    FOUR_STEPS,
                    Map.of("raw", made, "other", nodes[i].put("the same")))
                .outputs()
                .get("report");
      }
      // Two runs on different inputs contradict nobody.
      assertThat(found(ann, bob).trees()).isEmpty();
      CauseTree tree = asked(finals[0], ann, bob);
      assertThat(chain(tree))
          .containsExactly(
              "output report",
              "input 1 of step four",
              "input 2 of step three",
              "input 1 of step two",
              "input raw",
              "input raw");
      Step cause = cause(tree);
      assertThat(cause.why()).isEqualTo(Why.INPUT);
      assertThat(List.of(cause.leftKey(), cause.rightKey())).isEqualTo(leaves);
      assertThat(cause.detail()).contains("source 0 has it by record 0 of").contains("source 1");
      // Asked by the other side's artifact, or by the program, the leaf is the same.
      assertThat(cause(asked(finals[1], ann, bob)).rightKey()).isEqualTo(leaves.get(1));
      assertThat(cause(asked(FOUR_STEPS.key(), ann, bob)).leftKey()).isEqualTo(leaves.get(0));
    }
  }

  @Test
  void whatOneSideLacksIsNamedUpToTheFirstThingAndWhyItLacksIt() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cyd = new TestNode("cyd")) {
      ArtifactKey leaf = ann.put("raw");
      cyd.put("raw");
      cyd.remove(leaf, false);
      bob.put("something else");
      ArtifactKey made =
          run(ann, UnaryOperator.identity(), ONE_STEP, Map.of("raw", leaf)).outputs().get("out");
      ArtifactKey last =
          run(ann, UnaryOperator.identity(), ONE_STEP, Map.of("raw", made)).outputs().get("out");
      CauseTree tree = asked(last, ann, bob);
      List<Step> causes = tree.causes();
      assertThat(causes).extracting(Step::why).containsOnly(Why.NOT_HELD);
      assertThat(causes).extracting(Step::leftKey).containsExactly(ONE_STEP.key(), leaf);
      assertThat(causes.get(1).detail())
          .isEqualTo("source 1 lacks record 0 of " + ann.origin() + ": it holds 0 of that log");
      assertThat(tree.chain(causes.get(1)))
          .extracting(Step::place)
          .containsExactly("artifact", "input raw", "input raw");
      assertThat(asked(last, ann, cyd).causes().get(1).detail())
          .startsWith("source 1 removed it by record 1 of " + cyd.origin());
      bob.put("raw");
      bob.put(TypeTag.PROGRAM, ONE_STEP.encode());
      Step notMade = cause(asked(last, ann, bob));
      assertThat(notMade.why()).isEqualTo(Why.NOT_MADE);
      assertThat(notMade.leftKey()).isEqualTo(made);
    }
  }

  @Test
  void aReceiptThatTellsOfWhatNoStepGaveIsNamedAsForged() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      Receipt right = fourSteps(ann, UnaryOperator.identity(), "raw");
      bob.put("raw");
      bob.put("the same");
      ArtifactKey other = bob.put("made up");
      forge(
          bob,
          new Receipt(
              right.program(),
              right.inputs(),
              new TreeMap<>(Map.of("report", other)),
              right.status(),
              right.steps(),
              right.failures()));
      CauseTree tree = found(ann, bob).trees().get(0);
      Step cause = cause(tree);
      assertThat(cause.why()).isEqualTo(Why.RECEIPT);
      assertThat(cause.rightKey()).isEqualTo(other);
      assertThat(cause.detail()).isEqualTo("the receipt of source 1 does so");
    }
  }

  @Test
  void aStepThatOneNodeRefusedIsTheCause() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      fourSteps(ann, UnaryOperator.identity(), "raw");
      Receipt failed =
          fourSteps(
              bob,
              text -> {
                if (text.startsWith("((raw")) {
                  throw new OperatorFailure("too-long", "longer than it likes");
                }
                return text;
              },
              "raw");
      assertThat(failed.failures()).containsOnlyKeys("two");
      Step cause = cause(found(ann, bob).trees().get(0));
      assertThat(cause.why()).isEqualTo(Why.REFUSED);
      assertThat(cause.detail())
          .isEqualTo("source 1: step two failed, too-long: longer than it likes");
      assertThat(cause.place()).isEqualTo("input 2 of step three");
    }
  }

  @Test
  void anotherOperatorIsNamedAndSoIsTheProgram() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey in = ann.put("raw");
      bob.put("raw");
      Program other =
          program(
              """
              {"program": 1, "inputs": ["raw"],
               "nodes": {"step": {"operator": "test/brackets@1", "inputs": ["raw", "raw"]}},
               "outputs": {"out": "step"}}
              """);
      ArtifactKey one =
          run(ann, UnaryOperator.identity(), ONE_STEP, Map.of("raw", in)).outputs().get("out");
      ArtifactKey two =
          run(bob, UnaryOperator.identity(), other, Map.of("raw", in)).outputs().get("out");
      CauseTree tree = new CauseFinder("l", ann.store(), "r", bob.store()).of("report", one, two);
      assertThat(tree.steps())
          .extracting(Step::place)
          .containsExactly("report", "program", "input 2 of step step");
      assertThat(tree.causes()).extracting(Step::leftKey).contains(ONE_STEP.key());
    }
  }

  @Test
  void whereThereIsNoReceiptEdgesAreFollowed() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey source = ann.put("source");
      bob.put("source");
      ArtifactKey mine = ann.put("made here");
      ArtifactKey other = bob.put("made there");
      ann.link("test:made", source, mine);
      bob.link("test:made", source, other);
      ArtifactKey last = ann.put("last of ann");
      ann.link("test:used", mine, last);
      ArtifactKey lastOther = bob.put("last of bob");
      bob.link("test:used", other, lastOther);
      CauseTree tree =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("report", last, lastOther);
      Step cause = cause(tree);
      assertThat(cause.why()).isEqualTo(Why.EDGE);
      assertThat(List.of(cause.leftKey(), cause.rightKey())).isEqualTo(List.of(mine, other));
      assertThat(cause(asked(mine, ann, bob)).rightKey()).isEqualTo(other);
    }
  }

  @Test
  void theRecordInWhichTwoLogsOfOneNodePartIsExplained() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      fourSteps(one, UnaryOperator.identity(), "raw");
      fourSteps(two, text -> text.equals("((raw))") ? "wrong" : text, "raw");
      CauseTrees found = found(one, two);
      assertThat(found.trees()).isNotEmpty();
      assertThat(found.trees()).allSatisfy(tree -> assertThat(tree.causes()).isNotEmpty());
      assertThat(cause(found.trees().get(found.trees().size() - 1)).why()).isEqualTo(Why.STEP);
    }
  }

  @Test
  void aRecordOfWhichNothingSaysHowItCameToBeIsNotExplainedUnasked() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      one.put("one story");
      two.put("another story");
      assertThat(found(one, two)).isEqualTo(CauseTrees.NONE);
    }
  }

  @Test
  void whatBoundsCutOffIsSaid() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey ofAnn = ann.put("leaf of ann");
      ArtifactKey ofBob = bob.put("leaf of bob");
      for (int i = 0; i < CauseDrafts.DEPTH_MAX + 10; i++) {
        ofAnn =
            run(ann, UnaryOperator.identity(), ONE_STEP, Map.of("raw", ofAnn)).outputs().get("out");
        ofBob =
            run(bob, UnaryOperator.identity(), ONE_STEP, Map.of("raw", ofBob)).outputs().get("out");
      }
      CauseTree deep =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("report", ofAnn, ofBob);
      assertThat(deep.complete()).isFalse();
      assertThat(cause(deep).why()).isEqualTo(Why.BOUND);
      assertThat(deep.steps()).hasSize(CauseDrafts.DEPTH_MAX + 1);

      Program wide = wide(300);
      TreeMap<String, ArtifactKey> annsInputs = new TreeMap<>();
      TreeMap<String, ArtifactKey> bobsInputs = new TreeMap<>();
      for (int i = 0; i < 300; i++) {
        annsInputs.put("n" + i, ann.put("ann " + i));
        bobsInputs.put("n" + i, bob.put("bob " + i));
      }
      CauseTree tree =
          new CauseFinder("l", ann.store(), "r", bob.store())
              .of(
                  "report",
                  run(ann, UnaryOperator.identity(), wide, annsInputs).outputs().get("out"),
                  run(bob, UnaryOperator.identity(), wide, bobsInputs).outputs().get("out"));
      assertThat(tree.complete()).isFalse();
      assertThat(tree.steps()).hasSize(CauseDrafts.STEPS_MAX);
    }
  }

  @Test
  void anExplanationIsTheSameInAFileOfItsReceiptsAndEdgesAndOfNoFewer() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey[] finals = new ArtifactKey[2];
      TestNode[] nodes = {ann, bob};
      for (int i = 0; i < 2; i++) {
        nodes[i].putTogether("among others ", 500);
        ArtifactKey leaf = nodes[i].put("leaf " + i);
        ArtifactKey made =
            run(nodes[i], UnaryOperator.identity(), ONE_STEP, Map.of("raw", leaf))
                .outputs()
                .get("out");
        finals[i] =
            run(nodes[i], UnaryOperator.identity(), ONE_STEP, Map.of("raw", made))
                .outputs()
                .get("out");
      }
      List<AuditSource> sources = sources(ann, bob);
      AuditReport report = new Auditor(null).audit(sources);
      CauseTree tree = CauseTrees.of(sources, report, finals[0]).trees().get(0);
      Excerpt excerpt = new ExcerptMaker(sources, report, null).of(tree);
      // Of each source two receipts, with the edges that lead from outputs to them.
      assertThat(excerpt.records()).isEqualTo(8);
      assertThat(seen(excerpt)).isEqualTo(keys(new CauseTrees(List.of(tree), 0, "")));
      for (int i = 0; i < excerpt.records(); i++) {
        assertThat(seen(excerpt.without(i))).isNotEqualTo(seen(excerpt));
      }
    }
  }

  @Test
  void whatIsToldOutOfAFileNamesTheRecordsOfItsSources() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.putTogether("among others ", 50);
      fourSteps(ann, UnaryOperator.identity(), "raw");
      fourSteps(bob, text -> text.equals("((raw))") ? "wrong" : text, "raw");
      List<AuditSource> sources = sources(ann, bob);
      AuditReport report = new Auditor(null).audit(sources);
      CauseTree tree = CauseTrees.of(sources, report).trees().get(0);
      CauseTree alone =
          new ExcerptAudit(new ExcerptMaker(sources, report, null).of(tree), null)
              .explanations()
              .trees()
              .get(0);
      assertThat(cause(alone)).isEqualTo(cause(tree));
      assertThat(cause(alone).detail())
          .contains(
              "source 0 has it by record 52 of " + ann.origin(),
              "source 1 has it by record 8 of " + bob.origin());
      // Both answers of one source: it is told once.
      sync(ann, bob);
      List<AuditSource> one = sources(bob);
      AuditReport ofOne = new Auditor(null).audit(one);
      CauseTree both =
          CauseTrees.of(one, ofOne, Objects.requireNonNull(tree.steps().get(0).leftKey()))
              .trees()
              .get(0);
      Excerpt excerpt = new ExcerptMaker(one, ofOne, null).of(both);
      assertThat(excerpt.sides()).hasSize(1);
      assertThat(cause(new ExcerptAudit(excerpt, null).explanations().trees().get(0)))
          .isEqualTo(cause(both));
    }
  }

  @Test
  void whatIsSaidToHaveBeenMadeFromEachOtherEndsInACircle() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey[] roots = new ArtifactKey[2];
      TestNode[] nodes = {ann, bob};
      for (int i = 0; i < 2; i++) {
        ArtifactKey one = nodes[i].put("one of " + i);
        ArtifactKey other = nodes[i].put("other of " + i);
        roots[i] = nodes[i].put("both of " + i);
        edge(nodes[i], List.of(new Endpoint(one, "one"), new Endpoint(other, "other")), roots[i]);
        edge(nodes[i], List.of(new Endpoint(one, "one")), other);
        edge(nodes[i], List.of(new Endpoint(other, "other")), one);
      }
      CauseTree tree =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("report", roots[0], roots[1]);
      assertThat(tree.causes()).isNotEmpty().extracting(Step::why).containsOnly(Why.CIRCLE);
      assertThat(tree.causes()).allMatch(step -> step.detail().matches("step [12]"));
      assertThat(tree.complete()).isTrue();
      // One that leads out of it is the cause, and nothing of it is a circle.
      edge(ann, List.of(new Endpoint(ann.put("given to ann"), "given")), ann.put("other of 0"));
      CauseTree led =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("report", roots[0], roots[1]);
      assertThat(led.causes()).isNotEmpty();
    }
  }

  private static void edge(TestNode node, List<Endpoint> from, ArtifactKey to) {
    node.put(
        TypeTag.EDGE,
        new Edge(new EdgeType("prov:wasDerivedFrom"), from, List.of(Endpoint.of(to)), null)
            .encode());
  }

  @Test
  void receiptsAreReadUpToABoundInAllAndWhatIsBehindItIsNotToldAsAnInput() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      // A chain of runs, each with a receipt of two megabytes.
      TestNode[] nodes = {ann, bob};
      ArtifactKey[] last = new ArtifactKey[2];
      int runs = (int) (CauseSide.RECEIPT_BYTES_IN_ALL_MAX >> 21) + 4;
      for (int i = 0; i < 2; i++) {
        last[i] = nodes[i].put("leaf " + i);
        for (int j = 0; j < runs; j++) {
          last[i] = bulky(nodes[i], last[i], "made " + i + " " + j);
        }
      }
      CauseTree tree =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("report", last[0], last[1]);
      assertThat(tree.complete()).isFalse();
      assertThat(tree.causes()).extracting(Step::why).containsExactly(Why.BOUND);
      assertThat(cause(tree).detail()).contains("64 MiB");
    }
  }

  @Test
  void whatOnlyOneSideHasIsNotSaidToBeUnmadeBehindTheBound() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey last = ann.put("leaf");
      for (int i = 0; i < (int) (CauseSide.RECEIPT_BYTES_IN_ALL_MAX >> 21) + 4; i++) {
        last = bulky(ann, last, "made " + i);
      }
      CauseTree tree = new CauseFinder("l", ann.store(), "r", bob.store()).of(last);
      assertThat(tree.complete()).isFalse();
      assertThat(tree.causes())
          .filteredOn(step -> step.place().startsWith("input"))
          .extracting(Step::why)
          .containsExactly(Why.BOUND);
    }
  }

  /** The items of a list have runs of their own, but for those that were not read any more. */
  @Test
  void aStepIsNoCauseWhereTheRunsOfItsItemsAreBehindTheBound() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      TestNode[] nodes = {ann, bob};
      ArtifactKey[] runs = new ArtifactKey[2];
      for (int i = 0; i < 2; i++) {
        TestNode node = nodes[i];
        ArtifactKey in = node.put("in");
        List<ArtifactKey> items = new ArrayList<>();
        for (int j = 0; j < RunWalk.ITEMS_MAX; j++) {
          items.add(bulky(node, in, "item " + j + " of " + i));
        }
        TreeMap<String, Receipt.Step> steps = new TreeMap<>();
        TreeMap<String, ArtifactKey> outputs = new TreeMap<>();
        for (int j = 0; j < 6; j++) {
          Collections.rotate(items, 1);
          ArtifactKey list =
              node.put(
                  ArtifactList.TYPE,
                  new ArtifactList(
                          items.stream().map(item -> new ArtifactList.Item(item, null)).toList())
                      .encode());
          outputs.put("list" + j, list);
          steps.put(
              "step" + j,
              new Receipt.Step(
                  new OperatorId("test/brackets", 1),
                  HashAlgorithm.SHA_256.hash(Bytes.EMPTY),
                  List.of(in),
                  List.of(list)));
        }
        Receipt receipt =
            new Receipt(
                ArtifactKey.of(Bytes.utf8("a program"), TypeTag.PROGRAM),
                new TreeMap<>(Map.of("in", in)),
                outputs,
                RunStatus.SUCCEEDED,
                steps,
                new TreeMap<>());
        runs[i] = node.put(TypeTag.RECEIPT, receipt.encode());
      }
      CauseTree tree =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("run", runs[0], runs[1]);
      assertThat(tree.complete()).isFalse();
      assertThat(tree.causes()).isNotEmpty().extracting(Step::why).containsOnly(Why.BOUND);
    }
  }

  /** A run that has, beside the step in question, so much that its receipt takes two megabytes. */
  private static ArtifactKey bulky(TestNode node, ArtifactKey input, String text) {
    ArtifactKey out = node.put(text);
    TreeMap<String, Receipt.Step> steps = new TreeMap<>();
    OperatorId operator = new OperatorId("test/brackets", 1);
    Bytes none = HashAlgorithm.SHA_256.hash(Bytes.EMPTY);
    steps.put("step", new Receipt.Step(operator, none, List.of(input), List.of(out)));
    ArtifactKey beside = node.put("beside");
    for (int i = 0; i < 4; i++) {
      List<ArtifactKey> many = Collections.nCopies(15_000, beside);
      steps.put("beside" + i, new Receipt.Step(operator, none, many, List.of(beside)));
    }
    Receipt receipt =
        new Receipt(
            ArtifactKey.of(Bytes.utf8("a program"), TypeTag.PROGRAM),
            new TreeMap<>(Map.of("in", input)),
            new TreeMap<>(Map.of("out", out)),
            RunStatus.SUCCEEDED,
            steps,
            new TreeMap<>());
    ArtifactKey key = node.put(TypeTag.RECEIPT, receipt.encode());
    node.put(TypeTag.EDGE, RunEdge.of(key, receipt).encode());
    return out;
  }

  private static List<List<Object>> seen(Excerpt excerpt) {
    return keys(new ExcerptAudit(excerpt, null).explanations());
  }

  @Test
  void contradictedRunsAreCountedBeyondThoseExplained() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      for (int i = 0; i < CauseTrees.RUNS_MAX + 3; i++) {
        run(ann, UnaryOperator.identity(), ONE_STEP, Map.of("raw", ann.put("raw " + i)));
        run(bob, text -> text + "!", ONE_STEP, Map.of("raw", bob.put("raw " + i)));
        ArtifactKey both = ann.put("agreed " + i);
        bob.put("agreed " + i);
        run(ann, UnaryOperator.identity(), ONE_STEP, Map.of("raw", both));
        run(bob, UnaryOperator.identity(), ONE_STEP, Map.of("raw", both));
      }
      CauseTrees found = found(ann, bob);
      assertThat(found.trees()).hasSize(CauseTrees.RUNS_MAX);
      assertThat(found.leftOut()).isEqualTo(3);
      assertThat(found.trees())
          .allSatisfy(tree -> assertThat(cause(tree).why()).isEqualTo(Why.STEP));
    }
  }

  @Test
  void theSameSourcesGiveTheSameTreeInWhateverOrderTheyWereFilled() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode annAgain = new TestNode("annAgain");
        TestNode bobAgain = new TestNode("bobAgain")) {
      UnaryOperator<String> liar = text -> text.equals("((raw))") ? "wrong" : text;
      fourSteps(ann, UnaryOperator.identity(), "raw");
      fourSteps(ann, UnaryOperator.identity(), "more");
      fourSteps(annAgain, UnaryOperator.identity(), "more");
      fourSteps(annAgain, UnaryOperator.identity(), "raw");
      fourSteps(bob, liar, "raw");
      fourSteps(bobAgain, liar, "raw");
      CauseTrees found = found(ann, bob);
      assertThat(found).isEqualTo(found(ann, bob));
      assertThat(keys(found(annAgain, bobAgain))).isEqualTo(keys(found));
      assertThat(keys(found)).isNotEmpty();
    }
  }

  /** A tree without the places of records, which depend on the order of filling. */
  private static List<List<Object>> keys(CauseTrees trees) {
    return trees.trees().stream()
        .flatMap(tree -> tree.steps().stream())
        .map(
            step ->
                List.<Object>of(
                    step.explains(),
                    step.place(),
                    String.valueOf(step.leftKey()),
                    String.valueOf(step.rightKey()),
                    String.valueOf(step.leftMade()),
                    step.why()))
        .toList();
  }

  @Test
  void whatNeedsNoExplanationIsSaid() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey key = ann.put("the same");
      bob.put("the same");
      List<AuditSource> sources = sources(ann, bob);
      AuditReport report = new Auditor(null).audit(sources);
      assertThat(CauseTrees.of(sources, report, key).note()).contains("needs no explanation");
      assertThat(CauseTrees.of(sources, report, ONE_STEP.key()).note())
          .isEqualTo("no source shows " + ONE_STEP.key());
    }
  }

  /** Takes the outer brackets off again. */
  private static String bare(String text) {
    return text.substring(1, text.length() - 1);
  }

  @Test
  void aStepThatGivesBackItsInputIsNoEndOfTheWay() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey[] leaves = {ann.put("leaf of ann"), bob.put("leaf of bob")};
      ArtifactKey[] reports = new ArtifactKey[2];
      TestNode[] nodes = {ann, bob};
      for (int i = 0; i < 2; i++) {
        Map<String, ArtifactKey> in = Map.of("raw", leaves[i]);
        assertThat(run(nodes[i], CauseTreesTest::bare, ONE_STEP, in).outputs())
            .containsValue(leaves[i]);
        reports[i] =
            run(
                    nodes[i],
                    CauseTreesTest::bare,
                    FOUR_STEPS,
                    Map.of("raw", leaves[i], "other", nodes[i].put("the same")))
                .outputs()
                .get("report");
      }
      CauseTree one =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("report", leaves[0], leaves[1]);
      assertThat(chain(one)).containsExactly("report", "input raw");
      CauseTree four =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("report", reports[0], reports[1]);
      assertThat(chain(four))
          .containsExactly("report", "input 1 of step four", "input raw", "input raw");
      for (CauseTree tree : List.of(one, four)) {
        assertThat(tree.complete()).isTrue();
        assertThat(cause(tree).why()).isEqualTo(Why.INPUT);
        assertThat(cause(tree).leftKey()).isEqualTo(leaves[0]);
        assertThat(cause(tree).rightKey()).isEqualTo(leaves[1]);
      }
      for (int i = 0; i < 2; i++) {
        ArtifactKey there =
            run(nodes[i], text -> text, ONE_STEP, Map.of("raw", leaves[i])).outputs().get("out");
        run(nodes[i], text -> bare(bare(text)), ONE_STEP, Map.of("raw", there));
      }
      CauseTree round =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("report", leaves[0], leaves[1]);
      assertThat(cause(round).why()).isEqualTo(Why.INPUT);
      assertThat(cause(round).leftKey()).isEqualTo(leaves[0]);
      try (TestNode none = new TestNode("none")) {
        List<Step> causes =
            new CauseFinder("l", ann.store(), "r", none.store()).of(leaves[0]).causes();
        assertThat(causes).extracting(Step::why).containsOnly(Why.NOT_HELD);
        assertThat(causes).extracting(Step::leftKey).contains(leaves[0]);
      }
    }
  }

  @Test
  void anOutputThatIsAnInputIsNotToldAsForged() {
    Program passing =
        program(
            """
            {"program": 1, "inputs": ["raw"],
             "nodes": {"step": {"operator": "test/brackets@1", "inputs": ["raw"]}},
             "outputs": {"copy": "raw", "out": "step"}}
            """);
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey ofAnn = ann.put("leaf of ann");
      ArtifactKey ofBob = bob.put("leaf of bob");
      Receipt left = run(ann, UnaryOperator.identity(), passing, Map.of("raw", ofAnn));
      Receipt right = run(bob, UnaryOperator.identity(), passing, Map.of("raw", ofBob));
      CauseTree copies =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("copy", ofAnn, ofBob);
      assertThat(chain(copies)).containsExactly("copy");
      CauseTree receipts =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("run", left.key(), right.key());
      assertThat(chain(receipts)).containsExactly("run", "output copy", "input raw");
      for (CauseTree tree : List.of(copies, receipts)) {
        assertThat(cause(tree).why()).isEqualTo(Why.INPUT);
        assertThat(List.of(cause(tree).leftKey(), cause(tree).rightKey()))
            .isEqualTo(List.of(ofAnn, ofBob));
      }
      Receipt made = run(ann, UnaryOperator.identity(), ONE_STEP, Map.of("raw", ofAnn));
      Program bare =
          program(
              "{\"program\": 1, \"inputs\": [\"raw\"], \"nodes\": {}, \"outputs\": {\"out\":"
                  + " \"raw\"}}");
      Receipt passed = run(bob, UnaryOperator.identity(), bare, Map.of("raw", ofBob));
      CauseTree mixed =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("run", made.key(), passed.key());
      assertThat(mixed.causes())
          .extracting(Step::why)
          .contains(Why.ONE_MADE)
          .doesNotContain(Why.RECEIPT);
    }
  }

  private static ArtifactKey edge(
      TestNode node, String prefix, int causes, List<ArtifactKey> effects) {
    List<Endpoint> from = new ArrayList<>();
    for (int i = 0; i < causes; i++) {
      from.add(
          new Endpoint(
              new ArtifactKey(
                  HashAlgorithm.SHA_256, HashAlgorithm.SHA_256.hash(Bytes.utf8(prefix + i))),
              "part " + i % 7));
    }
    List<Endpoint> to = effects.stream().map(Endpoint::of).toList();
    return node.put(TypeTag.EDGE, new Edge(new EdgeType("test:made"), from, to, null).encode());
  }

  @Test
  @Timeout(20)
  void edgesOfTensOfThousandsOfCausesAreComparedInATimeThatFollowsTheirNumber() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey mine = ann.put("made here");
      ArtifactKey other = bob.put("made there");
      edge(ann, "a", 60_000, List.of(mine));
      edge(bob, "b", 60_000, List.of(other));
      CauseTree tree =
          new CauseFinder("l", ann.store(), "r", bob.store()).of("report", mine, other);
      assertThat(tree.complete()).isFalse();
      assertThat(tree.steps()).hasSize(CauseDrafts.STEPS_MAX);
      assertThat(tree.steps().get(1).place()).startsWith("cause part ");
      assertThat(tree.steps().get(1).rightKey()).isNotNull();
    }
  }

  @Test
  void theRowsReadForATreeAreBoundedAndThatIsSaid() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey mine = ann.put("made here");
      List<Endpoint> causes = bob.putTogether("cause ", 20_000).stream().map(Endpoint::of).toList();
      Edge edge = new Edge(new EdgeType("test:made"), causes, List.of(Endpoint.of(mine)), null);
      ann.put(TypeTag.EDGE, edge.encode());
      CauseTree tree = new CauseFinder("l", ann.store(), "r", bob.store()).of(mine);
      assertThat(tree.complete()).isFalse();
    }
  }

  private static ArtifactKey list(TestNode node, ArtifactKey... items) {
    return node.put(
        ArtifactList.TYPE,
        new ArtifactList(Stream.of(items).map(item -> new ArtifactList.Item(item, null)).toList())
            .encode());
  }

  /** A receipt like another one, but with a list in place of its report. */
  private static ArtifactKey givingList(TestNode node, Receipt like, ArtifactKey... items) {
    ArtifactKey list = list(node, items);
    TreeMap<String, Receipt.Step> steps = new TreeMap<>(like.steps());
    Receipt.Step four = steps.get("four");
    steps.put(
        "four",
        new Receipt.Step(four.operator(), four.parametersDigest(), four.inputs(), List.of(list)));
    return forge(
        node,
        new Receipt(
            like.program(),
            like.inputs(),
            new TreeMap<>(Map.of("report", list)),
            like.status(),
            steps,
            like.failures()));
  }

  @Test
  void itemsWithRunsOfTheirOwnDoNotHideThatTheStepGaveOtherItems() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      Receipt like = fourSteps(ann, UnaryOperator.identity(), "raw");
      ArtifactKey item =
          run(ann, UnaryOperator.identity(), ONE_STEP, Map.of("raw", ann.put("a")))
              .outputs()
              .get("out");
      ArtifactKey other =
          run(bob, UnaryOperator.identity(), ONE_STEP, Map.of("raw", bob.put("b")))
              .outputs()
              .get("out");
      ArtifactKey ofAnn = givingList(ann, like, item);
      ArtifactKey same = givingList(bob, like, other);
      ArtifactKey longer = givingList(bob, like, other, bob.put("one more"));
      ArtifactKey ofAnnTwo = givingList(ann, like, item, ann.put("put as it is"));
      assertThat(stepsNamed(ann, bob, ofAnn, same)).isEmpty();
      assertThat(stepsNamed(ann, bob, ofAnn, longer)).containsExactly("output report");
      assertThat(stepsNamed(ann, bob, ofAnnTwo, longer)).containsExactly("output report");
    }
  }

  private static List<String> stepsNamed(
      TestNode ann, TestNode bob, ArtifactKey left, ArtifactKey right) {
    CauseTree tree = new CauseFinder("l", ann.store(), "r", bob.store()).of("run", left, right);
    assertThat(tree.causes()).extracting(Step::why).contains(Why.INPUT);
    return tree.causes().stream().filter(step -> step.why() == Why.STEP).map(Step::place).toList();
  }

  @Test
  void aBoundElsewhereDoesNotHideWhatWasNotMade() {
    int inputs = CauseDrafts.STEPS_MAX + 20;
    Program wide = wide(inputs);
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      bob.put(TypeTag.PROGRAM, ONE_STEP.encode());
      bob.put(TypeTag.PROGRAM, wide.encode());
      TreeMap<String, ArtifactKey> in = new TreeMap<>();
      for (int i = 0; i < inputs; i++) {
        // What one of them was made from is not there either, and there is no room to say so.
        ArtifactKey raw = ann.put("raw " + i);
        if (i > 0) {
          bob.put("raw " + i);
        }
        in.put(
            "n" + i,
            run(ann, UnaryOperator.identity(), ONE_STEP, Map.of("raw", raw)).outputs().get("out"));
      }
      ArtifactKey out = run(ann, UnaryOperator.identity(), wide, in).outputs().get("out");
      CauseTree tree = asked(out, ann, bob);
      assertThat(tree.complete()).isFalse();
      assertThat(tree.steps()).hasSize(CauseDrafts.STEPS_MAX);
      assertThat(tree.causes()).hasSize(CauseDrafts.STEPS_MAX - 1);
      assertThat(tree.causes()).extracting(Step::why).containsOnly(Why.NOT_MADE, Why.BOUND);
      assertThat(tree.causes()).filteredOn(step -> step.why() == Why.BOUND).hasSize(1);
    }
  }

  @Test
  void aSourceWithDamagedRowsDoesNotHideWhatTheOthersShow() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cyd = new TestNode("cyd")) {
      ArtifactKey key = fourSteps(ann, UnaryOperator.identity(), "raw").outputs().get("report");
      fourSteps(bob, UnaryOperator.identity(), "raw");
      fourSteps(cyd, text -> text.equals("((raw))") ? "wrong" : text, "raw");
      List<AuditSource> sources = sources(ann, bob, cyd);
      AuditReport report = new Auditor(null).audit(sources);
      Bytes nonsense = Bytes.wrap(new byte[] {-1});
      bob.rows("asl.live").keySet().forEach(row -> bob.overwrite("asl.live", row, nonsense));
      CauseTrees trees = CauseTrees.of(sources, report, key);
      assertThat(trees.note()).startsWith(key + " cannot be explained of source 0 and source 1: ");
      assertThat(trees.trees()).extracting(CauseTree::right).containsExactly("source 2");
      assertThat(cause(trees.trees().get(0)).why()).isEqualTo(Why.STEP);
    }
  }

  /** The payload of an artifact that lies in a record of the node's own log becomes nonsense. */
  private static void spoil(TestNode node, ArtifactKey key) {
    LiveEntry entry = node.store().now().live(key).orElseThrow();
    Bytes row = entry.origin().bytes().plus(Bytes.u64(entry.index()));
    Bytes value = Objects.requireNonNull(node.rows("asl.content").get(row));
    byte[] changed = value.toArray();
    changed[changed.length - 1] ^= 1;
    node.overwrite("asl.content", row, Bytes.wrap(changed));
  }

  @Test
  void aReceiptThatCannotBeReadIsToldAndTheRestIsExplained() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      Receipt right = fourSteps(ann, UnaryOperator.identity(), "raw");
      Receipt wrong = fourSteps(bob, text -> text.equals("((raw))") ? "wrong" : text, "raw");
      Receipt other = run(ann, UnaryOperator.identity(), ONE_STEP, Map.of("raw", ann.put("text")));
      run(bob, text -> "wrong", ONE_STEP, Map.of("raw", bob.put("text")));
      spoil(bob, wrong.key());
      List<AuditSource> sources = sources(ann, bob);
      AuditReport report = new Auditor(null).audit(sources);
      assertThat(report.findings()).extracting(AuditFinding::kind).contains(Kind.PAYLOAD);
      String damage = "source 1: receipt " + wrong.key() + " cannot be read, ";
      ArtifactKey output = right.outputs().get("report");
      CauseTrees asked = CauseTrees.of(sources, report, output);
      assertThat(asked.note()).startsWith(damage);
      assertThat(cause(asked.trees().get(0)).why())
          .as("that bob did not make it is not known")
          .isEqualTo(Why.UNREADABLE);
      assertThat(cause(asked.trees().get(0)).detail()).startsWith(damage);
      CauseTrees unasked = CauseTrees.of(sources, report);
      assertThat(unasked.note()).startsWith(damage);
      assertThat(unasked.trees())
          .extracting(tree -> cause(tree).why())
          .containsExactlyInAnyOrder(Why.UNREADABLE, Why.STEP);
      assertThat(CauseTrees.of(sources, report, other.key()).note()).isEmpty();
    }
  }

  @Test
  void ofAReceiptThatIsDamagedInOneSourceItIsToldWhatIsKnownOfTheRest() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      Receipt receipt = fourSteps(ann, UnaryOperator.identity(), "raw");
      sync(ann, bob);
      spoil(bob, receipt.key());
      for (ArtifactKey key : List.of(receipt.key(), receipt.outputs().get("report"))) {
        List<AuditSource> sources = sources(ann, bob);
        CauseTrees both = CauseTrees.of(sources, new Auditor(null).audit(sources), key);
        assertThat(both.trees()).isEmpty();
        assertThat(both.note())
            .startsWith("source 1: receipt " + receipt.key() + " cannot be read, ")
            .contains("what else is known: source 0 has it by record ")
            .contains("; source 1 has it by record ");
        List<AuditSource> alone = sources(bob);
        assertThat(CauseTrees.of(alone, new Auditor(null).audit(alone), key).note())
            .startsWith("source 0: receipt " + receipt.key() + " cannot be read, ")
            .contains("source 0 has it by record ");
      }
      List<AuditSource> sources = sources(ann, bob);
      assertThat(CauseTrees.of(sources, new Auditor(null).audit(sources), receipt.key()).note())
          .contains("a receipt that says that it gave report=" + receipt.outputs().get("report"));
      bob.remove(receipt.key(), false);
      List<AuditSource> gone = sources(bob);
      assertThat(CauseTrees.of(gone, new Auditor(null).audit(gone), receipt.key()).note())
          .startsWith("no source shows " + receipt.key() + "; what else is known: ")
          .contains("source 0 removed it by record ");
    }
  }

  @Test
  void rowsOfRunsThatCannotBeReadAreToldWithWhatStandsBeforeThem() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      fourSteps(ann, UnaryOperator.identity(), "raw");
      fourSteps(bob, text -> text.equals("((raw))") ? "wrong" : text, "raw");
      List<AuditSource> sources = sources(ann, bob);
      AuditReport report = new Auditor(null).audit(sources);
      String table = ReceiptIndex.INVOCATION.name();
      Bytes last = Bytes.wrap(new byte[] {-1, -1, -1});
      bob.overwrite(table, last, Bytes.EMPTY);
      CauseTrees found = CauseTrees.of(sources, report);
      assertThat(found.note())
          .startsWith(
              "runs of source 0 and source 1 that contradict each other are explained only as far"
                  + " as source 1 can be read: ")
          .contains(table);
      assertThat(cause(found.trees().get(0)).why()).isEqualTo(Why.STEP);
      String byProgram = ReceiptIndex.BY_PROGRAM.name();
      ann.overwrite(byProgram, FOUR_STEPS.key().bytes().plus(last), Bytes.EMPTY);
      CauseTrees asked = CauseTrees.of(sources, report, FOUR_STEPS.key());
      assertThat(asked.note()).startsWith("source 0: a row that names a receipt cannot be read, ");
      assertThat(cause(asked.trees().get(0)).why()).isEqualTo(Why.STEP);
    }
  }

  @Test
  void aRowOfARunThatIsTooShortIsDamage() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      fourSteps(ann, UnaryOperator.identity(), "raw");
      fourSteps(bob, UnaryOperator.identity(), "raw");
      String table = ReceiptIndex.INVOCATION.name();
      Bytes row = bob.rows(table).keySet().iterator().next();
      for (Bytes key : List.of(row, row.slice(0, 40), row.slice(0, 3))) {
        bob.overwrite(table, key, Bytes.EMPTY);
        List<CairnException> told = new ArrayList<>();
        new ContradictedRuns(List.of(ann.store(), bob.store()))
            .forEach(
                run -> {
                  throw new AssertionError(run.toString());
                },
                (source, why) -> {
                  assertThat(source).isEqualTo(1);
                  told.add(why);
                });
        assertThat(told)
            .singleElement()
            .isInstanceOf(DamagedException.class)
            .extracting(Throwable::getMessage)
            .asString()
            .contains(table);
        bob.drop(table, key);
      }
    }
  }
}
