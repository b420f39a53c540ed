package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.federation.FormatDocument;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Divergence;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.bundle.Bundles;
import dev.cairn.federation.bundle.Excerpt;
import dev.cairn.federation.bundle.Excerpt.Held;
import dev.cairn.federation.bundle.Excerpt.Log;
import dev.cairn.federation.bundle.Excerpt.Side;
import dev.cairn.federation.bundle.Excerpts;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.text.ProgramText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The least that shows a finding alone. */
@Timeout(180)
class ExcerptTest {
  private static final ReceiptCheck RUNNER =
      new Reexecution(OperatorRegistry.builtIn(), RunOptions.defaults());
  private static final int MANY = 5_000;

  @TempDir private Path folder;

  private static List<AuditSource> sources(TestNode... nodes) {
    List<AuditSource> sources = new ArrayList<>();
    for (TestNode node : nodes) {
      sources.add(new OfStore("source " + sources.size(), node.store()));
    }
    return sources;
  }

  /** What the whole sources show, and the least of them that does. */
  private record Shown(AuditReport report, AuditFinding finding, Excerpt excerpt) {
    Place place() {
      return finding.places().get(0);
    }
  }

  private static Shown shown(@Nullable ReceiptCheck runner, TestNode... nodes) {
    List<AuditSource> sources = sources(nodes);
    AuditReport report = new Auditor(runner).audit(sources);
    AuditFinding finding = ExcerptMaker.worst(report).orElseThrow();
    return new Shown(report, finding, new ExcerptMaker(sources, report, runner).of(finding));
  }

  /** The file alone gives the verdict, the finding and its place. */
  private AuditReport seenAlone(Shown shown) throws IOException {
    Path file = folder.resolve("finding.bundle");
    Files.write(file, Excerpts.encode(shown.excerpt).toArray());
    Excerpt read = Excerpts.read(file);
    assertThat(read).isEqualTo(shown.excerpt);
    AuditReport alone = new ExcerptAudit(read, RUNNER).report();
    assertThat(alone.verdict()).isEqualTo(shown.report.verdict());
    assertThat(alone.findings()).extracting(AuditFinding::id).contains(shown.finding.id());
    Place place =
        alone.findings().stream()
            .filter(finding -> finding.id().equals(shown.finding.id()))
            .findFirst()
            .orElseThrow()
            .places()
            .get(0);
    assertThat(place).isEqualTo(shown.place());
    assertThat(new ExcerptAudit(read, RUNNER).report()).isEqualTo(alone);
    return alone;
  }

  private static void everyRecordIsNeeded(Shown shown) {
    for (int i = 0; i < shown.excerpt.records(); i++) {
      AuditReport fewer = new ExcerptAudit(shown.excerpt.without(i), RUNNER).report();
      assertThat(fewer.findings())
          .noneMatch(
              finding ->
                  finding.id().equals(shown.finding.id())
                      && finding.places().contains(shown.place()));
    }
  }

  private static void fill(TestNode node, String prefix, int count) {
    for (int i = 0; i < count; i += 500) {
      node.putTogether(prefix + " " + i + " ", Math.min(500, count - i));
    }
  }

  @Test
  void aForkOfALogOfManyRecordsIsShownByOneRecordOfEachStory() throws IOException {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      for (TestNode node : List.of(one, two)) {
        fill(node, "common", 3_000);
        node.put(node == one ? "one story" : "another story");
        fill(node, "later", MANY - 3_001);
        node.store().signHead();
      }
      Shown shown = shown(null, one, two);
      assertThat(shown.finding.kind()).isEqualTo(Kind.FORK);
      AuditReport alone = seenAlone(shown);
      assertThat(alone.verdict()).isEqualTo(Verdict.MISBEHAVIOUR);
      assertThat(alone.firstDivergence()).isEqualTo(shown.report.firstDivergence());
      assertThat(shown.excerpt.records()).isEqualTo(2);
      assertThat(Excerpts.encode(shown.excerpt).length()).isLessThan(4_000);
      everyRecordIsNeeded(shown);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a b c d e, a b x d e, PAYLOAD, 2",
    "a b c d e, a c d e f, MISSING, 3",
    "a c d e f, a b c d e, EXTRA, 3"
  })
  void differencesThatNobodySignedAreShownWithTheirClass(
      String left, String right, DifferenceClass difference, int records) throws IOException {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      List.of(left.split(" ")).forEach(one::put);
      List.of(right.split(" ")).forEach(two::put);
      Shown shown = shown(null, one, two);
      Divergence first = seenAlone(shown).firstDivergence();
      assertThat(first).isEqualTo(shown.report.firstDivergence());
      assertThat(first).isNotNull();
      assertThat(first.difference()).isEqualTo(difference);
      assertThat(shown.excerpt.records()).isEqualTo(records);
      everyRecordIsNeeded(shown);
    }
  }

  @Test
  void aDamagedPayloadIsShownWithItsRecordAlone() throws IOException {
    try (TestNode ann = new TestNode("ann")) {
      fill(ann, "text", MANY);
      ann.store().signHead();
      ann.damage("asl.content");
      Shown shown = shown(null, ann);
      assertThat(shown.finding.kind()).isEqualTo(Kind.PAYLOAD);
      seenAlone(shown);
      assertThat(shown.excerpt.records()).isEqualTo(1);
      assertThat(Excerpts.encode(shown.excerpt).length()).isLessThan(4_000);
      everyRecordIsNeeded(shown);
    }
  }

  @Test
  void anyFindingIsShownThoughOthersAreWorse() throws IOException {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      for (TestNode node : List.of(one, two)) {
        fill(node, "common", 10);
        node.put(node == one ? "one story" : "another story");
        node.store().signHead();
      }
      one.damage("asl.content");
      List<AuditSource> sources = sources(one, two);
      AuditReport report = new Auditor(null).audit(sources);
      assertThat(report.verdict()).isEqualTo(Verdict.MISBEHAVIOUR);
      List<AuditFinding> payloads =
          report.findings().stream().filter(each -> each.kind() == Kind.PAYLOAD).toList();
      assertThat(payloads).hasSizeGreaterThan(2);
      for (AuditFinding each : List.of(payloads.get(0), payloads.get(2))) {
        String prefix = each.id().toString().substring(0, 16);
        assertThat(ExcerptMaker.named(report, prefix)).containsExactly(each);
        Excerpt excerpt = new ExcerptMaker(sources, report, null).of(each);
        assertThat(excerpt.records()).isEqualTo(1);
        AuditReport alone = new ExcerptAudit(excerpt, null).report();
        assertThat(alone.verdict()).isEqualTo(Verdict.REFUTED);
        assertThat(alone.findings())
            .singleElement()
            .satisfies(
                found -> {
                  assertThat(found.id()).isEqualTo(each.id());
                  assertThat(found.places().get(0)).isEqualTo(each.places().get(0));
                });
      }
      AuditFinding divergence =
          report.findings().stream()
              .filter(each -> each.kind() == Kind.DIVERGENCE)
              .findFirst()
              .orElseThrow();
      AuditReport alone =
          new ExcerptAudit(new ExcerptMaker(sources, report, null).of(divergence), null).report();
      assertThat(alone.findings())
          .as("a fork is seen with it, as it is one")
          .extracting(AuditFinding::kind)
          .contains(Kind.DIVERGENCE, Kind.FORK);
      assertThat(ExcerptMaker.named(report, "")).isEqualTo(report.findings());
      assertThat(ExcerptMaker.named(report, "x")).isEmpty();
    }
  }

  /** A receipt of a run that gave something else, its program and its input. */
  private static ArtifactKey lie(TestNode ann) {
    Receipt honest =
        new Executor(ann.store(), OperatorRegistry.builtIn())
            .run(
                ProgramText.readJson(
                    Bytes.utf8(
                        """
                        {"program": 1, "inputs": ["text"],
                         "nodes": {"digest": {"operator": "digest/sha256@1", "inputs": ["text"]}},
                         "outputs": {"digest": "digest"}}
                        """)),
                new TreeMap<>(Map.of("text", ann.put("text"))),
                RunOptions.defaults())
            .receipt();
    ArtifactKey wrong = ann.put("another output");
    Receipt.Step step = honest.steps().get("digest");
    return ann.put(
        TypeTag.RECEIPT,
        new Receipt(
                honest.program(),
                honest.inputs(),
                new TreeMap<>(Map.of("digest", wrong)),
                honest.status(),
                new TreeMap<>(
                    Map.of(
                        "digest",
                        new Receipt.Step(
                            step.operator(),
                            step.parametersDigest(),
                            step.inputs(),
                            List.of(wrong)))),
                honest.failures())
            .encode());
  }

  @Test
  void aForgedReceiptIsShownWithItsProgramAndInputs() throws IOException {
    try (TestNode ann = new TestNode("ann")) {
      fill(ann, "before", MANY / 2);
      ArtifactKey lie = lie(ann);
      fill(ann, "after", MANY / 2);
      ann.store().signHead();
      Shown shown = shown(RUNNER, ann);
      assertThat(shown.finding.subject()).isEqualTo(lie.toString());
      seenAlone(shown);
      assertThat(shown.excerpt.records()).isEqualTo(3);
      assertThat(Excerpts.encode(shown.excerpt).length()).isLessThan(8_000);
      everyRecordIsNeeded(shown);
      // Nobody who does not run it sees it.
      assertThat(new ExcerptAudit(shown.excerpt, null).report().findings()).isEmpty();
    }
  }

  private static Excerpt with(Excerpt excerpt, Log... logs) {
    Side side = excerpt.sides().get(0);
    return new Excerpt(
        excerpt.federation(),
        excerpt.kind(),
        excerpt.subject(),
        List.of(new Side(side.name(), List.of(logs))));
  }

  @Test
  void aReceiptThatItsNodeDidNotSignAccusesNobody() {
    try (TestNode liar = new TestNode("liar");
        TestNode ann = new TestNode("ann")) {
      lie(liar);
      liar.store().signHead();
      ann.put("all that she ever said");
      ann.store().signHead();
      Excerpt excerpt = shown(RUNNER, liar).excerpt;
      Log lies = excerpt.sides().get(0).logs().get(0);
      Log signed = ExcerptMaker.log(ann.store(), ann.origin(), new TreeMap<>(Map.of(0L, false)));
      // An honest note above records that are not under its root.
      AuditReport forged =
          new ExcerptAudit(
                  with(
                      excerpt,
                      new Log(
                          signed.origin(),
                          signed.key(),
                          signed.size(),
                          signed.root(),
                          signed.note(),
                          lies.records())),
                  RUNNER)
              .report();
      assertThat(forged.verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(forged.findings()).extracting(AuditFinding::kind).containsOnly(Kind.BUNDLE);
      // A log of hers that anybody can make up, with a root that fits.
      AuditReport madeUp =
          new ExcerptAudit(
                  with(
                      excerpt,
                      new Log(
                          signed.origin(),
                          signed.key(),
                          lies.size(),
                          lies.root(),
                          null,
                          lies.records())),
                  RUNNER)
              .report();
      assertThat(madeUp.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.RECEIPT);
                assertThat(finding.places())
                    .allSatisfy(place -> assertThat(place.detail()).contains("; not signed:"));
              });
      assertThat(new ExcerptAudit(excerpt, RUNNER).report().findings().get(0).places())
          .allSatisfy(place -> assertThat(place.detail()).doesNotContain("not signed"));
    }
  }

  @Test
  void aReceiptThatIsRecordedOftenIsRunOnce() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey lie = lie(ann);
      Bytes payload = ann.store().payload(ann.store().now().live(lie).orElseThrow(), 1 << 20);
      TreeMap<Long, Boolean> records = new TreeMap<>();
      for (int i = 0; i < 20; i++) {
        ann.remove(lie, false);
        ann.put(TypeTag.RECEIPT, payload);
      }
      ann.store().signHead();
      Excerpt excerpt = shown(RUNNER, ann).excerpt;
      for (long i = 0; i < ann.store().head(ann.origin()).orElseThrow().treeSize(); i++) {
        if (ann.store().record(ann.origin(), i).orElseThrow().isPut()) {
          records.put(i, true);
        }
      }
      AtomicInteger runs = new AtomicInteger();
      AuditReport report =
          new ExcerptAudit(
                  with(excerpt, ExcerptMaker.log(ann.store(), ann.origin(), records)),
                  (store, receipt, max) -> {
                    runs.incrementAndGet();
                    return RUNNER.check(store, receipt, max);
                  })
              .report();
      assertThat(runs).hasValue(1);
      assertThat(report.findings())
          .singleElement()
          .satisfies(finding -> assertThat(finding.places()).hasSize(21));
    }
  }

  @Test
  void whereBothSidesAreSaidToHaveTheSameNothingIsExplained() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey key = ann.put("the same");
      Log log = ExcerptMaker.log(ann.store(), ann.origin(), new TreeMap<>(Map.of(0L, true)));
      Excerpt excerpt =
          new Excerpt(
              ann.store().federation(),
              ExcerptAudit.EXPLANATION,
              "x: " + key + " | " + key,
              List.of(new Side("one", List.of(log)), new Side("other", List.of(log))));
      CauseTrees explained = new ExcerptAudit(excerpt, null).explanations();
      assertThat(explained.trees()).isEmpty();
      assertThat(explained.note()).contains("nothing to explain");
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 3", "1, 3"})
  void twoSignedRootsThatCannotBothBeTrueAreAFork(long ofOne, long ofTwo) {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      for (TestNode node : List.of(one, two)) {
        node.put("common");
        node.put("common too");
        node.put(node == one ? "one story" : "another story");
        node.put("the same again");
        node.store().signHead();
      }
      // Neither shows the record in which they part.
      Log left = ExcerptMaker.log(one.store(), one.origin(), new TreeMap<>(Map.of(ofOne, false)));
      Log right = ExcerptMaker.log(two.store(), two.origin(), new TreeMap<>(Map.of(ofTwo, false)));
      assertThat(stories(one, left, right).verdict()).isEqualTo(Verdict.MISBEHAVIOUR);
      assertThat(stories(one, left, right).findings())
          .extracting(AuditFinding::kind)
          .containsExactly(Kind.FORK);
      Log unsigned =
          new Log(right.origin(), right.key(), right.size(), right.root(), null, right.records());
      assertThat(stories(one, left, unsigned).findings())
          .extracting(AuditFinding::kind)
          .doesNotContain(Kind.FORK);
    }
  }

  private static AuditReport stories(TestNode node, Log left, Log right) {
    return new ExcerptAudit(
            new Excerpt(
                node.store().federation(),
                Kind.FORK.text(),
                node.origin().toString(),
                List.of(new Side("one", List.of(left)), new Side("other", List.of(right)))),
            null)
        .report();
  }

  @Test
  void whatNoRecordsShowIsRefusedWithTheReason() {
    try (TestNode ann = new TestNode("ann")) {
      fill(ann, "text", 20);
      ann.store().signHead();
      ann.damage("asl.checkpoint");
      List<AuditSource> sources = sources(ann);
      AuditReport report = new Auditor(null).audit(sources);
      AuditFinding finding = ExcerptMaker.worst(report).orElseThrow();
      assertThatThrownBy(() -> new ExcerptMaker(sources, report, null).of(finding))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("keep a copy");
    }
  }

  @Test
  void theVectorsOfTheDocumentAreReadWrittenAndAudited() throws IOException {
    Map<String, Bytes> vectors = FormatDocument.vectors("excerpt.md");
    assertThat(vectors).containsOnlyKeys("excerpt", "unsigned");
    Path file = folder.resolve("vector");
    for (Bytes vector : vectors.values()) {
      Files.write(file, vector.toArray());
      assertThat(Excerpts.encode(Excerpts.read(file))).isEqualTo(vector);
    }
    AuditReport unsigned = new ExcerptAudit(Excerpts.read(file), RUNNER).report();
    assertThat(unsigned.findings()).isEmpty();
    assertThat(unsigned.verdict()).isEqualTo(Verdict.UNDECIDED);
    Files.write(file, Objects.requireNonNull(vectors.get("excerpt")).toArray());
    Excerpt excerpt = Excerpts.read(file);
    assertThat(new ExcerptAudit(excerpt, RUNNER).report().findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.kind().text()).isEqualTo(excerpt.kind());
              assertThat(finding.subject()).isEqualTo(excerpt.subject());
              assertThat(finding.places().get(0).logseq()).isEqualTo(1);
            });
  }

  @Test
  void everyFlippedByteOfAnExcerptIsSeen() throws IOException {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      one.put("one story");
      two.put("another story");
      byte[] whole = Excerpts.encode(shown(null, one, two).excerpt).toArray();
      Path file = folder.resolve("damaged");
      for (int i = 0; i < whole.length; i++) {
        byte[] damaged = whole.clone();
        damaged[i] ^= 1;
        Files.write(file, damaged);
        assertThatThrownBy(() -> Excerpts.read(file)).isInstanceOf(CairnException.class);
      }
      Files.write(file, Arrays.copyOf(whole, whole.length - 1));
      assertThatThrownBy(() -> Excerpts.read(file)).isInstanceOf(CairnException.class);
      Files.write(file, whole);
      assertThat(Excerpts.isExcerpt(Bytes.wrap(whole))).isTrue();
      assertThatThrownBy(() -> Bundles.verify(file))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("cairn audit");
    }
  }

  @Test
  void aRecordThatDoesNotStandWhereItIsShownProvesNothingAboutItsNode() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      for (TestNode node : List.of(one, two)) {
        node.put("common");
        node.put(node == one ? "one story" : "another story");
        node.put("later");
        node.store().signHead();
      }
      Excerpt excerpt = shown(null, one, two).excerpt;
      Side left = excerpt.sides().get(0);
      Side right = excerpt.sides().get(1);
      Log log = left.logs().get(0);
      Held other = right.logs().get(0).records().get(0);
      Log forged =
          new Log(log.origin(), log.key(), log.size(), log.root(), log.note(), List.of(other));
      AuditReport report =
          new ExcerptAudit(
                  new Excerpt(
                      excerpt.federation(),
                      excerpt.kind(),
                      excerpt.subject(),
                      List.of(
                          new Side(left.name(), List.of(forged)),
                          new Side(right.name(), List.of(log)))),
                  null)
              .report();
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(report.findings()).extracting(AuditFinding::kind).containsExactly(Kind.BUNDLE);
      // A note that does not verify is no signature either.
      Log unsigned =
          new Log(
              log.origin(),
              log.key(),
              log.size(),
              log.root(),
              Bytes.utf8("signed, trust me\n"),
              log.records());
      AuditReport doubted =
          new ExcerptAudit(
                  new Excerpt(
                      excerpt.federation(),
                      excerpt.kind(),
                      excerpt.subject(),
                      List.of(new Side(left.name(), List.of(unsigned)), right)),
                  null)
              .report();
      assertThat(doubted.findings())
          .extracting(AuditFinding::kind)
          .containsExactly(Kind.CHECKPOINT, Kind.DIVERGENCE);
    }
  }
}
