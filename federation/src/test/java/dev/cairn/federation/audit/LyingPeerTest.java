package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.reconcile.LyingSource;
import dev.cairn.federation.reconcile.ReconcileAnswers;
import dev.cairn.federation.reconcile.ReconcileMessage;
import dev.cairn.federation.reconcile.ReconcileOptions;
import dev.cairn.federation.reconcile.ReconcilePart;
import dev.cairn.federation.reconcile.ReconcileSource;
import dev.cairn.federation.reconcile.StoreSource;
import dev.cairn.federation.sync.StoreSync;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store beside a peer that states what cannot be, or lacks what it wrote. */
@Timeout(60)
class LyingPeerTest {
  private static AuditReport compare(TestNode mine, Hello hello, ReconcileSource peer) {
    PeerComparison comparison = new PeerComparison("mine", mine.store(), "peer");
    ReconcilePart part = comparison.part();
    ReconcileAnswers answers = new ReconcileAnswers(peer, ReconcileOptions.DEFAULT);
    part.agreed(hello);
    part.deltaTaken();
    part.deltaGiven();
    for (PeerMessage asked = part.poll(); asked != null; asked = part.poll()) {
      part.receive(answers.answer((ReconcileMessage) asked));
    }
    return comparison.report();
  }

  private static Hello hello(String name, List<CursorEntry> cursor) {
    SigningKey key = TestNode.key(name);
    return new Hello(
        ProtocolLimits.VERSION,
        ProtocolLimits.VERSION,
        "test",
        NodeId.of(key.publicKey()),
        key.publicKey(),
        List.of(ProtocolLimits.CODEC_IDENTITY),
        false,
        false,
        cursor);
  }

  private static List<CursorEntry> cursor(TestNode node) {
    List<CursorEntry> cursor = new ArrayList<>();
    for (LogHead head : node.store().heads()) {
      cursor.add(new CursorEntry(head.origin(), head.treeSize(), head.lastLogseq()));
    }
    return cursor;
  }

  @Test
  void sizesThatCannotBeAreNoNegativeNumbersAndLeaveItUndecided() {
    try (TestNode ann = new TestNode("ann")) {
      ann.put("a");
      TreeMap<Origin, CursorEntry> stated = new TreeMap<>();
      cursor(ann).forEach(entry -> stated.put(entry.origin(), entry));
      for (int i = 0; i < 3; i++) {
        Origin log = new Origin(NodeId.of(TestNode.key("log " + i).publicKey()), 1);
        stated.put(log, new CursorEntry(log, Long.MAX_VALUE, Long.MAX_VALUE));
      }
      AuditReport report =
          compare(ann, hello("bob", List.copyOf(stated.values())), new StoreSource(ann.store()));
      assertThat(report.verdict()).isEqualTo(Verdict.UNDECIDED);
      assertThat(report.sources().get(1).records()).isEqualTo(Long.MAX_VALUE);
      assertThat(report.lags()).hasSize(3).allMatch(lag -> lag.behind() == Long.MAX_VALUE);
      assertThat(report.lags().stream().mapToLong(AuditReport.Lag::behind).reduce(AuditReport::sum))
          .hasValue(Long.MAX_VALUE);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPeerThatLacksRecordsOfItsOwnLogLeavesItUndecided(boolean some) {
    try (TestNode bob = new TestNode("bob");
        TestNode before = new TestNode("bob");
        TestNode ann = new TestNode("ann")) {
      bob.put("first");
      bob.put("second");
      new StoreSync(bob.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
          .with(ann.store(), true, true)
          .orThrow();
      if (some) {
        before.put("first");
      }
      AuditReport report =
          compare(ann, hello("bob", cursor(before)), new StoreSource(before.store()));
      assertThat(report.lags()).singleElement().matches(lag -> lag.source().equals("peer"));
      assertThat(report.verdict()).isEqualTo(Verdict.UNDECIDED);
      AuditReport stranger =
          compare(ann, hello("carl", cursor(before)), new StoreSource(before.store()));
      assertThat(stranger.verdict()).as("another's log may lag").isEqualTo(Verdict.VERIFIED);
    }
  }

  @Test
  void aRecordThatCannotComeThereIsTold() {
    try (TestNode ann = new TestNode("ann")) {
      ann.put("first");
      ann.put("second");
      AuditReport report = compare(ann, hello("bob", cursor(ann)), LyingSource.of(ann.store(), 1));
      assertThat(report.verdict()).isEqualTo(Verdict.REFUTED);
      assertThat(report.firstDivergence()).isNotNull();
      assertThat(report.firstDivergence().difference()).isEqualTo(DifferenceClass.CLOCK);
    }
  }
}
