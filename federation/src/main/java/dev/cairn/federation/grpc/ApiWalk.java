package dev.cairn.federation.grpc;

import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.federation.api.ApiOffer;
import dev.cairn.federation.api.ArtifactNames;
import dev.cairn.proto.api.v1.LineageCounts;
import dev.cairn.proto.api.v1.LineageNode;
import dev.cairn.proto.api.v1.LineageReply;
import dev.cairn.proto.api.v1.LineageRequest;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.LineageOptions;
import dev.cairn.tgk.LineageVisitor;
import dev.cairn.tgk.model.EdgeType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One walk for a client, told as it goes. One owner. */
final class ApiWalk implements LineageVisitor {
  private final ApiOffer offer;
  private final ArtifactNames names;
  private final Replies<LineageReply> replies;
  private LineageReply.Builder reply = LineageReply.newBuilder();
  private int endpoints;

  ApiWalk(ApiOffer offer, ArtifactNames names, Replies<LineageReply> replies) {
    this.offer = offer;
    this.names = names;
    this.replies = replies;
  }

  void run(LineageRequest request) {
    int starts = request.getStartsCount();
    if (starts < 1
        || starts > ApiLimits.STARTS_MAX
        || request.getTypesCount() > ApiLimits.TYPES_MAX) {
      throw ApiErrors.malformed(
          "lineage: not 1 to "
              + ApiLimits.STARTS_MAX
              + " starts and 0 to "
              + ApiLimits.TYPES_MAX
              + " types");
    }
    List<ArtifactKey> from = request.getStartsList().stream().map(names::resolve).toList();
    View view = view(request.hasAt() ? request.getAt() : null);
    Direction direction =
        request.getDirection() == LineageRequest.Direction.DIRECTION_DOWN
            ? Direction.DOWN
            : Direction.UP;
    LineageOptions options =
        LineageOptions.ALL.withTypes(request.getTypesList().stream().map(EdgeType::new).toList());
    if (request.hasDepth()) {
      int depth = request.getDepth();
      options = options.withDepthMax(depth < 0 ? LineageOptions.DEPTH_UNLIMITED : depth);
    }
    dev.cairn.tgk.LineageCounts counts =
        request.getCountOnly()
            ? offer.graph().count(from, direction, options, view)
            : offer.graph().walk(from, direction, options, view, this);
    reply.setCounts(
        LineageCounts.newBuilder()
            .setNodes(counts.nodes())
            .setEdges(counts.edges())
            .setDepth(counts.depth()));
    replies.send(reply.build());
  }

  private View view(@Nullable String snapshot) {
    Store store = offer.store();
    if (snapshot == null) {
      return store.now();
    }
    ArtifactKey key = ArtifactKey.parse(snapshot);
    return store.snapshots().stream()
        .filter(kept -> kept.key().equals(key))
        .findFirst()
        .map(kept -> store.at(kept.snapshot().cut()))
        .orElseThrow(() -> new NotFoundException("no snapshot " + key + " here"));
  }

  @Override
  public void node(ArtifactKey key, int depth) {
    replies.check();
    reply.addNodes(LineageNode.newBuilder().setKey(key.toString()).setDepth(depth));
    sendIfFull();
  }

  @Override
  public void edge(GraphEdge edge, ArtifactKey near, int depth) {
    replies.check();
    int more = edge.edge().from().size() + edge.edge().to().size();
    if (endpoints > 0 && endpoints + more > ApiLimits.WALK_ENDPOINTS_MAX) {
      flush();
    }
    endpoints += more;
    reply.addEdges(ApiMessages.edge(edge));
    sendIfFull();
  }

  private void sendIfFull() {
    if (reply.getNodesCount() + reply.getEdgesCount() >= ApiLimits.WALK_ENTRIES_MAX
        || endpoints >= ApiLimits.WALK_ENDPOINTS_MAX) {
      flush();
    }
  }

  private void flush() {
    replies.send(reply.build());
    reply = LineageReply.newBuilder();
    endpoints = 0;
  }
}
