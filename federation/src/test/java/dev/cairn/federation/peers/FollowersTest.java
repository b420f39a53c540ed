package dev.cairn.federation.peers;

import static dev.cairn.federation.peers.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Entropy;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FollowersTest {
  private static final FollowSettings QUICK = new FollowSettings(20, 200, 200, 20);

  @TempDir Path folder;
  private final List<Node> nodes = new ArrayList<>();

  /** A real store, its followers, and a Unix socket that it listens on. */
  private final class Node implements AutoCloseable {
    final String name;
    final PeerAddress address;
    final BlockingQueue<SyncReport> answered = new LinkedBlockingQueue<>();
    private CairnNode node;
    private Followers followers;
    private GrpcPeerServer server;
    private boolean up;

    Node(String name) {
      this.name = name;
      this.address = PeerAddress.parse("unix:" + folder.resolve(name + ".sock"));
      StoreDirectory.init(folder.resolve(name), "test");
      nodes.add(this);
      open();
    }

    private void open() {
      node = StoreDirectory.open(folder.resolve(name), WallClock.system());
      PeerBook book = node.peers();
      PeerSync sync = new PeerSync(node.store(), book, WallClock.system(), Ticker.system());
      followers =
          new Followers(
              node.store(),
              book,
              sync,
              WallClock.system(),
              Ticker.system(),
              Entropy.system(),
              QUICK,
              statuses -> {});
      server = followers.serve(address, true, answered::add);
      up = true;
    }

    Node follow(Node... peers) {
      for (Node peer : peers) {
        node.peers().add(peer.name, peer.address, null);
      }
      followers.start(node.peers().list());
      return this;
    }

    Store store() {
      return node.store();
    }

    void put(String text) {
      store()
          .commit(
              new CommitDraft()
                  .put(store().prepare(new TypeTag("text/plain"), Bytes.utf8(name + " " + text))));
    }

    FollowStatus status(Node of) {
      return followers.statuses().stream()
          .filter(status -> status.name().equals(of.name))
          .findFirst()
          .orElseThrow();
    }

    boolean isConnectedTo(Node peer) {
      return status(peer).state() == FollowState.CONNECTED;
    }

    long records() {
      return store().heads().stream().mapToLong(LogHead::treeSize).sum();
    }

    void restart(Node... peers) {
      close();
      open();
      follow(peers);
    }

    @Override
    public void close() {
      if (up) {
        up = false;
        followers.close();
        server.close();
        node.close();
      }
    }
  }

  @AfterEach
  void closeAll() {
    nodes.forEach(Node::close);
  }

  private static void awaitSame(Node... same) {
    await(
        "the same everywhere",
        () -> {
          for (Node node : same) {
            if (!node.store().heads().equals(same[0].store().heads())) {
              return false;
            }
          }
          return true;
        });
    for (Node node : same) {
      assertThat(node.store().stateRoot()).isEqualTo(same[0].store().stateRoot());
    }
  }

  @Test
  void whatOneCommitsTheOtherHasAtOnceAndLagIsKnown() {
    Node ann = new Node("ann");
    Node bob = new Node("bob");
    ann.put("before");
    ann.follow(bob);
    bob.follow();
    await("connected", () -> ann.isConnectedTo(bob));
    for (int i = 0; i < 20; i++) {
      ann.put("a" + i);
      bob.put("b" + i);
    }
    awaitSame(ann, bob);
    assertThat(ann.records()).isEqualTo(41);
    await("no lag", () -> ann.node.peers().log().lagRecords(bob.store().origin().node()) == 0);
    assertThat(ann.status(bob).node()).isEqualTo(bob.store().origin().node());
    assertThat(ann.node.peers().node(bob.store().origin().node()).lastSeenMillis()).isPositive();
  }

  @Test
  void twoThatCallEachOtherKeepOneConversationThatTheLesserBegan() throws Exception {
    Node one = new Node("ann");
    Node two = new Node("bob");
    boolean inOrder = one.store().origin().node().compareTo(two.store().origin().node()) < 0;
    Node lesser = inOrder ? one : two;
    Node greater = inOrder ? two : one;
    greater.follow(lesser);
    await("the greater one calls", () -> greater.isConnectedTo(lesser));
    lesser.follow(greater);
    SyncReport ended = lesser.answered.poll(30, TimeUnit.SECONDS);
    assertThat(ended).isNotNull();
    assertThat(ended.isDone()).isTrue();
    await(
        "both stand by one",
        () ->
            lesser.isConnectedTo(greater)
                && greater.isConnectedTo(lesser)
                && greater.status(lesser).why().contains("called"));
    lesser.put("x");
    greater.put("y");
    awaitSame(lesser, greater);
    assertThat(greater.answered).isEmpty();
  }

  @Test
  void threeConvergeWhileAllWriteAndOneRestarts() throws Exception {
    Node ann = new Node("ann");
    Node bob = new Node("bob");
    Node cid = new Node("cid");
    ann.follow(bob);
    bob.follow(cid);
    cid.follow();
    List<Thread> writers = new ArrayList<>();
    for (Node node : List.of(ann, cid)) {
      Thread writer =
          new Thread(
              () -> {
                for (int i = 0; i < 150; i++) {
                  node.put("w" + i);
                }
              });
      writer.start();
      writers.add(writer);
    }
    for (int round = 0; round < 3; round++) {
      bob.put("before restart " + round);
      bob.restart(cid);
      bob.put("behind restart " + round);
    }
    for (Thread writer : writers) {
      writer.join();
    }
    awaitSame(ann, bob, cid);
    assertThat(ann.records()).isEqualTo(306);
  }

  @Test
  void aPeerThatIsAwayIsCalledAgainWithPausesAndCatchesUp() {
    Node ann = new Node("ann");
    Node bob = new Node("bob");
    bob.close();
    ann.follow(bob);
    await("backing off", () -> ann.status(bob).state() == FollowState.BACKING_OFF);
    assertThat(ann.status(bob).why()).isNotEmpty();
    for (int i = 0; i < 300; i++) {
      ann.put("meanwhile " + i);
    }
    bob.open();
    awaitSame(ann, bob);
    await("connected", () -> ann.isConnectedTo(bob));
  }

  @Test
  void aNodeThatIsRevokedIsRefusedAndWhyIsSaid() {
    Node ann = new Node("ann");
    Node bob = new Node("bob");
    bob.node.peers().revoke(ann.store().origin().node());
    ann.follow(bob);
    await("refused", () -> ann.status(bob).state() == FollowState.REFUSED);
    assertThat(ann.status(bob).why()).contains("not admitted");
    ann.put("not for bob");
    assertThat(bob.store().heads()).isEmpty();
  }

  @Test
  void aCallerThatDoesNotFollowIsAnsweredOnceAndOneThatIsNotFollowedIsSyncedNowAndThen()
      throws Exception {
    Node ann = new Node("ann");
    ann.put("one");
    Node bob = new Node("bob");
    SyncReport report =
        new PeerSync(bob.store(), bob.node.peers(), WallClock.system(), Ticker.system())
            .dial(ann.address, true, true)
            .orThrow();
    assertThat(report.received().records()).isEqualTo(1);
    bob.close();
    // A server that answers and no more.
    CairnNode node = StoreDirectory.open(folder.resolve("bob"), WallClock.system());
    try (node;
        GrpcPeerServer server =
            new PeerSync(node.store(), node.peers(), WallClock.system(), Ticker.system())
                .servePlain(bob.address, bob.answered::add)) {
      assertThat(server.address()).isEqualTo(bob.address);
      ann.follow(bob);
      ann.put("two");
      await("polled", () -> node.store().heads().equals(ann.store().heads()));
      assertThat(ann.isConnectedTo(bob)).isFalse();
    }
  }

  @Test
  void closingEndsConversationsInOrderWithinItsBound() throws Exception {
    Node ann = new Node("ann");
    Node bob = new Node("bob");
    ann.follow(bob);
    await("connected", () -> ann.isConnectedTo(bob));
    long begun = Ticker.system().nanos();
    ann.close();
    long took = TimeUnit.NANOSECONDS.toMillis(Ticker.system().nanos() - begun);
    assertThat(took).isLessThan(Followers.CLOSE_MILLIS_MAX + 10_000);
    @Nullable SyncReport ended = bob.answered.poll(30, TimeUnit.SECONDS);
    assertThat(ended).isNotNull();
    assertThat(ended.isDone()).as(ended.session().text()).isTrue();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("cairn-follow-bob"));
  }

  @Test
  void pausesGrowToTheirBoundAndAreDrawnFromTheUpperHalf() {
    long[] draw = {0};
    BackOff backOff = new BackOff(100, 1_000, count -> Bytes.u64(draw[0]));
    for (long full : new long[] {100, 200, 400, 800, 1_000, 1_000}) {
      assertThat(backOff.next()).isEqualTo(full / 2);
    }
    draw[0] = -1;
    assertThat(backOff.next()).isBetween(990L, 999L);
    assertThat(backOff.longest()).isBetween(990L, 999L);
    backOff.reset();
    assertThat(backOff.next()).isBetween(98L, 100L);
  }
}
