package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Ack;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.OriginInfo;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.wire.FrameCodec;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole syncs of stores over real connections. */
@Timeout(120)
class GrpcSyncTest {
  private static final PeerAddress LOOPBACK = PeerAddress.parse("127.0.0.1:0");
  private static final int SPOKES = 4;
  private static final long WAIT_MILLIS = 30_000;

  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final BlockingQueue<SyncReport> answered = new LinkedBlockingQueue<>();
  private final TestNode hub = closing(new TestNode("hub"));

  @AfterEach
  void closeAll() throws Exception {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    for (int i = toClose.size() - 1; i >= 0; i--) {
      toClose.get(i).close();
    }
  }

  @Test
  void twoStoresEndInOneStateOverMutualTls() throws Exception {
    TestNode spoke = closing(new TestNode("spoke"));
    hub.work(1, 60);
    spoke.work(2, 60);
    GrpcPeerServer server = serve();
    SyncReport report = sync(spoke, server.address()).orThrow();
    assertThat(report.sent().records()).isPositive();
    assertThat(report.session().peer()).isEqualTo(hub.origin().node());
    assertThat(answer().session().peer()).isEqualTo(spoke.origin().node());
    assertSame(hub, spoke);
    SyncReport again = sync(spoke, server.address()).orThrow();
    assertThat(again.received().records() + again.sent().records()).isZero();
    assertThat(again.roundTrips()).isEqualTo(1);
  }

  @Test
  void twoStoresEndInOneStateOverAUnixSocket(@TempDir Path folder) {
    TestNode spoke = closing(new TestNode("spoke"));
    hub.work(3, 30);
    spoke.work(4, 30);
    PeerAddress address = PeerAddress.parse("unix:" + folder.resolve("socket"));
    closing(GrpcPeerServer.startPlain(address, this::answer));
    of(spoke)
        .initiate(GrpcPeerClient.connectPlain(address), true, true, hub.origin().node())
        .orThrow();
    assertSame(hub, spoke);
  }

  @Test
  void oneWayOnlyMovesOneWay() {
    TestNode spoke = closing(new TestNode("spoke"));
    hub.put("at the hub");
    spoke.put("at the spoke");
    GrpcPeerServer server = serve();
    of(spoke).initiate(connect(spoke, server.address()), false, true, null).orThrow();
    assertThat(spoke.heads()).containsKey(hub.origin());
    assertThat(hub.heads()).doesNotContainKey(spoke.origin());
    of(spoke).initiate(connect(spoke, server.address()), true, false, null).orThrow();
    assertSame(hub, spoke);
  }

  @Test
  void aServerAnswersSeveralPeersAtOnceWhileItIsWrittenTo() {
    GrpcPeerServer server = serve();
    List<TestNode> spokes = new ArrayList<>();
    for (int i = 0; i < SPOKES; i++) {
      spokes.add(closing(new TestNode("spoke " + i)));
      spokes.get(i).work(i, 40);
    }
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Integer> writer =
        CompletableFuture.supplyAsync(() -> writeUntil(stop), threads);
    List<CompletableFuture<Void>> busy =
        spokes.stream()
            .map(spoke -> CompletableFuture.runAsync(() -> syncOften(spoke, server), threads))
            .toList();
    busy.forEach(CompletableFuture::join);
    stop.set(true);
    assertThat(writer.join()).isPositive();
    for (int round = 0; round < 2; round++) {
      spokes.forEach(spoke -> sync(spoke, server.address()).orThrow());
    }
    spokes.forEach(spoke -> assertSame(hub, spoke));
  }

  @Test
  void aBrokenConnectionResumesBehindTheLastStretchThatArrived() throws Exception {
    int commits = 6;
    int each = ProtocolLimits.CHECKPOINT_RECORDS_MAX;
    for (int i = 0; i < commits; i++) {
      hub.putTogether("record of the hub " + i + " ", each);
    }
    TestNode spoke = closing(new TestNode("spoke"));
    GrpcPeerServer server = serve();
    long taken = 0;
    int broken = 0;
    boolean done = false;
    while (!done) {
      Relay relay = closing(new Relay(server.address(), 1_500_000));
      SyncReport report = sync(spoke, relay.address());
      taken += report.received().records();
      done = report.isDone();
      broken += done ? 0 : 1;
      if (!done) {
        assertThatThrownBy(report::orThrow).isInstanceOf(UnavailableException.class);
        assertThat(report.received().records()).as("progress of try %d", broken).isPositive();
      }
    }
    assertThat(broken).isPositive();
    assertThat(taken).as("nothing came twice").isEqualTo((long) commits * each);
    assertSame(hub, spoke);
  }

  @Test
  void aPeerThatClaimsToBeAnotherThanItsCertificateSaysIsRefused() throws Exception {
    TestNode claimed = closing(new TestNode("claimed"));
    claimed.put("never to arrive");
    GrpcPeerServer server = serve();
    PeerLink link = closing(connect(closing(new TestNode("impostor")), server.address()));
    SyncReport report = of(claimed).initiate(link, true, true, null);
    assertThatThrownBy(report::orThrow)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(claimed.origin().node().toString());
    assertThat(answer().session().reason()).isEqualTo(Reason.UNTRUSTED);
    assertThat(hub.heads()).isEmpty();
  }

  @Test
  void anotherFederationIsRefusedOnBothSides() throws Exception {
    TestNode stranger = closing(new TestNode("stranger", "elsewhere"));
    stranger.put("never to arrive");
    SyncReport report = sync(stranger, serve().address());
    assertThatThrownBy(report::orThrow)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("elsewhere");
    assertThat(answer().session().reason()).isEqualTo(Reason.FEDERATION);
    assertThat(hub.heads()).isEmpty();
  }

  @Test
  void aHostilePeerGetsOneReasonChangesNothingAndDisturbsNobody() throws Exception {
    TestNode spoke = closing(new TestNode("spoke"));
    hub.put("here before");
    spoke.work(7, 20);
    GrpcPeerServer server = closing(GrpcPeerServer.startPlain(LOOPBACK, this::answer));
    Map<Origin, String> before = hub.heads();
    for (Map.Entry<String, Attack> attack : attacks().entrySet()) {
      RawPeer raw = closing(new RawPeer(server.address()));
      attack.getValue().frames().forEach(raw::send);
      SyncReport report = answer();
      assertThat(report.isDone()).as(attack.getKey()).isFalse();
      assertThat(report.session().reason())
          .as("%s: %s", attack.getKey(), report.session().text())
          .isEqualTo(attack.getValue().reason());
      raw.ended().join();
      assertThat(raw.heard().stream().filter(Goodbye.class::isInstance).toList())
          .as(attack.getKey())
          .singleElement()
          .satisfies(
              last -> assertThat(((Goodbye) last).reason()).isEqualTo(attack.getValue().reason()));
      assertThat(hub.heads()).as(attack.getKey()).isEqualTo(before);
    }
    of(spoke).initiate(GrpcPeerClient.connectPlain(server.address()), true, true, null).orThrow();
    assertSame(hub, spoke);
  }

  @Test
  void aPeerThatLeavesWithoutAWordIsUnavailable() throws Exception {
    hub.put("here before");
    GrpcPeerServer server = closing(GrpcPeerServer.startPlain(LOOPBACK, this::answer));
    RawPeer raw = closing(new RawPeer(server.address()));
    raw.send(FrameCodec.encode(hello(TestNode.key("mallory"), "test")));
    raw.finish();
    SyncReport report = answer();
    assertThat(report.session().reason()).isEqualTo(Reason.UNAVAILABLE);
    assertThat(report.session().text()).contains("ended in the middle");
    assertThat(raw.ended().join().isOk()).isTrue();
  }

  @Test
  void bytesThatAreNoMessageAreRefusedWithTheReason() throws Exception {
    GrpcPeerServer server = closing(GrpcPeerServer.startPlain(LOOPBACK, this::answer));
    RawPeer raw = closing(new RawPeer(server.address()));
    raw.send(FrameCodec.encode(hello(TestNode.key("mallory"), "test")));
    raw.send(Bytes.fromHex("22ffffffff07"));
    assertThat(answer().session().reason()).isEqualTo(Reason.MALFORMED);
    Status status = raw.ended().join();
    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("records: a length of");
    assertThat(Failures.of(status, "the server")).isInstanceOf(RefusedException.class);
  }

  /** Frames of a peer that behaves badly, and the reason it is due. */
  private record Attack(List<Bytes> frames, Reason reason) {
    static Attack of(Reason reason, PeerMessage... messages) {
      List<Bytes> frames = new ArrayList<>();
      for (PeerMessage message : messages) {
        frames.add(FrameCodec.encode(message));
      }
      return new Attack(frames, reason);
    }
  }

  private static Map<String, Attack> attacks() {
    SigningKey key = TestNode.key("mallory");
    Hello hello = hello(key, "test");
    Origin origin;
    Records records;
    CheckpointNote note;
    try (TestNode mallory = new TestNode("mallory")) {
      mallory.put("a true record");
      origin = mallory.origin();
      OriginInfo unused = new OriginInfo(origin, key.publicKey());
      try (var cursor = mallory.store().records(origin, 0, 1)) {
        cursor.next();
        Item item = new Item(cursor.encoded(), Bytes.utf8("another payload"));
        records = new Records(List.of(new Run(unused.origin(), 0, List.of(item))));
      }
      mallory.store().signHead();
      note = new CheckpointNote(origin, 1, mallory.store().checkpoints(origin, 0, 1).get(1L));
    }
    OriginInfo info = new OriginInfo(origin, key.publicKey());
    Map<String, Attack> attacks = new LinkedHashMap<>();
    attacks.put("records before hello", Attack.of(Reason.MALFORMED, records));
    attacks.put("two hellos", Attack.of(Reason.MALFORMED, hello, hello));
    attacks.put("an origin not introduced", Attack.of(Reason.MALFORMED, hello, records));
    attacks.put(
        "a payload of another digest", Attack.of(Reason.UNVERIFIED, hello, info, records, note));
    attacks.put("a checkpoint of nothing", Attack.of(Reason.UNVERIFIED, hello, info, note));
    attacks.put(
        "records without a checkpoint",
        Attack.of(Reason.MALFORMED, hello, info, records, new DeltaEnd(1, 1, 1)));
    attacks.put(
        "an acknowledgement of nothing", Attack.of(Reason.MALFORMED, hello, new Ack(List.of())));
    attacks.put(
        "a payload that ends early",
        Attack.of(
            Reason.MALFORMED,
            hello,
            new PayloadPiece(
                new PayloadDigest(Bytes.wrap(new byte[32])), 1L << 40, 0, Bytes.utf8("x")),
            new DeltaEnd(0, 0, 0)));
    attacks.put("another federation", Attack.of(Reason.FEDERATION, hello(key, "elsewhere")));
    attacks.put("our own name", Attack.of(Reason.UNTRUSTED, hello(TestNode.key("hub"), "test")));
    return attacks;
  }

  private static Hello hello(SigningKey key, String federation) {
    return new Hello(
        ProtocolLimits.VERSION,
        ProtocolLimits.VERSION,
        federation,
        NodeId.of(key.publicKey()),
        key.publicKey(),
        List.of(ProtocolLimits.CODEC_IDENTITY),
        true,
        false,
        List.of());
  }

  private int writeUntil(AtomicBoolean stop) {
    int commits = 0;
    while (!stop.get() && commits < 2_000) {
      hub.putTogether("written during syncs " + commits + " ", 3);
      commits++;
    }
    return commits;
  }

  private void syncOften(TestNode spoke, GrpcPeerServer server) {
    for (int i = 0; i < 5; i++) {
      spoke.put("between syncs " + i);
      sync(spoke, server.address()).orThrow();
    }
  }

  private GrpcPeerServer serve() {
    return closing(
        GrpcPeerServer.start(LOOPBACK, identity(hub), TrustPolicy.anyNode(), this::answer));
  }

  private void answer(PeerLink link) {
    answered.add(of(hub).respond(link));
  }

  private SyncReport answer() throws InterruptedException {
    SyncReport report = answered.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS);
    assertThat(report).isNotNull();
    return report;
  }

  private SyncReport sync(TestNode node, PeerAddress address) {
    return of(node).initiate(connect(node, address), true, true, hub.origin().node());
  }

  private PeerLink connect(TestNode node, PeerAddress address) {
    return GrpcPeerClient.connect(address, identity(node), TrustPolicy.pinned(hub.origin().node()));
  }

  private static TlsIdentity identity(TestNode node) {
    return new TlsIdentity(node.store().signingKey(), WallClock.system());
  }

  private static StoreSync of(TestNode node) {
    return new StoreSync(
        node.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system());
  }

  private static void assertSame(TestNode left, TestNode right) {
    assertThat(left.heads()).isEqualTo(right.heads());
    assertThat(left.derivedRows()).isEqualTo(right.derivedRows());
  }

  private <T extends AutoCloseable> T closing(T resource) {
    toClose.add(resource);
    return resource;
  }
}
