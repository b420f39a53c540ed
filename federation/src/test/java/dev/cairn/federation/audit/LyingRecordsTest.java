package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.bundle.Excerpt;
import dev.cairn.federation.proof.ArtifactProof;
import dev.cairn.federation.proof.Prover;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunEdge;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.pel.text.ProgramText;
import dev.cairn.tgk.Graph;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a record that lies of type, length and payload hides from an audit: nothing. */
final class LyingRecordsTest {
  private static final String PROGRAM =
      """
      {"program": 1, "inputs": ["text"],
       "nodes": {"sum": {"operator": "digest/sha256@1", "inputs": ["text"]}},
       "outputs": {"digest": "sum"}}
      """;

  private static final ReceiptCheck RUNNER =
      new Reexecution(OperatorRegistry.builtIn(), RunOptions.defaults());

  private static RunResult run(TestNode node, ArtifactKey input) {
    return new Executor(node.store(), OperatorRegistry.builtIn())
        .run(
            ProgramText.readJson(Bytes.utf8(PROGRAM)),
            new TreeMap<>(Map.of("text", input)),
            RunOptions.defaults());
  }

  /** The same run, said to have given something else. */
  private static ArtifactKey forge(TestNode node, Receipt honest) {
    Receipt forged =
        new Receipt(
            honest.program(),
            honest.inputs(),
            new TreeMap<>(Map.of("digest", node.put("something else"))),
            honest.status(),
            honest.steps(),
            honest.failures());
    return node.put(TypeTag.RECEIPT, forged.encode());
  }

  private static AuditReport audit(TestNode node, AuditCheck check, ReceiptChoice choice) {
    return Auditor.of(
            new AuditPlan(Set.of(check), choice, check == AuditCheck.RECEIPTS ? RUNNER : null))
        .audit("it", node.store());
  }

  private static CheckResult receipts(AuditReport report) {
    return report.totals().stream()
        .filter(each -> each.check() == AuditCheck.RECEIPTS)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aForgedReceiptIsRunAgainAndBlamedOnWhoRecordedItThoughALaterRecordCallsItAText() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey input = ann.put("text");
      RunResult honest = run(ann, input);
      ArtifactKey forged = forge(ann, honest.receipt());
      long logseq = ann.store().now().live(forged).orElseThrow().logseq();
      ann.takeLie(forged, honest.key(), honest.receipt().program(), input);
      for (ReceiptChoice choice :
          List.of(new ReceiptChoice.All(), new ReceiptChoice.Sample(2, 7))) {
        AuditReport report = audit(ann, AuditCheck.RECEIPTS, choice);
        assertThat(receipts(report).outcome()).isEqualTo(Outcome.MADE);
        assertThat(receipts(report).looked())
            .containsEntry(Thing.RECEIPTS, 2L)
            .containsEntry(Thing.RECEIPTS_LIVE, 2L);
        assertThat(report.findings())
            .singleElement()
            .satisfies(
                finding -> {
                  assertThat(finding.kind()).isEqualTo(Kind.RECEIPT);
                  assertThat(finding.subject()).isEqualTo(forged.toString());
                  assertThat(finding.places().get(0).origin()).isEqualTo(ann.origin());
                  assertThat(finding.places().get(0).logseq()).isEqualTo(logseq);
                });
      }
    }
  }

  @Test
  void aSampleIsThatWhichTheReceiptsGiveWithoutLies() {
    try (TestNode ann = new TestNode("ann")) {
      List<ArtifactKey> receipts = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        receipts.add(run(ann, ann.put("text " + i)).key());
      }
      ReceiptChoice choice = new ReceiptChoice.Sample(5, 3);
      List<ArtifactKey> before = new ArrayList<>();
      choice.of(ann.store()).receipts().forEachRemaining(before::add);
      ann.takeLie(receipts.toArray(ArtifactKey[]::new));
      assertThat(ann.store().now().live(receipts.get(0)).orElseThrow().kind())
          .isEqualTo(RecordKind.ARTIFACT);
      ReceiptChoice.Chosen chosen = choice.of(ann.store());
      assertThat(chosen.receipts()).toIterable().isEqualTo(before);
      assertThat(chosen.live()).isEqualTo(12);
      for (int page : List.of(1, 5, 12, 100)) {
        assertThat(new LiveReceipts(ann.store().now(), page))
            .toIterable()
            .hasSize(12)
            .containsExactlyInAnyOrderElementsOf(receipts);
      }
    }
  }

  @Test
  void theReceiptsBehindAnArtifactAreFoundThroughThoseThatAreLiedOf() {
    try (TestNode ann = new TestNode("ann")) {
      RunResult first = run(ann, ann.put("text"));
      RunResult second = run(ann, first.receipt().outputs().get("digest"));
      ArtifactKey last = second.receipt().outputs().get("digest");
      ann.takeLie(first.key(), second.key());
      ReceiptChoice.Chosen chosen = new ReceiptChoice.Behind(last).of(ann.store());
      assertThat(chosen.receipts())
          .toIterable()
          .containsExactlyInAnyOrder(first.key(), second.key());
      assertThat(chosen.live()).isEqualTo(2);
    }
  }

  @Test
  void receiptsThatContradictEachOtherAreNamedWhereTheyWereRecorded() {
    try (TestNode ann = new TestNode("ann")) {
      RunResult honest = run(ann, ann.put("text"));
      ArtifactKey forged = forge(ann, honest.receipt());
      ann.takeLie(forged, honest.key());
      AuditReport report = audit(ann, AuditCheck.RECEIPT_CLAIMS, new ReceiptChoice.All());
      assertThat(report.findings())
          .singleElement()
          .satisfies(
              finding ->
                  assertThat(finding.places())
                      .hasSize(2)
                      .extracting(Place::origin)
                      .containsOnly(ann.origin()));
    }
  }

  @Test
  void theExcerptOfAForgedReceiptHasTheRecordsThatBytesLieBeside() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey input = ann.put("text");
      Receipt honest = run(ann, input).receipt();
      ArtifactKey forged = forge(ann, honest);
      ann.takeLie(forged, honest.program(), input);
      ann.store().signHead();
      AuditReport report = audit(ann, AuditCheck.RECEIPTS, new ReceiptChoice.All());
      List<AuditSource> sources = List.of(new AuditSource.OfStore("it", ann.store()));
      Excerpt excerpt = new ExcerptMaker(sources, report, RUNNER).of(report.findings().get(0));
      assertThat(excerpt.records()).isEqualTo(3);
      assertThat(excerpt.sides().get(0).logs())
          .extracting(Excerpt.Log::origin)
          .containsExactly(ann.origin());
      assertThat(new ExcerptAudit(excerpt, RUNNER).report().findings())
          .extracting(AuditFinding::subject)
          .containsExactly(forged.toString());
    }
  }

  @Test
  void howArtifactsCameToBeIsToldThroughReceiptsEdgesAndListsThatAreLiedOf() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey input = ann.put("text");
      RunResult run = run(ann, input);
      ArtifactKey output = run.receipt().outputs().get("digest");
      ArtifactKey edge = ann.link("test:made", input, output);
      ArtifactList items = new ArtifactList(List.of(new ArtifactList.Item(input, null)));
      ArtifactKey list = ann.put(ArtifactList.TYPE, items.encode());
      ArtifactKey runEdge = RunEdge.of(run.key(), run.receipt()).key();
      ann.takeLie(run.key(), edge, list, runEdge, run.receipt().program());
      CauseSide side = new CauseSide("ann", ann.store());
      assertThat(side.runsOf(output)).extracting(CauseSide.Run::key).containsExactly(run.key());
      assertThat(side.runsOf(run.receipt().invocation())).hasSize(1);
      assertThat(side.runsOfProgram(run.receipt().program())).hasSize(1);
      assertThat(side.edgesTo(output)).extracting(CauseSide.Deriving::key).containsExactly(edge);
      assertThat(side.items(list)).containsExactly(input);
      assertThat(side.isBounded()).isFalse();
    }
  }

  @Test
  void aProofIsOfARecordThatDoesNotLieWhicheverIsTheFirst() {
    for (boolean first : List.of(true, false)) {
      try (TestNode ann = new TestNode("ann")) {
        Bytes text = Bytes.utf8("text");
        TypeTag type = new TypeTag("text/true");
        ArtifactKey key = ArtifactKey.of(text, type);
        if (first) {
          ann.takeLie(key);
        }
        ann.put(type, text);
        RunResult run = run(ann, key);
        ArtifactKey output = run.receipt().outputs().get("digest");
        if (!first) {
          ann.takeLie(key, run.key(), output);
        }
        ann.store().signHead();
        Prover prover = new Prover(ann.store(), new Graph(ann.store()));
        for (ArtifactKey each : List.of(key, output)) {
          Bytes payload = ann.store().reader().get(each, 1_000);
          ArtifactProof proof =
              ArtifactProof.verified(prover.prove(each, payload, each.equals(output)).encode());
          assertThat(proof.checkpoint().origin()).isEqualTo(ann.origin());
          assertThat(proof.receipts()).hasSize(each.equals(output) ? 1 : 0);
        }
      }
    }
  }
}
