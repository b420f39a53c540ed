package dev.cairn.federation.grpc;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.ArtifactReader;
import dev.cairn.asl.store.ArtifactStat;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.CommitResult;
import dev.cairn.asl.store.LiveCounts;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.api.ApiOffer;
import dev.cairn.federation.api.ArtifactNames;
import dev.cairn.federation.api.ShardGate;
import dev.cairn.federation.member.MemberStatement;
import dev.cairn.federation.shard.RangeStatement;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.run.RunLimits;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.pel.text.ProgramText;
import dev.cairn.proto.api.v1.CairnGrpc;
import dev.cairn.proto.api.v1.GetReply;
import dev.cairn.proto.api.v1.GetRequest;
import dev.cairn.proto.api.v1.LineageReply;
import dev.cairn.proto.api.v1.LineageRequest;
import dev.cairn.proto.api.v1.LinkReply;
import dev.cairn.proto.api.v1.LinkRequest;
import dev.cairn.proto.api.v1.Output;
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
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The API of {@code api.proto} on the parts of a node. Each call's work runs on a thread of {@link
 * ApiCalls}; gRPC's threads never wait.
 */
final class ApiService extends CairnGrpc.CairnImplBase {
  /** Types of what a node states in its log of itself. */
  private static final Set<TypeTag> NODES_OWN = Set.of(MemberStatement.TYPE, RangeStatement.TYPE);

  private final ApiOffer offer;
  private final ApiCalls calls;
  private final Store store;
  private final ArtifactNames names;

  ApiService(ApiOffer offer, ApiCalls calls) {
    this.offer = offer;
    this.calls = calls;
    this.store = offer.store();
    this.names = new ArtifactNames(store);
  }

  @Override
  public StreamObserver<PutRequest> put(StreamObserver<PutReply> to) {
    ServerCallStreamObserver<PutReply> call = (ServerCallStreamObserver<PutReply>) to;
    call.disableAutoRequest();
    Replies<PutReply> replies = new Replies<>(call, offer.ticker());
    PutStream payload = new PutStream(call::request, offer.ticker());
    calls.start(replies, Right.WRITE, caller -> put(caller, payload, replies));
    call.request(ApiLimits.PUT_PIECES_AHEAD);
    return payload;
  }

  private void put(ApiCalls.Caller caller, PutStream payload, Replies<PutReply> replies)
      throws IOException {
    PutHead head = payload.head();
    TypeTag type = head.hasType() ? new TypeTag(head.getType()) : null;
    requireMayState(caller, type);
    try (PreparedArtifact artifact =
        store.prepare(type, head.hasSize() ? new ExactStream(payload, head.getSize()) : payload)) {
      put(caller, head, artifact, replies);
    }
  }

  private void put(
      ApiCalls.Caller caller, PutHead head, PreparedArtifact artifact, Replies<PutReply> replies) {
    ArtifactId id = artifact.id();
    if (head.hasKey() && !ArtifactKey.parse(head.getKey()).equals(id.key())) {
      throw new RefusedException("put: the artifact is " + id.key() + ", not " + head.getKey());
    }
    caller.grant().require(Right.WRITE, caller.name(), id.key(), id.tag());
    replies.check();
    ShardGate.Placed placed = place(artifact, head.getForwarded(), replies);
    replies.send(
        PutReply.newBuilder()
            .setArtifact(ApiMessages.artifact(id))
            .setLogseq(placed.logseq())
            .setNew(placed.isNew())
            .setNode(placed.node().toString())
            .build());
  }

  /** What this node itself says to the federation is not said by whoever may put something. */
  private static void requireMayState(ApiCalls.Caller caller, @Nullable TypeTag type) {
    if (type != null && NODES_OWN.contains(type) && !caller.grant().givesWhole(Right.ADMIN)) {
      throw new NotGrantedException(
          caller.name()
              + " may not put what this node says of itself as a member, in artifacts of type "
              + type
              + ": 'cairn member' on its machine does, or a grant to admin all of it");
    }
  }

  /** Puts it here, or passes it on to who holds such payloads: once, lest it go around. */
  private ShardGate.Placed place(
      PreparedArtifact artifact, boolean forwarded, Replies<PutReply> replies) {
    ShardGate gate = offer.gate();
    if (!forwarded || gate.enforces()) {
      Optional<List<NodeId>> elsewhere = gate.elsewhere(artifact.id());
      if (elsewhere.isPresent() && gate.enforces()) {
        throw ApiErrors.elsewhere(artifact.id().key(), elsewhere.get());
      }
      if (elsewhere.isPresent()) {
        List<ShardGate.Placed> there = new ArrayList<>();
        replies.interruptibly(() -> gate.forward(artifact, elsewhere.get()).ifPresent(there::add));
        if (!there.isEmpty()) {
          return there.get(0);
        }
      }
    }
    CommitResult.Outcome outcome = commit(artifact);
    return new ShardGate.Placed(store.origin().node(), outcome.logseq(), outcome.written());
  }

  private CommitResult.Outcome commit(PreparedArtifact artifact) {
    return store.commit(new CommitDraft().put(artifact)).of(artifact.id().key());
  }

  @Override
  public void get(GetRequest request, StreamObserver<GetReply> to) {
    Replies<GetReply> replies = replies(to);
    calls.start(replies, Right.READ, caller -> get(caller, request, replies));
  }

  private void get(ApiCalls.Caller caller, GetRequest request, Replies<GetReply> replies)
      throws IOException {
    ArtifactReader reader = store.reader();
    LiveEntry entry = reader.require(names.resolve(request.getKey()));
    ArtifactId stated = entry.artifact();
    caller.grant().require(Right.READ, caller.name(), stated.key(), stated.tag());
    replies.interruptibly(() -> offer.gate().bring(entry));
    ArtifactId id = reader.identify(stated.key()); // A record may state another type than is true.
    caller.grant().require(Right.READ, caller.name(), id.key(), id.tag());
    long length = id.payloadLength();
    long from = request.getFrom();
    long to = request.hasTo() && request.getTo() >= 0 ? request.getTo() : length;
    if (from < 0 || from > length || from > to) {
      throw ApiErrors.malformed(
          "get: no bytes " + Long.toUnsignedString(from) + " to " + to + " of " + length);
    }
    byte[] buffer = new byte[ApiLimits.GET_PIECE_BYTES];
    try (InputStream in = reader.open(id.key(), from, Math.min(to, length))) {
      int count = in.readNBytes(buffer, 0, buffer.length);
      replies.send(
          GetReply.newBuilder()
              .setArtifact(ApiMessages.artifact(id))
              .setData(ApiMessages.bytes(buffer, count))
              .build());
      while (count == buffer.length) {
        count = in.readNBytes(buffer, 0, buffer.length);
        if (count > 0) {
          replies.send(GetReply.newBuilder().setData(ApiMessages.bytes(buffer, count)).build());
        }
      }
    }
  }

  @Override
  public void stat(StatRequest request, StreamObserver<StatReply> to) {
    Replies<StatReply> replies = replies(to);
    calls.start(
        replies,
        Right.READ,
        caller -> {
          ArtifactStat stat = store.stat(names.resolve(request.getKey()));
          TypeTag type = stat.id() == null ? null : stat.id().tag();
          caller.grant().require(Right.READ, caller.name(), stat.key(), type);
          replies.send(ApiMessages.stat(stat));
        });
  }

  @Override
  public void link(LinkRequest request, StreamObserver<LinkReply> to) {
    Replies<LinkReply> replies = replies(to);
    calls.start(replies, Right.WRITE, caller -> link(caller, request, replies));
  }

  private void link(ApiCalls.Caller caller, LinkRequest request, Replies<LinkReply> replies) {
    int ends = request.getFromCount() + request.getToCount();
    if (ends > ApiLimits.LINK_ENDPOINTS_MAX) {
      throw ApiErrors.malformed(
          "link: " + ends + " endpoints, more than " + ApiLimits.LINK_ENDPOINTS_MAX);
    }
    Edge edge =
        new Edge(
            new EdgeType(request.getType()),
            ApiMessages.endpoints(request.getFromList(), names),
            ApiMessages.endpoints(request.getToList(), names),
            request.hasPayload() ? names.resolve(request.getPayload()) : null);
    PreparedArtifact artifact = store.prepare(TypeTag.EDGE, edge.encode());
    ArtifactId id = artifact.id();
    caller.grant().require(Right.WRITE, caller.name(), id.key(), id.tag());
    replies.check();
    CommitResult.Outcome outcome = commit(artifact);
    replies.send(
        LinkReply.newBuilder()
            .setArtifact(ApiMessages.artifact(id))
            .setLogseq(outcome.logseq())
            .setNew(outcome.written())
            .build());
  }

  @Override
  public void lineage(LineageRequest request, StreamObserver<LineageReply> to) {
    Replies<LineageReply> replies = replies(to);
    calls.start(
        replies,
        Right.READ,
        caller -> {
          caller.grant().requireWhole(Right.READ, caller.name());
          new ApiWalk(offer, names, replies).run(request);
        });
  }

  @Override
  public void run(RunRequest request, StreamObserver<RunReply> to) {
    Replies<RunReply> replies = replies(to);
    calls.start(
        replies,
        Right.ADMIN,
        caller -> {
          caller.grant().requireWhole(Right.ADMIN, caller.name());
          List<RunResult> results = new ArrayList<>();
          replies.interruptibly(() -> results.add(run(request)));
          RunResult result = results.get(0);
          RunReply.Builder reply =
              RunReply.newBuilder()
                  .setReceipt(result.key().toString())
                  .setStatus(result.status().name())
                  .setExecuted(result.executed())
                  .setReused(result.reused());
          result
              .outputs()
              .forEach(
                  (name, key) ->
                      reply.addOutputs(Output.newBuilder().setName(name).setKey(key.toString())));
          replies.send(reply.build());
        });
  }

  private RunResult run(RunRequest request) {
    if (request.getInputsCount() > ApiLimits.INPUTS_MAX) {
      throw ApiErrors.malformed("run: more than " + ApiLimits.INPUTS_MAX + " inputs");
    }
    Program program =
        switch (request.getProgramCase()) {
          case KEY -> new Receipts(store, store.now()).program(names.resolve(request.getKey()));
          case TEXT -> ProgramText.read(Bytes.wrap(request.getText().toByteArray()));
          case PROGRAM_NOT_SET -> throw ApiErrors.malformed("run: no program");
        };
    TreeMap<String, ArtifactKey> inputs = new TreeMap<>();
    new TreeMap<>(request.getInputsMap())
        .forEach((name, key) -> inputs.put(name, names.resolve(key)));
    RunOptions options =
        RunOptions.defaults()
            .withForce(request.getForce())
            .withLimits(RunLimits.DEFAULT.withRunMillisMax(ApiLimits.CALL_MILLIS_MAX));
    return offer.executor().run(program, inputs, options);
  }

  @Override
  public void watch(WatchRequest request, StreamObserver<WatchReply> to) {
    Replies<WatchReply> replies = replies(to);
    calls.start(
        replies,
        Right.READ,
        caller -> new ApiWatch(store, caller.grant(), replies, calls::isClosing).run(request));
  }

  @Override
  public void status(StatusRequest request, StreamObserver<StatusReply> to) {
    Replies<StatusReply> replies = replies(to);
    calls.start(replies, Right.READ, caller -> replies.send(status()));
  }

  private StatusReply status() {
    List<LogHead> heads = store.heads();
    LiveCounts live = store.liveCounts();
    StatusReply.Builder status =
        StatusReply.newBuilder()
            .setNode(store.origin().node().toString())
            .setEpoch(store.origin().epoch())
            .setFederation(store.federation())
            .setStateRoot(store.stateRoot().toHex())
            .setLogseq(heads.stream().mapToLong(LogHead::lastLogseq).max().orElse(0))
            .setRecords(heads.stream().mapToLong(LogHead::treeSize).sum())
            .setArtifacts(live.artifacts())
            .setEdges(live.edges())
            .setReceipts(live.receipts())
            .setBytesOnDisk(store.bytesOnDisk());
    heads.forEach(head -> status.addHeads(ApiMessages.head(head)));
    return status.build();
  }

  private <T> Replies<T> replies(StreamObserver<T> to) {
    return new Replies<>((ServerCallStreamObserver<T>) to, offer.ticker());
  }

  /** A payload that is refused unless it has exactly the size that was said. */
  private static final class ExactStream extends InputStream {
    private final PutStream in;
    private final long size;

    ExactStream(PutStream in, long size) {
      this.in = in;
      this.size = size;
    }

    @Override
    public int read() throws IOException {
      return check(in.read());
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return check(in.read(into, offset, length));
    }

    private int check(int result) {
      if (Long.compareUnsigned(in.count(), size) > 0 || (result < 0 && in.count() != size)) {
        throw new RefusedException(
            "put: "
                + in.count()
                + (result < 0 ? "" : " or more")
                + " bytes came where "
                + Long.toUnsignedString(size)
                + " were announced");
      }
      return result;
    }
  }
}
