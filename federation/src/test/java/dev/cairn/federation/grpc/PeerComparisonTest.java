package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditReport.Lag;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.audit.DifferenceClass;
import dev.cairn.federation.audit.PeerComparison;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.reconcile.ReconcilePart;
import dev.cairn.federation.reconcile.StoreSource;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A store beside a peer over gRPC, without a copy of what the peer holds. */
class PeerComparisonTest {
  private static final PeerAddress LOOPBACK = PeerAddress.parse("127.0.0.1:0");
  private static final int RECORDS = Integer.getInteger("cairn.compare.records", 20_000);

  /** What a comparison may cost at a million records. */
  private static final long BYTES_MAX = 300_000;

  private static StoreSync sync(TestNode node, Supplier<ReconcilePart> part) {
    return new StoreSync(
        node.store(),
        SessionOptions.DEFAULT,
        ReplicationListener.NONE,
        Ticker.system(),
        () -> List.of(part.get()));
  }

  private static void copy(TestNode from, TestNode to) {
    new StoreSync(from.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(to.store(), true, true)
        .orThrow();
  }

  private record Compared(AuditReport report, long bytes) {}

  /** Dials as a node of its own, as the command does. */
  private static Compared compare(TestNode mine, TestNode peer) throws Exception {
    return compare(mine, sync(peer, () -> ReconcilePart.answering(new StoreSource(peer.store()))));
  }

  private static Compared compare(TestNode mine, StoreSync peer) throws Exception {
    PeerComparison comparison = new PeerComparison("mine", mine.store(), "peer");
    try (TestNode caller = new TestNode("caller");
        GrpcPeerServer server =
            GrpcPeerServer.startPlain(
                LOOPBACK, link -> peer.respond(link), null, GrpcSettings.DEFAULT)) {
      PeerLink link = GrpcPeerClient.connectPlain(server.address(), GrpcSettings.DEFAULT);
      sync(caller, comparison::part).initiate(link, false, false, null).orThrow();
      assertThat(caller.store().heads()).as("nothing is copied").isEmpty();
      long bytes = link.use().bytes();
      return new Compared(comparison.report(), bytes);
    }
  }

  @Test
  void aPeerThatDoesNotKnowTheQuestionsLeavesItUndecided() throws Exception {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("a");
      StoreSync old =
          new StoreSync(
              bob.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system());
      AuditReport report = compare(ann, old).report();
      assertThat(report.verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(report.lags()).isEmpty();
    }
  }

  private static List<Place> differences(AuditReport report) {
    return report.findings().stream()
        .flatMap(finding -> finding.places().stream())
        .filter(place -> place.difference() != null)
        .toList();
  }

  private static void fill(TestNode node, String prefix, int records) {
    for (int done = 0; done < records; done += 1_000) {
      CommitDraft draft = new CommitDraft();
      for (int i = done; i < Math.min(records, done + 1_000); i++) {
        draft.put(node.store().prepare(new TypeTag("text/plain"), Bytes.utf8(prefix + i)));
      }
      node.store().commit(draft);
    }
  }

  @Test
  void ofManyRecordsTheFirstThatDiffersIsFoundInAFewHundredKilobytes() throws Exception {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      for (TestNode node : List.of(one, two)) {
        fill(node, "shared ", RECORDS / 2);
        node.put(node == one ? "one story" : "another story");
        fill(node, "later ", RECORDS / 2);
      }
      Compared compared = compare(one, two);
      System.out.println(RECORDS + " records, one differs: " + compared.bytes() + " bytes");
      assertThat(compared.bytes()).isBetween(1L, BYTES_MAX);
      assertThat(compared.report().verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(differences(compared.report()))
          .singleElement()
          .satisfies(
              place -> {
                assertThat(place.difference()).isEqualTo(DifferenceClass.PAYLOAD);
                assertThat(place.where())
                    .isEqualTo("record " + RECORDS / 2 + " of " + one.origin());
                assertThat(place.differs()).isEqualTo("peer");
              });
      assertThat(compared.report().firstDivergence()).isNotNull();
      assertThat(compared.report().firstDivergence().index()).isEqualTo(RECORDS / 2);
    }
  }

  @ParameterizedTest
  @CsvSource({"12, 2, 3", "12, 2, 9", "300, 260, 290"})
  void rowsThatChangedPlacesOnEitherSideAreOfAnotherOrder(int records, long one, long other)
      throws Exception {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      for (int i = 0; i < records; i++) {
        ann.put("artifact " + i);
      }
      copy(ann, bob);
      long logseq = ann.store().record(ann.origin(), one).orElseThrow().logseq();
      bob.swapRecords(ann.origin(), one, other);
      for (Compared compared : List.of(compare(ann, bob), compare(bob, ann))) {
        assertThat(differences(compared.report()))
            .singleElement()
            .satisfies(
                place -> {
                  assertThat(place.difference()).isEqualTo(DifferenceClass.ORDER);
                  assertThat(place.origin()).isEqualTo(ann.origin());
                  assertThat(place.logseq()).isEqualTo(logseq);
                  assertThat(place.where()).isEqualTo("record " + one + " of " + ann.origin());
                });
      }
    }
  }

  @Test
  void keysThatManyRecordsDeriveWronglyAreFoundInAFewHundredKilobytes() throws Exception {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      fill(ann, "shared ", RECORDS);
      ArtifactKey removed = ann.put("to be removed");
      copy(ann, bob);
      Map<Bytes, Bytes> before = bob.rows("asl.live");
      ann.remove(removed, false);
      copy(ann, bob);
      Map<Bytes, Bytes> after = bob.rows("asl.live");
      before.forEach(
          (key, row) -> {
            if (!row.equals(after.get(key))) {
              bob.overwrite("asl.live", key, row);
            }
          });
      ann.put("bob lags");
      Compared compared = compare(ann, bob);
      System.out.println(RECORDS + " records, one key differs: " + compared.bytes() + " bytes");
      assertThat(compared.bytes()).isBetween(1L, BYTES_MAX);
      assertThat(compared.report().lags())
          .extracting(Lag::source, Lag::behind)
          .containsExactly(Tuple.tuple("peer", 1L));
      assertThat(differences(compared.report()))
          .singleElement()
          .satisfies(
              place -> {
                assertThat(place.difference()).isEqualTo(DifferenceClass.DERIVED_STATE);
                assertThat(place.canonicalId()).isEqualTo(removed);
                assertThat(place.differs()).isEqualTo("peer");
                assertThat(place.detail()).contains("TOMBSTONE at logseq");
              });
    }
  }

  @Test
  void nodesOfWhichEachLagsAreVerifiedAsFarAsTheyShare() throws Exception {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 30);
      bob.work(2, 30);
      copy(ann, bob);
      ann.put("ann alone");
      bob.putTogether("bob alone ", 3);
      AuditReport report = compare(ann, bob).report();
      assertThat(report.verdict()).isEqualTo(Verdict.VERIFIED);
      assertThat(report.firstDivergence()).isNull();
      assertThat(report.findings())
          .extracting(AuditFinding::kind)
          .containsOnly(AuditFinding.Kind.LAG);
      assertThat(report.lags())
          .extracting(Lag::origin, Lag::source, Lag::behind)
          .containsExactlyInAnyOrder(
              Tuple.tuple(ann.origin(), "peer", 1L), Tuple.tuple(bob.origin(), "mine", 3L));
      assertThat(report.sources().get(1).records())
          .isEqualTo(bob.store().heads().stream().mapToLong(head -> head.treeSize()).sum());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "abcdef, abdef, 2, MISSING",
    "abdef, abcdef, 2, EXTRA",
    "acbdef, abcdef, 1, ORDER",
    "abcdef, abxdef, 2, PAYLOAD"
  })
  void aContradictionHasTheClassThatTwoStoresHave(
      String first, String second, long index, DifferenceClass wanted) throws Exception {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      first.chars().forEach(letter -> one.put("letter " + (char) letter));
      second.chars().forEach(letter -> two.put("letter " + (char) letter));
      AuditReport report = compare(one, two).report();
      assertThat(differences(report)).extracting(Place::difference).containsExactly(wanted);
      assertThat(report.firstDivergence()).isNotNull();
      assertThat(report.firstDivergence().index()).isEqualTo(index);
    }
  }
}
