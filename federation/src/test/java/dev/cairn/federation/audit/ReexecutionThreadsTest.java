package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.OperatorSpec;
import dev.cairn.pel.run.Cost;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunLimits;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.text.ProgramText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Receipts that are run again beside each other. */
@Timeout(120)
class ReexecutionThreadsTest {
  private static final String ONE =
      """
      {"program": 1, "inputs": ["a"],
       "nodes": {"x": {"operator": "test/digests@1", "inputs": ["a"]}},
       "outputs": {"x": "x"}}
      """;

  private static final String BOTH =
      """
      {"program": 1, "inputs": ["a", "b"],
       "nodes": {"x": {"operator": "test/digests@1", "inputs": ["a"]},
                 "y": {"operator": "test/digests@1", "inputs": ["b"]}},
       "outputs": {"x": "x", "y": "y"}}
      """;

  private static final int RECEIPTS = 12;

  /** Digests what it reads whole, and counts how often it was asked. */
  private static final class Digests implements Operator {
    private final AtomicInteger runs = new AtomicInteger();

    @Override
    public OperatorId id() {
      return new OperatorId("test/digests", 1);
    }

    @Override
    public OperatorSpec spec() {
      return new OperatorSpec("A test's.", 0, OperatorSpec.ANY_NUMBER, List.of());
    }

    @Override
    public OperatorOutput run(OperatorContext context) throws IOException {
      runs.incrementAndGet();
      List<Bytes> read = new ArrayList<>();
      for (OperatorInput input : context.inputs()) {
        read.add(input.read());
      }
      return OperatorOutput.of(null, HashAlgorithm.SHA_256.hash(read.toArray(Bytes[]::new)));
    }
  }

  private static final Program PROGRAM =
      ProgramText.readJson(
          Bytes.utf8(
              """
              {"program": 1, "inputs": ["shared", "own"],
               "nodes": {"first": {"operator": "test/digests@1", "inputs": ["shared"]},
                         "last": {"operator": "test/digests@1", "inputs": ["first", "own"]}},
               "outputs": {"digest": "last"}}
              """));

  private final Digests digests = new Digests();
  private final OperatorRegistry operators = OperatorRegistry.of(List.of(digests));

  private Receipt run(TestNode node, ArtifactKey shared, ArtifactKey own) {
    return new Executor(node.store(), operators)
        .run(PROGRAM, new TreeMap<>(Map.of("shared", shared, "own", own)), RunOptions.defaults())
        .receipt();
  }

  private AuditReport audit(TestNode node, int threads, RunOptions options) {
    digests.runs.set(0);
    AuditPlan plan =
        new AuditPlan(
            Set.of(AuditCheck.RECEIPTS),
            new ReceiptChoice.All(),
            new Reexecution(operators, options),
            threads);
    return Auditor.of(plan).audit("it", node.store());
  }

  @Test
  void aStepThatReceiptsShareRunsOnceAndTheReportIsTheSameForAnyThreads() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey shared = ann.put("shared");
      List<Receipt> receipts = new ArrayList<>();
      for (int i = 0; i < RECEIPTS; i++) {
        receipts.add(run(ann, shared, ann.put("own " + i)));
      }
      AuditReport sound = audit(ann, 1, RunOptions.defaults());
      assertThat(sound.findings()).isEmpty();
      assertThat(digests.runs).hasValue(1 + RECEIPTS);
      // A lie in one of them, and one that cannot be known.
      ArtifactKey lie = put(ann, lying(receipts.get(3), receipts.get(4)));
      ann.remove(receipts.get(7).inputs().get("own"), true);
      AuditReport one = audit(ann, 1, RunOptions.defaults());
      int runs = digests.runs.get();
      assertThat(one.findings().stream().map(AuditFinding::kind))
          .containsExactlyInAnyOrder(Kind.RECEIPT, Kind.UNDECIDED);
      assertThat(one.findings().stream().map(AuditFinding::subject)).contains(lie.toString());
      for (int threads : List.of(2, 7)) {
        assertThat(audit(ann, threads, RunOptions.defaults())).isEqualTo(one);
        assertThat(digests.runs).as("%s threads", threads).hasValue(runs);
      }
    }
  }

  /** The receipt of one run with the outputs of another. */
  private static Receipt lying(Receipt receipt, Receipt other) {
    return new Receipt(
        receipt.program(),
        receipt.inputs(),
        other.outputs(),
        receipt.status(),
        other.steps(),
        receipt.failures());
  }

  private static ArtifactKey put(TestNode node, Receipt receipt) {
    return node.put(TypeTag.RECEIPT, receipt.encode());
  }

  private void assertUndecidedWithinNarrowLimits(TestNode node, String limit) {
    RunOptions narrow = RunOptions.defaults().withLimits(Reexecution.NARROW);
    assertThat(audit(node, 2, narrow).findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.kind()).isEqualTo(Kind.UNDECIDED);
              assertThat(finding.places().get(0).detail()).contains(limit);
            });
  }

  @Test
  void whatNeedsMoreThanThereIsForSeveralIsRunAloneWithinTheLimitsAskedFor() {
    try (TestNode ann = new TestNode("ann")) {
      int large = (int) Reexecution.NARROW.inputBytesInMemoryMax() + 1;
      run(ann, ann.putLarge(large, 1), ann.put("own"));
      run(ann, ann.put("small"), ann.put("own"));
      assertThat(audit(ann, 2, RunOptions.defaults()).findings()).isEmpty();
      assertUndecidedWithinNarrowLimits(ann, "input-memory-bytes");
    }
  }

  @Test
  void whatAnOperatorReadsTogetherIsBounded() {
    try (TestNode ann = new TestNode("ann")) {
      int half = (int) Reexecution.NARROW.stepInputBytesInMemoryMax() / 2;
      run(ann, ann.put("shared"), ann.putLarge(half - 100, 1));
      assertThat(audit(ann, 2, RunOptions.defaults()).findings()).isEmpty();
      new Executor(ann.store(), operators)
          .run(
              ProgramText.readJson(
                  Bytes.utf8(
                      """
                      {"program": 1, "inputs": ["a", "b", "c"],
                       "nodes": {"n": {"operator": "test/digests@1", "inputs": ["a", "b", "c"]}},
                       "outputs": {"digest": "n"}}
                      """)),
              new TreeMap<>(
                  Map.of(
                      "a", ann.putLarge(half, 2),
                      "b", ann.putLarge(half, 3),
                      "c", ann.put("a little more"))),
              RunOptions.defaults());
      assertThat(audit(ann, 2, RunOptions.defaults()).findings()).as("alone").isEmpty();
      assertUndecidedWithinNarrowLimits(ann, "step-input-memory-bytes");
    }
  }

  @Test
  void whatIsTooMuchTakesTheSameWhetherItRunsOrIsRemembered() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey a = ann.put("a");
      ArtifactKey b = ann.put("b");
      List<ArtifactKey> single = new ArrayList<>();
      for (ArtifactKey each : List.of(a, b)) {
        single.add(runText(ann, ONE, Map.of("a", each)));
      }
      ArtifactKey both = runText(ann, BOTH, Map.of("a", a, "b", b));
      for (RunLimits limits :
          List.of(
              RunLimits.DEFAULT.withRunOutputBytesMax(40),
              RunLimits.DEFAULT.withRunOutputBytesMax(20),
              holding(40))) {
        Cost max = new Cost(Long.MAX_VALUE, Long.MAX_VALUE);
        RunOptions options = RunOptions.defaults().withLimits(limits);
        Reexecution fresh = new Reexecution(operators, options);
        ReceiptCheck.Checked ran = fresh.check(ann.store(), both, max);
        Reexecution remembers = new Reexecution(operators, options);
        single.forEach(receipt -> remembers.check(ann.store(), receipt, max));
        assertThat(ran.unknown()).contains("(limit ");
        assertThat(remembers.check(ann.store(), both, max)).isEqualTo(ran);
      }
    }
  }

  /** So many bytes of outputs in memory at most. */
  private static RunLimits holding(long bytes) {
    RunLimits usual = RunLimits.DEFAULT;
    return new RunLimits(
        usual.inputBytesInMemoryMax(),
        usual.stepInputBytesInMemoryMax(),
        usual.outputBytesMax(),
        bytes,
        usual.runOutputBytesMax(),
        usual.stepMillisMax(),
        usual.runMillisMax());
  }

  @Test
  void whatIsRememberedCountsAgainstTheLimitsOfEachReceipt() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey a = ann.put("a");
      ArtifactKey b = ann.put("b");
      for (ArtifactKey each : List.of(a, b)) {
        runText(ann, ONE, Map.of("a", each));
      }
      runText(ann, BOTH, Map.of("a", a, "b", b));
      RunOptions forOne =
          RunOptions.defaults().withLimits(RunLimits.DEFAULT.withRunOutputBytesMax(40));
      AuditReport alone = audit(ann, 1, forOne);
      assertThat(alone.findings())
          .singleElement()
          .satisfies(finding -> assertThat(finding.kind()).isEqualTo(Kind.UNDECIDED));
      for (int threads : List.of(2, 7)) {
        assertThat(audit(ann, threads, forOne)).isEqualTo(alone);
      }
    }
  }

  private ArtifactKey runText(TestNode node, String program, Map<String, ArtifactKey> inputs) {
    return new Executor(node.store(), operators)
        .run(
            ProgramText.readJson(Bytes.utf8(program)), new TreeMap<>(inputs), RunOptions.defaults())
        .key();
  }
}
