package dev.cairn.pel.operator;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.LineageOptions;
import dev.cairn.tgk.LineageVisitor;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * {@code provenance/lineage@1}: what some artifacts were made from, or what became of them, in the
 * graph under a snapshot, as canonical JSON.
 *
 * <pre>
 *   {"nodes": [{"key": ..., "depth": ...}, ...],
 *    "edges": [{"key": ..., "type": ..., "from": [{"key": ..., "role"?: ...}, ...], "to": [...], "depth": ...}, ...]}
 * </pre>
 *
 * <p>The first input is the snapshot; the others are where the walk begins, beside the keys that
 * {@code start} names. Nodes stand in the order of depth, then of keys; edges in the order in which
 * the walk goes along them, each once. What is asked of a store that does not hold the snapshot's
 * whole cut is an error of that store, and never a result.
 */
final class ProvenanceLineage extends BuiltIn {
  /** Most nodes and edges unless told otherwise. */
  static final int LIMIT = 100_000;

  /** Most nodes and edges that can be asked for. */
  static final int LIMIT_MAX = 1_000_000;

  /** Most endpoints of the edges together. */
  static final int ENDPOINTS_MAX = 2_000_000;

  /** Of a node or edge that is come by: it is looked up. */
  private static final long WORK_A_FIND = 20_000;

  private static final long WORK_AN_END = 1_000;

  private static final List<String> DIRECTIONS = List.of("up", "down");

  ProvenanceLineage() {
    super(
        "provenance/lineage@1",
        new OperatorSpec(
            "What artifacts were made from, or what became of them, under a snapshot.",
            1,
            65,
            List.of(
                new Parameter("start", Kind.TEXTS, false, "keys to begin at"),
                new Parameter("direction", Kind.TEXT, false, "up to causes, the default, or down"),
                new Parameter("depth", Kind.INTEGER, false, "how many edges deep; all if absent"),
                new Parameter("types", Kind.TEXTS, false, "edge types to go along; all if absent"),
                new Parameter(
                    "limit", Kind.INTEGER, false, "most nodes and edges; 100,000 if absent"))));
  }

  @Override
  public void check(Parameters parameters) {
    starts(parameters);
    options(parameters);
    direction(parameters);
    limit(parameters);
  }

  private static List<ArtifactKey> starts(Parameters parameters) {
    List<ArtifactKey> keys = new ArrayList<>();
    for (String text : parameters.texts("start")) {
      try {
        keys.add(ArtifactKey.parse(text));
      } catch (MalformedException e) {
        throw new OperatorFailure("bad-parameter", "start: " + Mistakes.quote(text) + " is no key");
      }
    }
    return keys;
  }

  private static Direction direction(Parameters parameters) {
    String text = parameters.has("direction") ? parameters.requiredText("direction") : "up";
    if (!DIRECTIONS.contains(text)) {
      throw new OperatorFailure(
          "bad-parameter", "direction: " + Mistakes.quote(text) + " is neither up nor down");
    }
    return Direction.valueOf(text.toUpperCase(Locale.ROOT));
  }

  private static LineageOptions options(Parameters parameters) {
    long depth = parameters.integer("depth", LineageOptions.DEPTH_UNLIMITED);
    if (depth < 0 || depth > LineageOptions.DEPTH_UNLIMITED) {
      throw new OperatorFailure("bad-parameter", "depth " + depth + " is no depth");
    }
    TreeSet<EdgeType> types = new TreeSet<>();
    for (String text : parameters.texts("types")) {
      try {
        types.add(new EdgeType(text));
      } catch (MalformedException e) {
        throw new OperatorFailure(
            "bad-parameter", "types: " + Mistakes.quote(text) + " is no edge type");
      }
    }
    return LineageOptions.ALL
        .withDepthMax((int) depth)
        .withTypes(types)
        .withNodesMax(Integer.MAX_VALUE);
  }

  private static long limit(Parameters parameters) {
    long limit = parameters.integer("limit", LIMIT);
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new OperatorFailure("bad-parameter", "limit " + limit + " is not 1 to " + LIMIT_MAX);
    }
    return limit;
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Parameters parameters = context.parameters();
    Snapshot snapshot = Inputs.snapshot(context.inputs().get(0));
    TreeSet<ArtifactKey> starts = new TreeSet<>(starts(parameters));
    for (OperatorInput input : context.inputs().subList(1, context.inputs().size())) {
      starts.add(input.key());
    }
    Found found = new Found(limit(parameters), context.host());
    if (!starts.isEmpty()) {
      SnapshotGraph at = context.host().graph(snapshot);
      at.graph().walk(starts, direction(parameters), options(parameters), at.view(), found);
    }
    TreeMap<String, Json> result = new TreeMap<>();
    result.put("nodes", new Json.Array(found.nodes));
    result.put("edges", new Json.Array(found.edges));
    return OperatorOutput.of(Inputs.JSON, CanonicalJson.encode(new Json.Dict(result)));
  }

  /** What the walk comes by. */
  private static final class Found implements LineageVisitor {
    private final long limit;
    private final OperatorHost host;
    private final List<Json> nodes = new ArrayList<>();
    private final List<Json> edges = new ArrayList<>();
    private long endpoints;

    Found(long limit, OperatorHost host) {
      this.limit = limit;
      this.host = host;
    }

    @Override
    public void node(ArtifactKey key, int depth) {
      demandRoom();
      TreeMap<String, Json> members = new TreeMap<>();
      members.put("key", new Json.Text(key.toString()));
      members.put("depth", Json.Num.of(depth));
      nodes.add(new Json.Dict(members));
    }

    @Override
    public void edge(GraphEdge edge, ArtifactKey near, int depth) {
      demandRoom();
      int ends = edge.edge().from().size() + edge.edge().to().size();
      host.works(WORK_AN_END * ends);
      endpoints += ends;
      if (endpoints > ENDPOINTS_MAX) {
        throw new OperatorFailure(
            "too-large", "the edges have more than " + ENDPOINTS_MAX + " endpoints");
      }
      TreeMap<String, Json> members = new TreeMap<>();
      members.put("key", new Json.Text(edge.key().toString()));
      members.put("type", new Json.Text(edge.edge().type().text()));
      members.put("from", ends(edge.edge().from()));
      members.put("to", ends(edge.edge().to()));
      members.put("depth", Json.Num.of(depth));
      edges.add(new Json.Dict(members));
    }

    private void demandRoom() {
      host.works(WORK_A_FIND);
      if (nodes.size() + edges.size() >= limit) {
        throw new OperatorFailure("too-large", "more than " + limit + " nodes and edges");
      }
    }

    private static Json ends(List<Endpoint> endpoints) {
      List<Json> ends = new ArrayList<>();
      for (Endpoint endpoint : endpoints) {
        TreeMap<String, Json> members = new TreeMap<>();
        members.put("key", new Json.Text(endpoint.key().toString()));
        if (endpoint.role() != null) {
          members.put("role", new Json.Text(endpoint.role()));
        }
        ends.add(new Json.Dict(members));
      }
      return new Json.Array(ends);
    }
  }
}
