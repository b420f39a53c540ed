package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.EpochOpening;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.cosign.CosignShelf;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.pel.text.ProgramText;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Checks that are chosen one by one, and what is told of those that were made and those not. */
@Timeout(120)
class AuditChecksTest {
  private static final String PROGRAM =
      """
      {"program": 1, "inputs": ["text"],
       "nodes": {"sum": {"operator": "digest/sha256@1", "inputs": ["text"]}},
       "outputs": {"digest": "sum"}}
      """;

  private static AuditReport audit(TestNode node, AuditCheck... checks) {
    return Auditor.of(new AuditPlan(Set.of(checks), new ReceiptChoice.All(), null))
        .audit("it", node.store());
  }

  private static AuditReport receipts(TestNode node, ReceiptChoice choice) {
    return Auditor.of(
            new AuditPlan(
                Set.of(AuditCheck.RECEIPTS),
                choice,
                new Reexecution(OperatorRegistry.builtIn(), RunOptions.defaults())))
        .audit("it", node.store());
  }

  private static CheckResult total(AuditReport report, AuditCheck check) {
    return report.totals().stream().filter(each -> each.check() == check).findFirst().orElseThrow();
  }

  private static RunResult run(TestNode node, ArtifactKey input) {
    return new Executor(node.store(), OperatorRegistry.builtIn())
        .run(
            ProgramText.readJson(Bytes.utf8(PROGRAM)),
            new TreeMap<>(Map.of("text", input)),
            RunOptions.defaults());
  }

  private static void sync(TestNode left, TestNode right) {
    new StoreSync(left.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(right.store(), true, true)
        .orThrow();
  }

  /** Damages the node so that each of these checks has something to find. */
  private static Map<AuditCheck, Kind> damage(TestNode node) {
    node.damage("asl.content");
    node.damage("asl.checkpoint");
    node.damage("asl.tree");
    return Map.of(
        AuditCheck.PAYLOADS, Kind.PAYLOAD,
        AuditCheck.CHECKPOINTS, Kind.CHECKPOINT,
        AuditCheck.STATE, Kind.STATE);
  }

  @Test
  void eachCheckFindsWhatIsItsOwnAndNothingElse() {
    try (TestNode ann = new TestNode("ann")) {
      ann.putTogether("many ", 40);
      ann.store().snapshot("s");
      Map<AuditCheck, Kind> expected = damage(ann);
      for (AuditCheck check : EnumSet.complementOf(EnumSet.of(AuditCheck.RECEIPTS))) {
        AuditReport report = audit(ann, check);
        Kind kind = expected.get(check);
        assertThat(report.findings())
            .as("%s", check)
            .allMatch(finding -> finding.kind() == kind)
            .hasSize(kind == null ? 0 : report.findings().size());
        assertThat(report.findings().isEmpty()).as("%s", check).isEqualTo(kind == null);
        for (CheckResult each : report.totals()) {
          boolean asked = each.check() == check || each.check() == AuditCheck.OPENING;
          assertThat(each.outcome() == Outcome.LEFT_OUT).as("%s", each).isEqualTo(!asked);
          assertThat(each.findings() > 0)
              .as("%s", each)
              .isEqualTo(each.check() == check && kind != null);
        }
      }
    }
  }

  @Test
  void everyCheckTellsHowManyThingsItLookedAt() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.putTogether("many ", 40);
      ArtifactKey erased = ann.put("secret");
      ann.link("prov:wasDerivedFrom", ann.put("a"), erased);
      ann.remove(erased, true);
      sync(ann, bob);
      bob.store().snapshot("s");
      new CosignShelf(bob.store(), () -> 1_000_000).cosign();
      AuditReport report = new Auditor(null).audit("it", bob.store());
      assertThat(report.findings()).isEmpty();
      assertThat(report.verdict()).isEqualTo(Verdict.VERIFIED);
      assertThat(total(report, AuditCheck.RECORDS).looked())
          .isEqualTo(Map.of(Thing.RECORDS, 44L, Thing.LOGS, 1L));
      assertThat(total(report, AuditCheck.PAYLOADS).looked())
          .containsEntry(Thing.PAYLOADS, 43L)
          .containsEntry(Thing.ERASED, 1L);
      assertThat(total(report, AuditCheck.CHECKPOINTS).looked())
          .containsEntry(Thing.CHECKPOINTS, 1L);
      assertThat(total(report, AuditCheck.COSIGNATURES).looked())
          .containsEntry(Thing.COSIGNATURES, 1L);
      assertThat(total(report, AuditCheck.LIVENESS).looked())
          .isEqualTo(Map.of(Thing.RECORDS, 44L, Thing.ENTRIES, 42L));
      assertThat(total(report, AuditCheck.SNAPSHOTS).looked()).containsEntry(Thing.SNAPSHOTS, 1L);
      assertThat(total(report, AuditCheck.REFERENCES).looked())
          .isEqualTo(Map.of(Thing.EDGES, 1L, Thing.REFERENCES, 2L, Thing.NOT_LIVE, 1L));
      assertThat(report.notWhole())
          .extracting(CheckResult::check)
          .containsExactly(AuditCheck.RECEIPTS);
    }
  }

  @Test
  void aForgedCosignatureIsNamedWithItsLog() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("a");
      sync(ann, bob);
      new CosignShelf(bob.store(), () -> 1_000_000).cosign();
      List<Bytes> rows = new ArrayList<>();
      new CosignShelf(bob.store(), () -> 0).verify(each -> rows.add(Bytes.utf8(each.wrong())));
      assertThat(rows).containsExactly(Bytes.EMPTY);
      bob.damageLocal(CosignShelf.TABLE);
      assertThat(new Auditor(null).audit("it", bob.store()).findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.COSIGNATURE);
                assertThat(finding.subject()).isEqualTo(ann.origin().toString());
                assertThat(finding.places().get(0).where())
                    .contains(bob.origin().node().toString(), "1 records");
              });
    }
  }

  @Test
  void theCommitOfAnEpochComesAfterWhatItSaysThatItGoesOnFrom() {
    try (TestNode ann = new TestNode("ann")) {
      ann.put("a");
      ann.put("b");
      Origin next = new Origin(ann.origin().node(), 7);
      Bytes root = ann.store().logRoot(ann.origin(), 2);
      EpochAudit audit = new EpochAudit(ann.store());
      audit.check(next, opening(next, 2, root, 2, 3), opening(next, 2, root, 2));
      assertThatThrownBy(
              () -> audit.check(next, opening(next, 2, root, 2, 2), opening(next, 2, root, 2)))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("logseq 2 does not come after logseq 2");
      assertThatThrownBy(
              () -> audit.check(next, opening(next, 1, root, 2, 3), opening(next, 1, root, 2)))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("of 1 records");
      Bytes first = ann.store().logRoot(ann.origin(), 1);
      assertThatThrownBy(
              () -> audit.check(next, opening(next, 1, first, 2, 3), opening(next, 1, first, 2)))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("not 1");
      assertThatThrownBy(
              () ->
                  audit.check(
                      ann.origin(), opening(next, 2, root, 2, 3), opening(next, 2, root, 2)))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("it opens " + next);
    }
  }

  @Test
  void aRecordThatStatesAnotherPayloadThanItsArtifactHasIsALie() {
    try (TestNode ann = new TestNode("ann")) {
      Origin liar = ann.takeLie(ann.put("true"));
      AuditReport report = audit(ann, AuditCheck.PAYLOADS);
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(report.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.PAYLOAD);
                assertThat(finding.places().get(0).origin()).isEqualTo(liar);
                assertThat(finding.places().get(0).logseq()).isEqualTo(TestNode.LIE_LOGSEQ);
                assertThat(finding.toString()).contains("the record lies");
              });
    }
  }

  private static EpochOpening opening(Origin next, long size, Bytes root, long logseq) {
    return new EpochOpening(next, List.of(new EpochOpening.Ended(1, size, root, logseq)));
  }

  private static LogRecord opening(Origin next, long size, Bytes root, long ended, long logseq) {
    Bytes payload = opening(next, size, root, ended).encode();
    ArtifactKey key = ArtifactKey.of(payload, TypeTag.EPOCH);
    return new LogRecord(
        0,
        logseq,
        9,
        RecordKind.ARTIFACT,
        key,
        TypeTag.EPOCH,
        payload.length(),
        PayloadDigest.of(payload));
  }

  @Test
  void anOldEpochThatReadsOtherwiseThanItsSuccessorSaysIsNamed() {
    MemoryEngine engine = new MemoryEngine(TestNode.tables());
    StoreConfig first = TestNode.config("ann", "test");
    Origin old;
    Bytes encoded;
    try (Store store = Store.open(engine.share(), first)) {
      put(store, "a");
      put(store, "b");
      old = store.origin();
      encoded = store.record(old, 0).orElseThrow().encode();
    }
    StoreConfig second =
        new StoreConfig(
            "test", first.key(), 2, first.indexes(), PeerBook.tables(), () -> 2_000_000);
    try (Store store = Store.open(engine.share(), second)) {
      put(store, "c");
      assertThat(new Auditor(null).audit("it", store).findings()).isEmpty();
      byte[] other = encoded.toArray();
      other[other.length - 1] ^= 1;
      engine.replaceRecords(old.bytes(), new TreeMap<>(Map.of(0L, Bytes.wrap(other))));
      AuditReport report = new Auditor(null).audit("it", store);
      assertThat(total(report, AuditCheck.EPOCHS).looked()).containsEntry(Thing.OPENINGS, 1L);
      assertThat(report.findings())
          .filteredOn(finding -> finding.kind() == Kind.EPOCH)
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.subject()).isEqualTo(store.origin().toString());
                assertThat(finding.places().get(0).detail()).contains("2 records of " + old);
              });
    }
  }

  private static void put(Store store, String text) {
    store.commit(new CommitDraft().put(store.prepare(null, Bytes.utf8(text))));
  }

  // ---- references

  @Test
  void aReceiptThatSpeaksOfWhatNobodyPutIsAWarningAndAnEdgeThatDoesIsCounted() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey input = ann.put("text");
      ArtifactKey nowhere = ArtifactKey.of(Bytes.utf8("never put"), null);
      ann.link("prov:wasDerivedFrom", nowhere, input);
      Receipt honest = run(ann, input).receipt();
      Receipt dangling =
          new Receipt(
              honest.program(),
              honest.inputs(),
              new TreeMap<>(Map.of("digest", nowhere)),
              honest.status(),
              honest.steps(),
              honest.failures());
      ArtifactKey key = ann.put(TypeTag.RECEIPT, dangling.encode());
      // That it contradicts the honest one is told by another check.
      EnumSet<AuditCheck> checks = EnumSet.copyOf(AuditCheck.usual());
      checks.remove(AuditCheck.RECEIPT_CLAIMS);
      AuditReport report = audit(ann, checks.toArray(AuditCheck[]::new));
      assertThat(report.verdict()).as("a warning").isEqualTo(Verdict.VERIFIED);
      assertThat(report.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.REFERENCE);
                assertThat(finding.places())
                    .singleElement()
                    .satisfies(
                        place -> {
                          assertThat(place.canonicalId()).isEqualTo(key);
                          assertThat(place.detail()).contains(nowhere.toString());
                        });
              });
      assertThat(total(report, AuditCheck.REFERENCES).looked()).containsEntry(Thing.NOT_HELD, 2L);
    }
  }

  // ---- receipts

  @Test
  void aSampleIsAFunctionOfItsSeedAndSaysThatItIsOne() {
    try (TestNode ann = new TestNode("ann")) {
      for (int i = 0; i < 12; i++) {
        run(ann, ann.put("text " + i));
      }
      Set<Set<ArtifactKey>> samples = new HashSet<>();
      for (long seed = 0; seed < 10; seed++) {
        ReceiptChoice.Sample choice = new ReceiptChoice.Sample(3, seed);
        List<ArtifactKey> chosen = new ArrayList<>();
        choice.of(ann.store()).receipts().forEachRemaining(chosen::add);
        assertThat(choice.of(ann.store()).receipts()).toIterable().hasSize(3).isEqualTo(chosen);
        samples.add(Set.copyOf(chosen));
      }
      assertThat(samples).hasSizeGreaterThan(5);
      AuditReport report = receipts(ann, new ReceiptChoice.Sample(3, 42));
      CheckResult total = total(report, AuditCheck.RECEIPTS);
      assertThat(total.outcome()).isEqualTo(Outcome.SAMPLED);
      assertThat(total.note()).isEqualTo("a sample of 3 of 12, seed 42");
      assertThat(total.looked())
          .containsEntry(Thing.RECEIPTS, 3L)
          .containsEntry(Thing.RECEIPTS_LIVE, 12L)
          .containsOnlyKeys(Thing.RECEIPTS, Thing.RECEIPTS_LIVE, Thing.WORK);
      assertThat(report).isEqualTo(receipts(ann, new ReceiptChoice.Sample(3, 42)));
      assertThat(total(receipts(ann, new ReceiptChoice.Sample(12, 1)), AuditCheck.RECEIPTS))
          .extracting(CheckResult::outcome)
          .isEqualTo(Outcome.MADE);
    }
  }

  @Test
  void theReceiptsBehindAnArtifactAreRunAgainAndNoOthers() {
    try (TestNode ann = new TestNode("ann")) {
      RunResult first = run(ann, ann.put("text"));
      RunResult second = run(ann, first.receipt().outputs().get("digest"));
      RunResult other = run(ann, ann.put("something else"));
      ArtifactKey last = second.receipt().outputs().get("digest");
      assertThat(new ReceiptChoice.Behind(last).of(ann.store()).receipts())
          .toIterable()
          .containsExactlyInAnyOrder(first.key(), second.key())
          .doesNotContain(other.key());
      CheckResult total = total(receipts(ann, new ReceiptChoice.Behind(last)), AuditCheck.RECEIPTS);
      assertThat(total.outcome()).isEqualTo(Outcome.SAMPLED);
      assertThat(total.note()).isEqualTo("the 2 of 3 behind " + last);
    }
  }

  @Test
  void aPlanWithoutARunnerChecksNoReceipts() {
    assertThatThrownBy(
            () -> new AuditPlan(Set.of(AuditCheck.RECEIPTS), new ReceiptChoice.All(), null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // ---- what could not be looked at

  @Test
  void whatDidNotOpenLeavesItsChecksCutShortAndTheOthersAreMade() {
    try (TestNode ann = new TestNode("ann")) {
      ann.put("a");
      AuditReport report =
          new Auditor(null)
              .audit(
                  List.of(
                      new AuditSource.Unopened("torn", "no database", true),
                      new AuditSource.OfStore("it", ann.store())));
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(report.checks())
          .filteredOn(each -> each.check() == AuditCheck.PAYLOADS)
          .extracting(CheckResult::outcome)
          .containsExactly(Outcome.CUT_SHORT, Outcome.MADE);
      assertThat(total(report, AuditCheck.COMPARISON).outcome()).isEqualTo(Outcome.CUT_SHORT);
      assertThat(
              new Auditor(null)
                  .audit(List.of(new AuditSource.Unopened("old", "too old", false)))
                  .verdict())
          .isEqualTo(Verdict.UNDECIDED);
    }
  }

  @Test
  void aRecordThatCannotBeReadCutsTheChecksOfItsPayloadShortThoughRecordsAreLeftOut() {
    try (TestNode ann = new TestNode("ann")) {
      ann.put("a");
      ann.put("b");
      ann.engine()
          .replaceRecords(ann.origin().bytes(), new TreeMap<>(Map.of(1L, Bytes.utf8("no record"))));
      AuditReport report = audit(ann, AuditCheck.PAYLOADS);
      assertThat(total(report, AuditCheck.PAYLOADS).outcome()).isEqualTo(Outcome.CUT_SHORT);
      assertThat(report.findings()).isEmpty();
      assertThat(report.verdict()).isEqualTo(Verdict.UNDECIDED);
    }
  }

  @Test
  void theSameSourceGivesTheSameReport() {
    try (TestNode ann = new TestNode("ann")) {
      ann.work(3, 40);
      damageOf(ann);
      assertThat(new Auditor(null).audit("it", ann.store()))
          .isEqualTo(new Auditor(null).audit("it", ann.store()));
      assertThat(new Auditor(null).audit("it", ann.store()).findings()).isNotEmpty();
    }
  }

  private static void damageOf(TestNode node) {
    node.store().signHead();
    node.damage("asl.content");
    node.damage("asl.checkpoint");
  }
}
