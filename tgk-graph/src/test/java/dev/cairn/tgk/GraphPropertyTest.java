package dev.cairn.tgk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.FakeStore.Commit;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random graphs written by several origins at clashing logseqs, against the oracle: whatever the
 * order of arrival, the rows are the same, and at any cut the answers are the oracle's.
 */
class GraphPropertyTest {
  private static final int ORIGINS = 3;
  static final List<ArtifactKey> NODES = new ArrayList<>();
  private static final List<EdgeType> TYPES =
      List.of(new EdgeType("t:a"), new EdgeType("t:b"), new EdgeType("u:a"));

  static {
    for (int i = 0; i < 9; i++) {
      NODES.add(FakeStore.artifact("node " + i));
    }
  }

  static LongStream seeds() {
    return LongStream.range(0, 80);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyOrderOfArrivalGivesTheSameRows(long seed) {
    Random random = new Random(seed);
    List<Commit> commits = commits(random);
    FakeStore inOrder = new FakeStore();
    commits.forEach(inOrder::apply);
    List<Commit> arrival = new ArrayList<>(commits);
    arrival.addAll(commits.subList(0, commits.size() / 2));
    Collections.shuffle(arrival, random);
    FakeStore shuffled = new FakeStore();
    arrival.forEach(shuffled::apply);
    assertThat(shuffled.allRows()).isEqualTo(inOrder.allRows());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void atAnyCutEveryEdgeIsInTheStateThatTheOracleSays(long seed) {
    Random random = new Random(seed);
    List<Commit> commits = commits(random);
    Collections.shuffle(commits, random);
    FakeStore store = new FakeStore();
    commits.forEach(store::apply);
    Graph graph = new Graph(store);
    for (int round = 0; round < 4; round++) {
      Cut cut = cut(random, round == 0);
      View view = store.at(cut);
      NaiveGraph oracle = new NaiveGraph(commits, cut);
      Set<EdgeType> types = types(random);
      for (ArtifactKey node : NODES) {
        assertEdgesOf(graph, view, oracle, node, new EdgeFilter(new TreeSet<>(types), true));
        assertEdgesOf(graph, view, oracle, node, EdgeFilter.ofTypes(types));
      }
      for (Commit commit : commits) {
        for (Edge edge : commit.puts()) {
          assertThat(graph.edge(edge.key(), view).map(GraphEdge::state))
              .isEqualTo(Optional.ofNullable(oracle.states.get(edge.key())));
        }
      }
    }
  }

  private static void assertEdgesOf(
      Graph graph, View view, NaiveGraph oracle, ArtifactKey node, EdgeFilter filter) {
    List<Incidence> found = graph.edgesOf(node, Relation.BOTH, filter, view);
    assertThat(found)
        .extracting(incidence -> incidence.edge().key())
        .containsExactlyElementsOf(oracle.edgesOf(node, filter.history(), filter.types()));
    List<Incidence> causes = new ArrayList<>();
    List<Incidence> effects = new ArrayList<>();
    for (Incidence incidence : found) {
      GraphEdge edge = incidence.edge();
      assertThat(edge.edge()).isEqualTo(oracle.edges.get(edge.key()));
      assertThat(edge.state()).isEqualTo(oracle.states.get(edge.key()));
      assertThat(edge.logseq()).isEqualTo(oracle.latestPut(edge.key()).logseq());
      assertThat(edge.origin()).isEqualTo(oracle.latestPut(edge.key()).origin());
      boolean from = NaiveGraph.has(edge.edge().from(), node);
      boolean to = NaiveGraph.has(edge.edge().to(), node);
      assertThat(incidence.relation())
          .isEqualTo(from && to ? Relation.BOTH : from ? Relation.FROM : Relation.TO);
      if (from) {
        causes.add(incidence);
      }
      if (to) {
        effects.add(incidence);
      }
    }
    assertThat(graph.edgesOf(node, Relation.FROM, filter, view)).isEqualTo(causes);
    assertThat(graph.edgesOf(node, Relation.TO, filter, view)).isEqualTo(effects);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void lineageReachesWhatTheOracleReachesAndInOrder(long seed) {
    Random random = new Random(seed);
    List<Commit> commits = commits(random);
    FakeStore store = new FakeStore();
    commits.forEach(store::apply);
    Graph graph = new Graph(store);
    Cut cut = cut(random, random.nextBoolean());
    NaiveGraph oracle = new NaiveGraph(commits, cut);
    for (ArtifactKey start : NODES) {
      for (Direction direction : Direction.values()) {
        int depthMax = random.nextBoolean() ? random.nextInt(4) : Integer.MAX_VALUE;
        Set<EdgeType> types = types(random);
        LineageOptions options =
            LineageOptions.ALL.withDepthMax(depthMax).withTypes(types).withNodesMax(NODES.size());
        Lineage lineage = graph.lineage(List.of(start), direction, options, store.at(cut));
        Map<ArtifactKey, Integer> depths = oracle.depths(start, direction, depthMax, types);
        assertNodes(lineage, depths);
        assertThat(keysOf(lineage.edges()))
            .isEqualTo(oracle.followed(depths, direction, depthMax, types));
        assertThat(lineage.counts())
            .isEqualTo(
                new LineageCounts(
                    depths.size(), lineage.edges().size(), Collections.max(depths.values())))
            .isEqualTo(graph.count(List.of(start), direction, options, store.at(cut)));
      }
    }
  }

  private static void assertNodes(Lineage lineage, Map<ArtifactKey, Integer> depths) {
    Map<ArtifactKey, Integer> found = new TreeMap<>();
    LineageNode before = null;
    for (LineageNode node : lineage.nodes()) {
      assertThat(found.put(node.key(), node.depth())).isNull();
      if (before != null && before.depth() == node.depth()) {
        assertThat(before.key()).isLessThan(node.key());
      } else if (before != null) {
        assertThat(before.depth()).isLessThan(node.depth());
      }
      before = node;
    }
    assertThat(found).isEqualTo(depths);
  }

  private static Set<ArtifactKey> keysOf(List<GraphEdge> edges) {
    Set<ArtifactKey> keys = new TreeSet<>();
    edges.forEach(edge -> assertThat(keys.add(edge.key())).isTrue());
    return keys;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aPathIsAsShortAsTheOraclesDepthAndHangsTogether(long seed) {
    Random random = new Random(seed);
    List<Commit> commits = commits(random);
    FakeStore store = new FakeStore();
    commits.forEach(store::apply);
    Graph graph = new Graph(store);
    Cut cut = cut(random, true);
    NaiveGraph oracle = new NaiveGraph(commits, cut);
    for (ArtifactKey cause : NODES) {
      Map<ArtifactKey, Integer> depths =
          oracle.depths(cause, Direction.DOWN, Integer.MAX_VALUE, Set.of());
      for (ArtifactKey effect : NODES) {
        Optional<List<PathStep>> path =
            graph.path(cause, effect, LineageOptions.ALL, store.at(cut));
        assertThat(path.map(List::size)).isEqualTo(Optional.ofNullable(depths.get(effect)));
        ArtifactKey at = cause;
        for (PathStep step : path.orElse(List.of())) {
          assertThat(step.cause()).isEqualTo(at);
          assertThat(step.edge().state()).isEqualTo(EdgeState.LIVE);
          assertThat(NaiveGraph.has(step.edge().edge().from(), step.cause())).isTrue();
          assertThat(NaiveGraph.has(step.edge().edge().to(), step.effect())).isTrue();
          at = step.effect();
        }
        assertThat(path.isEmpty() || at.equals(effect)).isTrue();
      }
    }
  }

  /**
   * Commits of several origins, each origin's logseqs rising, those of different ones clashing;
   * among them records that say of edges that they are none.
   */
  static List<Commit> commits(Random random) {
    List<Commit> commits = new ArrayList<>();
    List<Edge> known = new ArrayList<>();
    long[] logseqs = new long[ORIGINS];
    for (int i = 0; i < 25; i++) {
      int origin = random.nextInt(ORIGINS);
      logseqs[origin] += 1 + random.nextInt(3);
      Set<Edge> puts = new LinkedHashSet<>();
      Set<ArtifactKey> tombstones = new TreeSet<>();
      for (int j = random.nextInt(3); j >= 0; j--) {
        boolean again = !known.isEmpty() && random.nextInt(3) > 0;
        Edge edge = again ? known.get(random.nextInt(known.size())) : edge(random);
        Edge other = new Edge(edge.type(), edge.from(), edge.to(), payload(random));
        known.add(other);
        if (random.nextInt(3) > 0) {
          puts.add(other);
        } else {
          tombstones.add(edge.key());
        }
      }
      puts.forEach(edge -> tombstones.remove(edge.key()));
      Set<ArtifactKey> lies = new TreeSet<>();
      for (int j = random.nextInt(3); j > 0; j--) {
        lies.add(known.get(random.nextInt(known.size())).key());
      }
      lies.removeAll(tombstones);
      puts.forEach(edge -> lies.remove(edge.key()));
      commits.add(
          new Commit(
              FakeStore.origin(origin + 1),
              logseqs[origin],
              List.copyOf(puts),
              List.copyOf(tombstones),
              List.copyOf(lies)));
    }
    return commits;
  }

  private static Edge edge(Random random) {
    return new Edge(
        TYPES.get(random.nextInt(TYPES.size())),
        endpoints(random, random.nextInt(4)),
        endpoints(random, 1 + random.nextInt(2)),
        payload(random));
  }

  private static List<Endpoint> endpoints(Random random, int count) {
    Set<Endpoint> endpoints = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      ArtifactKey key = NODES.get(random.nextInt(NODES.size()));
      endpoints.add(random.nextInt(4) == 0 ? new Endpoint(key, "role") : Endpoint.of(key));
    }
    return List.copyOf(endpoints);
  }

  private static ArtifactKey payload(Random random) {
    return random.nextBoolean() ? null : NODES.get(random.nextInt(3));
  }

  static Set<EdgeType> types(Random random) {
    Set<EdgeType> types = new TreeSet<>();
    if (random.nextInt(3) == 0) {
      types.add(TYPES.get(random.nextInt(TYPES.size())));
      types.add(TYPES.get(random.nextInt(TYPES.size())));
    }
    return types;
  }

  private static Cut cut(Random random, boolean whole) {
    TreeMap<Origin, Long> logseqs = new TreeMap<>();
    for (int i = 1; i <= ORIGINS; i++) {
      if (whole || random.nextInt(5) > 0) {
        logseqs.put(FakeStore.origin(i), whole ? 1000L : random.nextInt(25));
      }
    }
    return new Cut(logseqs);
  }
}
