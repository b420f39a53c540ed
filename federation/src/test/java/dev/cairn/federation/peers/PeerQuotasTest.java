package dev.cairn.federation.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Quota;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.grpc.GrpcPeerClient;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import java.util.EnumSet;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node may cost is kept, and holds over real links; others are not touched. */
@Timeout(120)
class PeerQuotasTest {
  private final TestNode hub = new TestNode("hub");
  private final TestNode greedy = new TestNode("greedy");
  private final TestNode honest = new TestNode("honest");
  private final PeerBook book = PeerBook.open(hub.store(), WallClock.system());
  private final Queue<SyncReport> ended = new ConcurrentLinkedQueue<>();
  private GrpcPeerServer server;

  @BeforeEach
  void listen() {
    hub.put("at the hub");
    server =
        new PeerSync(hub.store(), book, WallClock.system(), Ticker.system())
            .serve(PeerAddress.parse("127.0.0.1:0"), ended::add);
  }

  @AfterEach
  void close() {
    server.close();
    hub.close();
    greedy.close();
    honest.close();
  }

  private static NodeId id(TestNode node) {
    return node.origin().node();
  }

  private SyncReport dial(TestNode node) {
    return new PeerSync(
            node.store(),
            PeerBook.open(node.store(), WallClock.system()),
            WallClock.system(),
            Ticker.system())
        .dial(server.address(), true, true);
  }

  private void assertHonestIsUnharmed() {
    honest.put("honest " + honest.heads().size());
    dial(honest).orThrow();
    assertThat(hub.heads()).containsKey(honest.origin());
    assertThat(honest.heads()).containsEntry(hub.origin(), hub.heads().get(hub.origin()));
  }

  @Test
  void aQuotaIsKeptBesideWhatElseIsKnown() {
    Quota quota = new Quota(3, 4, 5, 6);
    assertThat(book.node(id(greedy)).cost()).isEqualTo(Quota.DEFAULT);
    book.limit(id(greedy), quota);
    assertThat(book.node(id(greedy)).cost()).isEqualTo(quota);
    assertThat(book.node(id(greedy)).grant()).isNull();
    Grant read = Grant.of(EnumSet.of(Right.READ));
    book.grant(id(greedy), read);
    book.revoke(id(greedy));
    assertThat(book.trust(id(greedy)))
        .isEqualTo(new KnownNode(id(greedy), Standing.TRUSTED, 0, read, quota));
    assertThat(book.node(id(greedy))).isEqualTo(book.trust(id(greedy)));
    assertThat(book.limit(id(greedy), null).quota()).isNull();
    assertThat(book.node(id(greedy)).grant()).isEqualTo(read);
  }

  @Test
  void whoSendsMoreBytesThanItMayIsToldSoAndLeavesNothingHalf() {
    for (int i = 0; i < 20; i++) {
      greedy.putLarge(200_000, i);
    }
    book.limit(id(greedy), new Quota(8, 1_000, 500_000, 600));
    SyncReport report = dial(greedy);
    assertThat(report.session().reason()).isEqualTo(Reason.QUOTA);
    assertThat(report.session().endedByPeer()).isTrue();
    assertThat(report.session().text()).contains(id(greedy).toString(), "500000 bytes");
    assertThatThrownBy(report::orThrow)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("QUOTA");
    assertThat(hub.heads()).doesNotContainKey(greedy.origin());
    assertHonestIsUnharmed();
    // The hour is not over: even nothing is too much.
    assertThat(dial(greedy).session().reason()).isEqualTo(Reason.QUOTA);
    book.limit(id(greedy), null);
    dial(greedy).orThrow();
    assertThat(hub.heads()).containsKey(greedy.origin());
  }

  @Test
  void whoSendsMoreFramesThanItMayIsToldSo() {
    greedy.work(1, 30);
    book.limit(id(greedy), new Quota(8, 3, 1L << 40, 600));
    SyncReport report = dial(greedy);
    assertThat(report.session().reason()).isEqualTo(Reason.QUOTA);
    assertThat(report.session().text()).contains("3 frames");
    assertHonestIsUnharmed();
  }

  @Test
  void conversationsThatSayNothingCountFromTheirHandshakeOn() {
    book.limit(id(greedy), new Quota(1, 1_000, 1L << 40, 600));
    TlsIdentity identity = new TlsIdentity(greedy.store().signingKey(), WallClock.system());
    try (PeerLink silent = GrpcPeerClient.connect(server.address(), identity, node -> {})) {
      Reason reason = null;
      for (int i = 0; i < 20 && reason != Reason.QUOTA; i++) {
        // The silent one may not have been looked at yet.
        reason = dial(greedy).session().reason();
      }
      assertThat(reason).isEqualTo(Reason.QUOTA);
      assertHonestIsUnharmed();
      assertThat(silent.authenticatedPeer()).isEqualTo(id(hub));
    }
  }

  @Test
  void aConversationThatTakesTooLongEnds() {
    book.limit(id(greedy), new Quota(8, 1_000, 1L << 40, 1));
    TlsIdentity identity = new TlsIdentity(greedy.store().signingKey(), WallClock.system());
    try (PeerLink slow = GrpcPeerClient.connect(server.address(), identity, node -> {})) {
      PeerMessage said = slow.receive(30_000);
      assertThat(said).isInstanceOf(Goodbye.class);
      assertThat(((Goodbye) said).reason()).isEqualTo(Reason.QUOTA);
      assertThat(((Goodbye) said).text()).contains(id(greedy).toString(), "1 seconds");
    }
    assertHonestIsUnharmed();
  }

  @Test
  void whoMayOnlyWriteIsOfferedNothingToReadThrough() {
    greedy.putLarge(300_000, 7);
    book.grant(id(greedy), Grant.of(EnumSet.of(Right.WRITE)));
    SyncReport report = dial(greedy).orThrow();
    assertThat(report.session().features())
        .doesNotContain(ProtocolLimits.FEATURE_FETCH, ProtocolLimits.FEATURE_FILTER, "reconcile/1");
    assertThat(hub.heads()).containsKey(greedy.origin());
    assertThat(greedy.heads()).doesNotContainKey(hub.origin());
    book.grant(id(greedy), null);
    assertThat(dial(greedy).orThrow().session().features())
        .contains(ProtocolLimits.FEATURE_FETCH, "reconcile/1");
  }
}
