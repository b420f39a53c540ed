package dev.cairn.federation.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.PeerSession.State;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node is granted is kept, and holds in conversations. */
@Timeout(60)
class PeerGrantsTest {
  private static final Grant READ = Grant.of(EnumSet.of(Right.READ));
  private static final Grant WRITE = Grant.of(EnumSet.of(Right.WRITE));

  private static PeerBook book(TestNode node) {
    return PeerBook.open(node.store(), WallClock.system());
  }

  private static PeerSync sync(TestNode node, PeerBook book) {
    return new PeerSync(node.store(), book, WallClock.system(), Ticker.system());
  }

  @Test
  void aGrantIsKeptBesideWhatElseIsKnown() {
    try (TestNode hub = new TestNode("hub");
        TestNode spoke = new TestNode("spoke")) {
      NodeId node = spoke.origin().node();
      PeerBook book = book(hub);
      assertThat(book.exchange(node)).isEqualTo(Grant.EXCHANGE);
      assertThat(book.node(node).api()).isEqualTo(Grant.NONE);
      Grant limited =
          new Grant(
              new TreeSet<>(EnumSet.of(Right.READ, Right.ADMIN)),
              new TreeSet<>(List.of("text/plain", "image/png")),
              new TreeSet<>(List.of("ab", "0123")));
      for (Grant grant : List.of(Grant.NONE, Grant.ALL, READ, limited)) {
        book.grant(node, grant);
        assertThat(book.node(node).grant()).isEqualTo(grant);
        assertThat(book.apiAccess().grant(node)).isEqualTo(grant);
      }
      book.revoke(node);
      assertThat(book.apiAccess().grant(node)).isEqualTo(Grant.NONE);
      assertThat(book.trust(node).grant()).isEqualTo(limited);
      assertThat(book.nodes()).hasSize(1);
      book.grant(node, null);
      assertThat(book.exchange(node)).isEqualTo(Grant.EXCHANGE);
      assertThat(book.apiAccess().grant(null)).isEqualTo(Grant.NONE);
      assertThatThrownBy(() -> book.grant(hub.origin().node(), READ))
          .isInstanceOf(RefusedException.class);
    }
  }

  /** A row that was damaged may have said less: nobody has what nobody said. */
  @Test
  void whatWasDamagedGrantsOthersNothing() {
    try (TestNode hub = new TestNode("hub")) {
      PeerBook book = book(hub);
      NodeId anybody = NodeId.of(TestNode.key("anybody").publicKey());
      book.grantOthers(Grant.EXCHANGE);
      Bytes others = Bytes.wrap(new byte[NodeId.BYTES]);
      Bytes safe = PeerRows.safe(others);
      hub.store()
          .writeLocal(List.of(RowChange.put(PeerRows.NODE, others, safe)), Durability.SYNCED);
      assertThat(book.others()).contains(Grant.NONE);
      assertThat(book.exchange(anybody)).isEqualTo(Grant.NONE);
      book.grantOthers(null);
      assertThat(book.exchange(anybody)).isEqualTo(Grant.EXCHANGE);
    }
  }

  @Test
  void whatIsGrantedToOthersHoldsForWhomNothingWasSaidOf() {
    try (TestNode hub = new TestNode("hub");
        TestNode spoke = new TestNode("spoke");
        TestNode stranger = new TestNode("stranger")) {
      hub.put("at the hub");
      PeerBook book = book(hub);
      book.grant(spoke.origin().node(), READ);
      assertThat(book.others()).isEmpty();
      book.grantOthers(Grant.NONE);
      assertThat(book.others()).contains(Grant.NONE);
      assertThat(book.nodes()).as("others are no node").hasSize(1);
      NodeId met = stranger.origin().node();
      assertThat(book.exchange(met)).isEqualTo(Grant.NONE);
      book.trust(met);
      assertThat(book.exchange(met)).as("welcome, and nothing more said").isEqualTo(Grant.NONE);
      try (GrpcPeerServer server =
          sync(hub, book).serve(PeerAddress.parse("127.0.0.1:0"), report -> {})) {
        SyncReport refused = sync(stranger, book(stranger)).dial(server.address(), false, true);
        assertThat(refused.session().reason()).isEqualTo(Reason.UNTRUSTED);
        assertThat(stranger.heads()).doesNotContainKey(hub.origin());
        sync(spoke, book(spoke)).dial(server.address(), false, true).orThrow();
        assertThat(spoke.heads()).containsKey(hub.origin());
        book.grantOthers(null);
        assertThat(book.others()).isEmpty();
        sync(stranger, book(stranger)).dial(server.address(), false, true).orThrow();
        assertThat(stranger.heads()).containsKey(hub.origin());
      }
      assertThat(book.apiAccess().grant(met)).isEqualTo(Grant.NONE);
    }
  }

  @Test
  void aConversationGoesOnlyTheWayThatIsGranted() throws Exception {
    try (TestNode hub = new TestNode("hub");
        TestNode spoke = new TestNode("spoke")) {
      hub.put("at the hub");
      spoke.put("at the spoke");
      NodeId node = spoke.origin().node();
      PeerBook book = book(hub);
      PeerSync dialer = sync(spoke, book(spoke));
      CompletableFuture<SyncReport> last = new CompletableFuture<>();
      try (GrpcPeerServer server =
          sync(hub, book).serve(PeerAddress.parse("127.0.0.1:0"), last::complete)) {
        book.grant(node, Grant.NONE);
        SyncReport refused = dialer.dial(server.address(), true, true);
        assertThat(refused.isDone()).isFalse();
        assertThat(refused.session().reason()).isEqualTo(Reason.UNTRUSTED);
        assertThat(refused.session().text()).contains(node.toString(), "no grant");
        assertThat(last.get(30, TimeUnit.SECONDS).isDone()).isFalse();

        book.grant(node, READ);
        dialer.dial(server.address(), true, true).orThrow();
        assertThat(spoke.heads()).containsKey(hub.origin());
        assertThat(hub.heads()).doesNotContainKey(spoke.origin());

        hub.put("more at the hub");
        book.grant(node, WRITE);
        dialer.dial(server.address(), true, true).orThrow();
        assertThat(hub.heads()).containsKey(spoke.origin());
        assertThat(spoke.store().head(hub.origin()).orElseThrow().treeSize()).isEqualTo(1);

        book.grant(node, null);
        dialer.dial(server.address(), true, true).orThrow();
        assertThat(spoke.store().stateRoot()).isEqualTo(hub.store().stateRoot());
      }
    }
  }

  @Test
  void revokingCutsAConversationThatIsOpen() {
    try (TestNode hub = new TestNode("hub");
        TestNode spoke = new TestNode("spoke")) {
      hub.put("at the hub");
      AtomicBoolean revoked = new AtomicBoolean();
      try (PeerSession mine =
              new PeerSession(
                  Role.RESPONDER,
                  hub.replica(),
                  SessionOptions.DEFAULT.withAdmission(node -> !revoked.get()),
                  ReplicationListener.NONE);
          PeerSession theirs =
              new PeerSession(
                  Role.INITIATOR,
                  spoke.replica(),
                  SessionOptions.DEFAULT,
                  ReplicationListener.NONE)) {
        mine.tick(0);
        mine.receive(theirs.poll());
        mine.tick(1);
        assertThat(mine.state()).isEqualTo(State.EXCHANGING);
        revoked.set(true);
        mine.tick(2);
        assertThat(mine.state()).isEqualTo(State.FAILED);
        assertThat(mine.report().reason()).isEqualTo(Reason.UNTRUSTED);
        theirs.receive(mine.poll());
        assertThat(theirs.state()).isEqualTo(State.FAILED);
        assertThat(theirs.report().reason()).isEqualTo(Reason.UNTRUSTED);
        assertThat(spoke.heads()).doesNotContainKey(hub.origin());
      }
    }
  }
}
