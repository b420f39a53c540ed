package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.Inbox;
import dev.cairn.federation.transport.LinkLimits;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.wire.FrameCodec;
import dev.cairn.federation.wire.FrameLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two real endpoints on loopback. */
@Timeout(60)
class GrpcPeerTest {
  private static final int MESSAGES = 10_000;
  private static final long WAIT_MILLIS = 20_000;
  private static final PeerAddress LOOPBACK = PeerAddress.parse("127.0.0.1:0");
  private static final TlsIdentity ALICE = identity(1);
  private static final TlsIdentity BOB = identity(2);
  private static final Origin ORIGIN = new Origin(ALICE.node(), 1);

  /** Small bounds, so that a test sees them. */
  private static final GrpcSettings TIGHT =
      new GrpcSettings(new LinkLimits(8, 64 << 10, 500, 1_000), Ticker.system(), 2_000, 500, false);

  private final List<AutoCloseable> toClose = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (int i = toClose.size() - 1; i >= 0; i--) {
      toClose.get(i).close();
    }
  }

  @Test
  void tenThousandMessagesEachWayAtOnceOverMutualTls() {
    CompletableFuture<Long> atServer = new CompletableFuture<>();
    CompletableFuture<NodeId> seen = new CompletableFuture<>();
    GrpcPeerServer server =
        serve(
            link -> {
              seen.complete(link.authenticatedPeer());
              atServer.complete(pump(link));
              link.receive(WAIT_MILLIS);
            });
    PeerLink link = connect(server);
    assertThat(link.authenticatedPeer()).isEqualTo(ALICE.node());
    long atClient = pump(link);
    link.close();
    assertThat(seen.join()).isEqualTo(BOB.node());
    assertThat(atClient).isEqualTo(expectedSum());
    assertThat(atServer.join()).isEqualTo(expectedSum());
  }

  @Test
  void whatWasSentBeforeAGoodbyeArrivesAndThenTheEndDoes() {
    GrpcPeerServer server =
        serve(
            link -> {
              for (int i = 0; i < 100; i++) {
                link.send(records(i));
              }
              link.send(new Goodbye(Reason.DONE, ""));
            });
    PeerLink link = connect(server);
    for (int i = 0; i < 100; i++) {
      assertThat(link.receive(WAIT_MILLIS)).isEqualTo(records(i));
    }
    assertThat(link.receive(WAIT_MILLIS)).isEqualTo(new Goodbye(Reason.DONE, ""));
    assertThat(link.receive(WAIT_MILLIS)).isNull();
    assertThat(link.receive(WAIT_MILLIS)).isNull();
  }

  @RepeatedTest(20)
  void aClientThatSaysGoodbyeAndLeavesIsHeardToTheEnd() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    GrpcPeerServer server =
        serve(
            link -> {
              sendUntilThePeerLeaves(link);
              PeerMessage message = link.receive(WAIT_MILLIS);
              while (message != null) {
                heard.add(message.getClass().getSimpleName());
                message = link.receive(WAIT_MILLIS);
              }
              heard.add("end");
            });
    PeerLink link = connect(server);
    link.send(new Goodbye(Reason.DONE, ""));
    link.close();
    assertThat(heard.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo("Goodbye");
    assertThat(heard.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo("end");
    assertThatThrownBy(() -> link.send(new Heartbeat(1))).isInstanceOf(UnavailableException.class);
  }

  @Test
  void aWrongPinIsRefusedAndBothNodesAreNamed() {
    GrpcPeerServer server = serve(link -> {});
    NodeId expected = identity(3).node();
    assertThatThrownBy(
            () -> GrpcPeerClient.connect(server.address(), BOB, TrustPolicy.pinned(expected)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(expected.toString())
        .hasMessageContaining(ALICE.node().toString());
  }

  @Test
  void aRevokedPeerIsRefusedEvenOnceItHasBeenWelcome() {
    AtomicBoolean revoked = new AtomicBoolean();
    TrustPolicy policy =
        node -> {
          if (revoked.get()) {
            throw new RefusedException("node " + node + " is revoked");
          }
        };
    GrpcPeerServer server =
        closing(GrpcPeerServer.start(LOOPBACK, ALICE, policy, link -> link.receive(WAIT_MILLIS)));
    connect(server).close();
    revoked.set(true);
    assertThatThrownBy(() -> connect(server)).isInstanceOf(RefusedException.class);
  }

  @Test
  void aPeerInPlainTextGetsNowhereWithAServerThatSpeaksTls() {
    GrpcPeerServer server = serve(link -> {});
    assertThatThrownBy(() -> GrpcPeerClient.connectPlain(server.address()))
        .isInstanceOf(UnavailableException.class);
  }

  @Test
  void aPeerWithTlsGetsNowhereWithAServerInPlainText() {
    GrpcPeerServer server = servePlain(link -> {});
    assertThatThrownBy(() -> GrpcPeerClient.connect(server.address(), BOB, TrustPolicy.anyNode()))
        .isInstanceOf(UnavailableException.class);
  }

  /** Each ping has an answer: who sends them and reads nothing would have them all kept here. */
  @Test
  void aServerThatPingsOnAndOnAndTakesNoAnswerIsLeft() throws IOException {
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread flood =
          new Thread(
              () -> {
                byte[] settings = {0, 0, 0, 4, 0, 0, 0, 0, 0};
                byte[] ping = {0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
                byte[] pings = new byte[1_000 * ping.length];
                for (int at = 0; at < pings.length; at += ping.length) {
                  System.arraycopy(ping, 0, pings, at, ping.length);
                }
                try (Socket client = listening.accept()) {
                  client.getOutputStream().write(settings);
                  while (!Thread.currentThread().isInterrupted()) {
                    client.getOutputStream().write(pings);
                  }
                } catch (IOException e) {
                  // The client left.
                }
              });
      flood.start();
      PeerAddress address = PeerAddress.parse("127.0.0.1:" + listening.getLocalPort());
      assertThatThrownBy(() -> GrpcPeerClient.connectPlain(address))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContainingAll(address.toString(), "takes none of the answers");
      flood.interrupt();
    }
  }

  @Test
  void aPeerWithoutACertificateIsRefused() {
    GrpcPeerServer server = serve(link -> {});
    assertThatThrownBy(() -> handshake(server, "TLSv1.3"))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("certificate");
  }

  @Test
  void olderTlsIsRefused() {
    GrpcPeerServer server = serve(link -> {});
    assertThatThrownBy(() -> handshake(server, "TLSv1.2"))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("protocol_version");
  }

  @Test
  void plainTextStaysOnThisMachine() {
    for (String address : List.of("0.0.0.0:0", "[::]:0", "192.0.2.1:7000")) {
      assertThatThrownBy(() -> GrpcPeerServer.startPlain(PeerAddress.parse(address), link -> {}))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("TLS");
      assertThatThrownBy(() -> GrpcPeerClient.connectPlain(PeerAddress.parse(address)))
          .isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void plainTextWorksOnLoopbackAndProvesNobody() {
    GrpcPeerServer server = servePlain(link -> link.send(new Heartbeat(7)));
    PeerLink link = closing(GrpcPeerClient.connectPlain(server.address()));
    assertThat(link.authenticatedPeer()).isNull();
    assertThat(link.receive(WAIT_MILLIS)).isEqualTo(new Heartbeat(7));
  }

  @Test
  void anOversizeFrameEndsTheConversation() {
    CompletableFuture<Throwable> atServer = new CompletableFuture<>();
    GrpcPeerServer server = servePlain(link -> failure(link, atServer));
    RawPeer raw = closing(new RawPeer(server.address()));
    raw.send(Bytes.wrap(new byte[FrameLimits.FRAME_BYTES_MAX + 1]));
    assertThat(atServer.join()).isInstanceOf(UnavailableException.class);
    assertThat(raw.ended().join().isOk()).isFalse();
  }

  @Test
  void bytesThatAreNoFrameAreMalformed() {
    CompletableFuture<Throwable> atServer = new CompletableFuture<>();
    GrpcPeerServer server = servePlain(link -> failure(link, atServer));
    RawPeer raw = closing(new RawPeer(server.address()));
    raw.send(FrameCodec.encode(new Heartbeat(1)));
    raw.send(Bytes.fromHex("0affffff"));
    assertThat(atServer.join())
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("hello");
  }

  @Test
  void aFewUnknownFramesAreSkippedAndAFloodIsRefused() {
    CompletableFuture<Throwable> atServer = new CompletableFuture<>();
    CompletableFuture<PeerMessage> heard = new CompletableFuture<>();
    GrpcPeerServer server =
        servePlain(
            link -> {
              heard.complete(link.receive(WAIT_MILLIS));
              failure(link, atServer);
            });
    RawPeer raw = closing(new RawPeer(server.address()));
    raw.send(Bytes.EMPTY);
    raw.send(Bytes.EMPTY);
    raw.send(FrameCodec.encode(new Heartbeat(5)));
    for (int i = 0; i <= Inbox.UNKNOWN_FRAMES_MAX; i++) {
      raw.send(Bytes.EMPTY);
    }
    assertThat(heard.join()).isEqualTo(new Heartbeat(5));
    assertThat(atServer.join())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("unknown kinds");
  }

  @Test
  void aServerThatHasGoneIsUnavailable() {
    GrpcPeerServer server = servePlain(link -> link.send(new Heartbeat(1)));
    PeerLink link = closing(GrpcPeerClient.connectPlain(server.address()));
    assertThat(link.receive(WAIT_MILLIS)).isEqualTo(new Heartbeat(1));
    server.close();
    assertThat(link.receive(WAIT_MILLIS)).isNull();
    assertThatThrownBy(() -> GrpcPeerClient.connectPlain(server.address(), TIGHT))
        .isInstanceOf(UnavailableException.class);
  }

  @Test
  void aHandlerThatFailsEndsOnlyItsConversation() {
    AtomicBoolean fail = new AtomicBoolean(true);
    GrpcPeerServer server =
        servePlain(
            link -> {
              if (fail.getAndSet(false)) {
                throw new IllegalStateException("a bug in the handler");
              }
              link.send(new Heartbeat(2));
            });
    assertThat(closing(GrpcPeerClient.connectPlain(server.address())).receive(WAIT_MILLIS))
        .isNull();
    assertThat(closing(GrpcPeerClient.connectPlain(server.address())).receive(WAIT_MILLIS))
        .isEqualTo(new Heartbeat(2));
  }

  @Test
  void aCutConnectionIsUnavailableOnBothSides() throws Exception {
    CompletableFuture<Throwable> atServer = new CompletableFuture<>();
    GrpcPeerServer server = serve(link -> failure(link, atServer));
    Relay relay = closing(new Relay(server.address()));
    PeerLink link =
        closing(GrpcPeerClient.connect(relay.address(), BOB, TrustPolicy.pinned(ALICE.node())));
    link.send(new Heartbeat(1));
    relay.cut();
    assertThatThrownBy(() -> link.receive(WAIT_MILLIS))
        .isInstanceOf(UnavailableException.class)
        .hasMessageNotContaining("in " + WAIT_MILLIS + " ms");
    assertThat(atServer.join())
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("broke the conversation off");
    assertThatThrownBy(() -> link.send(new Heartbeat(2))).isInstanceOf(UnavailableException.class);
  }

  @Test
  void aPeerThatFallsSilentEndsWithTheIdleTime() {
    CountDownLatch release = new CountDownLatch(1);
    GrpcPeerServer server = servePlain(link -> hold(release));
    PeerLink link = closing(GrpcPeerClient.connectPlain(server.address(), TIGHT));
    assertThatThrownBy(() -> link.receive(WAIT_MILLIS))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("no sign of")
        .hasMessageContaining("1000 ms");
    release.countDown();
  }

  @Test
  void aHostThatNeverAnswersEndsWithTheConnectTime() throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      PeerAddress address = new PeerAddress.Tcp("127.0.0.1", mute.getLocalPort());
      assertThatThrownBy(() -> GrpcPeerClient.connect(address, BOB, TrustPolicy.anyNode(), TIGHT))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("2000 ms");
    }
  }

  @Test
  void aPeerThatReceivesNothingHoldsTheSenderBack() {
    CountDownLatch release = new CountDownLatch(1);
    GrpcPeerServer server =
        closing(GrpcPeerServer.startPlain(LOOPBACK, link -> hold(release), null, TIGHT));
    PeerLink link = closing(GrpcPeerClient.connectPlain(server.address(), TIGHT));
    List<Integer> sent = new ArrayList<>();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100_000; i++) {
                link.send(records(i));
                sent.add(i);
              }
            })
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("took no message in 500 ms");
    long bytes = (long) sent.size() * FrameCodec.encode(records(1)).length();
    assertThat(bytes).isLessThan(2L * GrpcSettings.FLOW_CONTROL_WINDOW_BYTES);
    assertThat(link.ready()).isFalse();
    release.countDown();
  }

  @Test
  void oneConversationTooManyIsRefused() {
    CountDownLatch release = new CountDownLatch(1);
    GrpcPeerServer server = servePlain(link -> hold(release));
    for (int i = 0; i < GrpcSettings.EXCHANGES_MAX; i++) {
      closing(new RawPeer(server.address())).answered().join();
    }
    assertThatThrownBy(() -> GrpcPeerClient.connectPlain(server.address()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("32 conversations");
    release.countDown();
  }

  @Test
  void oneConnectionTooManyIsClosedUnread() throws Exception {
    GrpcPeerServer server = servePlain(link -> {});
    int port = ((PeerAddress.Tcp) server.address()).port();
    for (int i = 0; i < GrpcSettings.CONNECTIONS_MAX; i++) {
      Socket socket = closing(new Socket(InetAddress.getLoopbackAddress(), port));
      assertThat(readOrReset(socket)).as("first byte of the server's settings").isZero();
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      assertThat(readOrReset(socket)).isEqualTo(-1);
    }
  }

  @Test
  void anAddressInUseIsUnavailable() {
    GrpcPeerServer server = serve(link -> {});
    assertThatThrownBy(
            () -> GrpcPeerServer.start(server.address(), BOB, TrustPolicy.anyNode(), link -> {}))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("in use");
  }

  @Test
  void aUnixSocketCarriesPlainTextAndTls(@TempDir Path folder) throws Exception {
    PeerAddress plain = PeerAddress.parse("unix:" + folder.resolve("plain"));
    closing(GrpcPeerServer.startPlain(plain, link -> link.send(new Heartbeat(1))));
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("plain"))))
        .isEqualTo("rw-------");
    PeerLink link = closing(GrpcPeerClient.connectPlain(plain));
    assertThat(link.receive(WAIT_MILLIS)).isEqualTo(new Heartbeat(1));

    PeerAddress tls = PeerAddress.parse("unix:" + folder.resolve("tls"));
    closing(
        GrpcPeerServer.start(
            tls, ALICE, TrustPolicy.anyNode(), other -> other.send(new Heartbeat(2))));
    PeerLink secure = closing(GrpcPeerClient.connect(tls, BOB, TrustPolicy.pinned(ALICE.node())));
    assertThat(secure.authenticatedPeer()).isEqualTo(ALICE.node());
    assertThat(secure.receive(WAIT_MILLIS)).isEqualTo(new Heartbeat(2));
  }

  @Test
  void aSocketLeftBehindIsReplacedAndALiveOneIsNot(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("socket");
    PeerAddress address = PeerAddress.parse("unix:" + path);
    GrpcPeerServer first = GrpcPeerServer.startPlain(address, link -> {});
    assertThatThrownBy(() -> GrpcPeerServer.startPlain(address, link -> {}))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("another server");
    first.close();
    assertThat(path).doesNotExist();

    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();
    GrpcPeerServer.startPlain(address, link -> {}).close();
  }

  @Test
  void aFileThatIsNoSocketIsLeftAlone(@TempDir Path folder) throws Exception {
    Path path = Files.writeString(folder.resolve("file"), "precious");
    assertThatThrownBy(
            () -> GrpcPeerServer.startPlain(PeerAddress.parse("unix:" + path), link -> {}))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("no socket");
    assertThat(path).hasContent("precious");
  }

  private static void sendUntilThePeerLeaves(PeerLink link) {
    try {
      for (int i = 0; i < 100; i++) {
        link.send(new Heartbeat(i));
      }
    } catch (UnavailableException e) {
      assertThat(e).hasMessageContaining("has ended the conversation");
    }
  }

  private GrpcPeerServer serve(GrpcPeerServer.Handler handler) {
    return closing(GrpcPeerServer.start(LOOPBACK, ALICE, TrustPolicy.anyNode(), handler));
  }

  private GrpcPeerServer servePlain(GrpcPeerServer.Handler handler) {
    return closing(GrpcPeerServer.startPlain(LOOPBACK, handler));
  }

  private PeerLink connect(GrpcPeerServer server) {
    return closing(GrpcPeerClient.connect(server.address(), BOB, TrustPolicy.pinned(ALICE.node())));
  }

  private <T extends AutoCloseable> T closing(T resource) {
    toClose.add(resource);
    return resource;
  }

  /** Receives until the link fails, and tells how. */
  private static void failure(PeerLink link, CompletableFuture<Throwable> result) {
    try {
      PeerMessage message = link.receive(WAIT_MILLIS);
      while (message != null) {
        message = link.receive(WAIT_MILLIS);
      }
      result.completeExceptionally(new AssertionError("ended well"));
    } catch (RuntimeException e) {
      result.complete(e);
    }
  }

  private static void hold(CountDownLatch latch) {
    try {
      assertThat(latch.await(WAIT_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int readOrReset(Socket socket) {
    try {
      return socket.getInputStream().read();
    } catch (IOException e) {
      return -1;
    }
  }

  /** Shakes hands without a certificate, then reads: TLS 1.3 tells a client late. */
  private static void handshake(GrpcPeerServer server, String protocol) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    TrustManager[] trust = {ALICE.trustManager(TrustPolicy.anyNode())};
    context.init(null, trust, null);
    int port = ((PeerAddress.Tcp) server.address()).port();
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {protocol});
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      assertThat(socket.getInputStream().readAllBytes()).isEmpty();
    }
  }

  /** One thread that sends and receives, as a session driver does. */
  private static long pump(PeerLink link) {
    long sum = 0;
    int sent = 0;
    int received = 0;
    while (sent < MESSAGES || received < MESSAGES) {
      switch (link.await(sent < MESSAGES, WAIT_MILLIS)) {
        case RECEIVABLE -> {
          Records records = (Records) link.receive(WAIT_MILLIS);
          assertThat(records.runs().get(0).firstIndex()).isEqualTo(received);
          sum += received++;
        }
        case SENDABLE -> link.send(records(sent++));
        case NOTHING -> throw new AssertionError("stuck");
      }
    }
    return sum;
  }

  private static long expectedSum() {
    return (long) MESSAGES * (MESSAGES - 1) / 2;
  }

  private static Records records(int index) {
    byte[] payload = new byte[1_024];
    Arrays.fill(payload, (byte) index);
    Item item = new Item(Bytes.utf8("record " + index), Bytes.wrap(payload));
    return new Records(List.of(new Run(ORIGIN, index, List.of(item))));
  }

  private static TlsIdentity identity(int value) {
    byte[] seed = new byte[SigningKey.SEED_BYTES];
    Arrays.fill(seed, (byte) value);
    return new TlsIdentity(SigningKey.fromSeed(Bytes.wrap(seed)), WallClock.system());
  }
}
