package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Lag;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What sources hold beside each other: lag is told apart, and each difference has its class. */
class ComparisonTest {
  private static void sync(TestNode left, TestNode right) {
    new StoreSync(left.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(right.store(), true, true)
        .orThrow();
  }

  private static AuditReport audit(TestNode... nodes) {
    List<AuditSource> sources = new ArrayList<>();
    for (TestNode node : nodes) {
      sources.add(new AuditSource.OfStore("source " + sources.size(), node.store()));
    }
    return new Auditor(null).audit(sources);
  }

  private static List<Place> differences(AuditReport report) {
    return report.findings().stream()
        .flatMap(finding -> finding.places().stream())
        .filter(place -> place.difference() != null)
        .toList();
  }

  /** The one difference, of the class that is wanted. */
  private static Place only(AuditReport report, DifferenceClass wanted) {
    assertThat(differences(report)).extracting(Place::difference).containsExactly(wanted);
    return differences(report).get(0);
  }

  // ---- lag

  @Test
  void whoeverHoldsLessOfSeveralLogsLagsAndWhatIsSharedIsVerified() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cyd = new TestNode("cyd")) {
      ann.work(1, 20);
      bob.work(2, 20);
      sync(ann, bob);
      long early = ann.store().head(ann.origin()).orElseThrow().treeSize();
      ann.putTogether("later ", 5);
      bob.put("bob alone");
      cyd.put("nobody heard of it");
      sync(cyd, bob);
      AuditReport report = audit(ann, bob);
      assertThat(report.verdict()).isEqualTo(Verdict.VERIFIED);
      assertThat(report.firstDivergence()).isNull();
      assertThat(report.findings()).extracting(AuditFinding::kind).containsOnly(Kind.LAG);
      assertThat(report.lags())
          .extracting(Lag::origin, Lag::source, Lag::ahead, Lag::behind, Lag::records)
          .containsExactlyInAnyOrder(
              Tuple.tuple(ann.origin(), "source 1", "source 0", 5L, early),
              Tuple.tuple(
                  bob.origin(),
                  "source 0",
                  "source 1",
                  1L,
                  bob.store().head(bob.origin()).orElseThrow().treeSize() - 1),
              Tuple.tuple(cyd.origin(), "source 0", "source 1", 1L, 0L));
      assertThat(differences(report)).as("lag is no difference").isEmpty();
      assertThat(audit(bob, ann).lags())
          .as("whoever is named first")
          .extracting(Lag::origin, Lag::behind)
          .containsExactlyElementsOf(
              report.lags().stream().map(lag -> Tuple.tuple(lag.origin(), lag.behind())).toList());
    }
  }

  @Test
  void aComparisonOfOneSourceVerifiesNothing() {
    try (TestNode ann = new TestNode("ann")) {
      ann.put("a");
      Auditor comparer =
          Auditor.of(new AuditPlan(Set.of(AuditCheck.COMPARISON), new ReceiptChoice.All(), null));
      AuditSource store = new AuditSource.OfStore("it", ann.store());
      AuditSource evidence = new AuditSource.OfEvidence("evidence", Bytes.utf8("?"));
      assertThat(comparer.audit(List.of(store)).verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(comparer.audit(List.of(store, evidence)).verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(comparer.audit(List.of(evidence)).verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(audit(ann).verdict()).isEqualTo(Verdict.VERIFIED);
    }
  }

  @Test
  void aStoreThatHoldsNothingLagsAndIsVerified() {
    try (TestNode ann = new TestNode("ann");
        TestNode empty = new TestNode("empty")) {
      ann.work(1, 10);
      AuditReport report = audit(empty, ann);
      assertThat(report.verdict()).isEqualTo(Verdict.VERIFIED);
      assertThat(report.lags()).singleElement().extracting(Lag::source).isEqualTo("source 0");
    }
  }

  private static List<String> lagsOf(AuditReport report, String source) {
    return report.findings().stream()
        .filter(finding -> finding.kind() == Kind.LAG)
        .flatMap(finding -> finding.places().stream())
        .map(Place::detail)
        .filter(detail -> detail.startsWith(source + " lags"))
        .toList();
  }

  @Test
  void aStoreThatLacksItsOwnLogAndOneThatLacksALaterEpochAreToldApart() {
    StoreConfig later =
        new StoreConfig(
            "test", TestNode.key("ann"), 2, TestNode.indexes(), PeerBook.tables(), () -> 1_000_000);
    try (TestNode ann = new TestNode("ann");
        TestNode again = new TestNode("ann");
        TestNode on = TestNode.with("ann", later);
        TestNode bob = new TestNode("bob")) {
      for (TestNode node : List.of(ann, again)) {
        node.put("a");
        node.store().signHead();
      }
      ann.put("b");
      ann.store().signHead();
      sync(ann, bob);
      sync(on, bob);
      on.put("c");
      on.store().signHead();
      AuditReport own = audit(again, ann);
      assertThat(own.verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(lagsOf(own, "source 0"))
          .singleElement()
          .asString()
          .endsWith("; it is the log that this very store writes");
      AuditReport epochs = audit(ann, on);
      assertThat(epochs.verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(lagsOf(epochs, "source 0"))
          .singleElement()
          .asString()
          .endsWith(
              "; it is of the same node, which went on in this later epoch while this store is"
                  + " still in epoch 1");
    }
  }

  @Test
  void aStateThatIsWrongUnderTheSharedCutIsFoundThoughOneSideLags() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey removed = ann.put("to be removed");
      ann.work(1, 20);
      sync(ann, bob);
      Map<Bytes, Bytes> before = bob.rows("asl.live");
      ann.remove(removed, false);
      sync(ann, bob);
      Map<Bytes, Bytes> after = bob.rows("asl.live");
      Bytes row =
          before.keySet().stream()
              .filter(key -> !before.get(key).equals(after.get(key)))
              .findFirst()
              .orElseThrow();
      bob.overwrite("asl.live", row, before.get(row));
      ann.put("more");
      AuditReport report = audit(ann, bob);
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(report.lags()).singleElement().extracting(Lag::source).isEqualTo("source 1");
      Place place = only(report, DifferenceClass.DERIVED_STATE);
      assertThat(place.canonicalId()).isEqualTo(removed);
      assertThat(place.differs()).isEqualTo("source 1");
      assertThat(place.detail())
          .contains("not live | live by logseq 1", "ARTIFACT at logseq 1", "TOMBSTONE at logseq");
      AuditReport.Divergence first = report.firstDivergence();
      assertThat(first).isNotNull();
      assertThat(first.difference()).isEqualTo(DifferenceClass.DERIVED_STATE);
      assertThat(first.canonicalId()).isEqualTo(removed);
      assertThat(first.logseq()).isEqualTo(place.logseq());
      assertThat(first.left()).isEqualTo("not live");
      assertThat(first.right()).startsWith("live by logseq 1");
    }
  }

  @Test
  void storesOfTwoFederationsHaveNothingToCompare() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob", "another")) {
      ann.put("a");
      bob.put("b");
      AuditReport report = audit(ann, bob);
      assertThat(report.verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(report.lags()).isEmpty();
    }
  }

  @Test
  void aSourceOfAnotherFederationHidesNoneOfTheOthers() {
    try (TestNode ann = new TestNode("ann");
        TestNode other = new TestNode("cyd", "another");
        TestNode bob = new TestNode("bob");
        TestNode twin = new TestNode("bob")) {
      other.put("c");
      bob.put("one story");
      bob.store().signHead();
      twin.put("another story");
      twin.store().signHead();
      AuditReport report = audit(ann, other, bob, twin);
      assertThat(report.findings()).extracting(AuditFinding::kind).contains(Kind.FORK);
      assertThat(report.verdict()).isEqualTo(Verdict.MISBEHAVIOUR);
    }
  }

  // ---- classes of records

  @ParameterizedTest
  @CsvSource({
    "abcdef, abdef, 2, MISSING",
    "abcdef, aef, 1, MISSING",
    "abdef, abcdef, 2, EXTRA",
    "abcdef, acbdef, 1, ORDER",
    "abcdef, abxdef, 2, PAYLOAD",
    "abc, abx, 2, PAYLOAD"
  })
  void twoStoriesOfOneNodeThatItDidNotSignDifferIn(
      String first, String second, long index, DifferenceClass wanted) {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      tell(one, first);
      tell(two, second);
      AuditReport report = audit(one, two);
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
      Place place = only(report, wanted);
      assertThat(place.origin()).isEqualTo(one.origin());
      assertThat(place.logseq()).isEqualTo(index + 1);
      assertThat(place.where()).isEqualTo("record " + index + " of " + one.origin());
      assertThat(place.differs()).as("the first named is the reference").isEqualTo("source 1");
      AuditReport.Divergence divergence = report.firstDivergence();
      assertThat(divergence).isNotNull();
      assertThat(divergence.difference()).isEqualTo(wanted);
      assertThat(divergence.index()).isEqualTo(index);
      one.store().signHead();
      Place signed = only(audit(two, one), wanted);
      assertThat(signed.differs()).as("what is signed is the reference").isEqualTo("source 0");
      two.store().signHead();
      AuditReport forked = audit(one, two);
      assertThat(forked.verdict()).isEqualTo(Verdict.MISBEHAVIOUR);
      assertThat(differences(forked))
          .extracting(Place::difference)
          .containsOnly(DifferenceClass.FORKED);
    }
  }

  private static void tell(TestNode node, String story) {
    story.chars().forEach(letter -> node.put("letter " + (char) letter));
  }

  @ParameterizedTest
  @CsvSource({"12, 2, 3", "12, 2, 9", "12, 0, 11", "600, 10, 11", "600, 10, 400", "600, 300, 599"})
  void rowsOfALogThatChangedPlacesAreOfAnotherOrder(int records, long one, long other) {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      for (int i = 0; i < records; i++) {
        ann.put("artifact " + i);
      }
      sync(ann, bob);
      LogRecord named = ann.store().record(ann.origin(), one).orElseThrow();
      bob.swapRecords(ann.origin(), one, other);
      for (AuditReport report : List.of(audit(ann, bob), audit(bob, ann))) {
        assertThat(report.findings())
            .as("states are not compared beyond it")
            .extracting(AuditFinding::kind)
            .contains(Kind.DIVERGENCE)
            .doesNotContain(Kind.UNREADABLE, Kind.UNDECIDED);
        Place place = only(report, DifferenceClass.ORDER);
        assertThat(place.origin()).isEqualTo(ann.origin());
        assertThat(place.logseq()).isEqualTo(named.logseq());
        assertThat(place.canonicalId()).isEqualTo(named.id());
        assertThat(place.where()).isEqualTo("record " + one + " of " + ann.origin());
        assertThat(place.detail()).contains("that says to be record " + other);
      }
      assertThat(only(audit(ann, bob), DifferenceClass.ORDER).differs()).isEqualTo("source 1");
      assertThat(only(audit(bob, ann), DifferenceClass.ORDER).differs()).isEqualTo("source 0");
    }
  }

  @Test
  void theSameContentAtAnotherTimeDiffersInItsClock() {
    try (TestNode one = new TestNode("ann", () -> 1_000);
        TestNode two = new TestNode("ann", () -> 2_000)) {
      tell(one, "abc");
      tell(two, "abc");
      Place place = only(audit(one, two), DifferenceClass.CLOCK);
      assertThat(place.where()).isEqualTo("record 0 of " + one.origin());
    }
  }

  @Test
  void aRecordWithAnotherClockInACopyDiffersInItsClock() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cyd = new TestNode("cyd")) {
      tell(ann, "abcdefgh");
      sync(ann, bob);
      sync(ann, cyd);
      LogRecord r = bob.store().record(ann.origin(), 4).orElseThrow();
      LogRecord changed =
          new LogRecord(
              4,
              r.logseq(),
              r.hlc() + 1,
              r.kind(),
              r.id(),
              r.tag(),
              r.payloadLength(),
              r.payloadDigest());
      bob.engine()
          .replaceRecords(ann.origin().bytes(), new TreeMap<>(Map.of(4L, changed.encode())));
      for (AuditReport report : List.of(audit(bob, cyd), audit(bob, ann), audit(bob, cyd, ann))) {
        Place place = only(report, DifferenceClass.CLOCK);
        assertThat(place.canonicalId()).isEqualTo(r.id());
        assertThat(place.differs()).as("its checkpoint does not fit").isEqualTo("source 0");
        assertThat(report.firstDivergence().left()).contains("hlc " + changed.hlc() + ",");
        assertThat(report.firstDivergence().right()).contains("hlc " + r.hlc() + ",");
      }
    }
  }

  // ---- beside the records

  @Test
  void aSignatureThatDoesNotVerifyDiffersFromOneThatDoes() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      tell(ann, "abc");
      sync(ann, bob);
      tell(ann, "de");
      sync(ann, bob);
      Bytes key = ann.origin().bytes().plus(Bytes.u64(3));
      byte[] note = bob.rows("asl.checkpoint").get(key).toArray();
      note[note.length - 8] ^= 1;
      bob.overwrite("asl.checkpoint", key, Bytes.wrap(note));
      AuditReport report = audit(bob, ann);
      assertThat(report.firstDivergence())
          .isEqualTo(
              new AuditReport.Divergence(
                  ann.origin(),
                  2,
                  3,
                  ann.store().record(ann.origin(), 2).orElseThrow().id(),
                  "a checkpoint of 3 records that does not verify",
                  "a checkpoint of 3 records that verifies",
                  DifferenceClass.SIGNATURE,
                  "source 0"));
      Place place = only(report, DifferenceClass.SIGNATURE);
      assertThat(place.differs()).isEqualTo("source 0");
      assertThat(place.where()).isEqualTo("record 2 of " + ann.origin());
      assertThat(place.detail())
          .isEqualTo(
              "a checkpoint of 3 records that does not verify | a checkpoint of 3 records that"
                  + " verifies");
    }
  }

  @Test
  void aPayloadThatOnlyOneSideHasErasedIsANote() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey secret = ann.put("secret");
      sync(ann, bob);
      bob.store().pin(bob.store().snapshot(null).key());
      ann.remove(secret, true);
      ann.store().reclaim();
      sync(ann, bob);
      bob.store().reclaim();
      AuditReport report = audit(ann, bob);
      assertThat(report.verdict()).isEqualTo(Verdict.VERIFIED);
      assertThat(report.firstDivergence()).as("no contradiction").isNull();
      Place place = only(report, DifferenceClass.ERASED);
      assertThat(place.canonicalId()).isEqualTo(secret);
      assertThat(place.differs()).isEqualTo("source 1");
    }
  }

  @Test
  void manyErasedPayloadsAreAllComparedOrItIsTold() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      List<ArtifactKey> keys = ann.putTogether("secret ", 1_200);
      sync(ann, bob);
      ArtifactKey last = ann.store().record(ann.origin(), 1_199).orElseThrow().id();
      CommitDraft pinned = new CommitDraft();
      keys.stream()
          .filter(key -> !key.equals(last))
          .forEach(key -> pinned.tombstone(key, new TombstoneNote(true, null)));
      ann.store().commit(pinned);
      ann.store().reclaim();
      sync(ann, bob);
      bob.store().pin(bob.store().snapshot(null).key());
      ann.remove(last, true);
      ann.store().reclaim();
      sync(ann, bob);
      bob.store().reclaim();
      AuditReport report = audit(ann, bob);
      assertThat(only(report, DifferenceClass.ERASED).canonicalId()).isEqualTo(last);
      assertThat(report.notWhole())
          .extracting(CheckResult::check)
          .doesNotContain(AuditCheck.COMPARISON);
      AuditReport alone =
          Auditor.of(new AuditPlan(Set.of(AuditCheck.COMPARISON), new ReceiptChoice.All(), null))
              .audit(
                  List.of(
                      new AuditSource.OfStore("ann", ann.store()),
                      new AuditSource.OfStore("bob", bob.store())));
      assertThat(alone.notWhole())
          .as("erased payloads are not known without the check of payloads")
          .extracting(CheckResult::check)
          .contains(AuditCheck.COMPARISON);
      LogDamage few = new LogDamage(1);
      assertThat(few.knowsAllErased()).isTrue();
      for (long index = 3; index < 5; index++) {
        few.erased(ann.origin(), ann.store().record(ann.origin(), index).orElseThrow());
      }
      assertThat(few.knowsAllErased()).isFalse();
      assertThat(few.erased(ann.origin())).containsExactly(3L);
    }
  }

  // ---- three and more

  @Test
  void ofThreeTheMajorityIsTheReferenceInWhateverOrderTheyAreNamed() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann");
        TestNode three = new TestNode("ann")) {
      tell(one, "abxd");
      tell(two, "abcde");
      tell(three, "abcd");
      Set<String> told = new HashSet<>();
      for (List<TestNode> order :
          List.of(
              List.of(one, two, three),
              List.of(one, three, two),
              List.of(two, one, three),
              List.of(two, three, one),
              List.of(three, one, two),
              List.of(three, two, one))) {
        AuditReport report = audit(order.toArray(TestNode[]::new));
        Place place = only(report, DifferenceClass.PAYLOAD);
        assertThat(place.differs()).isEqualTo("source " + order.indexOf(one));
        assertThat(report.lags())
            .singleElement()
            .satisfies(
                lag -> {
                  assertThat(lag.source()).isEqualTo("source " + order.indexOf(three));
                  assertThat(lag.behind()).isEqualTo(1);
                });
        told.add(place.where() + place.logseq() + place.canonicalId());
      }
      assertThat(told).as("the same record, whoever is named first").hasSize(1);
    }
  }

  @Test
  void ofThreeThatAllDifferEachIsTold() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann");
        TestNode three = new TestNode("ann")) {
      tell(one, "abcdef");
      tell(two, "abxdef");
      tell(three, "abcdyf");
      AuditReport report = audit(one, two, three);
      assertThat(differences(report))
          .extracting(Place::difference, Place::differs, Place::where)
          .containsExactly(
              Tuple.tuple(DifferenceClass.PAYLOAD, "source 1", "record 2 of " + one.origin()),
              Tuple.tuple(DifferenceClass.PAYLOAD, "source 2", "record 4 of " + one.origin()));
      assertThat(report.firstDivergence()).isNotNull();
      assertThat(report.firstDivergence().index()).isEqualTo(2);
    }
  }

  @Test
  void everyClassHasAnotherNameAndStatement() {
    Set<String> names = new HashSet<>();
    for (DifferenceClass each : EnumSet.allOf(DifferenceClass.class)) {
      names.add(each.text());
      names.add(each.statement());
    }
    assertThat(names)
        .hasSize(2 * DifferenceClass.values().length)
        .contains(
            "missing",
            "extra",
            "order",
            "payload",
            "derived-state",
            "signature",
            "clock",
            "erased",
            "forked");
  }
}
