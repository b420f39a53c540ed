package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.RecordPlace;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.tgk.finding.Severity;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Damage that stands where other damage, a checkpoint or a bound could hide it. */
@Timeout(120)
class HiddenDamageTest {
  private final TamperedEngine engine = new TamperedEngine(new MemoryEngine(TestNode.tables()));

  private static AuditReport audit(Store store, Set<AuditCheck> checks) {
    return Auditor.of(new AuditPlan(checks, new ReceiptChoice.All(), null)).audit("it", store);
  }

  private static AuditReport audit(Store store) {
    return audit(store, AuditCheck.usual());
  }

  private static CheckResult total(AuditReport report, AuditCheck check) {
    return report.totals().stream().filter(each -> each.check() == check).findFirst().orElseThrow();
  }

  private static List<Place> places(AuditReport report, Kind kind) {
    return report.findings().stream()
        .filter(finding -> finding.kind() == kind)
        .flatMap(finding -> finding.places().stream())
        .toList();
  }

  private Store open() {
    return Store.open(engine, TestNode.config("ann", "test"));
  }

  private static Table table(String name) {
    return StoreConfig.tables(List.of(), List.of()).stream()
        .filter(table -> table.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void put(Store store, int from, int to) {
    for (int i = from; i < to; i++) {
      store.commit(new CommitDraft().put(store.prepare(null, Bytes.utf8("text " + i))));
    }
  }

  private static Bytes flip(Bytes bytes, int at) {
    byte[] copy = bytes.toArray();
    copy[at] ^= 1;
    return Bytes.wrap(copy);
  }

  // ---- rows of records that were moved as they are

  @Test
  void twoRowsThatChangedPlacesAreTwoRecordsThatDidAndNothingElse() {
    try (Store store = open()) {
      put(store, 0, 10);
      store.signHead();
      Bytes third = encoded(store, 3);
      Bytes fourth = encoded(store, 4);
      engine.records(
          (index, record) -> index.u64At(0) == 3 ? fourth : index.u64At(0) == 4 ? third : record);
      AuditReport report = audit(store);
      assertThat(report.findings()).extracting(AuditFinding::kind).containsExactly(Kind.ORDER);
      assertThat(places(report, Kind.ORDER))
          .extracting(Place::where)
          .containsExactly("record 3 of " + store.origin());
    }
  }

  @Test
  void aRowThatStandsInPlaceOfTheOneBeforeItIsARecordThatIsNotThere() {
    try (Store store = open()) {
      put(store, 0, 10);
      store.signHead();
      Bytes fourth = encoded(store, 4);
      engine.records((index, record) -> index.u64At(0) == 3 ? fourth : record);
      AuditReport report = audit(store);
      assertThat(report.findings())
          .extracting(AuditFinding::kind)
          .containsExactly(Kind.MISSING, Kind.EXTRA);
      assertThat(places(report, Kind.MISSING))
          .extracting(Place::where)
          .containsExactly("record 3 of " + store.origin());
    }
  }

  /** What a record says of its version is as any other of its bytes: signed, and damage. */
  @Test
  void aRecordOfAnUnknownVersionIsToldAsOneThatCannotBeReadAndWhatIsBehindItIsChecked() {
    try (Store store = open()) {
      put(store, 0, 10);
      store.signHead();
      engine.records(
          (index, record) -> {
            byte[] changed = record.toArray();
            changed[1] = index.u64At(0) == 3 ? 9 : changed[1];
            return Bytes.wrap(changed);
          });
      AuditReport later = audit(store);
      engine.records((index, record) -> index.u64At(0) == 3 ? Bytes.wrap(new byte[] {1}) : record);
      AuditReport none = audit(store);
      assertThat(later.verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(later.findings())
          .extracting(AuditFinding::id)
          .isEqualTo(none.findings().stream().map(AuditFinding::id).toList());
      assertThat(later.totals())
          .extracting(CheckResult::outcome)
          .isEqualTo(none.totals().stream().map(CheckResult::outcome).toList());
    }
  }

  @Test
  void aRowThatEndsEarlyIsToldInWords() {
    Table live = table("asl.live");
    assertThatThrownBy(() -> live.read(Bytes.utf8("k"), Bytes.EMPTY, (key, value) -> value.at(0)))
        .isInstanceOf(DamagedException.class)
        .hasMessage("row 'k' of asl.live is damaged: it ends early");
  }

  private static Bytes encoded(Store store, long index) {
    return store.record(store.origin(), index).orElseThrow().encode();
  }

  @Test
  void aStoreThatDoesNotOpenNamesTheFirstRecordThatIsNotThere() {
    MemoryEngine memory = new MemoryEngine(TestNode.tables());
    try (Store store = Store.open(memory.share(), TestNode.config("ann", "test"))) {
      put(store, 0, 35);
      store.signHead();
    }
    TamperedEngine lacking = new TamperedEngine(memory);
    lacking.lacks(5, 6);
    assertThatThrownBy(() -> Store.open(lacking, TestNode.config("ann", "test")))
        .isInstanceOf(DamagedException.class)
        .hasMessageEndingWith("records are missing from 5");
  }

  // ---- missing behind a checkpoint

  @ParameterizedTest
  @EnumSource(
      value = AuditCheck.class,
      names = {"RECORDS", "CHECKPOINTS", "LOG_ROOTS", "TAILS"})
  void aRecordMissingRightBehindACheckpointIsNamedThoughAnotherCheckpointFollows(AuditCheck also) {
    try (Store store = open()) {
      put(store, 0, 10);
      store.signHead();
      put(store, 10, 15);
      store.signHead();
      put(store, 15, 20);
      store.signHead();
      engine.lacks(10, 11);
      AuditReport report = audit(store, EnumSet.of(AuditCheck.RECORDS, also));
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(report.findings()).extracting(AuditFinding::kind).containsExactly(Kind.MISSING);
      assertThat(places(report, Kind.MISSING))
          .extracting(Place::where)
          .containsExactly("record 10 of " + store.origin());
      if (also == AuditCheck.CHECKPOINTS) {
        assertThat(total(report, also).outcome())
            .as("no root behind the gap could be compared")
            .isEqualTo(Outcome.CUT_SHORT);
      }
    }
  }

  @Test
  void whatWasAlteredBehindAGapIsNamedToo() {
    try (Store store = open()) {
      put(store, 0, 10);
      store.signHead();
      put(store, 10, 15);
      store.signHead();
      put(store, 15, 20);
      store.signHead();
      engine.lacks(10, 11);
      engine.records(
          (index, record) -> index.u64At(0) == 17 ? flip(record, record.length() - 1) : record);
      AuditReport report = audit(store, EnumSet.of(AuditCheck.RECORDS));
      assertThat(places(report, Kind.ALTERED))
          .extracting(Place::where)
          .containsExactly("record 17 of " + store.origin());
      assertThat(places(report, Kind.MISSING)).hasSize(1);
    }
  }

  @Test
  void thatMoreRecordsAreMissingThanAreNamedIsCounted() {
    try (Store store = open()) {
      CommitDraft draft = new CommitDraft();
      for (int i = 0; i < 2_000; i++) {
        draft.put(store.prepare(null, Bytes.utf8("text " + i)));
      }
      store.commit(draft);
      store.signHead();
      engine.lacks(300, 1_800);
      AuditReport report = audit(store, EnumSet.of(AuditCheck.RECORDS));
      assertThat(report.findings())
          .filteredOn(finding -> finding.kind() == Kind.MISSING)
          .singleElement()
          .extracting(AuditFinding::count)
          .isEqualTo(1_000L);
      assertThat(places(report, Kind.MORE))
          .singleElement()
          .extracting(Place::detail)
          .isEqualTo("500 more");
    }
  }

  // ---- before what cannot be read

  @Test
  void whatWasFoundBeforeTheLogCannotBeReadOnIsTold() {
    try (Store store = open()) {
      put(store, 0, 30);
      store.signHead();
      Bytes content = Bytes.utf8("no such row");
      Bytes key = store.origin().bytes().plus(Bytes.u64(3));
      engine.write(List.of(RowChange.put(table("asl.content"), key, content)), Durability.SYNCED);
      engine.records(
          (index, record) -> {
            if (index.u64At(0) == 20) {
              throw new DamagedException("a block of the disk is gone");
            }
            return index.u64At(0) == 7 ? flip(record, record.length() - 1) : record;
          });
      AuditReport report = audit(store);
      assertThat(places(report, Kind.ALTERED))
          .extracting(Place::where)
          .containsExactly("record 7 of " + store.origin());
      assertThat(places(report, Kind.PAYLOAD))
          .extracting(Place::where)
          .contains("record 3 of " + store.origin());
      assertThat(places(report, Kind.UNREADABLE))
          .extracting(Place::where)
          .contains("record 20 of " + store.origin());
    }
  }

  @Test
  void aDamagedDerivedRowDoesNotEndTheReadingOfALogThatLacksARecord() {
    try (TestNode ann = new TestNode("ann")) {
      put(ann.store(), 0, 30);
      ann.store().signHead();
      ann.rows("asl.live").forEach((key, row) -> ann.overwrite("asl.live", key, Bytes.utf8("x")));
      TamperedEngine tampered = new TamperedEngine(ann.engine().share());
      try (Store store = Store.openReadOnly(tampered, TestNode.config("ann", "test"))) {
        tampered.lacks(5, 6);
        AuditReport report = audit(store);
        assertThat(total(report, AuditCheck.RECORDS).looked()).containsEntry(Thing.RECORDS, 29L);
        assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
      }
    }
  }

  @Test
  void aDamagedPayloadRowDoesNotEndTheReadingOfALogWhosePayloadsAreLeftOut() {
    try (TestNode ann = new TestNode("ann")) {
      put(ann.store(), 0, 29);
      ann.link("prov:wasDerivedFrom", ann.put("a"), ann.put("b"));
      ann.store().signHead();
      ann.rows("asl.content")
          .forEach((key, row) -> ann.overwrite("asl.content", key, Bytes.utf8("x")));
      EnumSet<AuditCheck> checks = EnumSet.copyOf(AuditCheck.usual());
      checks.remove(AuditCheck.PAYLOADS);
      AuditReport report = audit(ann.store(), checks);
      assertThat(total(report, AuditCheck.RECORDS).looked()).containsEntry(Thing.RECORDS, 32L);
      assertThat(total(report, AuditCheck.RECORDS).outcome()).isEqualTo(Outcome.MADE);
      assertThat(total(report, AuditCheck.REFERENCES).outcome()).isEqualTo(Outcome.CUT_SHORT);
    }
  }

  // ---- forks

  @Test
  void aDamagedRecordHidesNoFork() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      fork(one, two, 280, 300);
      one.engine().replaceRecords(one.origin().bytes(), new TreeMap<>(Map.of(5L, Bytes.utf8("x"))));
      AuditReport report = new Auditor(null).audit(both(one, two));
      assertThat(report.verdict()).isEqualTo(Verdict.MISBEHAVIOUR);
      assertThat(places(report, Kind.FORK)).hasSize(1);
      AuditReport.Divergence first = report.firstDivergence();
      assertThat(first).isNotNull();
      assertThat(first.index()).isEqualTo(5);
      assertThat(first.left()).isEqualTo("what cannot be read");
    }
  }

  @Test
  void aForgedCheckpointHidesNoFork() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      fork(one, two, 5, 20);
      for (long size = 6; size < 20; size++) {
        one.overwrite(
            "asl.checkpoint", one.origin().bytes().plus(Bytes.u64(size)), Bytes.utf8("forged"));
      }
      AuditReport report = new Auditor(null).audit(both(one, two));
      assertThat(report.verdict()).isEqualTo(Verdict.MISBEHAVIOUR);
    }
  }

  private static void fork(TestNode one, TestNode two, int at, int total) {
    put(one.store(), 0, total);
    put(two.store(), 0, at);
    put(two.store(), total, 2 * total - at);
    one.store().signHead();
    two.store().signHead();
  }

  private static List<AuditSource> both(TestNode left, TestNode right) {
    return List.of(
        new AuditSource.OfStore("left", left.store()),
        new AuditSource.OfStore("right", right.store()));
  }

  // ---- more than is kept

  @Test
  void noNumberOfFindingsHidesAWorseOne() {
    Findings findings = new Findings();
    Place place = Place.of("it", "here");
    for (int i = 0; i < Findings.FINDINGS_MAX; i++) {
      findings.add(Kind.PAYLOAD, "payload " + i, "it does not verify", place);
    }
    findings.add(Kind.FORK, "node", "it signed two logs", place);
    findings.add(Kind.PAYLOAD, "payload 0", "it does not verify", place);
    List<AuditFinding> list = findings.list();
    assertThat(list).hasSize(Findings.FINDINGS_MAX + 1);
    assertThat(list.get(0).count()).isEqualTo(2);
    assertThat(list.get(Findings.FINDINGS_MAX - 1).kind()).isEqualTo(Kind.FORK);
    assertThat(list.get(Findings.FINDINGS_MAX))
        .satisfies(
            more -> {
              assertThat(more.kind()).isEqualTo(Kind.MORE);
              assertThat(more.count()).isEqualTo(1);
            });
    assertThat(list).extracting(AuditFinding::subject).doesNotContain("payload 9999");
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"UNDECIDED", "REFERENCE"})
  void moreThanIsKeptIsNoWorseThanWhatItIsMoreOf(Kind kind) {
    Findings findings = new Findings();
    for (int i = 0; i < Findings.FINDINGS_MAX + 5; i++) {
      findings.add(kind, "thing " + i, "it is not decided", Place.of("it", "here"));
    }
    List<AuditFinding> list = findings.list();
    assertThat(list).hasSize(Findings.FINDINGS_MAX + 1);
    assertThat(list).extracting(AuditFinding::severity).containsOnly(kind.severity());
    assertThat(kind.severity()).isLessThan(Severity.ERROR);
    assertThat(list.get(Findings.FINDINGS_MAX).count()).isEqualTo(5);
  }

  // ---- epochs

  private static StoreConfig epoch(int epoch) {
    StoreConfig first = TestNode.config("ann", "test");
    return new StoreConfig(
        "test", first.key(), epoch, first.indexes(), PeerBook.tables(), () -> 2_000_000);
  }

  @Test
  void anOldEpochThatLacksTheRecordItEndedWithIsNoFaultOfTheNewOne() {
    MemoryEngine shared = new MemoryEngine(TestNode.tables());
    Origin old;
    try (Store store = Store.open(shared.share(), epoch(1))) {
      put(store, 0, 256);
      old = store.origin();
    }
    TamperedEngine tampered = new TamperedEngine(shared.share());
    try (Store store = Store.open(tampered, epoch(2))) {
      put(store, 300, 301);
      tampered.lacks(255, 256);
      AuditReport alone = audit(store, EnumSet.of(AuditCheck.EPOCHS));
      assertThat(alone.findings()).isEmpty();
      assertThat(total(alone, AuditCheck.EPOCHS).outcome()).isEqualTo(Outcome.CUT_SHORT);
      assertThat(total(alone, AuditCheck.EPOCHS).note()).contains("record 255 of " + old);
      AuditReport report = audit(store);
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(places(report, Kind.EPOCH)).isEmpty();
    }
  }

  @Test
  void anOlderEpochOfTheNodeItselfMayEndUnsignedUntilTheNextOneIsWrittenTo() {
    MemoryEngine shared = new MemoryEngine(TestNode.tables());
    Origin old;
    try (Store before = Store.open(shared.share(), epoch(1))) {
      put(before, 0, 3);
      old = before.origin();
    }
    Bytes key = old.bytes().plus(Bytes.u64(3));
    RowChange forget = RowChange.delete(table("asl.checkpoint"), key);
    try (Store store = Store.open(shared.copy(), epoch(2))) {
      assertThat(store.head(store.origin())).isEmpty();
      assertThat(store.checkpoints(old, 0, 1)).as("it is unsigned").isEmpty();
      assertThat(audit(store).findings()).isEmpty();
    }
    MemoryEngine copy = shared.copy();
    try (Store store = Store.open(copy, epoch(2))) {
      put(store, 3, 4);
      assertThat(store.checkpoints(old, 0, 1)).as("it is signed").containsOnlyKeys(3L);
      assertThat(audit(store).findings()).isEmpty();
      copy.write(List.of(forget), Durability.SYNCED);
      assertThat(audit(store).findings())
          .extracting(AuditFinding::kind, AuditFinding::subject)
          .containsExactly(Tuple.tuple(Kind.UNSIGNED, old.toString()));
    }
  }

  @Test
  void anEdgeThatNamesOneArtifactInManyRolesIsDrawnWithFewEnds() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey cause = ann.put("cause");
      List<Endpoint> from = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        from.add(new Endpoint(cause, "role" + i));
      }
      Edge edge =
          new Edge(
              new EdgeType("prov:wasDerivedFrom"),
              from,
              List.of(Endpoint.of(ann.put("effect"))),
              null);
      ArtifactKey key = ann.put(TypeTag.EDGE, edge.encode());
      LogRecord record = ann.store().history(key).get(0).record();
      Disagreement.Surroundings drawn =
          new SurroundingsFinder(ann.store(), bob.store())
              .around(Optional.of(record), Optional.empty());
      assertThat(drawn.edges())
          .singleElement()
          .satisfies(link -> assertThat(link.from()).hasSize(SurroundingsFinder.ENDS_MAX));
      assertThat(drawn.complete()).isFalse();
    }
  }

  @Test
  void evidenceOfALaterVersionIsUndecidedAndAccusesNobody() {
    Bytes later = Bytes.utf8("CAIRNEVD").plus(Bytes.fromHex("0009ff"));
    AuditReport report = new Auditor(null).audit(List.of(new AuditSource.OfEvidence("it", later)));
    assertThat(report.verdict()).isEqualTo(Verdict.UNDECIDED);
    assertThat(report.findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.kind()).isEqualTo(Kind.UNDECIDED);
              assertThat(finding.places().get(0).detail()).contains("version 9");
            });
  }

  @Test
  void checksThatAreMadeOfNoSourceAreLeftOut() {
    AuditReport report =
        new Auditor(null).audit(List.of(new AuditSource.OfEvidence("it", Bytes.utf8("nothing"))));
    assertThat(report.totals())
        .filteredOn(each -> each.outcome() != Outcome.LEFT_OUT)
        .extracting(CheckResult::check)
        .containsExactly(AuditCheck.OPENING, AuditCheck.EVIDENCE);
  }

  @Test
  void thePlaceOfARecordIsThatOfAllPlacesOfItsArtifact() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey key = ann.put("again");
      for (int i = 0; i < 5; i++) {
        ann.store().commit(new CommitDraft().tombstone(key, new TombstoneNote(false, "")));
        ann.put("again");
      }
      assertThat(ann.store().places(key)).hasSize(11);
      for (RecordPlace each : ann.store().places(key)) {
        assertThat(ann.store().place(key, each.logseq(), each.origin())).contains(each);
        assertThat(ann.store().place(key, each.logseq() + 100, each.origin())).isEmpty();
      }
    }
  }

  @Test
  void aDerivedRowThatNoRecordBacksIsToldThoughItShowsNothing() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      one.put("a");
      one.put("b");
      ArtifactKey again = two.put("a");
      two.remove(again, false);
      two.put("a");
      two.remove(again, false);
      two.put("a");
      assertThat(new Auditor(null).audit("it", two.store()).findings()).isEmpty();
      assertThat(two.rows("asl.history")).isNotEmpty();
      two.rows("asl.history").forEach((key, value) -> one.overwrite("asl.history", key, value));
      AuditReport report = new Auditor(null).audit("it", one.store());
      assertThat(report.findings()).extracting(AuditFinding::kind).contains(Kind.LIVENESS);
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDerivedTombstoneThatWronglyErasesOrWronglyDoesNotIsNamed(boolean erases) {
    for (int later = 0; later < 2; later++) {
      try (TestNode right = new TestNode("ann");
          TestNode wrong = new TestNode("ann")) {
        ArtifactKey target = removed(right, erases, later);
        removed(wrong, !erases, later);
        wrong.rows("asl.live").forEach((key, row) -> right.overwrite("asl.live", key, row));
        wrong.rows("asl.history").forEach((key, row) -> right.overwrite("asl.history", key, row));
        AuditReport report = audit(right.store());
        assertThat(places(report, Kind.LIVENESS))
            .extracting(Place::canonicalId)
            .containsExactly(target);
        assertThat(report.findings()).hasSize(1);
      }
    }
  }

  private static ArtifactKey removed(TestNode node, boolean erases, int later) {
    ArtifactKey target = node.put("a");
    node.remove(target, erases);
    for (int i = 0; i < later; i++) {
      node.put("a");
      node.remove(target, false);
    }
    node.put("b");
    return target;
  }

  @Test
  void aReadThatFailsOnceIsNoDamageAndVerifiesNothing() {
    try (Store store = open()) {
      put(store, 0, 30);
      store.signHead();
      AtomicInteger left = new AtomicInteger(1);
      engine.records(
          (index, record) -> {
            if (index.u64At(0) == 20 && left.getAndDecrement() > 0) {
              throw new UnavailableException("the disk did not answer", null);
            }
            return record;
          });
      AuditReport report = audit(store);
      assertThat(report.findings()).isEmpty();
      assertThat(report.verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(total(report, AuditCheck.LIVENESS).outcome()).isEqualTo(Outcome.CUT_SHORT);
      assertThat(audit(store).verdict()).isEqualTo(Verdict.VERIFIED);
    }
  }

  @Test
  void anotherFindingDoesNotHideADerivedRowThatNoRecordBacks() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      one.put("a");
      two.put("b");
      two.put("b2");
      ArtifactKey again = two.put("a");
      two.remove(again, false);
      two.put("a");
      two.rows("asl.history").forEach((key, value) -> one.overwrite("asl.history", key, value));
      // A payload that is damaged says nothing of derived rows.
      one.rows("asl.content")
          .forEach((key, row) -> one.overwrite("asl.content", key, flip(row, row.length() - 1)));
      AuditReport report = audit(one.store());
      assertThat(report.findings())
          .extracting(AuditFinding::kind)
          .contains(Kind.LIVENESS, Kind.PAYLOAD);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLargerSubtreeThatIsNotWhatItsRecordsGiveIsNamed(boolean gone) {
    try (TestNode ann = new TestNode("ann")) {
      int level16 = 1 << 16;
      CommitDraft draft = new CommitDraft();
      for (int i = 0; i < level16; i++) {
        draft.put(ann.store().prepare(null, Bytes.u64(i)));
      }
      ann.store().commit(draft);
      put(ann.store(), 0, 300);
      ann.store().signHead();
      Bytes key = ann.origin().bytes().plus(Bytes.fromHex("10")).plus(Bytes.u64(0));
      Bytes right = ann.rows("asl.tile").get(key);
      assertThat(right).isNotNull();
      assertThat(audit(ann.store()).findings()).isEmpty();
      if (gone) {
        ann.drop("asl.tile", key);
      } else {
        ann.overwrite("asl.tile", key, flip(right, 0));
      }
      AuditReport report = audit(ann.store());
      assertThat(report.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(gone ? Kind.UNREADABLE : Kind.LOG_ROOT);
                assertThat(finding.count()).isEqualTo(1);
              });
    }
  }
}
