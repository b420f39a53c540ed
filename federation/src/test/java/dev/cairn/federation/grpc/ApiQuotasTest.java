package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Quota;
import dev.cairn.federation.access.QuotaLedger;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.proto.api.v1.CairnGrpc;
import dev.cairn.proto.api.v1.CairnGrpc.CairnBlockingStub;
import dev.cairn.proto.api.v1.ErrorDetail.Advice;
import dev.cairn.proto.api.v1.ErrorDetail.Reason;
import dev.cairn.proto.api.v1.GetReply;
import dev.cairn.proto.api.v1.GetRequest;
import dev.cairn.proto.api.v1.PutReply;
import dev.cairn.proto.api.v1.PutRequest;
import dev.cairn.proto.api.v1.WatchReply;
import dev.cairn.proto.api.v1.WatchRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A caller of the API pays as a peer does, and others are not harmed. */
@Timeout(60)
class ApiQuotasTest extends ApiFixture {
  private static final TlsIdentity OTHER =
      new TlsIdentity(TestNode.key("other"), WallClock.system());
  private static final Quota WIDE = new Quota(8, 1_000_000, 1L << 40, 3_600);

  private final TestNode node = closing(new TestNode("server"));
  private final AtomicLong millis = new AtomicLong();
  private Quota quota = WIDE;
  private final QuotaLedger ledger =
      new QuotaLedger(caller -> CLIENT.node().equals(caller) ? quota : WIDE);

  private GrpcPeerServer serve() {
    Ticker ticker = () -> TimeUnit.MILLISECONDS.toNanos(millis.get());
    return closing(
        GrpcPeerServer.start(
            LOOPBACK,
            SERVER,
            TrustPolicy.anyNode(),
            link -> {},
            offer(node, caller -> Grant.ALL, ticker).withQuotas(ledger)));
  }

  private static void assertOver(Runnable call, String... words) {
    assertFails(call, Status.Code.RESOURCE_EXHAUSTED, Reason.REASON_LIMIT, Advice.ADVICE_RETRY);
    try {
      call.run();
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getDescription())
          .contains(words)
          .contains("quota of node " + CLIENT.node());
    }
  }

  private void assertOthersGoOn(GrpcPeerServer server) {
    assertThat(put(channel(server, OTHER), text("of another " + millis.incrementAndGet())).getNew())
        .isTrue();
  }

  private long records() {
    return node.store().head(node.origin()).map(head -> head.treeSize()).orElse(0L);
  }

  @Test
  void whoSendsMoreBytesThanItMayIsToldSoAndNothingIsPut() {
    GrpcPeerServer server = serve();
    quota = new Quota(8, 1_000, 3_000_000, 60);
    ManagedChannel channel = channel(server, CLIENT);
    PutRequest[] pieces = new PutRequest[5];
    pieces[0] = text("head");
    for (int i = 1; i < pieces.length; i++) {
      pieces[i] = PutRequest.newBuilder().setData(ByteString.copyFrom(new byte[1_000_000])).build();
    }
    assertOver(() -> put(channel, pieces), "3000000 bytes an hour");
    assertThat(records()).isZero();
    // Other calls too, until the hour is over.
    assertOver(() -> put(channel, text("small")), "3000000 bytes an hour");
    assertOthersGoOn(server);
    millis.addAndGet(Quota.WINDOW_MILLIS);
    assertThat(put(channel, text("small")).getNew()).isTrue();
  }

  @Test
  void whatIsReadIsChargedAndTheWorkOfACutCallEnds() {
    ArtifactKey large = node.putLarge(4 << 20, 1);
    GrpcPeerServer server = serve();
    quota = new Quota(8, 1_000, 1 << 20, 60);
    CairnBlockingStub api = CairnGrpc.newBlockingStub(channel(server, CLIENT));
    GetRequest request = GetRequest.newBuilder().setKey(large.toString()).build();
    AtomicLong got = new AtomicLong();
    assertOver(
        () -> {
          Iterator<GetReply> replies = api.get(request);
          while (replies.hasNext()) {
            got.addAndGet(replies.next().getData().size());
          }
        },
        "1048576 bytes an hour");
    assertThat(got.get()).isBetween(1L, (long) (1 << 20));
    quota = WIDE;
    // More calls than the server does at once: none of those that were cut goes on.
    for (int i = 0; i < 40; i++) {
      assertThat(get(api, request).size()).isEqualTo(4 << 20);
      quota = new Quota(8, 1_000_000, 1 << 20, 60);
      assertOver(() -> get(api, request), "bytes an hour");
      quota = WIDE;
    }
    assertOthersGoOn(server);
  }

  @Test
  void whatIsDoneIsToldAndWhatIsToldAsRefusedIsNotDone() {
    GrpcPeerServer server = serve();
    ManagedChannel channel = channel(server, CLIENT);
    PutRequest[] pieces = new PutRequest[4];
    pieces[0] = text("head");
    int refused = 0;
    for (int frames = 1; frames <= pieces.length + 2; frames++) {
      quota = new Quota(8, frames, 1L << 30, 60);
      millis.addAndGet(Quota.WINDOW_MILLIS);
      for (int i = 1; i < pieces.length; i++) {
        pieces[i] =
            PutRequest.newBuilder().setData(ByteString.copyFromUtf8(frames + " " + i)).build();
      }
      long before = records();
      try {
        assertThat(put(channel, pieces).getNew()).isTrue();
        assertThat(records()).isEqualTo(before + 1);
      } catch (StatusRuntimeException e) {
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(records()).isEqualTo(before);
        refused++;
      }
    }
    assertThat(refused).isEqualTo(pieces.length - 1);
  }

  @Test
  void messagesAreCountedWithTheFramesOfConversations() {
    GrpcPeerServer server = serve();
    quota = new Quota(8, 10, 1L << 30, 60);
    ManagedChannel channel = channel(server, CLIENT);
    try (QuotaLedger.Meter conversation = ledger.open(CLIENT.node(), 0)) {
      assertThat(conversation.look(8, 100, 0)).isNull();
      // A request and a reply.
      assertThat(put(channel, text("one")).getNew()).isTrue();
      assertOver(() -> put(channel, text("two")), "10 frames an hour");
      assertThat(conversation.look(8, 100, 0)).contains("10 frames an hour");
    }
    assertOthersGoOn(server);
  }

  private static void unreadable(ManagedChannel channel, String method, MethodType type) {
    MethodDescriptor<byte[], byte[]> raw =
        MethodDescriptor.<byte[], byte[]>newBuilder(PlainBytes.INSTANCE, PlainBytes.INSTANCE)
            .setType(type)
            .setFullMethodName(method)
            .build();
    ClientCall<byte[], byte[]> call = channel.newCall(raw, CallOptions.DEFAULT);
    byte[] message = {-1, -1, -1};
    if (type == MethodType.UNARY) {
      byte[] unused = ClientCalls.blockingUnaryCall(call, message);
    } else {
      CompletableFuture<byte[]> answer = new CompletableFuture<>();
      StreamObserver<byte[]> requests =
          ClientCalls.asyncBidiStreamingCall(call, new Answer(answer));
      requests.onNext(message);
      requests.onCompleted();
      try {
        byte[] unused = answer.orTimeout(20, TimeUnit.SECONDS).join();
      } catch (CompletionException e) {
        throw (StatusRuntimeException) e.getCause();
      }
    }
  }

  private record Answer(CompletableFuture<byte[]> future) implements StreamObserver<byte[]> {
    @Override
    public void onNext(byte[] value) {
      future.complete(value);
    }

    @Override
    public void onError(Throwable error) {
      future.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {
      future.complete(new byte[0]);
    }
  }

  private enum PlainBytes implements MethodDescriptor.Marshaller<byte[]> {
    INSTANCE;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void whatIsNoMessageIsRefusedAsThatChargedAndNotLogged() {
    GrpcPeerServer server = serve();
    ManagedChannel channel = channel(server, CLIENT);
    List<LogRecord> logged = Collections.synchronizedList(new ArrayList<>());
    Logger logger = Logger.getLogger("io.grpc");
    Handler handler = new CollectingHandler(logged);
    logger.addHandler(handler);
    try {
      for (var method :
          List.of(
              Map.entry("grpc.health.v1.Health/Check", MethodType.UNARY),
              Map.entry("cairn.api.v1.Cairn/Stat", MethodType.UNARY),
              Map.entry("cairn.api.v1.Cairn/Put", MethodType.CLIENT_STREAMING),
              Map.entry("cairn.api.v1.Cairn/Watch", MethodType.SERVER_STREAMING),
              Map.entry(
                  "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                  MethodType.BIDI_STREAMING))) {
        assertThatThrownBy(() -> unreadable(channel, method.getKey(), method.getValue()))
            .as(method.getKey())
            .isInstanceOf(StatusRuntimeException.class)
            .hasMessageContaining("INVALID_ARGUMENT")
            .hasMessageContaining(method.getKey() + " cannot be read");
      }
      quota = new Quota(8, 10, 1L << 30, 60);
      millis.addAndGet(TimeUnit.HOURS.toMillis(2));
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 20; i++) {
                  try {
                    unreadable(channel, "cairn.api.v1.Cairn/Stat", MethodType.UNARY);
                  } catch (StatusRuntimeException e) {
                    if (e.getStatus().getCode() != Status.Code.INVALID_ARGUMENT) {
                      throw e;
                    }
                  }
                }
              })
          .hasMessageContaining("10 frames an hour");
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(logged)
        .extracting(entry -> entry.getLevel() + " " + entry.getMessage() + " " + entry.getThrown())
        .isEmpty();
    assertOthersGoOn(server);
  }

  private static final class CollectingHandler extends Handler {
    private final List<LogRecord> logged;

    CollectingHandler(List<LogRecord> logged) {
      this.logged = logged;
    }

    @Override
    public void publish(LogRecord entry) {
      logged.add(entry);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void soManyCallsAreOpenAtOnceAndOneThatEndsMakesRoom() throws Exception {
    GrpcPeerServer server = serve();
    quota = new Quota(1, 1_000, 1L << 30, 60);
    ManagedChannel channel = channel(server, CLIENT);
    BlockingQueue<PutReply> done = new LinkedBlockingQueue<>();
    StreamObserver<PutRequest> first = held(channel, done);
    StreamObserver<PutRequest> second = held(channel, done);
    assertOver(() -> put(channel, text("third")), "2 calls are open already");
    // A conversation is another thing.
    ledger.open(CLIENT.node(), 0).close();
    assertOthersGoOn(server);
    first.onCompleted();
    assertThat(done.poll(30, TimeUnit.SECONDS)).isNotNull();
    StatusRuntimeException failure = null;
    for (int i = 0; i < 1_000 && (i == 0 || failure != null); i++) {
      // The reply comes a moment before the call is over.
      try {
        put(channel, text("third"));
        failure = null;
      } catch (StatusRuntimeException e) {
        failure = e;
      }
    }
    assertThat(failure).isNull();
    second.onCompleted();
    assertThat(done.poll(30, TimeUnit.SECONDS)).isNotNull();
  }

  private static StreamObserver<PutRequest> held(
      ManagedChannel channel, BlockingQueue<PutReply> done) {
    CompletableFuture<PutReply> reply = new CompletableFuture<>();
    CompletableFuture<Void> unused = reply.thenAccept(done::add);
    StreamObserver<PutRequest> call = CairnGrpc.newStub(channel).put(completing(reply));
    call.onNext(text("held"));
    return call;
  }

  @Test
  void aCallThatLastsTooLongIsEnded() throws Exception {
    GrpcPeerServer server = serve();
    quota = new Quota(8, 1_000, 1L << 30, 5);
    node.put("one");
    Iterator<WatchReply> replies =
        CairnGrpc.newBlockingStub(channel(server, CLIENT))
            .watch(WatchRequest.newBuilder().setFollow(true).build());
    assertThat(replies.next().getCommitsCount()).isEqualTo(1);
    millis.addAndGet(5_001);
    node.put("two");
    assertFails(
        () -> assertThat(replies.hasNext()).isFalse(),
        Status.Code.RESOURCE_EXHAUSTED,
        Reason.REASON_LIMIT,
        Advice.ADVICE_RETRY);
    assertOthersGoOn(server);
  }

  @Test
  void whomNobodyProvedIsNotCharged() {
    GrpcPeerServer server =
        closing(
            GrpcPeerServer.startPlain(
                LOOPBACK,
                link -> {},
                offer(node, caller -> Grant.ALL)
                    .withQuotas(new QuotaLedger(any -> new Quota(1, 1, 1, 1)))));
    ManagedChannel channel = channel(server, null);
    for (int i = 0; i < 3; i++) {
      assertThat(put(channel, text("of the owner " + i)).getNew()).isTrue();
    }
  }
}
