package dev.cairn.federation.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.peers.Peer.Pinning;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes with books that dial each other on loopback. */
@Timeout(60)
class PeerSyncTest {
  private static final PeerAddress LOOPBACK = PeerAddress.parse("127.0.0.1:0");

  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final BlockingQueue<SyncReport> ended = new LinkedBlockingQueue<>();
  private final Node ann = new Node("ann");
  private final Node bob = new Node("bob");

  /** A node with its book. */
  private final class Node {
    final TestNode node;
    final PeerBook book;
    final PeerSync sync;

    Node(String name) {
      node = closing(new TestNode(name));
      book = PeerBook.open(node.store(), WallClock.system());
      sync = new PeerSync(node.store(), book, WallClock.system(), Ticker.system());
    }

    NodeId id() {
      return node.origin().node();
    }
  }

  @AfterEach
  void closeAll() throws Exception {
    for (int i = toClose.size() - 1; i >= 0; i--) {
      toClose.get(i).close();
    }
  }

  @Test
  void aPeerIsDialledByNameAndPinnedOnFirstUse() throws Exception {
    ann.node.work(1, 20);
    bob.node.work(2, 20);
    GrpcPeerServer server = serve(ann);
    Peer peer = bob.book.add("ann", server.address(), null);
    SyncReport report = bob.sync.dial(peer, true, true).orThrow();
    assertThat(bob.node.heads()).isEqualTo(ann.node.heads());
    assertThat(report.isDone()).isTrue();
    assertThat(bob.node.store().stateRoot()).isEqualTo(ann.node.store().stateRoot());
    assertThat(bob.book.get("ann").pin()).isEqualTo(ann.id());
    assertThat(bob.book.get("ann").pinning()).isEqualTo(Pinning.FIRST_USE);
    assertThat(next().isDone()).isTrue();
    for (Node node : List.of(ann, bob)) {
      NodeId other = node == ann ? bob.id() : ann.id();
      assertThat(node.book.log().lagRecords(other)).as("lag").isZero();
      assertThat(node.book.node(other).lastSeenMillis()).isPositive();
      assertThat(node.book.log().of(other))
          .anySatisfy(entry -> assertThat(entry.recordsBrought()).isPositive());
    }
    bob.node.put("one more");
    assertThat(bob.book.log().lagRecords(ann.id())).isEqualTo(1);
  }

  @Test
  void anotherNodeThanThePinnedOneIsRefusedAndBothAreNamed() {
    bob.node.put("not for strangers");
    NodeId carol = new Node("carol").id();
    GrpcPeerServer server = serve(ann);
    Peer peer = bob.book.add("carol", server.address(), carol);
    assertThatThrownBy(() -> bob.sync.dial(peer, true, true))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("peer carol is pinned to node " + carol)
        .hasMessageContaining("node " + ann.id() + " answers at " + server.address());
    assertThat(ann.node.heads()).isEmpty();
    assertThat(bob.book.get("carol").pin()).isEqualTo(carol);
  }

  @Test
  void aRevokedNodeIsRefusedWhicheverSideItIsOn() {
    GrpcPeerServer server = serve(ann);
    Peer peer = bob.book.add("ann", server.address(), null);
    bob.book.revoke(ann.id());
    assertThatThrownBy(() -> bob.sync.dial(peer, true, true))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(ann.id() + " is revoked");
    assertThat(bob.book.get("ann").pin()).isNull();
    bob.book.trust(ann.id());
    ann.book.revoke(bob.id());
    assertThatThrownBy(() -> bob.sync.dial(peer, true, true)).isInstanceOf(RefusedException.class);
    ann.book.trust(bob.id());
    bob.sync.dial(peer, true, true).orThrow();
  }

  @Test
  void anAddressWithoutANameSyncsToo() {
    ann.node.put("a");
    GrpcPeerServer server = serve(ann);
    assertThat(bob.sync.dial(server.address(), false, true).orThrow().received().records())
        .isEqualTo(1);
    assertThat(bob.book.list()).isEmpty();
  }

  @Test
  void plainTextIsMetOnThisMachineButPinsNobody(@TempDir Path folder) {
    ann.node.put("a");
    for (PeerAddress listen :
        List.of(LOOPBACK, PeerAddress.parse("unix:" + folder.resolve("socket")))) {
      GrpcPeerServer server = closing(ann.sync.servePlain(listen, ended::add));
      Peer peer = bob.book.add("ann", server.address(), null);
      bob.sync.dial(peer, true, true).orThrow();
      assertThat(bob.book.get("ann").pin()).isNull();
    }
    assertThat(bob.node.heads()).isEqualTo(ann.node.heads());
  }

  @Test
  void plainTextIsNotMetWhereANodeIsPinned() {
    GrpcPeerServer server = closing(ann.sync.servePlain(LOOPBACK, ended::add));
    Peer peer = bob.book.add("ann", server.address(), ann.id());
    assertThatThrownBy(() -> bob.sync.dial(peer, true, true))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("speaks no TLS");
  }

  @Test
  void aRevokedNodeIsNotAdmittedInPlainTextEither() throws Exception {
    GrpcPeerServer server = closing(ann.sync.servePlain(LOOPBACK, ended::add));
    ann.book.revoke(bob.id());
    SyncReport report = bob.sync.dial(server.address(), true, true);
    assertThatThrownBy(report::orThrow)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("not admitted");
    assertThat(next().isDone()).isFalse();
  }

  @Test
  void nobodyAtTheAddressIsUnavailable() {
    GrpcPeerServer server = serve(ann);
    server.close();
    Peer peer = bob.book.add("ann", server.address(), null);
    assertThatThrownBy(() -> bob.sync.dial(peer, true, true))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(server.address().toString());
    assertThat(bob.book.nodes()).isEmpty();
  }

  private GrpcPeerServer serve(Node node) {
    return closing(node.sync.serve(LOOPBACK, ended::add));
  }

  private SyncReport next() throws InterruptedException {
    SyncReport report = ended.poll(20, TimeUnit.SECONDS);
    assertThat(report).isNotNull();
    return report;
  }

  private <T extends AutoCloseable> T closing(T resource) {
    toClose.add(resource);
    return resource;
  }
}
