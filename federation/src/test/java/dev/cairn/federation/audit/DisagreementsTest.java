package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditSource.OfEvidence;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.Disagreement.Fork;
import dev.cairn.federation.audit.Disagreement.Link;
import dev.cairn.federation.audit.Disagreement.Node;
import dev.cairn.federation.audit.Disagreement.Presence;
import dev.cairn.federation.audit.Disagreement.Standing;
import dev.cairn.federation.audit.Disagreement.Subtree;
import dev.cairn.federation.audit.Disagreement.Surroundings;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.groups.Tuple;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class DisagreementsTest {
  private static Disagreement told(TestNode left, TestNode right) {
    return Disagreements.of("left", left.store(), "right", right.store()).orElseThrow();
  }

  private static void sync(TestNode left, TestNode right) {
    new StoreSync(left.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(right.store(), true, true)
        .orThrow();
  }

  private static Surroundings lineage(Disagreement told) {
    Surroundings lineage = told.lineage();
    assertThat(lineage).isNotNull();
    return lineage;
  }

  @Test
  void sourcesThatHoldTheSameDoNotDisagree() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 20);
      bob.work(2, 20);
      sync(ann, bob);
      assertThat(Disagreements.of("left", ann.store(), "right", bob.store())).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 1",
    "0, 1, 2",
    "1, 2, 5",
    "6, 7, 7",
    "7, 9, 8",
    "64, 65, 100",
    "100, 129, 131",
    "3, 3, 9",
    "0, 0, 5",
    "8, 40, 8",
    "127, 128, 255"
  })
  void theDescentLeadsFromBothRootsToTheRecordAndEveryHashFollows(
      int common, int leftSize, int rightSize) {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      tell(one, common, leftSize, "one story ");
      tell(two, common, rightSize, "another story ");
      Disagreement told = told(one, two);
      assertThat(told.first().index()).isEqualTo(common);
      Disagreement.LogPair log = told.logs().get(0);
      assertThat(log.equal()).isEqualTo(common);
      assertThat(log.standing())
          .isEqualTo(
              common == rightSize
                  ? Standing.RIGHT_LAGS
                  : common == leftSize ? Standing.LEFT_LAGS : Standing.CONTRADICTS);
      checkDescent(told.descent(), true, log.leftRoot());
      checkDescent(told.descent(), false, log.rightRoot());
      if (leftSize > 0) {
        assertThat(log.leftRoot()).isEqualTo(one.store().head(one.origin()).orElseThrow().root());
      }
      List<Fork> forks = told.descent();
      if (!forks.isEmpty()) {
        Subtree leaf = forks.get(forks.size() - 1).taken();
        assertThat(leaf.from()).isEqualTo(common);
        assertThat(leaf.to()).isEqualTo(common + 1);
        assertThat(leaf.agrees()).isFalse();
        assertThat(forks)
            .filteredOn(fork -> !fork.differsInLower())
            .allSatisfy(fork -> assertThat(fork.lower().agrees()).isTrue());
      }
      assertThat(told.leftRecord() == null).isEqualTo(common == leftSize);
      assertThat(told.rightRecord() == null).isEqualTo(common == rightSize);
    }
  }

  private static void tell(TestNode node, int common, int size, String story) {
    for (int i = 0; i < size; i++) {
      node.put(i < common ? "common " + i : story + i);
    }
  }

  /** The halves of each fork give the hash of what was forked, down from the root. */
  private static void checkDescent(List<Fork> forks, boolean left, @Nullable Bytes root) {
    Bytes above = root;
    for (Fork fork : forks) {
      Bytes lower = left ? fork.lower().left() : fork.lower().right();
      Bytes upper = left ? fork.upper().left() : fork.upper().right();
      assertThat(lower == null || upper == null ? lower : TreeHasher.node(lower, upper))
          .isEqualTo(above);
      above = left ? fork.taken().left() : fork.taken().right();
    }
  }

  @Test
  void everyLogIsToldThatIsNotTheSameAndTheOthersAreCounted() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cyd = new TestNode("cyd")) {
      ann.put("a");
      bob.put("b");
      cyd.put("c");
      sync(ann, bob);
      sync(ann, cyd);
      sync(bob, cyd);
      bob.put("only bob");
      ann.put("only ann");
      Disagreement told = told(ann, bob);
      assertThat(told.logs())
          .extracting(Disagreement.LogPair::origin, Disagreement.LogPair::standing)
          .containsExactlyInAnyOrder(
              Tuple.tuple(ann.origin(), Standing.RIGHT_LAGS),
              Tuple.tuple(bob.origin(), Standing.LEFT_LAGS));
      assertThat(told.logsEqual()).isEqualTo(1);
      assertThat(told.logsLeftOut()).isZero();
    }
  }

  @Test
  void theLineageOfBothSidesIsLaidOverEachOther() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      ArtifactKey source = one.put("source");
      two.put("source");
      ArtifactKey mine = one.put("made here");
      ArtifactKey other = two.put("made there");
      ArtifactKey made = one.link("test:made", source, mine);
      two.link("test:made", source, other);
      ArtifactKey later = one.put("later");
      one.link("test:used", mine, later);
      Surroundings lineage = lineage(told(one, two));
      assertThat(lineage.complete()).isTrue();
      assertThat(lineage.artifacts())
          .extracting(Node::key, Node::column, Node::presence, Node::named)
          .containsExactlyInAnyOrder(
              Tuple.tuple(source, -2, Presence.BOTH, false),
              Tuple.tuple(mine, 0, Presence.LEFT, true),
              Tuple.tuple(other, 0, Presence.RIGHT, true),
              Tuple.tuple(later, 2, Presence.LEFT, false));
      assertThat(lineage.artifacts()).extracting(Node::type).containsOnly("text/plain");
      assertThat(lineage.edges()).extracting(Link::column).containsExactly(-1, -1, 1);
      assertThat(lineage.edges())
          .filteredOn(link -> link.key().equals(made))
          .singleElement()
          .satisfies(
              link -> {
                assertThat(link.presence()).isEqualTo(Presence.LEFT);
                assertThat(link.from()).extracting("key").containsExactly(source);
                assertThat(link.to()).extracting("key").containsExactly(mine);
              });
    }
  }

  @Test
  void anEdgeThatOnlyOneSideHasStandsBetweenItsEnds() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      ArtifactKey cause = one.put("cause");
      two.put("cause");
      ArtifactKey effect = one.put("effect");
      two.put("effect");
      ArtifactKey edge = one.link("test:made", cause, effect);
      two.remove(effect, true);
      Surroundings lineage = lineage(told(one, two));
      assertThat(lineage.edges())
          .singleElement()
          .satisfies(
              link -> {
                assertThat(link.key()).isEqualTo(edge);
                assertThat(link.named()).isTrue();
                assertThat(link.presence()).isEqualTo(Presence.LEFT);
              });
      assertThat(lineage.artifacts())
          .extracting(Node::key, Node::presence)
          .containsExactlyInAnyOrder(
              Tuple.tuple(cause, Presence.BOTH), Tuple.tuple(effect, Presence.LEFT));
    }
  }

  @Test
  void ofMoreThanCanBeDrawnTheRestIsLeftOutAndThatIsSaid() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      two.put("nothing of that");
      ArtifactKey hub = one.put("hub");
      List<Endpoint> causes = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        causes.add(Endpoint.of(one.put("cause " + i)));
        one.link("test:made", hub, one.put("effect " + i));
      }
      one.put(
          TypeTag.EDGE,
          new Edge(new EdgeType("test:all"), causes, List.of(Endpoint.of(hub)), null).encode());
      Surroundings lineage = lineage(told(one, two));
      assertThat(lineage.complete()).isFalse();
      assertThat(lineage.artifacts()).hasSizeLessThanOrEqualTo(SurroundingsFinder.ARTIFACTS_MAX);
      assertThat(lineage.edges())
          .hasSize(1 + SurroundingsFinder.EDGES_OF_ONE_MAX)
          .allSatisfy(
              link ->
                  assertThat(link.from()).hasSizeLessThanOrEqualTo(SurroundingsFinder.ENDS_MAX));
      assertThat(lineage.artifacts()).extracting(Node::key).contains(hub);
    }
  }

  @Test
  void whatIsDamagedAroundTheDifferenceLeavesTheRestToBeSeen() {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      ArtifactKey source = one.put("source");
      two.put("source");
      ArtifactKey mine = one.put("made here");
      two.put("made there");
      one.link("test:made", source, mine);
      one.damage("asl.content");
      Disagreement told = told(one, two);
      assertThat(told.lineage()).isNull();
      assertThat(told.first().index()).isEqualTo(1);
      assertThat(told.descent()).isNotEmpty();
    }
  }

  @Test
  void onlyWhatAnAuditComparedIsLookedAt() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cyd = new TestNode("ann");
        TestNode dan = new TestNode("ann")) {
      ann.put("a");
      bob.put("b");
      cyd.put("c");
      dan.put("a");
      List<AuditSource> sources =
          List.of(
              new OfEvidence("accusation", Bytes.utf8("nonsense")),
              new OfStore("ann", ann.store()),
              new OfStore("bob", bob.store()),
              new OfStore("cyd", cyd.store()),
              new OfStore("dan", dan.store()));
      List<Disagreement> told = Disagreements.of(sources, new Auditor(null).audit(sources));
      assertThat(told)
          .extracting(Disagreement::left, Disagreement::right)
          .as("bob knows nothing of ann's log, and dan the same")
          .containsExactly(Tuple.tuple("ann", "cyd"));
      assertThat(told).isEqualTo(Disagreements.of(sources, new Auditor(null).audit(sources)));
    }
  }
}
