package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.sun.management.ThreadMXBean;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.ArtifactStat;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Quota;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.api.ApiOffer;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.protocol.FetchMessage;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.OriginInfo;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.tls.HostileCertificates;
import dev.cairn.federation.tls.NodeTrustManager;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.transport.LinkLimits;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.wire.FrameCodec;
import dev.cairn.federation.wire.Packing;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.zstd.ZstdCompression;
import dev.cairn.pel.run.Executor;
import dev.cairn.proto.api.v1.CairnGrpc;
import dev.cairn.proto.api.v1.GetRequest;
import dev.cairn.proto.api.v1.RunRequest;
import dev.cairn.proto.federation.v1.Frame;
import dev.cairn.proto.federation.v1.LogTell;
import dev.cairn.proto.federation.v1.Packed;
import dev.cairn.tgk.Graph;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Thirty things that a hostile peer may send, each over TLS to a node that listens. Whatever it is:
 * nothing of it becomes visible, the reason is typed, the sender is named, decoding takes bounded
 * memory, and an honest peer syncs with the same node at once.
 */
@Timeout(180)
class HostileInputsTest {
  private static final List<String> IDENTITY = List.of(ProtocolLimits.CODEC_IDENTITY);
  private static final SigningKey KEY = TestNode.key("mallory");
  private static final NodeId MALLORY = NodeId.of(KEY.publicKey());

  /** More than any one frame may cost to decode: four times the largest frame, and a little. */
  private static final long DECODING_BYTES_MAX = 24L << 20;

  private static final int STREAMS = 1_000;

  private final TestNode victim = new TestNode("victim");
  private final TestNode honest = new TestNode("honest");
  private final TestNode mallory = new TestNode("mallory");
  private final PeerBook book = PeerBook.open(victim.store(), WallClock.system());
  private final BlockingQueue<SyncReport> ended = new LinkedBlockingQueue<>();
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final TlsIdentity identity = new TlsIdentity(KEY, WallClock.system());
  private GrpcPeerServer server;
  private Object before = Map.of();

  /** True once the attack is one that leaves lawful records behind, which show nothing. */
  private boolean lawful;

  private interface Attack {
    void on(HostileInputsTest node) throws Exception;
  }

  @BeforeEach
  void listen() {
    victim.put("of the victim");
    TlsIdentity shown = new TlsIdentity(victim.store().signingKey(), WallClock.system());
    PeerSync sync = new PeerSync(victim.store(), book, WallClock.system(), Ticker.system());
    ApiOffer offer =
        new ApiOffer(
            victim.store(),
            new Graph(victim.store()),
            new Executor(victim.store(), OperatorRegistry.discover()),
            caller -> Grant.ALL,
            Ticker.system());
    // It packs on this machine too, so that it takes packed frames.
    GrpcSettings settings =
        new GrpcSettings(LinkLimits.DEFAULT, Ticker.system(), 10_000, 2_000, true);
    server =
        GrpcPeerServer.start(
            PeerAddress.parse("127.0.0.1:0"),
            shown,
            book.welcome(),
            link -> ended.add(sync.answer(link)),
            offer,
            settings);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
    server.close();
    victim.close();
    honest.close();
    mallory.close();
  }

  static Stream<Arguments> inputs() {
    return Stream.of(
        input("01 a zstd bomb", HostileInputsTest::zstdBomb),
        input("02 a frame that declares 1 TiB", HostileInputsTest::tebibyte),
        input("03 concatenated and skippable zstd frames", HostileInputsTest::severalFrames),
        input("04 a huge window, 1,000 times", HostileInputsTest::hugeWindows),
        input("05 a truncated frame", HostileInputsTest::truncated),
        input("06 an unknown dictionary", HostileInputsTest::dictionary),
        input("07 bytes that hash to another key", HostileInputsTest::otherBytes),
        input("08 a chunk nobody asked for", HostileInputsTest::unasked),
        input("09 the same key under another type", HostileInputsTest::otherType),
        input("10 encodings that are not canonical", HostileInputsTest::notCanonical),
        input("11 100,000 nested groups", HostileInputsTest::nestedGroups),
        input("12 one oversize message, a million empty ones", HostileInputsTest::sizes),
        input("13 checkpoints in bad form", HostileInputsTest::checkpoints),
        input("14 proofs in bad form", HostileInputsTest::proofs),
        input("15 equivocating checkpoints", HostileInputsTest::equivocation),
        input("16 a rollback with the old history", HostileInputsTest::rollback),
        input("17 records under another name", HostileInputsTest::replayed),
        input("18 gaps, duplicates, overflow, a clock ahead", HostileInputsTest::places),
        input("19 edges of Ed25519", HostileInputsTest::signatures),
        input("20 monstrous edges", HostileInputsTest::edges),
        input("21 tombstones out of place", HostileInputsTest::tombstones),
        input("22 a forged receipt, an exponential program", HostileInputsTest::receipts),
        input("23 withheld records, a slow trickle", HostileInputsTest::withheld),
        input("24 bad certificates", HostileInputsTest::certificates),
        input("25 digests that are paths, unknown, short", HostileInputsTest::digests),
        input("26 JSON without end", HostileInputsTest::json),
        input("27 rapid resets of streams", HostileInputsTest::resets),
        input("28 a disk that fails in the middle", HostileInputsTest::diskFails),
        input("29 an erasure by one who may not", HostileInputsTest::erasure),
        input("30 a good delta of a revoked node", HostileInputsTest::revoked));
  }

  private static Arguments input(String name, Attack attack) {
    return Arguments.of(name, attack);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("inputs")
  void isRefusedByReasonAndHarmsNobody(String name, Attack attack) throws Exception {
    baseline();
    attack.on(this);
    if (!lawful) {
      assertThat(state()).as(name).isEqualTo(before);
    }
    assertHonestIsUnharmed();
  }

  // ---- what every case shares

  private Object state() {
    return List.of(
        victim.heads(),
        victim.store().stateRoot(),
        victim.derivedRows(),
        victim.store().heldBack());
  }

  private void baseline() {
    victim.store().signHead();
    before = state();
  }

  private void assertHonestIsUnharmed() {
    honest.put("of the honest one");
    honest.putLarge(200_000, 1);
    new PeerSync(
            honest.store(),
            PeerBook.open(honest.store(), WallClock.system()),
            WallClock.system(),
            Ticker.system())
        .dial(server.address(), true, true)
        .orThrow();
    assertThat(victim.heads()).containsEntry(honest.origin(), honest.heads().get(honest.origin()));
    assertThat(honest.heads()).containsEntry(victim.origin(), victim.heads().get(victim.origin()));
  }

  private HostilePeer peer() {
    HostilePeer peer =
        new HostilePeer(
            server.address(), Endpoints.clientTls(identity, identity.trustManager(node -> {})));
    toClose.add(peer);
    return peer;
  }

  /** Says all of it in one conversation; what the victim makes of it. */
  private SyncReport say(List<PeerMessage> script) throws Exception {
    HostilePeer.Exchange exchange = peer().open();
    for (PeerMessage message : script) {
      exchange.send(FrameCodec.encode(message));
    }
    exchange.finish();
    return next();
  }

  /** Says a hello, awaits the answer, and sends the frames. */
  private SyncReport send(Hello hello, Bytes... frames) throws Exception {
    HostilePeer.Exchange exchange = peer().open();
    exchange.send(FrameCodec.encode(hello));
    exchange.awaitHello();
    for (Bytes frame : frames) {
      assertDecodingIsCheap(frame);
      exchange.send(frame);
    }
    exchange.finish();
    return next();
  }

  private SyncReport send(Bytes... frames) throws Exception {
    return send(HostileScript.hello(mallory, true, List.of(), Packing.CODECS), frames);
  }

  private static void assertDecodingIsCheap(Bytes frame) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadAllocatedBytes();
    try {
      var unused = FrameCodec.decode(Packing.unpack(frame, Packing.CODECS));
    } catch (CairnException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - start).isLessThan(DECODING_BYTES_MAX);
  }

  private SyncReport next() throws InterruptedException {
    SyncReport report = ended.poll(60, TimeUnit.SECONDS);
    assertThat(report).as("what became of the conversation").isNotNull();
    return report;
  }

  /** It failed for one of these reasons, in words, and who it was is known. */
  private static void assertRefused(SyncReport report, Reason... reasons) {
    assertThat(report.isDone()).isFalse();
    assertThat(report.session().endedByPeer()).isFalse();
    assertThat(report.session().reason()).as(report.session().text()).isIn((Object[]) reasons);
    assertThat(report.session().text()).isNotEmpty();
    assertThat(report.session().peer()).isEqualTo(MALLORY);
    assertThatThrownBy(report::orThrow)
        .isInstanceOf(CairnException.class)
        .hasMessageContaining(MALLORY.toString());
  }

  private static Bytes packed(Bytes data, long length) {
    Packed packed =
        Packed.newBuilder()
            .setCodec(2)
            .setLength((int) length)
            .setData(ByteString.copyFrom(data.toArray()))
            .build();
    return Bytes.wrap(Frame.newBuilder().setPacked(packed).build().toByteArray());
  }

  private static Bytes zstd(byte[] content) throws IOException {
    try (ZstdCompression in =
        ZstdCompression.of(new ByteArrayInputStream(content), content.length, 3)) {
      return Bytes.wrap(in.readAllBytes());
    }
  }

  private static Bytes hex(String text) {
    return Bytes.fromHex(text);
  }

  private List<PeerMessage> script() {
    return HostileScript.of(mallory);
  }

  // ---- the thirty

  private void zstdBomb() throws Exception {
    byte[] zeros = new byte[ProtocolLimits.MESSAGE_BYTES_MAX];
    Bytes bomb = zstd(zeros);
    assertThat(bomb.length()).isLessThan(1_000);
    assertRefused(send(packed(bomb, zeros.length)), Reason.MALFORMED);
    // Stated to be small, it does not come out.
    assertRefused(send(packed(bomb, 1_000)), Reason.MALFORMED);
  }

  private void tebibyte() throws Exception {
    Bytes zstdHeader = hex("28b52ffde00000000000010000010000");
    assertRefused(send(packed(zstdHeader, 4_096)), Reason.MALFORMED);
    // A field of 2^40 bytes in a frame of 20.
    assertRefused(send(hex("22808080808020").plus(Bytes.wrap(new byte[13]))), Reason.MALFORMED);
  }

  private void severalFrames() throws Exception {
    Bytes one = zstd(FrameCodec.encode(new Heartbeat(1)).toArray());
    int length = FrameCodec.encode(new Heartbeat(1)).length();
    assertRefused(send(packed(one.plus(one), length)), Reason.MALFORMED);
    assertRefused(send(packed(one.plus(one), 2L * length)), Reason.MALFORMED);
    Bytes skippable = hex("502a4d180400000061626364");
    assertRefused(send(packed(skippable.plus(one), length)), Reason.MALFORMED);
    assertRefused(send(packed(one.plus(skippable), length)), Reason.MALFORMED);
  }

  private void hugeWindows() throws Exception {
    Bytes window = packed(hex("28b52ffd00880100000000"), 4);
    Bytes hello = FrameCodec.encode(HostileScript.hello(mallory, true, List.of(), Packing.CODECS));
    HostilePeer peer = peer();
    for (int i = 0; i < STREAMS; i++) {
      HostilePeer.Exchange exchange = peer.open();
      exchange.send(hello);
      exchange.awaitHello();
      exchange.send(window);
      exchange.finish();
      assertRefused(next(), Reason.MALFORMED);
    }
    assertDecodingIsCheap(window);
  }

  private void truncated() throws Exception {
    mallory.putTogether("text ", 20);
    Bytes whole =
        script().stream()
            .filter(Records.class::isInstance)
            .map(FrameCodec::encode)
            .findFirst()
            .orElseThrow();
    assertRefused(send(whole.slice(0, whole.length() / 2)), Reason.MALFORMED);
    Bytes zstd = zstd(whole.toArray());
    assertRefused(send(packed(zstd.slice(0, zstd.length() - 3), whole.length())), Reason.MALFORMED);
  }

  private void dictionary() throws Exception {
    Bytes frame = hex("28b52ffd212a10810000").plus(Bytes.wrap(new byte[16]));
    assertRefused(send(packed(frame, 16)), Reason.MALFORMED);
  }

  private void otherBytes() throws Exception {
    mallory.putLarge(300_000, 1);
    List<PeerMessage> script =
        HostileScript.map(
            script(),
            PayloadPiece.class,
            said -> {
              PayloadPiece piece = (PayloadPiece) said;
              return new PayloadPiece(
                  piece.digest(), piece.length(), piece.offset(), flip(piece.data()));
            });
    assertRefused(say(script), Reason.UNVERIFIED);
    UnaryOperator<Item> flipped =
        item -> new Item(item.record(), item.payload() == null ? null : flip(item.payload()));
    mallory.put("a small one");
    assertRefused(
        say(HostileScript.signed(script(), KEY, flipped)), Reason.UNVERIFIED, Reason.MALFORMED);
  }

  private static Bytes flip(Bytes bytes) {
    byte[] copy = bytes.toArray();
    copy[copy.length / 2] ^= 1;
    return Bytes.wrap(copy);
  }

  private void unasked() throws Exception {
    Hello hello =
        HostileScript.hello(mallory, true, List.of(ProtocolLimits.FEATURE_FETCH), IDENTITY);
    Bytes piece =
        FrameCodec.encode(
            new FetchMessage.Pieces(List.of(new FetchMessage.Piece(0, Bytes.utf8("chunk")))));
    assertRefused(send(hello, piece), Reason.MALFORMED, Reason.UNVERIFIED);
    // Not agreed on at all.
    assertRefused(send(piece), Reason.MALFORMED, Reason.UNVERIFIED);
  }

  private void otherType() throws Exception {
    mallory.put("the same bytes");
    assertRefused(
        say(
            HostileScript.signed(
                script(),
                KEY,
                HostileScript.record(
                    record ->
                        new LogRecord(
                            record.index(),
                            record.logseq(),
                            record.hlc(),
                            record.kind(),
                            record.id(),
                            new TypeTag("text/html"),
                            record.payloadLength(),
                            record.payloadDigest())))),
        Reason.UNVERIFIED,
        Reason.MALFORMED);
  }

  private void notCanonical() throws Exception {
    mallory.put("a text");
    List<UnaryOperator<Bytes>> changes =
        List.of(
            record -> record.plus(hex("00")),
            // The array of fields with a length of its own byte, and without an end of its own.
            record -> hex("9809").plus(record.slice(1, record.length())),
            record -> hex("9f").plus(record.slice(1, record.length())).plus(hex("ff")));
    for (UnaryOperator<Bytes> change : changes) {
      assertRefused(
          say(
              HostileScript.signed(
                  script(), KEY, item -> new Item(change.apply(item.record()), item.payload()))),
          Reason.MALFORMED,
          Reason.UNVERIFIED);
    }
  }

  private void nestedGroups() throws Exception {
    byte[] groups = new byte[200_000];
    for (int i = 0; i < groups.length; i += 2) {
      // Field 200, a group begins.
      groups[i] = (byte) 0xc3;
      groups[i + 1] = 0x0c;
    }
    assertRefused(send(Bytes.wrap(groups)), Reason.MALFORMED);
  }

  private void sizes() throws Exception {
    HostilePeer.Exchange large = peer().open();
    large.send(FrameCodec.encode(HostileScript.hello(mallory, true, List.of(), IDENTITY)));
    large.awaitHello();
    large.send(Bytes.wrap(new byte[ProtocolLimits.MESSAGE_BYTES_MAX + 1]));
    assertThat(large.finish().isOk()).isFalse();
    assertRefused(next(), Reason.UNAVAILABLE, Reason.LIMIT);

    HostilePeer.Exchange flood = peer().open();
    flood.send(FrameCodec.encode(HostileScript.hello(mallory, true, List.of(), IDENTITY)));
    flood.awaitHello();
    int sent = 0;
    // Far beyond what is refused: the sender learns of it when its own threads come to it.
    while (sent < 10_000_000 && flood.sendPatiently(Bytes.EMPTY)) {
      sent++;
    }
    assertThat(sent).isLessThan(10_000_000);
    flood.finish();
    assertRefused(next(), Reason.LIMIT);
  }

  private void checkpoints() throws Exception {
    mallory.put("a text");
    List<UnaryOperator<String>> changes =
        List.of(
            note -> note + note.substring(note.indexOf('—')).repeat(100),
            note -> note.replace("\n", "\r\n"),
            note -> note.replace("\n1\n", "\n01\n"),
            note -> note.replace("\n1\n", "\n9223372036854775808\n"));
    for (UnaryOperator<String> change : changes) {
      List<PeerMessage> script =
          HostileScript.map(
              script(),
              CheckpointNote.class,
              said -> {
                CheckpointNote note = (CheckpointNote) said;
                String text = new String(note.note().toArray(), StandardCharsets.UTF_8);
                assertThat(change.apply(text)).isNotEqualTo(text);
                return new CheckpointNote(
                    note.origin(), note.treeSize(), Bytes.utf8(change.apply(text)));
              });
      assertRefused(say(script), Reason.UNVERIFIED, Reason.MALFORMED, Reason.LIMIT);
    }
    // 10,000 signatures do not even fit.
    Bytes many = Bytes.wrap(new byte[1 << 20]);
    byte[] frame = frameOfNote(many);
    assertRefused(send(Bytes.wrap(frame)), Reason.MALFORMED, Reason.LIMIT);
  }

  private static byte[] frameOfNote(Bytes note) {
    return Frame.newBuilder()
        .setCheckpointNote(
            dev.cairn.proto.federation.v1.CheckpointNote.newBuilder()
                .setOrigin(ByteString.copyFrom(new Origin(MALLORY, 1).bytes().toArray()))
                .setTreeSize(1)
                .setNote(ByteString.copyFrom(note.toArray())))
        .build()
        .toByteArray();
  }

  private void proofs() throws Exception {
    Hello hello = HostileScript.hello(mallory, true, List.of("reconcile/1"), IDENTITY);
    for (int bytes : new int[] {0, 31, 33}) {
      assertRefused(send(hello, hashes(1, bytes)), Reason.MALFORMED, Reason.UNVERIFIED);
    }
    assertRefused(send(hello, hashes(65, 32)), Reason.MALFORMED, Reason.UNVERIFIED);
    assertRefused(send(hello, hashes(100_000, 32)), Reason.MALFORMED, Reason.LIMIT);
    mallory.put("a text");
    // From size 0: a checkpoint of nothing, for a log that has something.
    Bytes empty =
        new dev.cairn.asl.note.Checkpoint(
                "test", mallory.origin(), 0, HashAlgorithm.SHA_256.hash(), 0)
            .sign(KEY);
    assertRefused(
        say(
            HostileScript.map(
                script(),
                CheckpointNote.class,
                said -> new CheckpointNote(mallory.origin(), 1, empty))),
        Reason.UNVERIFIED,
        Reason.MALFORMED);
  }

  private static Bytes hashes(int count, int bytes) {
    LogTell.Builder tell = LogTell.newBuilder();
    for (int i = 0; i < count; i++) {
      tell.addHashes(ByteString.copyFrom(new byte[bytes]));
    }
    return Bytes.wrap(Frame.newBuilder().setLogTell(tell.build()).build().toByteArray());
  }

  private void equivocation() throws Exception {
    mallory.put("one story");
    assertThat(say(script()).isDone()).isTrue();
    baseline();
    try (TestNode twin = new TestNode("mallory")) {
      twin.put("another story");
      SyncReport report = say(HostileScript.of(twin));
      assertThat(report.session().contradictions()).isNotEmpty();
      assertThat(report.session().contradictions().get(0)).contains(MALLORY.toString());
      assertThat(report.session().peer()).isEqualTo(MALLORY);
    }
    // Both signed statements are kept, and the log is frozen.
    assertThat(victim.store().frozen()).containsExactly(mallory.origin());
    assertThat(victim.store().evidence(mallory.origin())).isPresent();
  }

  private void rollback() throws Exception {
    for (int i = 0; i < 10; i++) {
      mallory.put("text " + i);
    }
    assertThat(say(script()).isDone()).isTrue();
    baseline();
    try (TestNode restored = new TestNode("mallory")) {
      for (int i = 0; i < 5; i++) {
        restored.put("text " + i);
      }
      restored.put("a new end");
      SyncReport report = say(HostileScript.of(restored));
      assertThat(report.session().contradictions()).isNotEmpty();
      assertThat(report.session().peer()).isEqualTo(MALLORY);
    }
  }

  private void replayed() throws Exception {
    mallory.put("a text");
    try (TestNode other = new TestNode("other")) {
      other.put("of another");
      List<PeerMessage> script = HostileScript.of(other);
      List<PeerMessage> mine = new ArrayList<>(script);
      mine.set(0, script().get(0));
      // Under mallory's name, in another epoch, and at another logseq.
      assertRefused(say(renamed(mine, mallory.origin(), KEY)), Reason.UNVERIFIED, Reason.MALFORMED);
      Origin epoch = new Origin(other.origin().node(), 2);
      assertRefused(
          say(renamed(mine, epoch, other.store().signingKey())),
          Reason.UNVERIFIED,
          Reason.MALFORMED);
      assertRefused(
          say(
              items(
                  mine,
                  HostileScript.record(record -> at(record, record.index(), 7, record.hlc())))),
          Reason.UNVERIFIED);
    }
  }

  private static List<PeerMessage> renamed(
      List<PeerMessage> script, Origin origin, SigningKey key) {
    List<PeerMessage> all =
        HostileScript.map(
            script, OriginInfo.class, said -> new OriginInfo(origin, key.publicKey()));
    all =
        HostileScript.map(
            all,
            Records.class,
            said ->
                new Records(
                    ((Records) said)
                        .runs().stream()
                            .map(run -> new Run(origin, run.firstIndex(), run.items()))
                            .toList()));
    return HostileScript.map(
        all,
        CheckpointNote.class,
        said ->
            new CheckpointNote(
                origin, ((CheckpointNote) said).treeSize(), ((CheckpointNote) said).note()));
  }

  private static List<PeerMessage> items(List<PeerMessage> script, UnaryOperator<Item> change) {
    return HostileScript.map(
        script,
        Records.class,
        said ->
            new Records(
                ((Records) said)
                    .runs().stream()
                        .map(
                            run ->
                                new Run(
                                    run.origin(),
                                    run.firstIndex(),
                                    run.items().stream().map(change).toList()))
                        .toList()));
  }

  private static LogRecord at(LogRecord record, long index, long logseq, long hlc) {
    return new LogRecord(
        index,
        logseq,
        hlc,
        record.kind(),
        record.id(),
        record.tag(),
        record.payloadLength(),
        record.payloadDigest());
  }

  private void places() throws Exception {
    mallory.put("one");
    mallory.put("two");
    Reason[] reasons = {Reason.UNVERIFIED, Reason.MALFORMED, Reason.LIMIT};
    for (long first : new long[] {1, 7, Long.MAX_VALUE - 2}) {
      assertRefused(
          say(
              HostileScript.map(
                  script(),
                  Records.class,
                  said ->
                      new Records(
                          ((Records) said)
                              .runs().stream()
                                  .map(run -> new Run(run.origin(), first, run.items()))
                                  .toList()))),
          reasons);
    }
    // Signed by who it is about: the same index twice, an index at the end of numbers.
    for (long index : new long[] {0, Long.MAX_VALUE}) {
      assertRefused(
          say(
              HostileScript.signed(
                  script(),
                  KEY,
                  HostileScript.record(
                      record -> at(record, index, record.logseq(), record.hlc())))),
          reasons);
    }
    assertThat(state()).isEqualTo(before);
    // A hundred years ahead: the log waits outside, and is shown to wait.
    long ahead = (100L * 365 * 86_400_000) << 16;
    SyncReport report =
        say(
            HostileScript.signed(
                script(),
                KEY,
                HostileScript.record(
                    record -> at(record, record.index(), record.logseq(), record.hlc() + ahead))));
    assertThat(report.session().peer()).isEqualTo(MALLORY);
    assertThat(victim.heads()).doesNotContainKey(mallory.origin());
    assertThat(victim.store().heldBack())
        .singleElement()
        .satisfies(log -> assertThat(log.origin()).isEqualTo(mallory.origin()));
    lawful = true;
  }

  private void signatures() throws Exception {
    mallory.put("a text");
    List<PeerMessage> good = script();
    for (UnaryOperator<byte[]> change :
        List.<UnaryOperator<byte[]>>of(
            HostileInputsTest::plusOrder,
            HostileInputsTest::identityPoint,
            signature -> new byte[64])) {
      assertRefused(
          say(
              HostileScript.map(
                  good,
                  CheckpointNote.class,
                  said -> withSignature((CheckpointNote) said, change))),
          Reason.UNVERIFIED,
          Reason.MALFORMED);
    }
    // A key of small order as the node's own: whatever is signed by it verifies with careless code.
    byte[] small = new byte[32];
    small[0] = 1;
    byte[] node = HashAlgorithm.SHA_256.hash(Bytes.wrap(small)).toArray();
    Bytes frame =
        Bytes.wrap(
            Frame.newBuilder()
                .setOriginInfo(
                    dev.cairn.proto.federation.v1.OriginInfo.newBuilder()
                        .setOrigin(
                            ByteString.copyFrom(Bytes.wrap(node).plus(hex("00000001")).toArray()))
                        .setKey(ByteString.copyFrom(small)))
                .build()
                .toByteArray());
    assertRefused(send(frame), Reason.MALFORMED);
  }

  private static CheckpointNote withSignature(CheckpointNote note, UnaryOperator<byte[]> change) {
    String text = new String(note.note().toArray(), StandardCharsets.UTF_8).stripTrailing();
    int at = text.lastIndexOf(' ') + 1;
    byte[] blob = java.util.Base64.getDecoder().decode(text.substring(at));
    byte[] signature = java.util.Arrays.copyOfRange(blob, 4, blob.length);
    System.arraycopy(change.apply(signature), 0, blob, 4, signature.length);
    return new CheckpointNote(
        note.origin(),
        note.treeSize(),
        Bytes.utf8(
            text.substring(0, at) + java.util.Base64.getEncoder().encodeToString(blob) + "\n"));
  }

  /** The same scalar, not reduced: S + L. */
  private static byte[] plusOrder(byte[] signature) {
    byte[] order =
        hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").toArray();
    byte[] changed = signature.clone();
    int carry = 0;
    for (int i = 0; i < 32; i++) {
      int sum = (changed[32 + i] & 0xff) + (order[i] & 0xff) + carry;
      changed[32 + i] = (byte) sum;
      carry = sum >> 8;
    }
    return changed;
  }

  /** R is the neutral element and S is 0. */
  private static byte[] identityPoint(byte[] signature) {
    byte[] changed = new byte[signature.length];
    changed[0] = 1;
    return changed;
  }

  private void edges() throws Exception {
    // A million ends, each of 35 bytes of CBOR, as the payload of an edge's record.
    ArtifactKey some = victim.put("an end");
    baseline();
    byte[] end = some.bytes().toArray();
    byte[] monster = new byte[end.length * 100_000];
    for (int i = 0; i < monster.length; i += end.length) {
      System.arraycopy(end, 0, monster, i, end.length);
    }
    assertThatThrownBy(() -> mallory.put(TypeTag.EDGE, Bytes.wrap(monster)))
        .isInstanceOf(CairnException.class);
    assertThat(mallory.heads()).isEmpty();
    Item item = forged(TypeTag.EDGE, Bytes.wrap(monster).slice(0, 60_000));
    mallory.put("in its place");
    assertRefused(
        say(HostileScript.signed(script(), KEY, record -> item)),
        Reason.UNVERIFIED,
        Reason.MALFORMED);

    // Cycles and ends that nobody has are lawful; walks over them end.
    ArtifactKey nowhere = ArtifactKey.parse("asl1-sha256:" + "1".repeat(64));
    mallory.link("evil:loop", some, some);
    mallory.link("evil:there", some, nowhere);
    mallory.link("evil:back", nowhere, some);
    lawful = true;
    assertThat(say(script()).isDone()).isTrue();
    assertThat(
            new Graph(victim.store())
                .count(
                    List.of(some),
                    dev.cairn.tgk.Direction.UP,
                    dev.cairn.tgk.LineageOptions.ALL,
                    victim.store().now())
                .nodes())
        .isEqualTo(2);
  }

  /** A record of index 0 for a payload that no store would have made. */
  private static Item forged(TypeTag tag, Bytes payload) {
    dev.cairn.asl.model.ArtifactId id = dev.cairn.asl.model.ArtifactHasher.identify(payload, tag);
    LogRecord record =
        new LogRecord(
            0,
            1,
            1_000_000L << 16,
            dev.cairn.asl.model.RecordKind.ofPut(tag),
            id.key(),
            tag,
            payload.length(),
            id.payloadDigest());
    return new Item(record.encode(), payload);
  }

  private void tombstones() throws Exception {
    ArtifactKey unknown = ArtifactKey.parse("asl1-sha256:" + "2".repeat(64));
    ArtifactKey future;
    try (TestNode later = new TestNode("later")) {
      future = later.put("put later");
    }
    mallory
        .store()
        .commit(new CommitDraft().tombstone(unknown, new TombstoneNote(true, "unknown")));
    mallory
        .store()
        .commit(new CommitDraft().tombstone(future, new TombstoneNote(true, "too early")));
    lawful = true;
    assertThat(say(script()).isDone()).isTrue();
    // What is put behind the tombstone in the total order is there.
    assertThat(victim.put("put later")).isEqualTo(future);
    assertThat(victim.store().stat(future).state()).isEqualTo(ArtifactStat.State.LIVE);
  }

  private void receipts() throws Exception {
    mallory.put("in its place");
    Item receipt = forged(TypeTag.RECEIPT, Bytes.utf8("not a receipt"));
    SyncReport report = say(HostileScript.signed(script(), KEY, record -> receipt));
    assertThat(report.session().peer()).isEqualTo(MALLORY);
    assertRefused(report, Reason.UNVERIFIED, Reason.MALFORMED);
    assertThat(state()).isEqualTo(before);
    // 60 steps that each take the one before twice: 2^60 ways through it, 60 steps to run.
    StringBuilder program = new StringBuilder("program: 1\ninputs: [in]\nnodes:\n");
    for (int i = 0; i < 60; i++) {
      String last = i == 0 ? "in" : "n" + (i - 1);
      program.append(
          "  n%d: {operator: bytes/count@1, inputs: [%s, %s]}\n".formatted(i, last, last));
    }
    program.append("outputs: {out: n59}\n");
    ArtifactKey seed = victim.put("x".repeat(1_000));
    baseline();
    lawful = true;
    var stub = CairnGrpc.newBlockingStub(peer().channel());
    var reply =
        stub.run(
            RunRequest.newBuilder()
                .setText(ByteString.copyFromUtf8(program.toString()))
                .putInputs("in", seed.toString())
                .build());
    assertThat(reply.getStatus()).isEqualTo("SUCCEEDED");
    assertThat(reply.getExecuted() + reply.getReused()).isLessThanOrEqualTo(60);
  }

  private void withheld() throws Exception {
    mallory.putTogether("text ", 3);
    List<PeerMessage> script = script();
    assertRefused(
        say(script.stream().filter(said -> !(said instanceof Records)).toList()),
        Reason.MALFORMED,
        Reason.UNVERIFIED);
    assertRefused(
        say(script.stream().filter(said -> !(said instanceof CheckpointNote)).toList()),
        Reason.MALFORMED,
        Reason.UNVERIFIED);
    // A trickle: always a sign of life, never a record. Its time is bounded.
    book.limit(MALLORY, new Quota(8, 1_000, 1 << 20, 1));
    HostilePeer.Exchange slow = peer().open();
    slow.send(FrameCodec.encode(script.get(0)));
    for (int i = 0; slow.sendPatiently(FrameCodec.encode(new Heartbeat(i))); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
      assertThat(i).isLessThan(300);
    }
    slow.finish();
    assertRefused(next(), Reason.QUOTA);
  }

  private void certificates() throws Exception {
    long now = WallClock.system().millis() / 1_000;
    int tried = 0;
    for (HostileCertificates.Shown shown : HostileCertificates.of(KEY, now)) {
      NodeTrustManager anyone = identity.trustManager(node -> {});
      SslContext tls =
          GrpcSslContexts.configure(
                  SslContextBuilder.forClient().keyManager(shown.key(), shown.certificate()),
                  SslProvider.JDK)
              .trustManager(anyone)
              .protocols("TLSv1.3")
              .build();
      try (HostilePeer peer = new HostilePeer(server.address(), tls)) {
        HostilePeer.Exchange exchange = peer.open();
        exchange.send(FrameCodec.encode(script().get(0)));
        Status status = exchange.finish();
        assertThat(status.getCode())
            .as(shown.what())
            .isIn(Status.Code.UNAVAILABLE, Status.Code.PERMISSION_DENIED);
      }
      tried++;
    }
    assertThat(tried).isEqualTo(6);
    assertThat(ended).isEmpty();
  }

  private void digests() throws Exception {
    for (int bytes : new int[] {0, 31, 33, 10}) {
      Bytes frame =
          Bytes.wrap(
              Frame.newBuilder()
                  .setPayloadPiece(
                      dev.cairn.proto.federation.v1.PayloadPiece.newBuilder()
                          .setDigest(
                              ByteString.copyFromUtf8("../../x...".repeat(4).substring(0, bytes)))
                          .setLength(70_000)
                          .setData(ByteString.copyFromUtf8("x")))
                  .build()
                  .toByteArray());
      assertRefused(send(frame), Reason.MALFORMED);
    }
    // Of the right length, and of nothing that was announced.
    PayloadDigest unknown = new PayloadDigest(Bytes.utf8("../../../../../../../etc/passwd."));
    assertRefused(
        send(FrameCodec.encode(new PayloadPiece(unknown, 70_000, 1, Bytes.utf8("x")))),
        Reason.MALFORMED,
        Reason.UNVERIFIED);
    var stub = CairnGrpc.newBlockingStub(peer().channel());
    for (String key :
        List.of(
            "../../x", "asl1-sha256:../../x", "md5:" + "0".repeat(32), "asl1-sha256:00", "\0")) {
      assertThatThrownBy(
              () -> stub.get(GetRequest.newBuilder().setKey(key).build()).forEachRemaining(r -> {}))
          .isInstanceOf(StatusRuntimeException.class)
          .satisfies(
              e ->
                  assertThat(Status.fromThrowable(e).getCode())
                      .isIn(Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND));
    }
  }

  private void json() throws Exception {
    var stub = CairnGrpc.newBlockingStub(peer().channel());
    StringBuilder subjects = new StringBuilder("{\"program\":1,\"inputs\":[");
    for (int i = 0; i < 300_000; i++) {
      subjects.append("\"s").append(i).append("\",");
    }
    for (String text :
        List.of(
            "[".repeat(100_000),
            "{\"a\":".repeat(100_000),
            "{\"program\":1,\"program\":1,\"inputs\":[],\"nodes\":{},\"outputs\":{}}",
            subjects + "\"last\"],\"nodes\":{},\"outputs\":{}}")) {
      assertThatThrownBy(
              () ->
                  stub.run(RunRequest.newBuilder().setText(ByteString.copyFromUtf8(text)).build()))
          .isInstanceOf(StatusRuntimeException.class)
          .satisfies(
              e ->
                  assertThat(Status.fromThrowable(e).getCode())
                      .as(Status.fromThrowable(e).toString())
                      .isIn(Status.Code.INVALID_ARGUMENT, Status.Code.RESOURCE_EXHAUSTED));
    }
  }

  private void resets() throws Exception {
    HostilePeer peer = peer();
    Bytes hello = FrameCodec.encode(HostileScript.hello(mallory, true, List.of(), IDENTITY));
    HostilePeer.Exchange last = peer.open();
    for (int i = 0; i < STREAMS; i++) {
      last = peer.open();
      last.send(hello);
      last.reset();
    }
    assertThat(last.finish().isOk()).isFalse();
    // What did begin has ended, for a reason.
    SyncReport report = ended.poll(5, TimeUnit.SECONDS);
    while (report != null) {
      assertThat(report.isDone()).isFalse();
      report = ended.poll(1, TimeUnit.SECONDS);
    }
  }

  private void diskFails() throws Exception {
    mallory.putTogether("text ", 20);
    victim.engine().faults().refuseSubmissions(1);
    assertRefused(say(script()), Reason.UNAVAILABLE);
    assertThat(state()).isEqualTo(before);
    // Once there is room again the same delta is taken.
    lawful = true;
    assertThat(say(script()).isDone()).isTrue();
  }

  private void erasure() throws Exception {
    book.grant(MALLORY, Grant.of(EnumSet.of(Right.READ)));
    ArtifactKey mine = victim.put("of the victim");
    mallory.store().commit(new CommitDraft().tombstone(mine, new TombstoneNote(true, "gone")));
    SyncReport report = say(script());
    assertThat(report.isDone()).isFalse();
    assertThat(report.session().reason()).isIn(Reason.UNTRUSTED, Reason.MALFORMED);
    assertThat(report.session().peer()).isEqualTo(MALLORY);
    assertThat(report.session().text()).contains(MALLORY.toString());
    assertThat(victim.store().stat(mine).state()).isEqualTo(ArtifactStat.State.LIVE);
  }

  private void revoked() throws Exception {
    mallory.put("good");
    book.revoke(MALLORY);
    HostilePeer.Exchange exchange = peer().open();
    exchange.send(FrameCodec.encode(script().get(0)));
    Status status = exchange.finish();
    assertThat(status.isOk()).isFalse();
    book.trust(MALLORY);
    HostilePeer.Exchange talking = peer().open();
    talking.send(FrameCodec.encode(script().get(0)));
    talking.awaitHello();
    book.revoke(MALLORY);
    for (PeerMessage said : script().subList(1, script().size())) {
      talking.send(FrameCodec.encode(said));
    }
    talking.awaitGoodbye();
    talking.finish();
    SyncReport report = next();
    assertRefused(report, Reason.UNTRUSTED);
    assertThat(talking.goodbye()).contains(MALLORY.toString());
  }
}
