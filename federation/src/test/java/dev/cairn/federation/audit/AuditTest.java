package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.bundle.Bundles;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.transport.InProcessLink;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.pel.text.ProgramText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class AuditTest {
  @TempDir Path folder;

  private static StoreSync sync(TestNode node) {
    return new StoreSync(
        node.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system());
  }

  private static void sync(TestNode left, TestNode right) {
    sync(left).with(right.store(), true, true).orThrow();
  }

  private static AuditReport audit(TestNode node) {
    return new Auditor(null).audit("it", node.store());
  }

  // ---- replay

  @Test
  void aStoreIsReplayedAndEverySnapshotIsReproduced() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode empty = new TestNode("replay")) {
      ann.work(1, 30);
      SnapshotInfo first = ann.store().snapshot("first");
      bob.work(2, 30);
      sync(ann, bob);
      SnapshotInfo second = ann.store().snapshot("second");
      ann.work(3, 30);
      ReplayReport report = new Replayer(empty.store()).store(ann.store(), Optional.empty());
      assertThat(report.verified()).isTrue();
      assertThat(report.snapshots())
          .extracting(SnapshotCheck::snapshot)
          .contains(first.key(), second.key())
          .hasSize(3);
      assertThat(report.stateRoot()).isEqualTo(ann.store().stateRoot());
      assertThat(empty.derivedRows()).isEqualTo(ann.derivedRows());
      assertThat(report.records())
          .isEqualTo(ann.store().heads().stream().mapToLong(head -> head.treeSize()).sum());
    }
  }

  @Test
  void aReplayUntilASnapshotEndsThere() {
    try (TestNode ann = new TestNode("ann");
        TestNode empty = new TestNode("replay")) {
      ann.work(1, 30);
      Snapshot middle = ann.store().snapshot("middle").snapshot();
      ann.work(2, 30);
      ReplayReport report = new Replayer(empty.store()).store(ann.store(), Optional.of(middle));
      assertThat(report.verified()).isTrue();
      assertThat(report.stateRoot()).isEqualTo(middle.stateRoot());
    }
  }

  @Test
  void aBundleIsReplayed() {
    Path file = folder.resolve("bundle");
    try (TestNode ann = new TestNode("ann");
        TestNode empty = new TestNode("replay")) {
      ann.work(1, 30);
      Bundles.write(ann.store(), file, Optional.empty(), Optional.empty());
      ReplayReport report = new Replayer(empty.store()).bundle(file);
      assertThat(report.verified()).isTrue();
      assertThat(report.snapshots()).hasSize(1);
      assertThat(report.stateRoot()).isEqualTo(ann.store().stateRoot());
    }
  }

  @Test
  void aPeerIsReplayedAndThePublishedSnapshotsOfItsLogAreChecked() {
    try (TestNode ann = new TestNode("ann");
        TestNode empty = new TestNode("replay")) {
      ann.work(1, 20);
      Snapshot published = ann.store().snapshot(null).snapshot();
      ann.put(TypeTag.SNAPSHOT, published.encode());
      InProcessLink.Pair pair = InProcessLink.pair();
      CompletableFuture<?> answer =
          CompletableFuture.runAsync(() -> sync(ann).respond(pair.right()));
      ReplayReport report = new Replayer(empty.store()).peer(sync(empty), pair.left());
      answer.join();
      assertThat(report.verified()).isTrue();
      assertThat(report.snapshots())
          .extracting(SnapshotCheck::snapshot)
          .containsExactly(published.key());
      assertThat(report.stateRoot()).isEqualTo(ann.store().stateRoot());
    }
  }

  @Test
  void aSnapshotThatLiesIsNotReproduced() {
    try (TestNode ann = new TestNode("ann");
        TestNode empty = new TestNode("replay")) {
      ann.work(1, 10);
      Snapshot honest = ann.store().snapshot(null).snapshot();
      Snapshot lie = new Snapshot(honest.federation(), honest.heads(), Bytes.wrap(new byte[32]));
      ann.put(TypeTag.SNAPSHOT, lie.encode());
      ReplayReport report = new Replayer(empty.store()).store(ann.store(), Optional.empty());
      assertThat(report.verified()).isFalse();
      assertThat(report.snapshots())
          .filteredOn(check -> !check.ok())
          .singleElement()
          .satisfies(
              check -> {
                assertThat(check.snapshot()).isEqualTo(lie.key());
                assertThat(check.actual()).isEqualTo(honest.stateRoot());
              });
    }
  }

  @Test
  void aReplayIntoAStoreThatHoldsSomethingIsRefused() {
    try (TestNode ann = new TestNode("ann")) {
      ann.put("a");
      assertThatThrownBy(() -> new Replayer(ann.store())).isInstanceOf(RefusedException.class);
    }
  }

  // ---- audit

  @Test
  void aSoundStoreIsVerified() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 40);
      ArtifactKey erased = ann.put("secret");
      ann.remove(erased, true);
      bob.work(2, 40);
      sync(ann, bob);
      ann.store().snapshot("a");
      ann.work(3, 10);
      AuditReport report = audit(ann);
      assertThat(report.findings()).isEmpty();
      assertThat(report.verified()).isTrue();
      assertThat(report.sources()).singleElement().extracting("source").isEqualTo("it");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "asl.content, PAYLOAD",
    "asl.chunk, PAYLOAD",
    "asl.checkpoint, CHECKPOINT",
    "asl.note, PAYLOAD",
    "asl.tree, STATE",
    "asl.live, STATE",
  })
  void damageOfATableIsFoundAndTheAuditGoesOn(String table, Kind expected) {
    try (TestNode ann = new TestNode("ann")) {
      ann.remove(ann.put("gone"), false);
      ann.putLarge(300_000, 1);
      ann.work(1, 60);
      ann.store().stateRoot();
      ann.store().signHead();
      ann.damage(table);
      AuditReport report = audit(ann);
      assertThat(report.verified()).isFalse();
      assertThat(report.findings())
          .as("%s", report.findings())
          .anyMatch(finding -> finding.kind() == expected || finding.kind() == Kind.UNREADABLE);
    }
  }

  @Test
  void aLostPayloadOfALiveArtifactIsFound() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey key = ann.put("precious");
      ann.put("other");
      LogRecord record = ann.store().history(key).get(0).record();
      ann.drop("asl.content", ann.store().origin().bytes().plus(Bytes.u64(record.index())));
      AuditReport report = audit(ann);
      assertThat(report.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.PAYLOAD_MISSING);
                assertThat(finding.message()).contains(key.toString());
                assertThat(finding.id().shortText()).matches("[0-9a-f]{16}");
              });
    }
  }

  @Test
  void aRecordThatReadsOtherwiseIsNamed() {
    TamperedEngine engine = new TamperedEngine(new MemoryEngine(TestNode.tables()));
    try (Store store = Store.open(engine, TestNode.config("ann", "test"))) {
      for (int i = 0; i < 20; i++) {
        store.commit(new CommitDraft().put(store.prepare(null, Bytes.utf8("text " + i))));
      }
      store.signHead();
      engine.records(
          (index, record) -> index.u64At(0) == 7 ? flip(record, record.length() - 1) : record);
      AuditReport report = new Auditor(null).audit("it", store);
      assertThat(report.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.ALTERED);
                assertThat(finding.places())
                    .singleElement()
                    .satisfies(
                        place -> {
                          assertThat(place.where()).isEqualTo("record 7 of " + store.origin());
                          assertThat(place.logseq()).isEqualTo(8);
                        });
              });
      engine.records((index, record) -> index.u64At(0) == 7 ? flip(record, 0) : record);
      report = new Auditor(null).audit("it", store);
      assertThat(report.findings())
          .filteredOn(finding -> finding.kind() == Kind.RECORD)
          .singleElement()
          .satisfies(
              finding ->
                  assertThat(finding.places())
                      .singleElement()
                      .satisfies(
                          place ->
                              assertThat(place.where())
                                  .isEqualTo("record 7 of " + store.origin())));
    }
  }

  private static Bytes flip(Bytes bytes, int at) {
    byte[] copy = bytes.toArray();
    copy[at] ^= 1;
    return Bytes.wrap(copy);
  }

  @Test
  void aLogThatCannotBeReadIsUndecided() {
    TamperedEngine engine = new TamperedEngine(new MemoryEngine(TestNode.tables()));
    try (Store store = Store.open(engine, TestNode.config("ann", "test"))) {
      store.commit(new CommitDraft().put(store.prepare(null, Bytes.utf8("text"))));
      engine.records(
          (index, record) -> {
            throw new StoreFailedException("the disk is gone");
          });
      AuditReport report = new Auditor(null).audit("it", store);
      assertThat(report.verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(report.verdict().exitCode()).isEqualTo(3);
      assertThat(report.findings()).extracting(AuditFinding::kind).containsOnly(Kind.UNDECIDED);
    }
  }

  @Test
  void aLogThatLostItsTailIsFoundByTheCheckpointThatOutlivedIt() {
    try (TestNode ann = new TestNode("ann");
        TestNode before = new TestNode("ann")) {
      ann.put("one");
      before.put("one");
      ann.put("two");
      ann.store().signHead();
      ann.rows("asl.checkpoint")
          .forEach((key, row) -> before.overwrite("asl.checkpoint", key, row));
      assertThat(audit(before).findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.CHECKPOINT);
                assertThat(finding.places().get(0).detail()).contains("signs 2 records");
              });
    }
  }

  // ---- what is live

  @Test
  void anArtifactThatIsHiddenIsFoundThoughTheTreeWasMadeToFit() {
    try (TestNode ann = new TestNode("ann");
        TestNode liar = new TestNode("ann")) {
      ArtifactKey hidden = ann.put("hidden");
      ann.put("shown");
      liar.put("hidden");
      liar.put("shown");
      liar.remove(hidden, false);
      copy(liar, ann, "asl.live");
      copy(liar, ann, "asl.tree");
      assertOnly(ann, Kind.LIVENESS, hidden);
    }
  }

  @Test
  void anArtifactThatWasRemovedAndIsShownAllTheSameIsFound() {
    try (TestNode ann = new TestNode("ann");
        TestNode liar = new TestNode("ann")) {
      ArtifactKey removed = ann.put("removed");
      liar.put("removed");
      ann.remove(removed, false);
      copy(liar, ann, "asl.live");
      copy(liar, ann, "asl.tree");
      assertOnly(ann, Kind.LIVENESS, removed);
    }
  }

  @Test
  void anArtifactThatNoRecordPutIsFound() {
    try (TestNode ann = new TestNode("ann");
        TestNode liar = new TestNode("ann")) {
      ann.put("real");
      liar.put("real");
      ArtifactKey invented = liar.put("invented");
      liar.store().stateRoot();
      copy(liar, ann, "asl.live");
      copy(liar, ann, "asl.tree");
      assertOnly(ann, Kind.LIVENESS, invented);
    }
  }

  @Test
  void anOlderPutShownForTheLatestIsFound() {
    try (TestNode ann = new TestNode("ann");
        TestNode liar = new TestNode("ann")) {
      ArtifactKey revived = ann.put("revived");
      liar.put("revived");
      ann.remove(revived, false);
      ann.put("revived");
      copy(liar, ann, "asl.live");
      copy(liar, ann, "asl.tree");
      assertOnly(ann, Kind.LIVENESS, revived);
    }
  }

  private static void copy(TestNode from, TestNode to, String table) {
    from.store().stateRoot();
    to.store().stateRoot();
    to.rows(table).keySet().forEach(key -> to.drop(table, key));
    from.rows(table).forEach((key, row) -> to.overwrite(table, key, row));
  }

  private static void assertOnly(TestNode node, Kind kind, ArtifactKey subject) {
    AuditReport report = audit(node);
    assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
    assertThat(report.findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.kind()).isEqualTo(kind);
              assertThat(finding.subject()).isEqualTo(subject.toString());
            });
  }

  @Test
  void whateverStoredRowsSayAnAuditEndsWithAReport() {
    try (TestNode ann = new TestNode("ann")) {
      ann.link("prov:wasDerivedFrom", ann.put("a"), ann.put("b"));
      ann.remove(ann.put("c"), true);
      ann.remove(ann.put("d"), false);
      ann.put("d");
      ann.putLarge(70_000, 1);
      ann.store().stateRoot();
      ann.store().signHead();
      whateverRowsSayAnAuditEndsWithAReport(
          ann, "asl.live", "asl.history", "asl.content", "asl.chunk", "asl.note", "asl.checkpoint");
    }
    try (TestNode ann = new TestNode("ann")) {
      ann.putTogether("many ", 40);
      ann.store().stateRoot();
      ann.store().signHead();
      whateverRowsSayAnAuditEndsWithAReport(ann, "asl.tree");
    }
  }

  private void whateverRowsSayAnAuditEndsWithAReport(TestNode ann, String... tables) {
    for (String table : tables) {
      Map<Bytes, Bytes> rows = ann.rows(table);
      assertThat(rows).as(table).isNotEmpty();
      rows.forEach(
          (key, row) -> {
            for (Bytes changed : changes(row)) {
              ann.overwrite(table, key, changed);
              AuditReport report = audit(ann);
              if (!UNCHECKED_IN_PART.contains(table)) {
                assertThat(report.verified())
                    .as("row %s of %s was %s, is %s", key, table, row, changed)
                    .isFalse();
              }
            }
            ann.overwrite(table, key, row);
          });
    }
    assertThat(audit(ann).verified()).isTrue();
  }

  /** Rows that hold more than decides what is live now. */
  private static final Set<String> UNCHECKED_IN_PART = Set.of("asl.live", "asl.history");

  /** A row of nothing, of one byte less, and with each of some bytes changed. */
  private static List<Bytes> changes(Bytes row) {
    List<Bytes> changes = new ArrayList<>();
    if (!row.isEmpty()) {
      changes.add(Bytes.EMPTY);
      changes.add(row.slice(0, row.length() - 1));
    }
    for (int at = 0; at < row.length(); at += at < 80 ? 1 : 997) {
      byte[] changed = row.toArray();
      changed[at] ^= (byte) (at % 2 == 0 ? 0xff : 1);
      changes.add(Bytes.wrap(changed));
    }
    return changes;
  }

  // ---- receipts

  private static final String PROGRAM =
      """
      {"program": 1, "inputs": ["text"],
       "nodes": {"sum": {"operator": "digest/sha256@1", "inputs": ["text"]}},
       "outputs": {"digest": "sum"}}
      """;

  private static RunResult run(TestNode node, ArtifactKey input) {
    return new Executor(node.store(), OperatorRegistry.builtIn())
        .run(
            ProgramText.readJson(Bytes.utf8(PROGRAM)),
            new TreeMap<>(Map.of("text", input)),
            RunOptions.defaults());
  }

  private static AuditReport auditReceipts(TestNode node) {
    return new Auditor(new Reexecution(OperatorRegistry.builtIn(), RunOptions.defaults()))
        .audit("it", node.store());
  }

  @Test
  void anHonestReceiptIsConfirmedByRunningItAgain() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      run(ann, ann.put("text"));
      sync(ann, bob);
      long records = bob.store().heads().get(0).treeSize();
      assertThat(auditReceipts(bob).verdict()).isEqualTo(Verdict.VERIFIED);
      assertThat(bob.store().heads()).singleElement().extracting("treeSize").isEqualTo(records);
    }
  }

  @Test
  void aReceiptThatLiesIsNamedWithThePlaceOfTheLie() {
    try (TestNode ann = new TestNode("ann")) {
      RunResult honest = run(ann, ann.put("text"));
      ArtifactKey other = ann.put("another output");
      Receipt claim = honest.receipt();
      Receipt lie =
          new Receipt(
              claim.program(),
              claim.inputs(),
              new TreeMap<>(Map.of("digest", other)),
              claim.status(),
              claim.steps(),
              claim.failures());
      ArtifactKey lieKey = ann.put(TypeTag.RECEIPT, lie.encode());
      AuditReport report = auditReceipts(ann);
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(report.findings())
          .extracting(AuditFinding::kind)
          .containsExactly(Kind.RECEIPT, Kind.CONTRADICTION);
      assertThat(report.findings().get(0).subject()).isEqualTo(lieKey.toString());
      assertThat(report.findings().get(0).places().get(0).detail())
          .startsWith("/outputs/digest: claimed " + other);
      assertThat(audit(ann).findings())
          .extracting(AuditFinding::kind)
          .containsExactly(Kind.CONTRADICTION);
    }
  }

  @Test
  void aReceiptThatCannotBeRunHereIsUndecidedAndTheOthersAreStillChecked() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey input = ann.put("will go");
      RunResult first = run(ann, input);
      run(ann, ann.put("stays"));
      ann.remove(input, true);
      AuditReport report = auditReceipts(ann);
      assertThat(report.verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(report.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.UNDECIDED);
                assertThat(finding.subject()).isEqualTo(first.key().toString());
                assertThat(finding.places().get(0).detail()).contains(input.toString());
              });
    }
  }

  // ---- bundles

  private AuditReport auditBundle(Path file) {
    try (TestNode scratch = new TestNode("scratch")) {
      return new Auditor(null)
          .audit(List.of(new AuditSource.OfBundle("the bundle", file, scratch.store())));
    }
  }

  @Test
  void aBundleIsAuditedAndComparedWithAStore() {
    Path file = folder.resolve("bundle");
    try (TestNode ann = new TestNode("ann");
        TestNode scratch = new TestNode("scratch")) {
      ann.work(1, 30);
      Bundles.write(ann.store(), file, Optional.empty(), Optional.empty());
      AuditReport same =
          new Auditor(null)
              .audit(
                  List.of(
                      new AuditSource.OfStore("store", ann.store()),
                      new AuditSource.OfBundle("bundle", file, scratch.store())));
      assertThat(same.verdict()).isEqualTo(Verdict.VERIFIED);
      assertThat(same.sources())
          .extracting(AuditReport.Source::stateRoot)
          .containsOnly(ann.store().stateRoot());
      ArtifactKey later = ann.put("later");
      try (TestNode other = new TestNode("other")) {
        AuditReport report =
            new Auditor(null)
                .audit(
                    List.of(
                        new AuditSource.OfBundle("bundle", file, other.store()),
                        new AuditSource.OfStore("store", ann.store())));
        assertThat(ann.store().now().isLive(later)).isTrue();
        assertThat(report.verdict()).isEqualTo(Verdict.VERIFIED);
        assertThat(report.firstDivergence()).isNull();
        assertThat(report.lags())
            .extracting(AuditReport.Lag::source, AuditReport.Lag::behind)
            .containsExactly(Tuple.tuple("bundle", 1L));
      }
    }
  }

  @Test
  void aDamagedBundleIsAFindingAndHasNoRoot() throws IOException {
    Path file = folder.resolve("bundle");
    try (TestNode ann = new TestNode("ann")) {
      ann.work(1, 10);
      Bundles.write(ann.store(), file, Optional.empty(), Optional.empty());
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertNoBundle(file, Kind.BUNDLE, file + ", frame");
  }

  @Test
  void aBundleThatIsNotThereOrBeginsInTheMiddleIsUndecided() {
    Path file = folder.resolve("bundle");
    assertNoBundle(file, Kind.UNDECIDED, "no file " + file);
    try (TestNode ann = new TestNode("ann")) {
      ann.work(1, 10);
      Snapshot middle = ann.store().snapshot(null).snapshot();
      ann.work(2, 10);
      Bundles.write(ann.store(), file, Optional.of(middle), Optional.empty());
    }
    assertNoBundle(file, Kind.UNDECIDED, "apply an earlier bundle first");
  }

  /** What a later program made is no damage: whoever has that program can tell. */
  @Test
  void aBundleOfALaterVersionIsUndecided() throws IOException {
    Path file = folder.resolve("bundle");
    try (TestNode ann = new TestNode("ann")) {
      ann.work(1, 10);
      Bundles.write(ann.store(), file, Optional.empty(), Optional.empty());
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[9] = 9;
    Files.write(file, bytes);
    assertNoBundle(file, Kind.UNDECIDED, "bundle version 9");
  }

  private void assertNoBundle(Path file, Kind kind, String detail) {
    AuditReport report = auditBundle(file);
    assertThat(report.sources())
        .containsExactly(new AuditReport.Source("the bundle", null, List.of()));
    assertThat(report.findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.kind()).isEqualTo(kind);
              assertThat(finding.places().get(0).detail()).contains(detail);
            });
  }

  @Test
  void publishedSnapshotsBeyondTheBoundAreCountedAndNotForgotten() {
    try (TestNode ann = new TestNode("ann");
        TestNode empty = new TestNode("replay")) {
      for (int i = 0; i < 3; i++) {
        ann.put("before " + i);
        ann.put(TypeTag.SNAPSHOT, ann.store().snapshot(null).snapshot().encode());
      }
      Bundles.write(ann.store(), folder.resolve("b"), Optional.empty(), Optional.empty());
      ReplayReport report = new Replayer(empty.store(), 2).bundle(folder.resolve("b"));
      assertThat(report.verified()).isTrue();
      assertThat(report.snapshots()).as("the bundle's own and two").hasSize(3);
      assertThat(report.snapshotsLeftOut()).isEqualTo(1);
    }
  }

  // ---- comparison

  @Test
  void storesThatHoldTheSameAreFoundTheSame() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 30);
      bob.work(2, 30);
      sync(ann, bob);
      AuditReport report = new Auditor(null).audit(both(ann, bob));
      assertThat(report.verified()).isTrue();
      assertThat(report.firstDivergence()).isNull();
      assertThat(report.sources()).extracting("stateRoot").containsOnly(ann.store().stateRoot());
    }
  }

  @Test
  void whatOneLacksIsToldAsLagAndIsNoDivergence() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 30);
      bob.work(2, 30);
      sync(ann, bob);
      LogHead before = ann.store().head(ann.origin()).orElseThrow();
      ann.put("only ann has it");
      ann.put("and this");
      LogHead after = ann.store().head(ann.origin()).orElseThrow();
      AuditReport report = new Auditor(null).audit(both(ann, bob));
      assertThat(report.verified()).isTrue();
      assertThat(report.firstDivergence()).isNull();
      assertThat(report.lags())
          .containsExactly(
              new AuditReport.Lag(
                  "right",
                  "left",
                  ann.origin(),
                  before.treeSize(),
                  after.treeSize(),
                  before.lastLogseq(),
                  after.lastLogseq()));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "0, 40", "17, 40", "39, 40", "300, 520"})
  void aForkIsFoundAtItsFirstRecord(int common, int total) {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      for (int i = 0; i < total; i++) {
        String mine = i == common ? "fork" : "same " + i;
        one.put("same " + i);
        two.put(mine);
      }
      AuditReport report = new Auditor(null).audit(both(one, two));
      AuditReport.Divergence first = report.firstDivergence();
      if (common >= total) {
        assertThat(first).isNull();
      } else {
        assertThat(first).isNotNull();
        assertThat(first.index()).isEqualTo(common);
        assertThat(first.left()).isNotEqualTo(first.right());
      }
    }
  }

  @Test
  void aForkThatBothSidesSignedIsProvenWithBothNotes() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      one.put("same");
      two.put("same");
      one.put("one story");
      two.putTogether("another story", 3);
      assertThat(new Auditor(null).audit(both(one, two)).verdict())
          .as("not signed yet")
          .isEqualTo(Verdict.REFUTED);
      Bytes first = one.store().signHead().orElseThrow();
      Bytes second = two.store().signHead().orElseThrow();
      AuditReport report = new Auditor(null).audit(both(one, two));
      assertThat(report.verdict()).isEqualTo(Verdict.MISBEHAVIOUR);
      assertThat(report.verdict().exitCode()).isEqualTo(4);
      assertThat(report.findings())
          .extracting(AuditFinding::kind)
          .containsExactly(Kind.DIVERGENCE, Kind.FORK);
      assertThat(report.findings().get(1).message()).contains(one.origin().node().toString());
      assertThat(report.findings().get(1).places().get(0).detail())
          .contains("record 1 differs", first.toUtf8(), second.toUtf8());
    }
  }

  @Test
  void aNodeThatIsBehindIsNoFork() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      one.put("same");
      two.put("same");
      one.store().signHead();
      two.put("more");
      two.store().signHead();
      AuditReport report = new Auditor(null).audit(both(one, two));
      assertThat(report.findings()).extracting(AuditFinding::kind).containsExactly(Kind.LAG);
      assertThat(report.verdict())
          .as("one was put back, or wrote on while it was read: it lacks what it signed itself")
          .isEqualTo(Verdict.UNDECIDED);
    }
  }

  private static List<AuditSource> both(TestNode left, TestNode right) {
    return List.of(
        new AuditSource.OfStore("left", left.store()),
        new AuditSource.OfStore("right", right.store()));
  }
}
