package dev.cairn.federation.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Entropy;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.member.MemberWriter;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.shard.RangeStatement.Fixed;
import dev.cairn.federation.shard.RangeStatement.Shared;
import dev.cairn.federation.transport.PeerAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three real nodes that share their payloads and follow each other. */
@Timeout(120)
class ShardedNodesTest {
  private static final FollowSettings QUICK = new FollowSettings(20, 200, 200, 20);

  @TempDir Path folder;
  private final List<Node> nodes = new ArrayList<>();
  private Node ann;
  private Node bob;
  private Node cid;

  private final class Node implements AutoCloseable {
    final String name;
    final PeerAddress address;
    final CairnNode node;
    final PeerSync sync;
    private final Followers followers;
    private final GrpcPeerServer server;

    Node(String name) {
      this.name = name;
      this.address = PeerAddress.parse("unix:" + folder.resolve(name + ".sock"));
      StoreDirectory.init(folder.resolve(name), "test");
      this.node = StoreDirectory.open(folder.resolve(name), WallClock.system());
      this.sync = new PeerSync(store(), node.peers(), WallClock.system(), Ticker.system());
      this.followers =
          new Followers(
              store(),
              node.peers(),
              sync,
              WallClock.system(),
              Ticker.system(),
              Entropy.system(),
              QUICK,
              statuses -> {});
      this.server = followers.serve(address, true, report -> {});
      nodes.add(this);
    }

    Store store() {
      return node.store();
    }

    NodeId id() {
      return store().origin().node();
    }

    MemberWriter member() {
      return new MemberWriter(store());
    }

    HashRange range() {
      return Membership.shards(store()).range(id()).orElseThrow();
    }

    void follow(Node... peers) {
      for (Node peer : peers) {
        node.peers().add(peer.name, peer.address, null);
      }
      followers.start(node.peers().list());
    }

    List<ArtifactKey> put(String prefix, int count) {
      List<ArtifactKey> keys = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        keys.add(store().put(new TypeTag("text/plain"), Bytes.utf8(prefix + " " + i)));
      }
      return keys;
    }

    boolean holds(LiveEntry entry) {
      return store().hasPayload(entry);
    }

    /** True if of these it holds what is in its range and no other. */
    boolean holdsJustItsRange(Node at, List<ArtifactKey> keys) {
      return keys.stream()
          .map(key -> at.store().reader().require(key))
          .allMatch(
              entry ->
                  store().now().live(entry.artifact().key()).isPresent()
                      && holds(entry) == range().contains(entry.artifact().payloadDigest()));
    }

    @Override
    public void close() {
      followers.close();
      server.close();
      node.close();
    }
  }

  @BeforeEach
  void open() {
    ann = new Node("ann");
    bob = new Node("bob");
    cid = new Node("cid");
    for (Node node : nodes) {
      node.member().join();
      node.member().declare(new Shared(1));
    }
    ann.sync.with(bob.store(), true, true).orThrow();
    bob.sync.with(cid.store(), true, true).orThrow();
    ann.sync.with(bob.store(), true, true).orThrow();
    assertThat(Membership.shards(ann.store()).declared()).hasSize(3);
    assertThat(Membership.shards(ann.store()).gaps()).isEmpty();
    ann.follow(bob, cid);
    bob.follow(cid);
  }

  @AfterEach
  void closeAll() {
    nodes.forEach(Node::close);
  }

  private static void await(String what, BooleanSupplier holds) {
    CountDownLatch never = new CountDownLatch(1);
    try {
      for (int i = 0; i < 3_000; i++) {
        if (holds.getAsBoolean() || never.await(10, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("waited 30 s in vain until " + what);
  }

  private boolean allHaveOneState() {
    return nodes.stream().map(node -> node.store().stateRoot()).distinct().count() == 1;
  }

  @Test
  void eachHoldsItsPartOfWhatTheOthersPutAndAllHaveOneState() {
    List<ArtifactKey> keys = ann.put("by ann", 60);
    await("bob has his part", () -> bob.holdsJustItsRange(ann, keys));
    await("cid has hers", () -> cid.holdsJustItsRange(ann, keys));
    await("all have all records", this::allHaveOneState);
    for (ArtifactKey key : keys) {
      LiveEntry entry = ann.store().reader().require(key);
      assertThat(ann.holds(entry)).as("what was put here stays here").isTrue();
    }
  }

  @Test
  void theOthersTakeOverWhatOneHeldThatIsEvictedOrDeclaresLess() {
    List<ArtifactKey> keys = ann.put("by ann", 60);
    await("bob has his part", () -> bob.holdsJustItsRange(ann, keys));
    HashRange before = bob.range();
    ann.member().end(cid.id(), "gone");
    await("bob has heard", () -> !bob.range().equals(before));
    await(
        "bob has his larger part",
        () ->
            keys.stream()
                .map(key -> ann.store().reader().require(key))
                .filter(entry -> bob.range().contains(entry.artifact().payloadDigest()))
                .allMatch(bob::holds));
    bob.member().declare(new Fixed(HashRange.ALL));
    ann.put("news", 1); // What it declared itself counts with the next delta.
    await(
        "bob has all",
        () -> keys.stream().map(key -> ann.store().reader().require(key)).allMatch(bob::holds));
    await("all have one state", this::allHaveOneState);
  }
}
