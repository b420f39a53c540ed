package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.access.AccessPolicy;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.member.MemberStatement;
import dev.cairn.federation.member.MemberWriter;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.shard.RangeStatement;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.wire.FrameLimits;
import dev.cairn.proto.api.v1.CairnGrpc;
import dev.cairn.proto.api.v1.CairnGrpc.CairnBlockingStub;
import dev.cairn.proto.api.v1.Endpoint;
import dev.cairn.proto.api.v1.ErrorDetail.Advice;
import dev.cairn.proto.api.v1.ErrorDetail.Reason;
import dev.cairn.proto.api.v1.GetRequest;
import dev.cairn.proto.api.v1.LineageReply;
import dev.cairn.proto.api.v1.LineageRequest;
import dev.cairn.proto.api.v1.LinkReply;
import dev.cairn.proto.api.v1.LinkRequest;
import dev.cairn.proto.api.v1.PutHead;
import dev.cairn.proto.api.v1.PutReply;
import dev.cairn.proto.api.v1.PutRequest;
import dev.cairn.proto.api.v1.RunReply;
import dev.cairn.proto.api.v1.RunRequest;
import dev.cairn.proto.api.v1.StatReply;
import dev.cairn.proto.api.v1.StatRequest;
import dev.cairn.proto.api.v1.StatusReply;
import dev.cairn.proto.api.v1.StatusRequest;
import dev.cairn.proto.api.v1.WatchReply;
import dev.cairn.proto.api.v1.WatchRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The API over real sockets, by the stubs that any language's generator makes of its file. */
@Timeout(60)
class GrpcApiTest extends ApiFixture {
  private static final String PROGRAM =
      """
      program: 1
      inputs: [file]
      nodes:
        lines: {operator: text/stats@1, inputs: [file]}
      outputs: {stats: lines}
      """;

  @Test
  void aClientPutsGetsLinksWalksAndRunsOverAUnixSocket(@TempDir Path folder) {
    TestNode node = closing(new TestNode("server"));
    GrpcPeerServer server = serve(node, PeerAddress.parse("unix:" + folder.resolve("api")));
    ManagedChannel channel = channel(server, null);
    CairnBlockingStub api = CairnGrpc.newBlockingStub(channel);

    PutReply source = put(channel, text("one\ntwo\n"));
    assertThat(source.getNew()).isTrue();
    assertThat(source.getArtifact().getKey())
        .isEqualTo(
            ArtifactKey.of(Bytes.utf8("one\ntwo\n"), new dev.cairn.asl.model.TypeTag("text/plain"))
                .toString());
    assertThat(put(channel, text("one\ntwo\n")).getNew()).isFalse();

    PutReply report = put(channel, text("two lines"));
    LinkReply edge =
        api.link(
            LinkRequest.newBuilder()
                .setType("prov:wasDerivedFrom")
                .addFrom(Endpoint.newBuilder().setKey(source.getArtifact().getKey()))
                .addTo(
                    Endpoint.newBuilder()
                        .setKey(report.getArtifact().getPayloadDigest())
                        .setRole("report"))
                .build());
    List<LineageReply> walk = new ArrayList<>();
    api.lineage(
            LineageRequest.newBuilder()
                .addStarts(report.getArtifact().getKey().substring(12, 24))
                .build())
        .forEachRemaining(walk::add);
    assertThat(walk).hasSize(1);
    assertThat(walk.get(0).getCounts().getNodes()).isEqualTo(2);
    assertThat(walk.get(0).getNodes(1).getKey()).isEqualTo(source.getArtifact().getKey());
    assertThat(walk.get(0).getEdges(0).getKey()).isEqualTo(edge.getArtifact().getKey());
    assertThat(walk.get(0).getEdges(0).getTo(0).getRole()).isEqualTo("report");

    RunRequest request =
        RunRequest.newBuilder()
            .setText(ByteString.copyFromUtf8(PROGRAM))
            .putInputs("file", source.getArtifact().getKey())
            .build();
    RunReply run = api.run(request);
    assertThat(run.getStatus()).isEqualTo("SUCCEEDED");
    assertThat(run.getExecuted()).isEqualTo(1);
    assertThat(run.getOutputsList())
        .extracting(output -> output.getName())
        .containsExactly("stats");
    RunReply again = api.run(request);
    assertThat(again.getReceipt()).isEqualTo(run.getReceipt());
    assertThat(again.getExecuted()).isZero();
    assertThat(
            get(api, GetRequest.newBuilder().setKey(run.getOutputs(0).getKey()).build())
                .toStringUtf8())
        .contains("\"lines\":2");

    StatReply stat =
        api.stat(StatRequest.newBuilder().setKey(source.getArtifact().getKey()).build());
    assertThat(stat.getState()).isEqualTo(StatReply.State.STATE_LIVE);
    assertThat(stat.getHeld()).isTrue();
    assertThat(stat.getRecordsList()).hasSize(1);
    assertThat(stat.getRecords(0).getOrigin()).isEqualTo(node.origin().toString());

    StatusReply status = api.status(StatusRequest.getDefaultInstance());
    assertThat(status.getNode()).isEqualTo(node.origin().node().toString());
    assertThat(status.getStateRoot()).isEqualTo(node.store().stateRoot().toHex());
    assertThat(status.getHeads(0).getTreeSize()).isEqualTo(status.getRecords());
  }

  @Test
  void aLargePayloadStreamsInAndOutAndByRange() {
    TestNode node = closing(new TestNode("server"));
    GrpcPeerServer server = serve(node, LOOPBACK);
    ManagedChannel channel = channel(server, null);
    byte[] payload = new byte[5_000_001];
    new Random(7).nextBytes(payload);
    List<PutRequest> pieces = new ArrayList<>();
    pieces.add(
        PutRequest.newBuilder().setHead(PutHead.newBuilder().setSize(payload.length)).build());
    for (int at = 0; at < payload.length; at += 700_000) {
      int count = Math.min(700_000, payload.length - at);
      pieces.add(PutRequest.newBuilder().setData(ByteString.copyFrom(payload, at, count)).build());
    }
    PutReply reply = put(channel, pieces.toArray(PutRequest[]::new));
    CairnBlockingStub api = CairnGrpc.newBlockingStub(channel);
    String key = reply.getArtifact().getKey();
    assertThat(get(api, GetRequest.newBuilder().setKey(key).build()).toByteArray())
        .isEqualTo(payload);
    assertThat(
            get(
                    api,
                    GetRequest.newBuilder().setKey(key).setFrom(1_000_000).setTo(1_000_005).build())
                .toByteArray())
        .isEqualTo(java.util.Arrays.copyOfRange(payload, 1_000_000, 1_000_005));
    assertThat(get(api, GetRequest.newBuilder().setKey(key).setFrom(5_000_001).build())).isEmpty();
    assertFails(
        () -> get(api, GetRequest.newBuilder().setKey(key).setFrom(5_000_002).build()),
        Status.Code.INVALID_ARGUMENT,
        Reason.REASON_MALFORMED,
        Advice.ADVICE_FIX_REQUEST);
  }

  @Test
  void whatAPutAnnouncesIsHeldToAndACancelledOneLeavesNothing() throws Exception {
    TestNode node = closing(new TestNode("server"));
    ManagedChannel channel = channel(serve(node, LOOPBACK), null);
    PutRequest.Builder ten = PutRequest.newBuilder().setData(ByteString.copyFrom(new byte[10]));
    for (long size : new long[] {0, 9, 11, -1}) {
      PutRequest wrong = ten.setHead(PutHead.newBuilder().setSize(size)).build();
      assertFails(
          () -> put(channel, wrong),
          Status.Code.FAILED_PRECONDITION,
          Reason.REASON_REFUSED,
          Advice.ADVICE_FIX_REQUEST);
    }
    String other = ArtifactKey.of(Bytes.utf8("other"), null).toString();
    assertFails(
        () -> put(channel, ten.setHead(PutHead.newBuilder().setKey(other)).build()),
        Status.Code.FAILED_PRECONDITION,
        Reason.REASON_REFUSED,
        Advice.ADVICE_FIX_REQUEST);
    assertFails(
        () -> put(channel, ten.setHead(PutHead.newBuilder().setType("no tag\n")).build()),
        Status.Code.INVALID_ARGUMENT,
        Reason.REASON_MALFORMED,
        Advice.ADVICE_FIX_REQUEST);
    assertFails(
        () -> put(channel, ten.setHead(PutHead.newBuilder().setType("tgk/edge")).build()),
        Status.Code.INVALID_ARGUMENT,
        Reason.REASON_MALFORMED,
        Advice.ADVICE_FIX_REQUEST);
    assertFails(
        () -> put(channel, PutRequest.newBuilder().setData(ByteString.copyFromUtf8("x")).build()),
        Status.Code.INVALID_ARGUMENT,
        Reason.REASON_MALFORMED,
        Advice.ADVICE_FIX_REQUEST);
    assertFails(
        () -> put(channel, text("a"), text("b")),
        Status.Code.INVALID_ARGUMENT,
        Reason.REASON_MALFORMED,
        Advice.ADVICE_FIX_REQUEST);
    ByteString tooLong = ByteString.copyFrom(new byte[ApiLimits.PUT_PIECE_BYTES_MAX + 1]);
    assertFails(
        () -> put(channel, text("a"), PutRequest.newBuilder().setData(tooLong).build()),
        Status.Code.INVALID_ARGUMENT,
        Reason.REASON_MALFORMED,
        Advice.ADVICE_FIX_REQUEST);

    CompletableFuture<PutReply> reply = new CompletableFuture<>();
    StreamObserver<PutRequest> cancelled = CairnGrpc.newStub(channel).put(completing(reply));
    cancelled.onNext(text("half of it"));
    cancelled.onError(Status.CANCELLED.asRuntimeException());
    assertThatThrownBy(() -> reply.get(30, TimeUnit.SECONDS)).hasMessageContaining("CANCELLED");

    assertThat(node.store().heads().stream().mapToLong(head -> head.treeSize()).sum()).isZero();
    assertThat(put(channel, text("after it all")).getNew()).isTrue();
  }

  @Test
  void errorsAreTyped() {
    TestNode node = closing(new TestNode("server"));
    ArtifactKey erased = node.put("gone");
    node.remove(erased, true);
    ArtifactKey removed = node.put("put away");
    node.remove(removed, false);
    CairnBlockingStub api = stub(serve(node, LOOPBACK));
    String unknown = ArtifactKey.of(Bytes.utf8("unknown"), null).toString();
    for (String key : List.of(unknown, removed.toString(), "abcdef0123")) {
      assertFails(
          () -> get(api, GetRequest.newBuilder().setKey(key).build()),
          Status.Code.NOT_FOUND,
          Reason.REASON_NOT_FOUND,
          Advice.ADVICE_FIX_REQUEST);
    }
    assertFails(
        () -> get(api, GetRequest.newBuilder().setKey(erased.toString()).build()),
        Status.Code.NOT_FOUND,
        Reason.REASON_ERASED,
        Advice.ADVICE_FIX_REQUEST);
    for (String key : List.of("", "abc", "../../etc/passwd", "asl1-md5:00", "sha256:00", "@file")) {
      assertFails(
          () -> api.stat(StatRequest.newBuilder().setKey(key).build()),
          Status.Code.INVALID_ARGUMENT,
          Reason.REASON_MALFORMED,
          Advice.ADVICE_FIX_REQUEST);
    }
    assertFails(
        () -> api.run(RunRequest.getDefaultInstance()),
        Status.Code.INVALID_ARGUMENT,
        Reason.REASON_MALFORMED,
        Advice.ADVICE_FIX_REQUEST);
    assertFails(
        () ->
            api.run(
                RunRequest.newBuilder()
                    .setText(ByteString.copyFromUtf8("[".repeat(9_999)))
                    .build()),
        Status.Code.INVALID_ARGUMENT,
        Reason.REASON_MALFORMED,
        Advice.ADVICE_FIX_REQUEST);
    assertFails(
        () -> api.run(RunRequest.newBuilder().setText(ByteString.copyFromUtf8(PROGRAM)).build()),
        Status.Code.INVALID_ARGUMENT,
        Reason.REASON_MALFORMED,
        Advice.ADVICE_FIX_REQUEST);
    assertFails(
        () -> api.lineage(LineageRequest.getDefaultInstance()).forEachRemaining(reply -> {}),
        Status.Code.INVALID_ARGUMENT,
        Reason.REASON_MALFORMED,
        Advice.ADVICE_FIX_REQUEST);
    assertFails(
        () ->
            api.watch(
                    WatchRequest.newBuilder()
                        .setContinuation(ByteString.copyFrom(new byte[] {1, 0, 7}))
                        .build())
                .forEachRemaining(reply -> {}),
        Status.Code.INVALID_ARGUMENT,
        Reason.REASON_MALFORMED,
        Advice.ADVICE_FIX_REQUEST);
  }

  @Test
  void watchGivesEveryCommitOnceAcrossContinuations() {
    TestNode node = closing(new TestNode("server"));
    List<String> due = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      node.putTogether("commit " + i + " of ", 100).stream()
          .map(ArtifactKey::toString)
          .sorted()
          .forEach(due::add);
    }
    node.putTogether("one large commit ", 2_500).stream()
        .map(ArtifactKey::toString)
        .sorted()
        .forEach(due::add);
    CairnBlockingStub api = stub(serve(node, LOOPBACK));
    List<String> seen = new ArrayList<>();
    ByteString at = ByteString.EMPTY;
    boolean ended = false;
    while (!ended) {
      WatchRequest request =
          at.isEmpty()
              ? WatchRequest.getDefaultInstance()
              : WatchRequest.newBuilder().setContinuation(at).build();
      Iterator<WatchReply> replies = api.watch(request);
      WatchReply reply;
      do {
        reply = replies.next();
        reply
            .getCommitsList()
            .forEach(
                commit -> commit.getRecordsList().forEach(record -> seen.add(record.getKey())));
        ended = reply.getEnd() == WatchReply.End.END_OF_LOG;
      } while (!reply.hasContinuation());
      at = reply.getContinuation();
    }
    assertThat(seen).isEqualTo(due);
  }

  @Test
  void watchFollowsWhatComesUntilTheServerStopsAndHonoursADeadline() throws Exception {
    TestNode node = closing(new TestNode("server"));
    node.put("before");
    GrpcPeerServer server = serve(node, LOOPBACK);
    ManagedChannel channel = channel(server, null);
    BlockingQueue<Object> events = new LinkedBlockingQueue<>();
    CairnGrpc.newStub(channel)
        .watch(
            WatchRequest.newBuilder().setFromEnd(true).setFollow(true).build(),
            new StreamObserver<>() {
              @Override
              public void onNext(WatchReply reply) {
                events.add(reply);
              }

              @Override
              public void onError(Throwable t) {
                events.add(t);
              }

              @Override
              public void onCompleted() {
                events.add("completed");
              }
            });
    assertThatThrownBy(
            () ->
                CairnGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(700, TimeUnit.MILLISECONDS)
                    .watch(WatchRequest.newBuilder().setFromEnd(true).setFollow(true).build())
                    .hasNext())
        .hasMessageContaining("DEADLINE_EXCEEDED");
    ArtifactKey key = node.put("behind");
    WatchReply reply = (WatchReply) events.poll(30, TimeUnit.SECONDS);
    assertThat(reply.getCommits(0).getRecords(0).getKey()).isEqualTo(key.toString());
    server.close();
    assertThat(((WatchReply) events.poll(30, TimeUnit.SECONDS)).getEnd())
        .isEqualTo(WatchReply.End.END_CLOSED);
    assertThat(events.poll(30, TimeUnit.SECONDS)).isEqualTo("completed");
  }

  @Test
  void overTlsOnlyWhatIsGrantedIsDone() {
    TestNode node = closing(new TestNode("server"));
    ArtifactKey text = node.put("text");
    ArtifactKey other = node.putLarge(10, 1);
    List<Grant> grants = new ArrayList<>(List.of(Grant.NONE));
    AccessPolicy policy =
        caller -> CLIENT.node().equals(caller) ? grants.get(grants.size() - 1) : Grant.NONE;
    GrpcPeerServer server =
        closing(
            GrpcPeerServer.start(
                LOOPBACK, SERVER, TrustPolicy.anyNode(), link -> {}, offer(node, policy)));
    ManagedChannel channel = channel(server, CLIENT);
    CairnBlockingStub api = CairnGrpc.newBlockingStub(channel);
    GetRequest request = GetRequest.newBuilder().setKey(text.toString()).build();
    GetRequest otherRequest = GetRequest.newBuilder().setKey(other.toString()).build();

    assertNotGranted(() -> get(api, request));
    grants.add(Grant.of(EnumSet.of(Right.READ)));
    assertThat(get(api, request).toStringUtf8()).isEqualTo("text");
    assertNotGranted(() -> put(channel, text("no")));
    grants.add(Grant.of(EnumSet.of(Right.READ, Right.WRITE)));
    assertThat(put(channel, text("yes")).getNew()).isTrue();
    assertNotGranted(() -> api.run(RunRequest.getDefaultInstance()));

    TreeSet<String> onlyText = new TreeSet<>(List.of("text/plain"));
    grants.add(
        new Grant(new TreeSet<>(EnumSet.of(Right.READ, Right.WRITE)), onlyText, new TreeSet<>()));
    assertThat(get(api, request).toStringUtf8()).isEqualTo("text");
    assertNotGranted(() -> get(api, otherRequest));
    assertNotGranted(
        () -> put(channel, PutRequest.newBuilder().setHead(PutHead.getDefaultInstance()).build()));
    assertNotGranted(
        () ->
            api.lineage(LineageRequest.newBuilder().addStarts(text.toString()).build())
                .forEachRemaining(reply -> {}));
    List<String> types = new ArrayList<>();
    api.watch(WatchRequest.getDefaultInstance())
        .forEachRemaining(
            reply ->
                reply
                    .getCommitsList()
                    .forEach(
                        commit ->
                            commit
                                .getRecordsList()
                                .forEach(record -> types.add(record.getType()))));
    assertThat(types).containsExactly("text/plain", "text/plain");

    grants.add(
        new Grant(
            new TreeSet<>(EnumSet.of(Right.READ)),
            new TreeSet<>(),
            new TreeSet<>(List.of(other.digest().toHex().substring(0, 5)))));
    assertNotGranted(() -> get(api, request));
    assertThat(get(api, otherRequest).size()).isEqualTo(10);
  }

  private static PutRequest range(NodeId speaker) {
    RangeStatement all = new RangeStatement(speaker, new RangeStatement.Fixed(HashRange.ALL));
    return PutRequest.newBuilder()
        .setHead(PutHead.newBuilder().setType(RangeStatement.TYPE.text()))
        .setData(ByteString.copyFrom(all.encode().toArray()))
        .build();
  }

  @Test
  void whoMayPutDoesNotSpeakForTheNode() {
    TestNode node = closing(new TestNode("server"));
    new MemberWriter(node.store()).join();
    NodeId self = node.store().origin().node();
    List<Grant> grants = new ArrayList<>(List.of(Grant.of(EnumSet.of(Right.READ, Right.WRITE))));
    AccessPolicy policy = caller -> grants.get(grants.size() - 1);
    ManagedChannel channel =
        channel(
            closing(
                GrpcPeerServer.start(
                    LOOPBACK, SERVER, TrustPolicy.anyNode(), link -> {}, offer(node, policy))),
            CLIENT);
    assertThat(put(channel, text("text")).getNew()).isTrue();
    long records = node.store().head(node.store().origin()).orElseThrow().treeSize();
    assertNotGranted(() -> put(channel, range(self)));
    assertNotGranted(
        () ->
            put(
                channel,
                PutRequest.newBuilder()
                    .setHead(PutHead.newBuilder().setType(MemberStatement.TYPE.text()))
                    .build()));
    grants.add(
        new Grant(
            new TreeSet<>(EnumSet.allOf(Right.class)),
            new TreeSet<>(List.of(RangeStatement.TYPE.text())),
            new TreeSet<>()));
    assertNotGranted(() -> put(channel, range(self)));
    assertThat(node.store().head(node.store().origin()).orElseThrow().treeSize())
        .isEqualTo(records);
    assertThat(Membership.shards(node.store()).isEmpty()).isTrue();
    grants.add(Grant.ALL);
    assertThat(put(channel, range(self)).getNew()).isTrue();
    assertThat(Membership.shards(node.store()).range(self)).contains(HashRange.ALL);
  }

  private static void assertNotGranted(Runnable call) {
    assertFails(
        call, Status.Code.PERMISSION_DENIED, Reason.REASON_NOT_GRANTED, Advice.ADVICE_FIX_REQUEST);
  }

  @Test
  void tooManyCallsAreRefusedWhilePeersGoOn() throws Exception {
    TestNode node = closing(new TestNode("server"));
    GrpcPeerServer server = serve(node, LOOPBACK);
    BlockingQueue<Object> ended = new LinkedBlockingQueue<>();
    List<StreamObserver<PutRequest>> held = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ManagedChannel channel = channel(server, null);
      for (int j = 0; j < 11; j++) {
        CompletableFuture<PutReply> reply = new CompletableFuture<>();
        CompletableFuture<PutReply> unused =
            reply.whenComplete((done, failure) -> ended.add(failure == null ? done : failure));
        StreamObserver<PutRequest> call = CairnGrpc.newStub(channel).put(completing(reply));
        call.onNext(text("held " + i + " " + j));
        held.add(call);
      }
    }
    Object first = ended.poll(30, TimeUnit.SECONDS);
    assertFails(
        () -> {
          throw (StatusRuntimeException) first;
        },
        Status.Code.RESOURCE_EXHAUSTED,
        Reason.REASON_LIMIT,
        Advice.ADVICE_RETRY);
    try (PeerLink peer = GrpcPeerClient.connectPlain(server.address())) {
      assertThat(peer.receive(30_000)).isEqualTo(new Heartbeat(1));
    }
    held.forEach(StreamObserver::onCompleted);
    for (int i = 0; i < 32; i++) {
      assertThat(ended.poll(30, TimeUnit.SECONDS)).isInstanceOf(PutReply.class);
    }
  }

  @Test
  void aMessageBeyondTheBoundIsRefusedUnread() {
    TestNode node = closing(new TestNode("server"));
    GrpcPeerServer server = serve(node, LOOPBACK);
    ManagedChannel channel = channel(server, null);
    ByteString large = ByteString.copyFrom(new byte[FrameLimits.FRAME_BYTES_MAX + 1]);
    assertThatThrownBy(() -> put(channel, PutRequest.newBuilder().setData(large).build()))
        .isInstanceOf(StatusRuntimeException.class);
    assertThat(put(channel, text("still here")).getNew()).isTrue();
  }

  @Test
  void twoNodesThatHoldTheSameAnswerAWalkInTheSameBytes() {
    TestNode left = closing(new TestNode("server"));
    TestNode right = closing(new TestNode("other"));
    List<ArtifactKey> keys = left.putTogether("node ", 40);
    for (int i = 1; i < keys.size(); i++) {
      left.link("test:made", keys.get(i / 3), keys.get(i));
      left.link("test:from", keys.get(i / 2), keys.get(i));
    }
    new dev.cairn.federation.sync.StoreSync(
            right.store(),
            dev.cairn.federation.protocol.SessionOptions.DEFAULT,
            dev.cairn.federation.protocol.ReplicationListener.NONE,
            Ticker.system())
        .with(left.store(), true, true)
        .orThrow();
    LineageRequest request =
        LineageRequest.newBuilder()
            .addStarts(keys.get(0).toString())
            .setDirection(LineageRequest.Direction.DIRECTION_DOWN)
            .build();
    List<List<LineageReply>> answers = new ArrayList<>();
    for (TestNode node : List.of(left, right, left)) {
      List<LineageReply> answer = new ArrayList<>();
      stub(serve(node, LOOPBACK)).lineage(request).forEachRemaining(answer::add);
      answers.add(answer);
    }
    assertThat(answers.get(0).get(0).getCounts().getEdges()).isGreaterThan(60);
    assertThat(answers.get(1)).isEqualTo(answers.get(0));
    assertThat(answers.get(2)).isEqualTo(answers.get(0));
    LineageReply counted =
        stub(serve(left, LOOPBACK)).lineage(request.toBuilder().setCountOnly(true).build()).next();
    assertThat(counted.getNodesList()).isEmpty();
    assertThat(counted.getCounts()).isEqualTo(answers.get(0).get(0).getCounts());
  }

  @Test
  void healthAndReflectionTellWhatIsServed() throws Exception {
    TestNode node = closing(new TestNode("server"));
    GrpcPeerServer server = serve(node, LOOPBACK);
    ManagedChannel channel = channel(server, null);
    assertThat(
            HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.newBuilder().setService("cairn.api.v1.Cairn").build())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
    CompletableFuture<ServerReflectionResponse> listed = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> reflection =
        ServerReflectionGrpc.newStub(channel).serverReflectionInfo(completing(listed));
    reflection.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    assertThat(listed.get(30, TimeUnit.SECONDS).getListServicesResponse().getServiceList())
        .extracting(ServiceResponse::getName)
        .contains("cairn.api.v1.Cairn", "cairn.federation.v1.Federation", "grpc.health.v1.Health");
    reflection.onCompleted();

    GrpcPeerServer peersOnly = closing(GrpcPeerServer.startPlain(LOOPBACK, link -> {}));
    ManagedChannel other = channel(peersOnly, null);
    assertThat(
            HealthGrpc.newBlockingStub(other)
                .check(
                    HealthCheckRequest.newBuilder()
                        .setService("cairn.federation.v1.Federation")
                        .build())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
    assertThatThrownBy(
            () -> CairnGrpc.newBlockingStub(other).status(StatusRequest.getDefaultInstance()))
        .hasMessageContaining("UNIMPLEMENTED");
  }
}
