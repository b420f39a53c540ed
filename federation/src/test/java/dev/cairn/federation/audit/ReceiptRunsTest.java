package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.OperatorSpec;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.pel.run.Cost;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.text.ProgramText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What running receipts again may take, all together, and what is told of what does not fit. */
@Timeout(120)
class ReceiptRunsTest {
  private static final long MILLION = 1_000_000;

  /** Bytes of an output that only fits into the limits of one that is alone. */
  private static final int LONG = (int) Reexecution.NARROW.outputBytesMax() + 1;

  /** What a receipt costs in work, beside its own: less than that. */
  private static final long LITTLE = 3 * MILLION;

  /**
   * Does the work that its input says, in millions of units, and takes a time that has nothing to
   * do with it; of one that says "forever", it does not end, unless it is a first run.
   */
  private static final class Works implements Operator {
    private final AtomicInteger runs = new AtomicInteger();
    private final AtomicLong work = new AtomicLong();
    private volatile boolean auditing;
    private volatile Random jitter = new Random(1);

    @Override
    public OperatorId id() {
      return new OperatorId("test/works", 1);
    }

    @Override
    public OperatorSpec spec() {
      return new OperatorSpec(
          "A test's.",
          1,
          1,
          List.of(new Parameter("large", OperatorSpec.Kind.BOOLEAN, false, "a large output")));
    }

    @Override
    public OperatorOutput run(OperatorContext context) throws IOException {
      runs.incrementAndGet();
      String text = context.inputs().get(0).read().toUtf8();
      if (auditing && text.startsWith("negative")) {
        context.host().works(Long.MIN_VALUE);
      }
      if (auditing && text.startsWith("broken")) {
        throw new IllegalStateException("a mistake");
      }
      long millions =
          text.startsWith("forever") || text.startsWith("negative") || text.startsWith("broken")
              ? Long.MAX_VALUE
              : Long.parseLong(text.substring(0, text.indexOf(' ')));
      for (long i = 0; i < millions && (auditing || i < 1); i++) {
        context.host().works(MILLION);
        work.addAndGet(MILLION);
      }
      if (text.contains("long output")) {
        return new OperatorOutput(null, new ByteArrayInputStream(new byte[LONG]));
      }
      if (auditing) {
        LockSupport.parkNanos(jitter.nextInt(3) * MILLION);
      }
      if (context.parameters().bool("large", false)) {
        byte[] large = new byte[100_000];
        Arrays.fill(large, (byte) text.hashCode());
        return OperatorOutput.of(null, Bytes.wrap(large));
      }
      return OperatorOutput.of(null, Bytes.utf8("done " + text));
    }
  }

  private final Works works = new Works();
  private final OperatorRegistry operators = OperatorRegistry.of(List.of(works));

  private void run(TestNode node, String input, boolean large) {
    works.auditing = false;
    String program =
        """
        {"program": 1, "inputs": ["text"],
         "nodes": {"n": {"operator": "test/works@1", "inputs": ["text"],
                         "parameters": {"large": %s}}},
         "outputs": {"out": "n"}}
        """;
    ArtifactKey output =
        new Executor(node.store(), operators)
            .run(
                ProgramText.readJson(Bytes.utf8(program.formatted(large))),
                new TreeMap<>(Map.of("text", node.put(input))),
                RunOptions.defaults())
            .receipt()
            .outputs()
            .get("out");
    if (large) {
      node.remove(output, false);
    }
  }

  private AuditPlan plan(int threads, Cost cost) {
    return new AuditPlan(
        Set.of(AuditCheck.RECEIPTS),
        new ReceiptChoice.All(),
        new Reexecution(operators, RunOptions.defaults()),
        threads,
        cost);
  }

  private AuditReport audit(int threads, Cost cost, TestNode... nodes) {
    works.runs.set(0);
    works.work.set(0);
    works.auditing = true;
    works.jitter = new Random(threads);
    List<AuditSource> sources = new ArrayList<>();
    for (int i = 0; i < nodes.length; i++) {
      sources.add(new OfStore("source " + i, nodes[i].store()));
    }
    return Auditor.of(plan(threads, cost)).audit(sources);
  }

  private static CheckResult receipts(AuditReport report) {
    return report.totals().stream()
        .filter(each -> each.check() == AuditCheck.RECEIPTS)
        .findAny()
        .orElseThrow();
  }

  private static Cost work(long millions) {
    return new Cost(millions * MILLION, 1 << 20);
  }

  @Test
  void whereTheWorkIsSpentDoesNotDependOnThreadsOrTime() {
    try (TestNode ann = new TestNode("ann")) {
      for (int i = 0; i < 60; i++) {
        run(ann, 1 + i % 7 * 20 + " receipt " + i, false);
      }
      AuditReport one = audit(1, work(1_500), ann);
      CheckResult result = receipts(one);
      long decided = result.looked().get(Thing.RECEIPTS);
      assertThat(decided).isBetween(5L, 50L);
      assertThat(result.outcome()).isEqualTo(Outcome.CUT_SHORT);
      assertThat(result.note()).isEqualTo(60 - decided + " of 60 receipts were not run again");
      assertThat(result.looked().get(Thing.WORK)).isBetween(1_300 * MILLION, 1_500 * MILLION);
      assertThat(one.verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(one.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.UNDECIDED);
                assertThat(finding.message()).contains("not all receipts were run again");
                assertThat(finding.places().get(0).detail())
                    .startsWith(60 - decided + " of 60 were not, from asl1-sha256:")
                    .contains("Allow more work");
              });
      for (int threads : List.of(2, 8)) {
        for (int i = 0; i < 3; i++) {
          assertThat(audit(threads, work(1_500), ann)).as("%s threads", threads).isEqualTo(one);
          assertThat(works.runs.get()).isLessThanOrEqualTo((int) decided + 1 + 2 * threads);
        }
      }
      AuditReport all = audit(8, work(60 * 125), ann);
      assertThat(all.findings()).isEmpty();
      assertThat(receipts(all).looked()).containsEntry(Thing.RECEIPTS, 60L);
      assertThat(audit(1, new Cost(receipts(all).looked().get(Thing.WORK), 0), ann))
          .as("just enough")
          .isEqualTo(all);
      assertThat(audit(8, new Cost(receipts(all).looked().get(Thing.WORK) - 1, 0), ann).findings())
          .as("one too little")
          .hasSize(1);
    }
  }

  @Test
  void aReceiptThatWouldNotEndIsGivenUpWhenTheWorkIsSpent() {
    try (TestNode ann = new TestNode("ann")) {
      run(ann, "forever", false);
      for (int i = 0; i < 6; i++) {
        run(ann, "1 receipt " + i, false);
      }
      AuditReport one = audit(1, work(200), ann);
      assertThat(works.work.get()).isLessThanOrEqualTo(201 * MILLION);
      assertThat(one.findings()).hasSize(1);
      assertThat(audit(8, work(200), ann)).isEqualTo(one);
      assertThat(works.work.get()).as("of 8 threads").isLessThanOrEqualTo(220 * MILLION);
    }
  }

  @Test
  void whatOnlyNeedsWiderLimitsCountsWhatItDoesThereOnAnyThreads() {
    try (TestNode ann = new TestNode("ann")) {
      run(ann, "1 long output", false);
      for (int i = 0; i < 6; i++) {
        run(ann, "10 receipt " + i, false);
      }
      AuditReport all = audit(1, work(100_000), ann);
      assertThat(all.findings()).isEmpty();
      long work = receipts(all).looked().get(Thing.WORK);
      assertThat(work).as("a long output, and the others").isBetween(700 * MILLION, 800 * MILLION);
      for (int threads : List.of(1, 2, 8)) {
        assertThat(audit(threads, new Cost(work, 1 << 20), ann)).as("just enough").isEqualTo(all);
      }
      AuditReport less = audit(1, new Cost(work - 1, 1 << 20), ann);
      assertThat(receipts(less).looked()).containsEntry(Thing.RECEIPTS, 6L);
      for (int threads : List.of(2, 8)) {
        assertThat(audit(threads, new Cost(work - 1, 1 << 20), ann)).isEqualTo(less);
      }
    }
  }

  @Test
  void whoBreaksAnOperatorLeavesOneReceiptUndecidedAndNoMore() {
    try (TestNode ann = new TestNode("ann")) {
      run(ann, "broken", false);
      for (int i = 0; i < 6; i++) {
        run(ann, "1 receipt " + i, false);
      }
      AuditReport one = audit(1, work(1_000), ann);
      assertThat(receipts(one).looked()).containsEntry(Thing.RECEIPTS, 7L);
      assertThat(one.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.UNDECIDED);
                assertThat(finding.places().get(0).detail()).contains("ended unexpectedly");
              });
      assertThat(audit(8, work(1_000), ann)).isEqualTo(one);
    }
  }

  @Test
  void workThatIsTooLargeForANumberIsTooMuch() {
    try (TestNode ann = new TestNode("ann")) {
      run(ann, "negative", false);
      assertThat(audit(1, work(1_000), ann).findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.UNDECIDED);
                assertThat(finding.message()).contains("what that may take is spent");
              });
    }
  }

  @Test
  void aReceiptThatTakesTooMuchIsUndecidedByItselfAndThoseBehindItAreRun() {
    try (TestNode ann = new TestNode("ann")) {
      run(ann, "forever", false);
      for (int i = 0; i < 6; i++) {
        run(ann, "1 receipt " + i, false);
      }
      AuditReport one = audit(1, work(5_000), ann);
      assertThat(works.work.get()).isLessThanOrEqualTo(1_010 * MILLION);
      assertThat(receipts(one).outcome()).isEqualTo(Outcome.MADE);
      assertThat(receipts(one).looked()).containsEntry(Thing.RECEIPTS, 7L);
      assertThat(receipts(one).looked().get(Thing.WORK))
          .isBetween(1_006 * MILLION, 1_000 * MILLION + 6 * LITTLE);
      assertThat(one.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.UNDECIDED);
                assertThat(finding.subject()).startsWith("asl1-sha256:");
                assertThat(finding.places().get(0).detail())
                    .isEqualTo(
                        "it takes more than it may (one receipt may take 1000000000 units of work;"
                            + " allow more for all)");
              });
      for (int threads : List.of(2, 8)) {
        assertThat(audit(threads, work(5_000), ann)).isEqualTo(one);
      }
    }
  }

  @Test
  void whatIsSparedCountsAsIfItHadRun() {
    try (TestNode ann = new TestNode("ann")) {
      run(ann, "50 shared", false);
      AuditReport first = audit(1, work(1_000), ann);
      long once = receipts(first).looked().get(Thing.WORK);
      assertThat(once).isBetween(50 * MILLION, 50 * MILLION + LITTLE);
      String other =
          """
          {"program": 1, "inputs": ["a"],
           "nodes": {"m": {"operator": "test/works@1", "inputs": ["a"], "parameters": {"large": false}}},
           "outputs": {"named": "m"}}
          """;
      works.auditing = false;
      new Executor(ann.store(), operators)
          .run(
              ProgramText.readJson(Bytes.utf8(other)),
              new TreeMap<>(Map.of("a", ann.put("50 shared"))),
              RunOptions.defaults().withForce(true));
      AuditReport both = audit(1, work(1_000), ann);
      assertThat(works.runs).hasValue(1);
      assertThat(receipts(both).looked().get(Thing.WORK))
          .isBetween(2 * once - LITTLE, 2 * once + LITTLE);
    }
  }

  @Test
  void largeOutputsThatTheSourceDoesNotHaveAreBounded() {
    try (TestNode ann = new TestNode("ann")) {
      for (int i = 0; i < 6; i++) {
        run(ann, "1 receipt " + i, true);
      }
      AuditReport enough = audit(2, new Cost(work(1_000).work(), 600_000), ann);
      assertThat(enough.findings()).isEmpty();
      AuditReport one = audit(1, new Cost(work(1_000).work(), 450_000), ann);
      assertThat(receipts(one).looked()).containsEntry(Thing.RECEIPTS, 4L);
      assertThat(one.findings())
          .singleElement()
          .satisfies(
              finding ->
                  assertThat(finding.places().get(0).detail())
                      .contains("400000 of 450000 bytes of large outputs"));
      for (int threads : List.of(2, 8)) {
        assertThat(audit(threads, new Cost(work(1_000).work(), 450_000), ann)).isEqualTo(one);
      }
    }
  }

  @Test
  void aReceiptOfTooManyBytesIsUndecidedByItselfAndThoseBehindItAreRun() {
    try (TestNode ann = new TestNode("ann")) {
      for (int i = 0; i < 3; i++) {
        run(ann, "1 receipt " + i, true);
      }
      run(ann, "1 small", false);
      AuditReport one = audit(1, new Cost(work(1_000).work(), 390_000), ann);
      assertThat(receipts(one).looked()).containsEntry(Thing.RECEIPTS, 4L);
      assertThat(one.findings())
          .hasSize(3)
          .allSatisfy(
              finding ->
                  assertThat(finding.places().get(0).detail())
                      .contains("97500 bytes of large outputs"));
      for (int threads : List.of(2, 8)) {
        assertThat(audit(threads, new Cost(work(1_000).work(), 390_000), ann)).isEqualTo(one);
      }
    }
  }

  @Test
  void whatASourceHasCountsThereInWhateverOrderTheyAreNamed() {
    try (TestNode has = new TestNode("ann");
        TestNode lacks = new TestNode("bob")) {
      for (int i = 0; i < 5; i++) {
        run(has, "1 receipt " + i, true);
        run(lacks, "1 receipt " + i, true);
        byte[] large = new byte[100_000];
        Arrays.fill(large, (byte) ("1 receipt " + i).hashCode());
        has.store().put(null, Bytes.wrap(large));
      }
      Cost forOne = new Cost(work(1_000).work(), 550_000);
      assertThat(audit(2, forOne, has, lacks).findings()).isEmpty();
      assertThat(audit(2, forOne, lacks, has).findings()).isEmpty();
    }
  }

  @Test
  void sourcesShareOneBoundAndEachTellsWhatIsLeft() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      for (TestNode node : List.of(ann, bob)) {
        for (int i = 0; i < 4; i++) {
          run(node, "10 receipt " + i, false);
        }
      }
      AuditReport enough = audit(2, work(100), ann, bob);
      assertThat(enough.findings()).isEmpty();
      AuditReport report = audit(2, work(60), ann, bob);
      assertThat(report.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.UNDECIDED);
                assertThat(finding.places()).hasSize(1);
                assertThat(finding.places().get(0).source()).isEqualTo("source 1");
              });
      AuditReport little = audit(2, work(15), ann, bob);
      assertThat(little.findings())
          .singleElement()
          .satisfies(finding -> assertThat(finding.places()).hasSize(2));
    }
  }

  @Test
  void whatIsSpentInOneSourceIsSpentInThoseBehindIt() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      run(ann, "50 receipt", false);
      for (int i = 0; i < 4; i++) {
        run(bob, "1 receipt " + i, false);
      }
      AuditReport little = audit(2, work(40), ann, bob);
      assertThat(receipts(little).looked()).containsEntry(Thing.RECEIPTS, 0L);
      assertThat(little.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.subject()).isEqualTo("receipts: " + finding.message());
                assertThat(finding.places().get(1).detail()).startsWith("4 of 4 were not, from");
              });
      assertThat(receipts(audit(2, work(58), ann, bob)).looked().get(Thing.RECEIPTS))
          .as("more work decides the same and more")
          .isBetween(2L, 4L);
    }
  }

  @Test
  void receiptsAreReadPageByPage() {
    try (TestNode ann = new TestNode("ann")) {
      for (int i = 0; i < 9; i++) {
        run(ann, "1 receipt " + i, false);
      }
      List<ArtifactKey> live = new ArrayList<>();
      ann.store()
          .now()
          .forEachLive(
              entry -> {
                if (entry.kind() == RecordKind.PER) {
                  live.add(entry.key());
                }
              });
      assertThat(live).hasSize(9);
      for (int page : List.of(1, 2, 3, 9, 100)) {
        assertThat(new LiveReceipts(ann.store().now(), page)).toIterable().isEqualTo(live);
      }
    }
  }
}
