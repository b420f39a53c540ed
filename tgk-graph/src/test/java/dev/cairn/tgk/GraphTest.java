package dev.cairn.tgk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class GraphTest {
  private static final ArtifactKey A = FakeStore.artifact("a");
  private static final ArtifactKey B = FakeStore.artifact("b");
  private static final ArtifactKey C = FakeStore.artifact("c");
  private static final ArtifactKey D = FakeStore.artifact("d");
  private static final ArtifactKey E = FakeStore.artifact("e");

  private final FakeStore store = new FakeStore();
  private final Graph graph = new Graph(store);

  @Test
  void anEdgeLeadsUpToAllItsCausesAndDownToAllItsEffects() {
    store.put(edge("x:y", List.of(A, B), List.of(C, D)));
    assertThat(nodes(C, Direction.UP)).isEqualTo(Map.of(C, 0, A, 1, B, 1));
    assertThat(nodes(B, Direction.DOWN)).isEqualTo(Map.of(B, 0, C, 1, D, 1));
    assertThat(nodes(A, Direction.UP)).isEqualTo(Map.of(A, 0));
  }

  @Test
  void aDiamondReachesItsTopOnceAtItsLeastDepth() {
    store.put(edge("x:y", A, B), edge("x:y", A, C), edge("x:y", B, D), edge("x:y", C, D));
    store.put(edge("x:y", D, E), edge("x:y", B, E));
    assertThat(nodes(E, Direction.UP)).isEqualTo(Map.of(E, 0, D, 1, B, 1, C, 2, A, 2));
    assertThat(count(E, Direction.UP)).isEqualTo(new LineageCounts(5, 6, 2));
  }

  @Test
  void cyclesEnd() {
    store.put(edge("x:y", A, B), edge("x:y", B, C), edge("x:y", C, A));
    assertThat(nodes(A, Direction.DOWN)).isEqualTo(Map.of(A, 0, B, 1, C, 2));
    assertThat(count(A, Direction.UP)).isEqualTo(new LineageCounts(3, 3, 2));
  }

  @Test
  void anEdgeFromAnArtifactToItselfIsFollowedOnce() {
    Edge self = edge("x:y", A, A);
    store.put(self);
    assertThat(count(A, Direction.UP)).isEqualTo(new LineageCounts(1, 1, 0));
    assertThat(graph.edgesOf(A, Relation.BOTH, EdgeFilter.LIVE, store.now()))
        .singleElement()
        .satisfies(
            incidence -> {
              assertThat(incidence.relation()).isEqualTo(Relation.BOTH);
              assertThat(incidence.edge().key()).isEqualTo(self.key());
            });
  }

  @Test
  void anArtifactInTwoRolesOfOneEdgeIsOneNodeAndOneIncidence() {
    List<Endpoint> twice = List.of(new Endpoint(A, "left"), new Endpoint(A, "right"));
    store.put(new Edge(new EdgeType("x:y"), twice, List.of(Endpoint.of(B)), null));
    assertThat(count(B, Direction.UP)).isEqualTo(new LineageCounts(2, 1, 1));
    assertThat(graph.edgesOf(A, Relation.FROM, EdgeFilter.LIVE, store.now())).hasSize(1);
  }

  @Test
  void endpointsThatNobodyHoldsAreNodesLikeAnyOther() {
    store.put(edge("x:y", A, B));
    assertThat(store.now().isLive(A)).isFalse();
    assertThat(nodes(B, Direction.UP)).containsKey(A);
  }

  @Test
  void anArtifactWithoutEdgesIsItsOwnLineage() {
    Lineage lineage = graph.lineage(List.of(A), Direction.UP, LineageOptions.ALL, store.now());
    assertThat(lineage.nodes()).containsExactly(new LineageNode(A, 0));
    assertThat(lineage.counts()).isEqualTo(new LineageCounts(1, 0, 0));
    assertThat(count(List.of(), Direction.UP)).isEqualTo(new LineageCounts(0, 0, 0));
  }

  @Test
  void anEdgeWithoutCausesEndsAWalkUp() {
    store.put(edge("git:tree", List.of(), List.of(A)));
    assertThat(count(A, Direction.UP)).isEqualTo(new LineageCounts(1, 1, 0));
  }

  @Test
  void severalStartsMakeOneLineage() {
    store.put(edge("x:y", A, B), edge("x:y", B, C), edge("x:y", D, C));
    assertThat(count(List.of(C, B, C), Direction.UP)).isEqualTo(new LineageCounts(4, 3, 1));
  }

  @Test
  void aWalkStopsAtItsDepth() {
    store.put(edge("x:y", A, B), edge("x:y", B, C), edge("x:y", C, D));
    LineageOptions two = LineageOptions.ALL.withDepthMax(2);
    assertThat(graph.count(List.of(D), Direction.UP, two, store.now()))
        .isEqualTo(new LineageCounts(3, 2, 2));
    assertThat(graph.count(List.of(D), Direction.UP, two.withDepthMax(0), store.now()))
        .isEqualTo(new LineageCounts(1, 0, 0));
  }

  @Test
  void onlyTheTypesAskedForAreFollowed() {
    store.put(edge("x:y", A, B), edge("x:z", C, B), edge("x:yy", D, B));
    LineageOptions only = LineageOptions.ALL.withTypes(List.of(new EdgeType("x:y")));
    assertThat(graph.count(List.of(B), Direction.UP, only, store.now()))
        .isEqualTo(new LineageCounts(2, 1, 1));
    EdgeFilter filter = EdgeFilter.ofTypes(List.of(new EdgeType("x:z")));
    assertThat(graph.edgesOf(B, Relation.TO, filter, store.now()))
        .extracting(incidence -> incidence.edge().edge().type().text())
        .containsExactly("x:z");
  }

  @Test
  void moreNodesThanAllowedIsRefusedAndJustEnoughIsNot() {
    store.put(edge("x:y", List.of(A, B, C), List.of(D)));
    LineageOptions four = LineageOptions.ALL.withNodesMax(4);
    assertThat(graph.count(List.of(D), Direction.UP, four, store.now()).nodes()).isEqualTo(4);
    assertThatThrownBy(
            () -> graph.count(List.of(D), Direction.UP, four.withNodesMax(3), store.now()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("more than 3 nodes");
  }

  @Test
  void theLatestEdgeOfASlotShadowsTheOthersUntilItIsRetracted() {
    Edge first = withPayload(A);
    Edge second = withPayload(B);
    store.put(first).put(second);
    assertStates(Map.of(first, EdgeState.SHADOWED, second, EdgeState.LIVE));
    store.tombstone(second.key());
    assertStates(Map.of(first, EdgeState.LIVE, second, EdgeState.RETRACTED));
    store.put(second);
    assertStates(Map.of(first, EdgeState.SHADOWED, second, EdgeState.LIVE));
    store.put(first);
    assertStates(Map.of(first, EdgeState.LIVE, second, EdgeState.SHADOWED));
    store.tombstone(first.key(), second.key());
    assertStates(Map.of(first, EdgeState.RETRACTED, second, EdgeState.RETRACTED));
    assertThat(graph.edgesOf(C, Relation.BOTH, EdgeFilter.LIVE, store.now())).isEmpty();
    assertThat(graph.edgesOf(C, Relation.BOTH, EdgeFilter.HISTORY, store.now())).hasSize(2);
  }

  @Test
  void betweenEdgesOfOneCommitTheGreaterKeyHoldsTheSlot() {
    Edge first = withPayload(A);
    Edge second = withPayload(B);
    store.put(first, second);
    Edge greater = first.key().compareTo(second.key()) > 0 ? first : second;
    Edge lesser = greater.equals(first) ? second : first;
    assertStates(Map.of(greater, EdgeState.LIVE, lesser, EdgeState.SHADOWED));
  }

  @Test
  void aCutBeforeTheLaterEdgeShowsTheEarlierOne() {
    Edge first = withPayload(A);
    Edge second = withPayload(B);
    store.put(first).put(second);
    Cut cut = new Cut(new TreeMap<>(Map.of(FakeStore.origin(1), 1L)));
    assertThat(graph.edge(first.key(), store.at(cut)).orElseThrow().state())
        .isEqualTo(EdgeState.LIVE);
    assertThat(graph.edge(second.key(), store.at(cut))).isEmpty();
  }

  @Test
  void aShadowedEdgeLeadsNowhere() {
    store.put(withPayload(A)).put(withPayload(B));
    assertThat(count(D, Direction.UP)).isEqualTo(new LineageCounts(2, 1, 1));
  }

  @Test
  void aPayloadThatIsGoneIsAnErrorNotAnEdgeLess() {
    Edge edge = edge("x:y", A, B);
    store.put(edge).tombstone(edge.key());
    store.erase(edge);
    assertThatThrownBy(() -> graph.edge(edge.key(), store.now()))
        .isInstanceOf(ErasedException.class);
    assertThatThrownBy(() -> graph.edgesOf(A, Relation.BOTH, EdgeFilter.HISTORY, store.now()))
        .isInstanceOf(ErasedException.class);
  }

  @Test
  void whatIsNoEdgeIsNotFoundAsOne() {
    assertThat(graph.edge(A, store.now())).isEmpty();
    store.tombstone(A);
    assertThat(graph.edge(A, store.now())).isEmpty();
  }

  @Test
  void ofTwoShortestPathsTheOneThroughTheLesserKeyIsTold() {
    store.put(edge("x:y", A, B), edge("x:y", A, C), edge("x:y", B, D), edge("x:y", C, D));
    ArtifactKey middle = B.compareTo(C) < 0 ? B : C;
    assertThat(graph.path(A, D, LineageOptions.ALL, store.now()).orElseThrow())
        .extracting(PathStep::effect)
        .containsExactly(middle, D);
    assertThat(graph.path(D, A, LineageOptions.ALL, store.now())).isEmpty();
    assertThat(graph.path(A, A, LineageOptions.ALL, store.now())).contains(List.of());
    assertThat(graph.path(A, D, LineageOptions.ALL.withDepthMax(1), store.now())).isEmpty();
  }

  @Test
  void aHubOfManyEdgesCostsOneReadOfEach() {
    int edges = 20_000;
    List<Edge> spokes = new ArrayList<>();
    for (int i = 0; i < edges; i++) {
      spokes.add(edge("x:y", A, FakeStore.artifact("spoke " + i)));
    }
    store.put(spokes.toArray(Edge[]::new));
    Lineage lineage = graph.lineage(List.of(A), Direction.DOWN, LineageOptions.ALL, store.now());
    assertThat(lineage.counts()).isEqualTo(new LineageCounts(edges + 1, edges, 1));
    assertThat(store.payloadCalls).isEqualTo(edges);
    assertThat(store.lastCalls).isEqualTo(edges);
  }

  @Test
  void aSlotThatManyEdgesFoughtOverIsWalkedBackOnce() {
    int edges = 3_000;
    List<Edge> rivals = new ArrayList<>();
    for (int i = 0; i < edges; i++) {
      rivals.add(withPayload(FakeStore.artifact("payload " + i)));
      store.put(rivals.get(i));
    }
    for (Edge rival : rivals.subList(edges / 2, edges)) {
      store.tombstone(rival.key());
    }
    assertThat(graph.edgesOf(C, Relation.FROM, EdgeFilter.LIVE, store.now()))
        .extracting(incidence -> incidence.edge().key())
        .containsExactly(rivals.get(edges / 2 - 1).key());
    assertThat(store.lastCalls).isLessThan(2L * edges);
  }

  @Test
  void theIndexRefusesAMalformedEdgeAndLooksAtNothingElse() {
    GraphIndex index = new GraphIndex();
    assertThat(index.structuredTypes()).containsExactly(TypeTag.EDGE);
    assertThatThrownBy(() -> index.check(TypeTag.EDGE, Bytes.utf8("no edge")))
        .isInstanceOf(MalformedException.class);
    index.check(TypeTag.PROGRAM, Bytes.utf8("no edge"));
  }

  private void assertStates(Map<Edge, EdgeState> states) {
    states.forEach(
        (edge, state) ->
            assertThat(graph.edge(edge.key(), store.now()).orElseThrow().state()).isEqualTo(state));
  }

  private LineageCounts count(ArtifactKey start, Direction direction) {
    return count(List.of(start), direction);
  }

  private LineageCounts count(List<ArtifactKey> starts, Direction direction) {
    return graph.count(starts, direction, LineageOptions.ALL, store.now());
  }

  private Map<ArtifactKey, Integer> nodes(ArtifactKey start, Direction direction) {
    Map<ArtifactKey, Integer> nodes = new TreeMap<>();
    graph
        .lineage(List.of(start), direction, LineageOptions.ALL, store.now())
        .nodes()
        .forEach(node -> nodes.put(node.key(), node.depth()));
    return nodes;
  }

  private static Edge withPayload(ArtifactKey payload) {
    return new Edge(new EdgeType("x:y"), List.of(Endpoint.of(C)), List.of(Endpoint.of(D)), payload);
  }

  private static Edge edge(String type, ArtifactKey from, ArtifactKey to) {
    return edge(type, List.of(from), List.of(to));
  }

  private static Edge edge(String type, List<ArtifactKey> from, List<ArtifactKey> to) {
    return new Edge(
        new EdgeType(type),
        from.stream().map(Endpoint::of).toList(),
        to.stream().map(Endpoint::of).toList(),
        null);
  }
}
