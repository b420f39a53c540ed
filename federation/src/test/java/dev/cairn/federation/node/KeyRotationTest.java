package dev.cairn.federation.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.RevokedException;
import dev.cairn.asl.evidence.Contradiction;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.ClosedLog;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.Replayer;
import dev.cairn.federation.cosign.CosignShelf;
import dev.cairn.federation.proof.Prover;
import dev.cairn.federation.protocol.AppliedStretch;
import dev.cairn.federation.protocol.ConflictSeen;
import dev.cairn.federation.protocol.EvidencePart;
import dev.cairn.federation.protocol.LogVerifier;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.StoreReplica;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.tgk.Graph;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that change hands, and keys that are in two hands, between nodes that sync. */
final class KeyRotationTest {
  private static final WallClock CLOCK = () -> 1_000_000;

  @TempDir private Path folder;

  private final List<TestNode> nodes = new ArrayList<>();
  private final List<ConflictSeen> conflicts = new ArrayList<>();

  @AfterEach
  void close() {
    nodes.forEach(TestNode::close);
  }

  private TestNode node(String name) {
    return kept(new TestNode(name));
  }

  /** The holder of a's key, in another epoch. */
  private TestNode later(String name, int epoch) {
    StoreConfig config = TestNode.config(name, "test");
    return kept(
        TestNode.with(
            name,
            new StoreConfig(
                "test", config.key(), epoch, config.indexes(), config.localTables(), CLOCK)));
  }

  private TestNode kept(TestNode node) {
    nodes.add(node);
    return node;
  }

  private void sync(TestNode one, TestNode other) {
    Store mine = one.store();
    ReplicationListener listener =
        new ReplicationListener() {
          @Override
          public void applied(NodeId peer, AppliedStretch stretch) {}

          @Override
          public void conflict(NodeId peer, ConflictSeen seen) {
            conflicts.add(seen);
          }
        };
    new StoreSync(
            mine,
            SessionOptions.DEFAULT,
            listener,
            Ticker.system(),
            () -> List.of(new EvidencePart(new StoreReplica(mine))))
        .with(other.store(), true, true)
        .orThrow();
  }

  private static long size(TestNode node, Origin origin) {
    return node.store().head(origin).map(head -> head.treeSize()).orElse(0L);
  }

  @Test
  void aSuccessorGoesOnAndEveryNodeHearsOfItThroughOthers() {
    TestNode a = node("a");
    TestNode b = node("b");
    TestNode c = node("c");
    TestNode next = node("next");
    a.put("one");
    b.put("of b");
    sync(a, b);
    ClosedLog closed = KeyRotation.rotate(a.store(), next.store());
    assertThat(KeyRotation.rotate(a.store(), next.store())).isEqualTo(closed);
    next.put("goes on");
    sync(b, next);
    sync(c, b);
    for (TestNode node : List.of(b, c, next)) {
      assertThat(node.store().closedLogs()).containsExactly(closed);
      assertThat(node.store().closedLogs().get(0).successor())
          .isEqualTo(next.store().origin().node());
      assertThat(node.store().stateRoot()).isEqualTo(c.store().stateRoot());
      AuditReport report = new Auditor(null).audit("it", node.store());
      assertThat(report.findings()).isEmpty();
    }
    assertThat(size(c, a.store().origin())).isEqualTo(2);
    assertThatThrownBy(() -> a.put("behind")).isInstanceOf(RevokedException.class);
    // The old node still talks, and takes what it does not have.
    sync(a, c);
    assertThat(a.store().stateRoot()).isEqualTo(c.store().stateRoot());
    // Replayed from nothing, it is the same.
    TestNode empty = node("empty");
    new Replayer(empty.store()).store(c.store(), Optional.empty());
    assertThat(empty.store().closedLogs()).containsExactly(closed);
    assertThat(conflicts).isEmpty();
  }

  @Test
  void whoCannotSucceedIsRefusedAndNothingIsClosed() {
    TestNode a = node("a");
    TestNode next = node("next");
    TestNode third = node("third");
    TestNode elsewhere = kept(new TestNode("elsewhere", "other"));
    a.put("one");
    assertThatThrownBy(() -> KeyRotation.rotate(a.store(), elsewhere.store()))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> KeyRotation.rotate(a.store(), a.store()))
        .isInstanceOf(RefusedException.class);
    assertThat(a.store().closedLogs()).isEmpty();
    KeyRotation.rotate(a.store(), next.store());
    assertThatThrownBy(() -> KeyRotation.rotate(a.store(), third.store()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(next.store().origin().node().toString());
    assertThatThrownBy(() -> KeyRotation.rotate(third.store(), a.store()))
        .isInstanceOf(RefusedException.class);
    assertThat(third.store().closedLogs()).isEmpty();
  }

  @Test
  void aThiefWhoGoesOnUnderTheOldKeyIsProvenAndSpread() {
    TestNode a = node("a");
    TestNode thief = node("a");
    TestNode b = node("b");
    TestNode c = node("c");
    a.put("one");
    thief.put("one");
    sync(a, b);
    KeyRotation.rotate(a.store(), node("next").store());
    sync(a, b);
    thief.put("evil");
    sync(thief, c);
    sync(b, c);
    Origin origin = a.store().origin();
    for (TestNode each : List.of(b, c)) {
      assertThat(each.store().frozen()).containsExactly(origin);
      assertThat(each.store().evidence(origin).orElseThrow().evidence().contradiction())
          .isEqualTo(Contradiction.TWO_ROOTS);
    }
    assertThat(new Auditor(null).audit("it", b.store()).verdict().exitCode()).isEqualTo(4);
    b.put("honest");
    sync(b, c);
    assertThat(size(c, b.store().origin())).isEqualTo(1);
  }

  @Test
  void aNewEpochOfAClosedKeyIsLeftOutAndTheOtherLogsGoOn() {
    TestNode a = node("a");
    TestNode b = node("b");
    TestNode early = node("early");
    TestNode thief = later("a", 9);
    TestNode honest = node("honest");
    a.put("one");
    KeyRotation.rotate(a.store(), node("next").store());
    sync(a, b);
    ArtifactKey evil = thief.put("evil");
    ArtifactKey good = honest.put("good");
    sync(honest, early);
    sync(thief, early);
    Origin stolen = thief.store().origin();
    for (int again = 0; again < 2; again++) {
      sync(b, early);
      assertThat(size(b, stolen)).isZero();
      assertThat(size(b, honest.store().origin())).isEqualTo(1);
      assertThat(b.store().frozen()).isEmpty();
    }
    assertThat(conflicts)
        .isNotEmpty()
        .allSatisfy(
            seen -> {
              assertThat(seen.kind()).isEqualTo(ConflictSeen.Kind.REVOKED);
              assertThat(seen.subject()).isEqualTo(stolen.toString());
            });
    // Who heard of the closing too late holds it, and its audit says so.
    assertThat(size(early, stolen)).isEqualTo(1);
    assertThat(new Auditor(null).audit("it", early.store()).findings())
        .extracting(AuditFinding::kind)
        .containsExactly(AuditFinding.Kind.REVOKED);
    assertThat(new Auditor(null).audit("it", b.store()).findings()).isEmpty();
    // Nor does it vouch for what only that log says.
    Prover prover = new Prover(early.store(), new Graph(early.store()));
    assertThatThrownBy(() -> prover.prove(evil, null, false)).isInstanceOf(RefusedException.class);
    assertThat(prover.prove(good, null, false).checkpoint().origin())
        .isEqualTo(honest.store().origin());
  }

  @Test
  void whoChecksRecordsWithoutAStoreTakesNoneBehindAClosing() {
    TestNode a = node("a");
    a.put("one");
    a.store().closeLog(null);
    LogVerifier verifier = new LogVerifier(a.origin());
    verifier.record(a.store().record(a.origin(), 0).orElseThrow().encode());
    LogRecord last = verifier.record(a.store().record(a.origin(), 1).orElseThrow().encode());
    LogRecord behind =
        new LogRecord(
            2,
            last.logseq() + 1,
            last.hlc() + 1,
            last.kind(),
            last.id(),
            last.tag(),
            last.payloadLength(),
            last.payloadDigest());
    assertThatThrownBy(() -> verifier.record(behind.encode()))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("closes the log");
  }

  @Test
  void whatLiesBeforeTheBoundComesThoughThePeerHoldsMore() {
    TestNode a = node("a");
    TestNode c = node("c");
    TestNode fresh = node("fresh");
    TestNode part = node("part");
    Origin origin = a.store().origin();
    a.put("one");
    sync(a, c);
    ArtifactKey two = a.put("two");
    sync(a, c);
    a.put("of a thief");
    sync(a, c);
    CosignShelf shelf = new CosignShelf(c.store(), () -> 1_000_000);
    assertThat(shelf.cosign()).anyMatch(entry -> entry.treeSize() == 3);
    for (TestNode each : List.of(c, fresh)) {
      each.store().revokeKey(origin.node(), new TreeMap<>(Map.of(1, 2L)));
    }
    sync(fresh, c);
    assertThat(size(fresh, origin)).isEqualTo(2);
    assertThat(size(c, origin)).isEqualTo(3);
    // Who has heard nothing takes all, in two stretches.
    sync(part, c);
    assertThat(size(part, origin)).isEqualTo(3);
    // What is believed is proven, whatever was cosigned behind it; and nobody cosigns more.
    Prover prover = new Prover(c.store(), new Graph(c.store()), shelf);
    assertThat(prover.prove(two, null, false).checkpoint().treeSize()).isEqualTo(2);
    assertThat(new CosignShelf(fresh.store(), () -> 1_000_000).cosign())
        .anyMatch(entry -> entry.origin().equals(origin) && entry.treeSize() == 2);
    fresh.store().revokeKey(origin.node(), new TreeMap<>(Map.of(1, 1L)));
    assertThat(new CosignShelf(fresh.store(), () -> 1_000_000).cosign()).isEmpty();
  }

  @Test
  void aSuccessorThatDoesNotTakeTheClosingIsNoSuccess() {
    TestNode a = node("a");
    TestNode next = node("next");
    a.put("one");
    next.store().revokeKey(a.store().origin().node(), new TreeMap<>());
    assertThatThrownBy(() -> KeyRotation.rotate(a.store(), next.store()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("did not take");
    next.store().believeKey(a.store().origin().node());
    assertThat(KeyRotation.rotate(a.store(), next.store()).origin()).isEqualTo(a.store().origin());
    assertThat(next.store().closedLogs()).hasSize(1);
  }

  @Test
  void aKeyThatIsRevokedHereBringsNothingMoreThroughAnybody() {
    TestNode a = node("a");
    TestNode b = node("b");
    TestNode c = node("c");
    Origin origin = a.store().origin();
    a.put("one");
    sync(a, b);
    a.put("two");
    sync(a, c);
    c.put("of c");
    b.store().revokeKey(origin.node(), new TreeMap<>(Map.of(1, 1L)));
    sync(b, c);
    sync(b, a);
    assertThat(size(b, origin)).isEqualTo(1);
    assertThat(size(b, c.store().origin())).isEqualTo(1);
    assertThat(conflicts).extracting(ConflictSeen::kind).containsOnly(ConflictSeen.Kind.REVOKED);
    assertThat(b.store().believeKey(origin.node())).isTrue();
    sync(b, c);
    assertThat(size(b, origin)).isEqualTo(2);
    assertThat(b.store().stateRoot()).isEqualTo(c.store().stateRoot());
  }

  @Test
  void aSuccessorsStoreIsMadeWithAllThatIsHeldAndACallThatBrokeOffGoesOn() {
    Path from = folder.resolve("old");
    Path to = folder.resolve("new");
    StoreDirectory.init(from, "test");
    try (CairnNode old = StoreDirectory.open(from, CLOCK)) {
      old.store().put(null, Bytes.utf8("one"));
    }
    // As if it had broken off before the log was closed.
    StoreCopies.clone(from, to, CLOCK);
    ClosedLog closed = KeyRotation.rotate(from, to, CLOCK);
    assertThat(KeyRotation.rotate(from, to, CLOCK)).isEqualTo(closed);
    assertThatThrownBy(() -> KeyRotation.rotate(from, folder.resolve("third"), CLOCK))
        .isInstanceOf(RefusedException.class);
    assertThat(folder.resolve("third")).doesNotExist();
    try (CairnNode next = StoreDirectory.open(to, CLOCK)) {
      assertThat(next.store().closedLogs()).containsExactly(closed);
      assertThat(closed.successor()).isEqualTo(next.store().origin().node());
      assertThat(size(next.store(), closed.origin())).isEqualTo(2);
      next.store().put(null, Bytes.utf8("two"));
    }
  }

  private static long size(Store store, Origin origin) {
    return store.head(origin).orElseThrow().treeSize();
  }
}
