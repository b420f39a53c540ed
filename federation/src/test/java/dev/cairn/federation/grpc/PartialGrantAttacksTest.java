package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.Cosignature;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PayloadChunk;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.bootstrap.BootstrapMessage;
import dev.cairn.federation.bootstrap.BootstrapPart;
import dev.cairn.federation.cosign.CosignPart;
import dev.cairn.federation.cosign.CosignShelf;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.protocol.CosignMessage;
import dev.cairn.federation.protocol.CosignMessage.Cosignatures;
import dev.cairn.federation.protocol.EvidenceMessage.CheckpointWanted;
import dev.cairn.federation.protocol.EvidenceMessage.PrefixWanted;
import dev.cairn.federation.protocol.EvidencePart;
import dev.cairn.federation.protocol.FetchMessage.Absent;
import dev.cairn.federation.protocol.FetchMessage.Want;
import dev.cairn.federation.protocol.FetchMessage.WantItem;
import dev.cairn.federation.protocol.FilterMessage.Interest;
import dev.cairn.federation.protocol.FilterMessage.PartialCursor;
import dev.cairn.federation.protocol.LivePart;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PartialOffer;
import dev.cairn.federation.protocol.PartialWish;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Finished;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.reconcile.ReconcileMessage;
import dev.cairn.federation.reconcile.ReconcilePart;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.wire.FrameCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a node that may read one type of artifacts can ask for beyond it, each over TLS: it is
 * refused by a typed reason, nothing that it hears tells of anything else, and an honest peer that
 * is in the midst of a conversation goes on.
 */
@Timeout(120)
class PartialGrantAttacksTest {
  private static final SigningKey KEY = TestNode.key("mallory");
  private static final NodeId MALLORY = NodeId.of(KEY.publicKey());
  private static final TypeTag SECRET = new TypeTag("app/secret");
  private static final List<String> FEATURES =
      Stream.of(
              BootstrapPart.FEATURE,
              CosignPart.FEATURE,
              EvidencePart.FEATURE,
              LivePart.FEATURE,
              ProtocolLimits.FEATURE_FETCH,
              ProtocolLimits.FEATURE_FILTER,
              ReconcilePart.FEATURE)
          .sorted()
          .toList();

  private final TestNode hub = new TestNode("hub");
  private final PeerBook book = PeerBook.open(hub.store(), WallClock.system());
  private final BlockingQueue<SyncReport> ended = new LinkedBlockingQueue<>();
  private final TlsIdentity identity = new TlsIdentity(KEY, WallClock.system());
  private final TlsIdentity honest = new TlsIdentity(TestNode.key("honest"), WallClock.system());
  private ArtifactId open;
  private ArtifactId secret;
  private ArtifactId large;
  private GrpcPeerServer server;

  private interface Script extends Function<PartialGrantAttacksTest, List<PeerMessage>> {}

  @BeforeEach
  void listen() {
    open = id(hub.put("open to all"));
    secret = id(hub.put(SECRET, Bytes.utf8("what nobody else may see")));
    byte[] much = new byte[300_000];
    for (int i = 0; i < much.length; i++) {
      much[i] = (byte) ((i * i) >> 3);
    }
    large = id(hub.put(SECRET, Bytes.wrap(much)));
    hub.link("prov:used", open.key(), secret.key());
    hub.remove(large.key(), false);
    hub.store().signHead();
    book.grant(
        MALLORY,
        new Grant(
            new TreeSet<>(Set.of(Right.READ, Right.WRITE, Right.ADMIN)),
            new TreeSet<>(Set.of("text/plain")),
            new TreeSet<>()));
    PeerSync sync = new PeerSync(hub.store(), book, WallClock.system(), Ticker.system());
    server =
        GrpcPeerServer.start(
            PeerAddress.parse("127.0.0.1:0"),
            new TlsIdentity(hub.store().signingKey(), WallClock.system()),
            book.welcome(),
            link -> ended.add(sync.answer(link)));
  }

  @AfterEach
  void close() {
    server.close();
    hub.close();
  }

  private ArtifactId id(ArtifactKey key) {
    return hub.store().now().told(key).orElseThrow().artifact();
  }

  private static Hello hello(SigningKey key, boolean both, List<PartGreeting> greetings) {
    return new Hello(
        ProtocolLimits.VERSION,
        ProtocolLimits.VERSION,
        "test",
        NodeId.of(key.publicKey()),
        key.publicKey(),
        List.of(ProtocolLimits.CODEC_IDENTITY),
        both,
        both,
        List.of(),
        FEATURES,
        greetings);
  }

  private HostilePeer peer(TlsIdentity shown) {
    return new HostilePeer(
        server.address(), Endpoints.clientTls(shown, shown.trustManager(node -> {})));
  }

  private SyncReport next() throws InterruptedException {
    SyncReport report = ended.poll(60, TimeUnit.SECONDS);
    assertThat(report).as("what became of the conversation").isNotNull();
    return report;
  }

  private List<CursorEntry> cut() {
    return hub.store().heads().stream()
        .map(head -> new CursorEntry(head.origin(), head.treeSize(), head.lastLogseq()))
        .toList();
  }

  private static Interest interest(String filter) {
    return new Interest(filter, List.of());
  }

  private static Want want(WantItem item) {
    return new Want(0, List.of(item));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        refused("all records", Reason.UNTRUSTED, t -> List.of(interest("all"))),
        refused(
            "a type beside its own",
            Reason.UNTRUSTED,
            t -> List.of(interest("type:text/plain | type:app/other"))),
        refused("all types that begin so", Reason.UNTRUSTED, t -> List.of(interest("type:t*"))),
        refused("all but its own", Reason.UNTRUSTED, t -> List.of(interest("!type:text/plain"))),
        refused("edges", Reason.UNTRUSTED, t -> List.of(interest("kind:edge"))),
        refused(
            "what its own was made of",
            Reason.UNTRUSTED,
            t -> List.of(interest("type:text/plain & above:" + t.secret.key()))),
        refused(
            "a wider filter behind a lawful one",
            Reason.MALFORMED,
            t -> List.of(interest("type:text/plain"), interest("all"))),
        refused("a snapshot", Reason.UNTRUSTED, t -> List.of(new BootstrapMessage.SnapshotAsk())),
        refused(
            "a stretch of a log",
            Reason.UNTRUSTED,
            t -> List.of(new BootstrapMessage.StretchAsk(t.hub.origin(), 0, 5, true))),
        refused(
            "the state tree",
            Reason.UNTRUSTED,
            t ->
                List.of(
                    new ReconcileMessage.StateAsk(
                        t.cut(), List.of(new ReconcileMessage.StateNodeName(0, Bytes.EMPTY))))),
        refused(
            "the log's tree",
            Reason.UNTRUSTED,
            t ->
                List.of(
                    new ReconcileMessage.LogAsk(
                        t.hub.origin(), List.of(new ReconcileMessage.Subtree(0, 1))))),
        refused(
            "a record by its place",
            Reason.UNTRUSTED,
            t -> List.of(new ReconcileMessage.RecordAsk(t.hub.origin(), 1))),
        refused(
            "what payloads there are",
            Reason.UNTRUSTED,
            t -> List.of(new ReconcileMessage.RangesAsk(Bytes.fromHex("61000000")))),
        refused(
            "a cosignature that is none",
            Reason.UNVERIFIED,
            t -> List.of(t.cosigned(new byte[Cosignature.SIGNATURE_BYTES]))),
        refused(
            "to bring a delta",
            Reason.MALFORMED,
            t -> List.of(interest("type:text/plain"), new DeltaEnd(0, 0, 0))));
  }

  /** Of the hub's own checkpoint, which such a node may know, in its own name. */
  private Cosignatures cosigned(byte[] signature) {
    LogHead head = hub.store().head(hub.origin()).orElseThrow();
    return new Cosignatures(
        List.of(
            new CosignMessage.Entry(
                hub.origin(),
                head.treeSize(),
                head.root(),
                KEY.publicKey(),
                new Cosignature(1, Bytes.wrap(signature)))));
  }

  private static Arguments refused(String name, Reason reason, Script script) {
    return Arguments.of(name, reason, script);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void isRefusedAndTellsNothing(String name, Reason reason, Script script) throws Exception {
    try (HostilePeer friend = peer(honest)) {
      HostilePeer.Exchange going = friend.open();
      going.send(FrameCodec.encode(hello(TestNode.key("honest"), false, List.of())));
      going.awaitHello();

      List<PeerMessage> heard = new ArrayList<>();
      SyncReport report = say(hello(KEY, false, List.of(new PartialWish())), script, heard);
      assertThat(report.session().reason()).as(report.session().text()).isEqualTo(reason);
      assertThat(report.session().peer()).isEqualTo(MALLORY);
      assertThat(heard.get(heard.size() - 1)).isInstanceOf(Goodbye.class);
      assertNothingLeaks(heard);

      going.send(FrameCodec.encode(interest("all")));
      going.send(FrameCodec.encode(want(whole(secret))));
      going.send(FrameCodec.encode(new Finished()));
      going.awaitGoodbye();
      assertThat(next().isDone()).as("the honest one goes on").isTrue();
      Bytes all = told(going.heard());
      assertThat(contains(all, "what nobody else may see")).isTrue();
      assertThat(contains(all, secret.key().digest())).isTrue();
    }
  }

  private static WantItem whole(ArtifactId id) {
    return new WantItem(id.payloadDigest(), id.payloadLength(), null, 0);
  }

  static Stream<Arguments> absent() {
    return Stream.of(
        Arguments.of(
            "a payload", (Function<PartialGrantAttacksTest, WantItem>) t -> whole(t.secret)),
        Arguments.of(
            "the chunks of one", (Function<PartialGrantAttacksTest, WantItem>) t -> whole(t.large)),
        Arguments.of(
            "a chunk",
            (Function<PartialGrantAttacksTest, WantItem>)
                t -> {
                  PayloadChunk first = t.hub.store().payloadChunks(t.large.payloadDigest()).get(0);
                  return new WantItem(
                      t.large.payloadDigest(), t.large.payloadLength(), first.digest(), 0);
                }),
        Arguments.of(
            "the note of a removal",
            (Function<PartialGrantAttacksTest, WantItem>)
                t -> {
                  var record = t.hub.store().record(t.hub.origin(), 4).orElseThrow();
                  return new WantItem(record.payloadDigest(), record.payloadLength(), null, 0);
                }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("absent")
  void whatItMayNotHaveIsAbsent(String name, Function<PartialGrantAttacksTest, WantItem> item)
      throws Exception {
    List<PeerMessage> heard = new ArrayList<>();
    SyncReport report =
        say(hello(KEY, false, List.of()), t -> List.of(want(item.apply(t)), new Finished()), heard);
    assertThat(report.isDone()).isTrue();
    assertThat(heard).filteredOn(message -> kind(message).equals("Absent")).hasSize(1);
    assertThat(heard).noneMatch(message -> Set.of("Pieces", "ChunkList").contains(kind(message)));
    assertNothingLeaks(heard);
    // It is there, for who may have it.
    try (HostilePeer friend = peer(honest)) {
      HostilePeer.Exchange asking = friend.open();
      asking.send(FrameCodec.encode(hello(TestNode.key("honest"), false, List.of())));
      asking.send(FrameCodec.encode(want(item.apply(this))));
      asking.send(FrameCodec.encode(new Finished()));
      asking.awaitEnd();
      assertThat(next().isDone()).isTrue();
      assertThat(asking.heard())
          .filteredOn(message -> Set.of("Pieces", "ChunkList").contains(kind(message)))
          .hasSize(1);
      assertThat(asking.heard()).noneMatch(message -> kind(message).equals("Absent"));
    }
  }

  /** From a beginning of a key, the whole of what keys may begin so. */
  private static String range(String prefix) {
    String next = Long.toHexString(Long.parseLong(prefix, 16) + 1);
    return "key:" + prefix + ".." + "0".repeat(prefix.length() - next.length()) + next;
  }

  @Test
  void aGrantOfABeginningGivesTheKeysThatBeginSoAndNoOther() throws Exception {
    String prefix = open.key().digest().toHex().substring(0, 8);
    book.grant(
        MALLORY,
        new Grant(
            new TreeSet<>(Set.of(Right.READ)), new TreeSet<>(), new TreeSet<>(Set.of(prefix))));
    for (String beyond :
        List.of(
            "all",
            "type:text/plain",
            "kind:artifact",
            range(prefix.substring(0, 7)),
            range(prefix) + " | " + range(secret.key().digest().toHex().substring(0, 8)),
            "!" + range(prefix),
            range(prefix) + " & above:" + open.key())) {
      List<PeerMessage> heard = new ArrayList<>();
      SyncReport report =
          say(hello(KEY, false, List.of(new PartialWish())), t -> List.of(interest(beyond)), heard);
      assertThat(report.session().reason()).as(beyond).isEqualTo(Reason.UNTRUSTED);
      assertThat(contains(told(heard), "open to all")).isFalse();
      assertNothingLeaks(heard);
    }
    List<PeerMessage> heard = new ArrayList<>();
    SyncReport report =
        say(
            hello(KEY, false, List.of(new PartialWish())),
            t ->
                List.of(
                    interest(range(prefix)),
                    new Want(
                        0,
                        Stream.of(t.open, t.secret, t.large)
                            .map(PartialGrantAttacksTest::whole)
                            .toList()),
                    new Finished()),
            heard);
    assertThat(report.isDone()).as(report.session().text()).isTrue();
    Bytes all = told(heard);
    assertThat(contains(all, "open to all")).isTrue();
    assertThat(contains(all, open.key().digest())).isTrue();
    assertThat(heard)
        .filteredOn(message -> message instanceof Absent)
        .flatExtracting(message -> ((Absent) message).numbers())
        .containsExactly(1L, 2L);
    assertThat(((Hello) heard.get(0)).greeting(PartialOffer.class).orElseThrow().grant().prefixes())
        .containsExactly(prefix);
    assertNothingLeaks(heard);
  }

  @Test
  void cosignaturesTellOfCheckpointsAndAreTakenForNothingElse() throws Exception {
    try (TestNode other = new TestNode("other")) {
      other.put(SECRET, Bytes.utf8("what nobody else may see, at another node"));
      new StoreSync(hub.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
          .with(other.store(), false, true)
          .orThrow();
      // Well signed, but of a root that the hub does not have.
      LogHead head = other.store().head(other.origin()).orElseThrow();
      Bytes lie = Bytes.wrap(new byte[32]);
      Checkpoint invented =
          new Checkpoint("test", other.origin(), head.treeSize(), lie, head.lastLogseq());
      Cosignatures forged =
          new Cosignatures(
              List.of(
                  new CosignMessage.Entry(
                      other.origin(),
                      head.treeSize(),
                      lie,
                      KEY.publicKey(),
                      Cosignature.sign(invented.text(), KEY, 1))));
      List<PeerMessage> heard = new ArrayList<>();
      SyncReport report =
          say(hello(KEY, false, List.of()), t -> List.of(forged, new Finished()), heard);
      assertThat(report.isDone()).as(report.session().text()).isTrue();
      CosignShelf shelf = new CosignShelf(hub.store(), WallClock.system());
      assertThat(shelf.cosigners(other.origin())).containsOnlyKeys(hub.origin().node());
      assertThat(heard)
          .filteredOn(message -> message instanceof Cosignatures)
          .flatExtracting(message -> ((Cosignatures) message).entries())
          .extracting(CosignMessage.Entry::origin, CosignMessage.Entry::root)
          .containsExactly(tuple(other.origin(), head.root()));
      assertNothingLeaks(heard);
    }
  }

  private static String kind(PeerMessage message) {
    return message.getClass().getSimpleName();
  }

  @Test
  void whatItMayHaveItGetsAndNoMore() throws Exception {
    List<PeerMessage> heard = new ArrayList<>();
    String causes = "above:" + secret.key();
    SyncReport report =
        say(
            hello(KEY, false, List.of(new PartialWish())),
            t ->
                List.of(
                    new Interest(
                        "type:text/plain",
                        // As if it held what causes show: what comes must not depend on them.
                        List.of(new PartialCursor(t.hub.origin(), 1, causes))),
                    want(whole(t.open)),
                    new CheckpointWanted(t.hub.origin(), 1),
                    new PrefixWanted(t.hub.origin(), 1),
                    new Finished()),
            heard);
    assertThat(report.isDone()).as(report.session().text()).isTrue();
    Bytes all = told(heard);
    assertThat(contains(all, "open to all")).isTrue();
    assertThat(contains(all, open.key().digest())).isTrue();
    assertThat(((Hello) heard.get(0)).greeting(PartialOffer.class).orElseThrow().grant().types())
        .containsExactly("text/plain");
    assertNothingLeaks(heard);
  }

  @Test
  void aHelloThatWantsDeltasIsRefusedWhateverElseItSays() throws Exception {
    List<PeerMessage> heard = new ArrayList<>();
    SyncReport report = say(hello(KEY, true, List.of(new PartialWish())), t -> List.of(), heard);
    assertThat(report.session().reason()).isEqualTo(Reason.UNTRUSTED);
    assertThat(report.session().text()).contains("cairn sync --filter");
    assertThat(heard).hasSize(1);
    assertNothingLeaks(heard);
  }

  /** Says it all in one conversation, and hears the other side out. */
  private SyncReport say(Hello hello, Script script, List<PeerMessage> heard) throws Exception {
    try (HostilePeer mallory = peer(identity)) {
      HostilePeer.Exchange exchange = mallory.open();
      exchange.send(FrameCodec.encode(hello));
      for (PeerMessage message : script.apply(this)) {
        exchange.send(FrameCodec.encode(message));
      }
      exchange.awaitEnd();
      heard.addAll(exchange.heard());
      return next();
    }
  }

  private static Bytes told(List<PeerMessage> heard) {
    Bytes all = Bytes.EMPTY;
    for (PeerMessage message : heard) {
      all = all.plus(FrameCodec.encode(message));
    }
    return all;
  }

  private static boolean contains(Bytes all, String text) {
    return contains(all, Bytes.utf8(text));
  }

  private static boolean contains(Bytes all, Bytes part) {
    return all.toHex().contains(part.toHex());
  }

  private void assertNothingLeaks(List<PeerMessage> heard) {
    Bytes all = told(heard);
    assertThat(contains(all, "what nobody else may see")).isFalse();
    for (ArtifactId id : List.of(secret, large)) {
      assertThat(contains(all, id.key().digest())).isFalse();
      assertThat(contains(all, id.payloadDigest().digest())).isFalse();
    }
    Bytes start = hub.store().payload(large.payloadDigest(), 1 << 20).slice(0, 64);
    assertThat(contains(all, start)).isFalse();
    hub.store()
        .payloadChunks(large.payloadDigest())
        .forEach(chunk -> assertThat(contains(all, chunk.digest())).isFalse());
    assertThat(contains(all, SECRET.text())).isFalse();
    assertThat(contains(all, "no longer true")).isFalse();
  }
}
