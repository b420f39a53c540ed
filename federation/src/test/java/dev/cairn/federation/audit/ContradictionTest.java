package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.CanonicalEncoding;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.bundle.Excerpt;
import dev.cairn.federation.bundle.Excerpts;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.text.ProgramText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Receipts that tell different things of one program on the same inputs are a finding. */
@Timeout(120)
class ContradictionTest {
  private static final Reexecution RUNNER =
      new Reexecution(OperatorRegistry.builtIn(), RunOptions.defaults());

  @TempDir private Path folder;

  private static Receipt honest(TestNode node, String text) {
    return new Executor(node.store(), OperatorRegistry.builtIn())
        .run(
            ProgramText.readJson(
                Bytes.utf8(
                    """
                    {"program": 1, "inputs": ["text"],
                     "nodes": {"sum": {"operator": "digest/sha256@1", "inputs": ["text"]}},
                     "outputs": {"digest": "sum"}}
                    """)),
            new TreeMap<>(Map.of("text", node.put(text))),
            RunOptions.defaults())
        .receipt();
  }

  /** The same run, said to have given something else. */
  private static Receipt lie(Receipt honest, ArtifactKey output) {
    return new Receipt(
        honest.program(),
        honest.inputs(),
        new TreeMap<>(Map.of("digest", output)),
        honest.status(),
        honest.steps(),
        honest.failures());
  }

  /** The same run, told to have failed. */
  private static Receipt failed(
      Receipt honest, RunStatus status, Map<String, Receipt.Failure> failures) {
    return new Receipt(
        honest.program(),
        honest.inputs(),
        new TreeMap<>(),
        status,
        new TreeMap<>(),
        new TreeMap<>(failures));
  }

  private static ArtifactKey put(TestNode node, Receipt receipt) {
    return node.put(TypeTag.RECEIPT, receipt.encode());
  }

  private static List<AuditSource> sources(TestNode... nodes) {
    List<AuditSource> sources = new ArrayList<>();
    for (TestNode node : nodes) {
      sources.add(new OfStore("source " + sources.size(), node.store()));
    }
    return sources;
  }

  private static AuditReport audit(@Nullable ReceiptCheck runner, TestNode... nodes) {
    return new Auditor(runner).audit(sources(nodes));
  }

  private static AuditFinding only(AuditReport report) {
    assertThat(report.findings())
        .extracting(AuditFinding::kind)
        .containsOnlyOnce(Kind.CONTRADICTION);
    return report.findings().stream()
        .filter(finding -> finding.kind() == Kind.CONTRADICTION)
        .findFirst()
        .orElseThrow();
  }

  private static CheckResult claims(AuditReport report) {
    return report.totals().stream()
        .filter(each -> each.check() == AuditCheck.RECEIPT_CLAIMS)
        .findFirst()
        .orElseThrow();
  }

  private static void sync(TestNode left, TestNode right) {
    new StoreSync(left.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(right.store(), true, true)
        .orThrow();
  }

  @Test
  void twoReceiptsOfOneSourceAreNamedWithTheirPlaces() {
    try (TestNode ann = new TestNode("ann")) {
      honest(ann, "another run");
      Receipt right = honest(ann, "a");
      ArtifactKey wrong = put(ann, lie(right, ann.put("something else")));
      AuditReport report = audit(null, ann);
      AuditFinding finding = only(report);
      assertThat(report.findings()).hasSize(1);
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(finding.subject()).isEqualTo(right.invocation().digest().toHex());
      assertThat(finding.message()).contains(right.program().toString());
      assertThat(finding.places())
          .extracting(Place::canonicalId)
          .containsExactlyInAnyOrder(right.key(), wrong);
      for (Place place : finding.places()) {
        ArtifactKey other = right.key().equals(place.canonicalId()) ? wrong : right.key();
        assertThat(place.origin()).isEqualTo(ann.origin());
        assertThat(place.logseq())
            .isEqualTo(
                ann.store()
                    .now()
                    .live(Objects.requireNonNull(place.canonicalId()))
                    .orElseThrow()
                    .logseq());
        assertThat(place.detail())
            .contains(
                "receipt " + other + ", logseq " + logseq(ann, other) + " of " + ann.origin(),
                "digest=" + right.outputs().get("digest"),
                "not run again here");
      }
      assertThat(claims(report).looked()).isEqualTo(Map.of(Thing.RECEIPTS, 3L));
      assertThat(claims(report).findings()).isEqualTo(2);
    }
  }

  private static long logseq(TestNode node, ArtifactKey key) {
    return node.store().now().live(key).orElseThrow().logseq();
  }

  @Test
  void receiptsOfTwoSourcesContradictEachOtherThoughEachIsSoundAlone() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cyd = new TestNode("cyd")) {
      Receipt right = honest(ann, "a");
      put(bob, lie(right, bob.put("something else")));
      honest(cyd, "b");
      assertThat(audit(null, ann).findings()).isEmpty();
      assertThat(audit(null, bob).findings())
          .extracting(AuditFinding::kind)
          .containsOnly(Kind.REFERENCE);
      AuditFinding both = only(audit(null, ann, cyd, bob));
      assertThat(both.places()).extracting(Place::source).containsExactly("source 0", "source 2");
      assertThat(both.places())
          .extracting(Place::origin)
          .containsExactly(ann.origin(), bob.origin());
      // The same thing, whoever finds it and where.
      sync(ann, bob);
      assertThat(only(audit(null, bob)).id()).isEqualTo(both.id());
      assertThat(only(audit(null, bob, ann)).places()).hasSize(4);
    }
  }

  /** Records a receipt byte for byte, under a key of another algorithm. */
  private static ArtifactKey putAs(HashAlgorithm algorithm, TestNode node, Receipt receipt) {
    Bytes payload = receipt.encode();
    ArtifactKey key =
        new ArtifactKey(
            algorithm,
            algorithm.hash(payload, CanonicalEncoding.trailer(TypeTag.RECEIPT, payload.length())));
    ArtifactId id =
        new ArtifactId(key, TypeTag.RECEIPT, payload.length(), PayloadDigest.of(payload));
    node.store().commit(new CommitDraft().put(new PreparedArtifact(id, payload)));
    return key;
  }

  @Test
  void oneReceiptUnderKeysOfTwoAlgorithmsContradictsNobody() throws IOException {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      Receipt right = honest(ann, "a");
      ArtifactKey copy = putAs(HashAlgorithm.BLAKE3, bob, right);
      assertThat(copy).isNotEqualTo(right.key());
      List<AuditSource> sources = sources(ann, bob);
      AuditReport report = new Auditor(null).audit(sources);
      assertThat(claims(report).looked()).isEqualTo(Map.of(Thing.RECEIPTS, 2L));
      assertThat(report.findings())
          .extracting(AuditFinding::kind)
          .doesNotContain(Kind.CONTRADICTION);
      assertThat(CauseTrees.of(sources, report).trees()).isEmpty();
      // Beside a lie, it is on the side of the one that it is a copy of, for all that is told.
      ArtifactKey wrong = put(bob, lie(right, bob.put("something else")));
      Map<ArtifactKey, String> seen = new TreeMap<>();
      only(audit(RUNNER, ann, bob))
          .places()
          .forEach(place -> seen.put(Objects.requireNonNull(place.canonicalId()), place.detail()));
      assertThat(seen).containsOnlyKeys(right.key(), copy, wrong);
      for (ArtifactKey same : List.of(right.key(), copy)) {
        assertThat(seen.get(same))
            .contains("; receipt " + wrong)
            .endsWith("right: running the program again gives this receipt");
      }
      assertThat(seen.get(wrong)).contains("wrong: running the program again gives");
      ann.store().signHead();
      bob.store().signHead();
      for (int i = 0; i < 2; i++) {
        shownAlone(i == 0 ? new TestNode[] {ann, bob} : new TestNode[] {bob, ann});
      }
    }
  }

  @Test
  void sourcesOfOtherFederationsDoNotContradictEachOther() {
    try (TestNode ann = new TestNode("ann");
        TestNode far = new TestNode("far", "elsewhere")) {
      Receipt right = honest(ann, "a");
      put(far, lie(right, far.put("something else")));
      assertThat(audit(null, ann, far).findings())
          .extracting(AuditFinding::kind)
          .doesNotContain(Kind.CONTRADICTION);
    }
  }

  @Test
  void runningThemAgainSaysWhichOneIsRight() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      Receipt right = honest(ann, "a");
      ArtifactKey wrong = put(ann, lie(right, ann.put("something else")));
      ArtifactKey elsewhere = put(bob, lie(right, bob.put("a third thing")));
      AuditReport report = audit(RUNNER, ann, bob);
      assertThat(report.findings())
          .filteredOn(finding -> finding.kind() == Kind.RECEIPT)
          .singleElement()
          .extracting(AuditFinding::subject)
          .isEqualTo(wrong.toString());
      Map<ArtifactKey, String> seen = new TreeMap<>();
      only(report)
          .places()
          .forEach(place -> seen.put(Objects.requireNonNull(place.canonicalId()), place.detail()));
      assertThat(seen).containsOnlyKeys(right.key(), wrong, elsewhere);
      assertThat(seen.get(right.key()))
          .endsWith("right: running the program again gives this receipt");
      assertThat(seen.get(wrong))
          .endsWith("wrong: running the program again gives another receipt, " + right.key());
      // What it needs is not there, so it was not run there; that it is wrong is known all the
      // same.
      assertThat(seen.get(elsewhere))
          .endsWith("wrong: running the program again gives receipt " + right.key());
      // Found again without running anything, it is the same finding at the same places.
      AuditFinding again = only(audit(null, ann, bob));
      assertThat(again.id()).isEqualTo(only(report).id());
      assertThat(again.places().stream().map(place -> place.with("")))
          .containsExactlyElementsOf(
              only(report).places().stream().map(place -> place.with("")).toList());
      assertThat(audit(RUNNER, ann, bob)).isEqualTo(report);
    }
  }

  @Test
  void aReceiptThatClaimsNothingOrIsTakenBackContradictsNobody() {
    try (TestNode ann = new TestNode("ann")) {
      Receipt right = honest(ann, "a");
      put(
          ann,
          failed(
              right,
              RunStatus.FAILED_RETRYABLE,
              Map.of("sum", new Receipt.Failure("busy", "try again"))));
      ArtifactKey wrong = put(ann, lie(right, ann.put("something else")));
      ann.remove(wrong, false);
      assertThat(audit(null, ann).findings()).isEmpty();
      put(
          ann,
          failed(
              right,
              RunStatus.FAILED_PERMANENT,
              Map.of("sum", new Receipt.Failure("no", "refused for good"))));
      assertThat(only(audit(null, ann)).places())
          .anySatisfy(
              place ->
                  assertThat(place.detail()).contains("was refused: sum: no, refused for good"));
    }
  }

  @Test
  void receiptsThatWereTakenBackHideNoneThatWereNot() {
    try (TestNode ann = new TestNode("ann")) {
      Receipt right = honest(ann, "a");
      List<ArtifactKey> lies = new ArrayList<>();
      for (int i = 0; i < 3 * ContradictedRuns.RECEIPTS_MAX; i++) {
        lies.add(put(ann, lie(right, ann.put("lie " + i))));
      }
      AuditFinding many = only(audit(null, ann));
      assertThat(many.count()).isEqualTo(ContradictedRuns.RECEIPTS_MAX);
      lies.sort(null);
      lies.subList(0, lies.size() - 1).forEach(lie -> ann.remove(lie, false));
      assertThat(only(audit(null, ann)).places())
          .extracting(Place::canonicalId)
          .containsExactlyInAnyOrder(right.key(), lies.get(lies.size() - 1));
    }
  }

  /** Whoever may write may make as many as he likes: they hide nothing else. */
  @Test
  void manyContradictionsAreToldUpToABoundAndAfterAllElse() {
    try (TestNode ann = new TestNode("ann");
        TestNode other = new TestNode("ann")) {
      Receipt right = honest(ann, "a");
      other.put("another story");
      ArtifactKey one = ann.put("one");
      ArtifactKey two = ann.put("two");
      int runs = ReceiptClaims.TOLD_MAX + 3;
      CommitDraft draft = new CommitDraft();
      for (int i = 0; i < runs; i++) {
        ArtifactKey in = ArtifactKey.of(Bytes.utf8("in " + i), new TypeTag("text/plain"));
        for (ArtifactKey output : List.of(one, two)) {
          Receipt receipt =
              new Receipt(
                  right.program(),
                  new TreeMap<>(Map.of("text", in)),
                  new TreeMap<>(Map.of("digest", output)),
                  right.status(),
                  right.steps(),
                  right.failures());
          draft.put(ann.store().prepare(TypeTag.RECEIPT, receipt.encode()));
        }
      }
      ann.store().commit(draft);
      AuditReport report = audit(null, ann, other);
      List<Kind> kinds = report.findings().stream().map(AuditFinding::kind).toList();
      assertThat(kinds.stream().filter(Kind.CONTRADICTION::equals)).hasSize(ReceiptClaims.TOLD_MAX);
      assertThat(kinds.indexOf(Kind.DIVERGENCE))
          .isNotNegative()
          .isLessThan(kinds.indexOf(Kind.CONTRADICTION));
      assertThat(report.findings())
          .filteredOn(finding -> finding.kind() == Kind.MORE)
          .singleElement()
          .satisfies(more -> assertThat(more.places().get(0).detail()).isEqualTo("3 more"));
      assertThat(claims(report).outcome()).isEqualTo(Outcome.CUT_SHORT);
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
    }
  }

  @Test
  void whatAReceiptSaysIsToldUpToABound() {
    try (TestNode ann = new TestNode("ann")) {
      Receipt right = honest(ann, "a");
      TreeMap<String, Receipt.Failure> failures = new TreeMap<>();
      for (String node : List.of("a", "b", "c", "d")) {
        failures.put(
            node, new Receipt.Failure("no", "x".repeat(Receipt.Failure.MESSAGE_CHARS_MAX)));
      }
      put(ann, failed(right, RunStatus.FAILED_PERMANENT, failures));
      assertThat(only(audit(null, ann)).places())
          .allSatisfy(
              place ->
                  assertThat(place.detail())
                      .contains("no, xxx", "xxx...")
                      .hasSizeLessThan(3 * ClaimedRun.SAYS_MAX + 500));
    }
  }

  @Test
  void theCheckIsMadeAloneOrLeftOut() {
    try (TestNode ann = new TestNode("ann")) {
      Receipt right = honest(ann, "a");
      put(ann, lie(right, ann.put("something else")));
      for (AuditCheck check : AuditCheck.values()) {
        AuditPlan plan =
            new AuditPlan(
                Set.of(check),
                new ReceiptChoice.All(),
                check == AuditCheck.RECEIPTS ? RUNNER : null);
        assertThat(Auditor.of(plan).audit("it", ann.store()).findings())
            .as("%s", check)
            .extracting(AuditFinding::kind)
            .isEqualTo(
                switch (check) {
                  case RECEIPT_CLAIMS -> List.of(Kind.CONTRADICTION);
                  case RECEIPTS -> List.of(Kind.RECEIPT);
                  default -> List.of();
                });
      }
      AuditPlan without =
          new AuditPlan(
              EnumSet.complementOf(EnumSet.of(AuditCheck.RECEIPTS, AuditCheck.RECEIPT_CLAIMS)),
              new ReceiptChoice.All(),
              null);
      AuditReport report = Auditor.of(without).audit("it", ann.store());
      assertThat(report.verified()).isTrue();
      assertThat(claims(report).outcome()).isEqualTo(Outcome.LEFT_OUT);
    }
  }

  @Test
  void damagedRowsOfOneSourceHideNothingOfTheOthers() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cyd = new TestNode("cyd")) {
      Receipt right = honest(ann, "a");
      honest(bob, "a");
      put(cyd, lie(right, cyd.put("something else")));
      String table = ReceiptIndex.INVOCATION.name();
      bob.overwrite(table, bob.rows(table).keySet().iterator().next(), Bytes.EMPTY);
      AuditReport report = audit(null, ann, bob, cyd);
      assertThat(only(report).places())
          .extracting(Place::source)
          .containsExactly("source 0", "source 2");
      assertThat(report.findings())
          .anySatisfy(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.UNREADABLE);
                assertThat(finding.subject()).isEqualTo("the rows of receipts");
                assertThat(finding.places().get(0).source()).isEqualTo("source 1");
              });
      assertThat(claims(report).outcome()).isEqualTo(Outcome.CUT_SHORT);
    }
  }

  /** A row that says of a receipt that it is of another run accuses nobody. */
  @Test
  void aRowThatNoReceiptBearsOutIsNoContradiction() {
    try (TestNode ann = new TestNode("ann")) {
      Receipt one = honest(ann, "a");
      Receipt other = honest(ann, "b");
      String table = ReceiptIndex.INVOCATION.name();
      ann.overwrite(
          table,
          one.invocation().digest().plus(other.key().bytes()),
          Bytes.wrap(new byte[] {(byte) RunStatus.SUCCEEDED.code()}));
      assertThat(audit(null, ann).findings()).isEmpty();
    }
  }

  @Test
  void aStoreWithoutTheIndexOfReceiptsLeavesItOpen() {
    StoreConfig config =
        new StoreConfig("test", TestNode.key("ann"), 1, List.of(), List.of(), () -> 1_000_000);
    try (TestNode node = new TestNode("ann");
        Store store =
            Store.open(
                new MemoryEngine(StoreConfig.tables(config.indexes(), config.localTables())),
                config)) {
      assertThat(claims(new Auditor(null).audit("it", store)).outcome()).isEqualTo(Outcome.MADE);
      Receipt receipt = honest(node, "a");
      store.commit(new CommitDraft().put(store.prepare(TypeTag.RECEIPT, receipt.encode())));
      AuditReport report = new Auditor(null).audit("it", store);
      assertThat(claims(report).outcome()).isEqualTo(Outcome.CUT_SHORT);
      assertThat(claims(report).note()).contains("without the index of receipts");
    }
  }

  @Test
  void aFileOfTheTwoReceiptsShowsIt() throws IOException {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      Receipt right = honest(ann, "a");
      put(bob, lie(right, bob.put("something else")));
      ann.store().signHead();
      bob.store().signHead();
      shownAlone(ann, bob);
      sync(ann, bob);
      shownAlone(bob);
      shownAlone(bob, ann);
    }
  }

  @Test
  void whereTheOtherReceiptStandsIsNotToldAsSignedIfNothingShowsIt() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      Receipt right = honest(ann, "a");
      put(bob, lie(right, bob.put("something else")));
      ann.store().signHead();
      bob.store().signHead();
      List<AuditSource> sources = sources(ann, bob);
      AuditReport whole = new Auditor(null).audit(sources);
      Excerpt excerpt = new ExcerptMaker(sources, whole, null).of(only(whole));
      Excerpt.Side last = excerpt.sides().get(1);
      Excerpt.Log log = last.logs().get(0);
      Excerpt unsigned =
          new Excerpt(
              excerpt.federation(),
              excerpt.kind(),
              excerpt.subject(),
              List.of(
                  excerpt.sides().get(0),
                  new Excerpt.Side(
                      last.name(),
                      List.of(
                          new Excerpt.Log(
                              log.origin(),
                              log.key(),
                              log.size(),
                              log.root(),
                              null,
                              log.records())))));
      assertThat(only(new ExcerptAudit(unsigned, null).report()).places())
          .hasSize(2)
          .allSatisfy(place -> assertThat(place.detail()).containsOnlyOnce("; not signed:"));
      assertThat(only(new ExcerptAudit(excerpt, null).report()).places())
          .allSatisfy(place -> assertThat(place.detail()).doesNotContain("not signed"));
    }
  }

  private void shownAlone(TestNode... nodes) throws IOException {
    List<AuditSource> sources = sources(nodes);
    AuditReport whole = new Auditor(null).audit(sources);
    AuditFinding finding = only(whole);
    assertThat(ExcerptMaker.worst(whole)).contains(finding);
    Excerpt excerpt = new ExcerptMaker(sources, whole, null).of(finding);
    assertThat(excerpt.records()).isEqualTo(2);
    Path file = folder.resolve("contradiction");
    Files.write(file, Excerpts.encode(excerpt).toArray());
    ExcerptAudit audit = new ExcerptAudit(Excerpts.read(file), RUNNER);
    AuditFinding alone = only(audit.report());
    assertThat(audit.report().verdict()).isEqualTo(whole.verdict());
    assertThat(alone.id()).isEqualTo(finding.id());
    assertThat(finding.places()).containsAll(alone.places());
    assertThat(alone.places()).hasSize(2);
    assertThat(audit.explanations().trees())
        .singleElement()
        .extracting(CauseTree::about)
        .isEqualTo("run");
    for (int i = 0; i < 2; i++) {
      assertThat(new ExcerptAudit(excerpt.without(i), null).report().findings()).isEmpty();
    }
  }
}
