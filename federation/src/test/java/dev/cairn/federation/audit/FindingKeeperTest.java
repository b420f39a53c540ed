package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.FindingKeeper.Standing;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.tgk.finding.Acknowledgement;
import dev.cairn.tgk.finding.Finding;
import dev.cairn.tgk.finding.FindingFilter;
import dev.cairn.tgk.finding.FindingPage;
import dev.cairn.tgk.finding.FindingStore;
import dev.cairn.tgk.finding.FindingText;
import dev.cairn.tgk.finding.Severity;
import dev.cairn.tgk.finding.StatedOccurrence;
import dev.cairn.tgk.finding.WriteResult;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FindingKeeperTest {
  private final Store store =
      Store.open(
          new MemoryEngine(StoreConfig.tables(CairnNode.newIndexes(), List.of())),
          new StoreConfig(
              "test",
              SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("auditor"))),
              1,
              CairnNode.newIndexes(),
              List.of(),
              () -> 1_000_000));
  private final FindingKeeper keeper = new FindingKeeper(store);

  @AfterEach
  void close() {
    store.close();
  }

  private FindingPage kept() {
    return new FindingStore(store).reader().list(FindingFilter.ALL, null, 1_000);
  }

  @Test
  void whatAnAuditFindsInADamagedStoreIsKeptAndObservedAgain() {
    try (TestNode node = new TestNode("ann")) {
      node.work(1, 30);
      node.damage("asl.content");
      List<AuditFinding> found = new Auditor(null).audit("it", node.store()).findings();
      assertThat(found).isNotEmpty();
      long places = found.stream().mapToLong(finding -> finding.places().size()).sum();
      WriteResult first = keeper.keep(found, 10, "cairn 1");
      assertThat(first.newFindings())
          .containsExactlyInAnyOrderElementsOf(found.stream().map(AuditFinding::id).toList());
      assertThat(first.newObservations()).isEqualTo(places);
      found.forEach(
          finding ->
              finding
                  .places()
                  .forEach(
                      place ->
                          assertThat(keeper.standing(finding, place)).isEqualTo(Standing.KNOWN)));

      List<AuditFinding> again = new Auditor(null).audit("it", node.store()).findings();
      WriteResult second = keeper.keep(again, 20, "cairn 1");
      assertThat(second.newFindings()).isEmpty();
      assertThat(second.newOccurrences()).isZero();
      assertThat(second.refreshed()).isEqualTo(places);
      assertThat(kept().findings())
          .hasSize(found.size())
          .allMatch(summary -> summary.stated().finding().severity() == Severity.ERROR)
          .allMatch(summary -> summary.stated().contradictions().isEmpty());
    }
  }

  @Test
  void messagesThatDifferFromRunToRunMakeNoContradiction() {
    Place place = Place.of("it", "there").with("seen");
    for (String message : List.of("12 more", "13 more")) {
      keeper.keep(
          List.of(new AuditFinding(Kind.MORE, "audit", message, List.of(place), 1)), 1, "v");
    }
    assertThat(kept().findings()).hasSize(1);
    assertThat(kept().findings().get(0).stated().finding().message())
        .isEqualTo(Kind.MORE.statement());
  }

  @Test
  void textOfAnyLengthAndShapeIsKept() {
    String nasty = "x\ud800e\u0301\u0000".repeat(200_000);
    AuditFinding finding =
        new AuditFinding(
            Kind.PAYLOAD,
            nasty,
            nasty,
            List.of(Place.of(nasty, nasty).with(nasty), Place.of("", "").with("")),
            2);
    AuditFinding unnamed = new AuditFinding(Kind.PAYLOAD, "", "", List.of(), 0);
    WriteResult result = keeper.keep(List.of(finding, unnamed), -5, nasty);
    assertThat(result.newFindings()).contains(finding.id(), unnamed.id());
    assertThat(result.newOccurrences()).isEqualTo(2);
    assertThat(keeper.keep(List.of(finding, unnamed), -5, nasty).unchanged()).isEqualTo(2);
    Finding kept = new FindingStore(store).reader().finding(finding.id()).orElseThrow().finding();
    assertThat(Bytes.utf8(kept.subject()).length()).isLessThanOrEqualTo(FindingText.NAME_BYTES_MAX);
  }

  @Test
  void anAcknowledgedPlaceIsSaidToBeSo() {
    Place place = Place.of("it", "there").with("seen");
    AuditFinding finding = new AuditFinding(Kind.STATE, "state", "wrong", List.of(place), 1);
    assertThat(keeper.standing(finding, place)).isEqualTo(Standing.NEW);
    keeper.keep(List.of(finding), 1, "v");
    new FindingStore(store).acknowledge(finding.id(), new Acknowledgement(2, true, "known"));
    assertThat(keeper.standing(finding, place.with("seen otherwise")))
        .isEqualTo(Standing.ACKNOWLEDGED);
    assertThat(keeper.standing(finding, Place.of("it", "elsewhere"))).isEqualTo(Standing.NEW);
    List<StatedOccurrence> occurrences =
        new FindingStore(store).reader().occurrences(finding.id(), null, 10).occurrences();
    assertThat(occurrences)
        .extracting(StatedOccurrence::key)
        .containsExactly(FindingKeeper.occurrenceKey(finding, place));
  }

  /** A change here makes stores of findings contradict those of earlier programs. */
  @Test
  void severityAndStatementOfAKindNeverChange() {
    Map<String, String> kinds = new TreeMap<>();
    Arrays.stream(Kind.values())
        .forEach(
            kind ->
                kinds.put(kind.rule().text(), kind.severity().text() + ": " + kind.statement()));
    assertThat(kinds)
        .containsEntry(
            "audit:fork", "misbehaviour: a node signed two logs that contradict each other")
        .containsEntry("audit:bundle", "error: a bundle does not verify")
        .containsEntry(
            "audit:record",
            "error: a record is not canonical, not where its index says, or out of order")
        .containsEntry(
            "audit:log-root",
            "error: the records of a log do not give the root that is stored with them")
        .containsEntry(
            "audit:checkpoint",
            "error: a checkpoint does not verify, or signs other or more records than are held")
        .containsEntry("audit:unsigned", "error: records of another node that no checkpoint covers")
        .containsEntry(
            "audit:payload",
            "error: a payload does not have the length, digest or key that its record states")
        .containsEntry(
            "audit:payload-missing",
            "error: the payload of a live artifact is gone, though nobody erased it")
        .containsEntry("audit:liveness", "error: what is shown as live is not what the records say")
        .containsEntry(
            "audit:state", "error: the stored state root or counts differ from those computed anew")
        .containsEntry("audit:snapshot", "error: a recorded snapshot is not reproduced")
        .containsEntry(
            "audit:receipt", "error: running a receipt's program again gives another receipt")
        .containsEntry(
            "audit:contradiction",
            "error: receipts tell different things of one program on the same inputs: at most one"
                + " is right")
        .containsEntry("audit:unreadable", "error: stored rows are damaged")
        .containsEntry(
            "audit:divergence",
            "error: two sources hold different records, or the same records and different states")
        .containsEntry(
            "audit:evidence", "error: what is said to be evidence against a node proves nothing")
        .containsEntry("audit:more", "error: there is more to find than is kept")
        .containsEntry(
            "audit:undecided",
            "undecided: a check could not be made: reading failed, or what it needs is not here")
        .containsEntry(
            "audit:cosignature",
            "error: a cosignature does not verify, or is of no checkpoint that is held")
        .containsEntry(
            "audit:epoch",
            "error: an epoch's log does not go on from where its opening says that the ones before"
                + " ended")
        .containsEntry(
            "audit:reference", "warning: a receipt speaks of an artifact that no record here puts")
        .containsEntry("audit:two-states", "misbehaviour: a node signed two states for one cut")
        .containsEntry(
            "audit:altered",
            "error: a record is not the one that was signed and applied in its place")
        .containsEntry(
            "audit:missing", "error: a record that was signed and applied is not in its log")
        .containsEntry(
            "audit:extra", "error: a record is in a log that was neither signed nor applied there")
        .containsEntry("audit:order", "error: two records of a log have changed places")
        .containsEntry(
            "audit:revoked",
            "error: records beyond the place up to which their node's key is believed")
        .containsEntry(
            "audit:lag",
            "note: a source holds less of a log than another, and the same as far as it goes")
        .containsEntry(
            "audit:erasure",
            "note: a payload that is erased in one source is still kept in another")
        .hasSize(29);
  }
}
