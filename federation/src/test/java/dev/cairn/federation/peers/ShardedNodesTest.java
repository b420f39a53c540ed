package dev.cairn.federation.peers;

import static dev.cairn.federation.peers.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Entropy;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.access.AccessPolicy;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.api.ApiOffer;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.member.MemberWriter;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.shard.RangeStatement.Fixed;
import dev.cairn.federation.shard.RangeStatement.Shared;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.proto.api.v1.CairnGrpc;
import dev.cairn.proto.api.v1.ErrorDetail;
import dev.cairn.proto.api.v1.GetRequest;
import dev.cairn.proto.api.v1.PutHead;
import dev.cairn.proto.api.v1.PutReply;
import dev.cairn.proto.api.v1.PutRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three real nodes that share their payloads and follow each other. */
@Timeout(120)
class ShardedNodesTest {
  private static final PeerAddress LOOPBACK = PeerAddress.parse("127.0.0.1:0");
  private static final FollowSettings QUICK = new FollowSettings(20, 200, 200, 20);

  @TempDir Path folder;
  private final List<Node> nodes = new ArrayList<>();
  private Node ann;
  private Node bob;
  private Node cid;

  private final class Node implements AutoCloseable {
    final String name;
    final CairnNode node;
    final PeerSync sync;
    private final Followers followers;
    private final GrpcPeerServer server;
    private final GrpcPeerServer api;
    private final GrpcPeerServer strict;
    private boolean up = true;

    Node(String name) {
      this.name = name;
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
      this.server = followers.serve(LOOPBACK, offer(false), report -> {});
      this.api = sync.serveApi(LOOPBACK, true, offer(false), report -> {});
      this.strict = sync.serveApi(LOOPBACK, true, offer(true), report -> {});
      nodes.add(this);
    }

    private ApiOffer offer(boolean enforces) {
      return new ApiOffer(
          store(),
          node.graph(),
          node.executor(),
          AccessPolicy.OWNER,
          Ticker.system(),
          new ShardRouter(store(), node.peers(), WallClock.system(), Ticker.system(), enforces));
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
        node.peers().add(peer.name, peer.server.address(), peer.id());
        node.peers().grant(peer.id(), Grant.of(EnumSet.of(Right.READ, Right.WRITE)));
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
      if (up) {
        up = false;
        followers.close();
        api.close();
        strict.close();
        server.close();
        node.close();
      }
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
    bob.follow(ann, cid);
    cid.follow(ann, bob);
  }

  @AfterEach
  void closeAll() {
    nodes.forEach(Node::close);
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

  /** A text that belongs to a node, of so many bytes at least. */
  private static Bytes payloadFor(Node node, String prefix, int bytes) {
    for (int i = 0; ; i++) {
      Bytes payload = Bytes.utf8(prefix + " " + i + " ".repeat(bytes));
      if (node.range().contains(PayloadDigest.of(payload))) {
        return payload;
      }
    }
  }

  private static <T> T call(GrpcPeerServer api, Function<ManagedChannel, T> work) {
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(api.address().toString()).usePlaintext().build();
    try {
      return work.apply(channel);
    } finally {
      channel.shutdownNow();
    }
  }

  private static PutReply put(GrpcPeerServer api, Bytes payload) {
    return put(api, payload, false);
  }

  private static PutReply put(GrpcPeerServer api, Bytes payload, boolean forwarded) {
    return call(
        api,
        channel -> {
          CompletableFuture<PutReply> answer = new CompletableFuture<>();
          StreamObserver<PutRequest> to =
              CairnGrpc.newStub(channel)
                  .put(
                      new StreamObserver<>() {
                        @Override
                        public void onNext(PutReply reply) {
                          answer.complete(reply);
                        }

                        @Override
                        public void onError(Throwable cause) {
                          answer.completeExceptionally(cause);
                        }

                        @Override
                        public void onCompleted() {}
                      });
          to.onNext(
              PutRequest.newBuilder()
                  .setHead(PutHead.newBuilder().setType("text/plain").setForwarded(forwarded))
                  .setData(ByteString.copyFrom(payload.toArray()))
                  .build());
          to.onCompleted();
          try {
            return answer.get(60, TimeUnit.SECONDS);
          } catch (ExecutionException e) {
            throw (StatusRuntimeException) e.getCause();
          } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
          }
        });
  }

  private static Bytes get(GrpcPeerServer api, String key) {
    return call(
        api,
        channel -> {
          List<Bytes> pieces = new ArrayList<>();
          CairnGrpc.newBlockingStub(channel)
              .get(GetRequest.newBuilder().setKey(key).build())
              .forEachRemaining(reply -> pieces.add(Bytes.wrap(reply.getData().toByteArray())));
          return Bytes.concat(pieces.toArray(new Bytes[0]));
        });
  }

  private static ErrorDetail detail(StatusRuntimeException failure) {
    try {
      return Objects.requireNonNull(StatusProto.fromThrowable(failure))
          .getDetails(0)
          .unpack(ErrorDetail.class);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static StatusRuntimeException refused(GrpcPeerServer api, Bytes payload) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> put(api, payload));
  }

  private static long ownRecords(Node node) {
    return node.store().head(node.store().origin()).orElseThrow().treeSize();
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 700_000})
  void aPutReachesItsOwnerWhicheverNodeIsAskedAndEachCanReadIt(int bytes) {
    Bytes payload = payloadFor(bob, "for bob", bytes);
    long before = ownRecords(ann);
    PutReply placed = put(ann.api, payload);
    assertThat(placed.getNode()).isEqualTo(bob.id().toString());
    assertThat(placed.getNew()).isTrue();
    ArtifactKey key = ArtifactKey.parse(placed.getArtifact().getKey());
    assertThat(bob.holds(bob.store().reader().require(key))).isTrue();
    await("all have the record", this::allHaveOneState);
    assertThat(ownRecords(ann)).as("it is in bob's log").isEqualTo(before);
    assertThat(ann.holds(ann.store().reader().require(key)))
        .as("passed on; a large one was written there as it came, and stays")
        .isEqualTo(bytes > 65_536);
    assertThat(cid.holds(cid.store().reader().require(key))).isFalse();
    PutReply again = put(cid.api, payload);
    assertThat(again.getNode())
        .as("a large one is here, as it came, and live")
        .isEqualTo((bytes > 65_536 ? cid : bob).id().toString());
    assertThat(again.getNew()).as("it is there").isFalse();
    for (Node node : nodes) {
      assertThat(get(node.api, placed.getArtifact().getKey())).isEqualTo(payload);
      assertThat(node.holds(node.store().reader().require(key))).as("what was read stays").isTrue();
    }
    assertThat(put(ann.api, payload).getNode())
        .as("it is held there now")
        .isEqualTo(ann.id().toString());
    Bytes own = payloadFor(ann, "for ann", bytes);
    assertThat(put(ann.api, own).getNode()).isEqualTo(ann.id().toString());
    assertThat(allHaveOneStateSoon()).isTrue();
  }

  private boolean allHaveOneStateSoon() {
    await("all have one state", this::allHaveOneState);
    return true;
  }

  @Test
  void whereRangesAreEnforcedTheOwnerIsNamedAndNothingIsKept() {
    Bytes payload = payloadFor(bob, "for bob", 10);
    long before = ownRecords(ann);
    StatusRuntimeException refusal = refused(ann.strict, payload);
    assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(detail(refusal).getReason()).isEqualTo(ErrorDetail.Reason.REASON_ELSEWHERE);
    assertThat(detail(refusal).getHoldersList()).containsExactly(bob.id().toString());
    assertThat(refusal).hasMessageContaining(bob.id().toString());
    assertThat(ownRecords(ann)).isEqualTo(before);
    assertThat(ownRecords(bob)).isEqualTo(2);
    assertThat(put(bob.strict, payload).getNode()).isEqualTo(bob.id().toString());
    Fixed little = new Fixed(HashRange.parse("..01"));
    for (Node node : nodes) {
      node.member().declare(little);
    }
    await(
        "ann has heard",
        () ->
            nodes.stream()
                .allMatch(
                    node ->
                        little.equals(Membership.shards(ann.store()).declared().get(node.id()))));
    Bytes nobodys = Bytes.utf8("in nobody's range");
    assertThat(detail(refused(ann.strict, nobodys)).getHoldersList()).isEmpty();
    assertThat(put(ann.api, nobodys).getNode())
        .as("nobody holds it: it is kept where it was put")
        .isEqualTo(ann.id().toString());
  }

  @Test
  void anOwnerThatIsDownOrGrantsNothingIsAnErrorAndNothingIsKept() {
    Bytes payload = payloadFor(bob, "for bob", 10);
    long before = ownRecords(ann);
    bob.node.peers().grant(ann.id(), Grant.of(EnumSet.of(Right.READ)));
    StatusRuntimeException forbidden = refused(ann.api, payload);
    assertThat(detail(forbidden).getReason()).isEqualTo(ErrorDetail.Reason.REASON_REFUSED);
    assertThat(forbidden).hasMessageContaining(bob.id().toString());
    bob.node.peers().grant(ann.id(), Grant.of(EnumSet.of(Right.READ, Right.WRITE)));
    Bytes largest = payloadFor(bob, "for bob", 700_000);
    bob.close();
    for (Bytes each : List.of(payload, largest)) {
      StatusRuntimeException down = refused(ann.api, each);
      assertThat(down.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(detail(down).getReason()).isEqualTo(ErrorDetail.Reason.REASON_UNAVAILABLE);
      assertThat(detail(down).getAdvice()).isEqualTo(ErrorDetail.Advice.ADVICE_RETRY);
    }
    assertThat(ownRecords(ann)).isEqualTo(before);
    cid.member().end(bob.id(), "gone");
    await("ann has heard", () -> Membership.shards(ann.store()).declared().size() == 2);
    assertThat(put(ann.api, payload).getNode())
        .as("put again, it goes to who holds it now")
        .isIn(ann.id().toString(), cid.id().toString());
  }

  @Test
  void whatANodePassedOnIsNeverPassedOnAgain() {
    Bytes payload = payloadFor(bob, "for bob", 10);
    PutReply kept = put(ann.api, payload, true);
    assertThat(kept.getNode()).isEqualTo(ann.id().toString());
  }

  /** The holder would take it for live, and the removal that comes to it then would win. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPutThatTakesBackARemovalIsNotLostAtAHolderThatHasNotSeenIt(boolean enforces) {
    Bytes payload = payloadFor(bob, "for bob", 10);
    ArtifactKey key = ArtifactKey.parse(put(ann.api, payload).getArtifact().getKey());
    await("all have the record", this::allHaveOneState);
    nodes.forEach(node -> node.followers.close());
    long removal = ann.store().tombstone(key, "by mistake").logseq();
    assertThat(bob.store().now().isLive(key)).isTrue();
    PutReply again = put(enforces ? ann.strict : ann.api, payload);
    assertThat(again.getNode()).isEqualTo(ann.id().toString());
    assertThat(again.getNew()).isTrue();
    assertThat(again.getLogseq()).isGreaterThan(removal);
    for (Node other : List.of(bob, cid)) {
      ann.sync.with(other.store(), true, true).orThrow();
      assertThat(other.store().now().isLive(key)).as(other.name).isTrue();
    }
    assertThat(allHaveOneState()).isTrue();
  }

  /** Anyone whose log is taken may join, and declare. */
  @Test
  void aPutThatOnlyAStrangerDeclaresToHoldStaysWhereItWasPut() {
    Node dan = new Node("dan");
    dan.member().join();
    dan.member().declare(new Shared(1));
    ann.sync.with(dan.store(), true, true).orThrow();
    assertThat(Membership.shards(ann.store()).declared()).hasSize(4);
    Bytes payload = payloadFor(dan, "for dan", 10);
    assertThat(put(ann.api, payload).getNode()).isEqualTo(ann.id().toString());
    assertThat(detail(refused(ann.strict, payloadFor(dan, "too", 10))).getHoldersList())
        .containsExactly(dan.id().toString());
  }
}
