package dev.cairn.tgk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.FakeStore.Commit;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.segment.SegmentFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random graphs of several origins, with hyperedges, roles, puts again, tombstones and shadowing:
 * sealed or not, at any view, all questions have the answers that rows and the oracle give.
 */
class GraphImageTest {
  @TempDir Path folder;

  static LongStream seeds() {
    return LongStream.range(0, 60);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void sealedAtAnyTimeEveryViewIsAnsweredAsFromRows(long seed) throws IOException {
    Random random = new Random(seed);
    List<Commit> commits = GraphPropertyTest.commits(random);
    FakeStore store = new FakeStore();
    Graph graph = new Graph(store, new SegmentFiles(folder));
    List<Commit> held = new ArrayList<>();
    Set<ArtifactKey> sealed = new TreeSet<>();
    for (Commit commit : commits) {
      store.apply(commit);
      held.add(commit);
      if (random.nextInt(6) == 0) {
        Snapshot snapshot = store.keep(cutOfHeld(random, store));
        graph.seal(snapshot);
        assertThat(graph.sealed(snapshot.key())).isPresent();
        sealed.add(snapshot.key());
      }
      if (random.nextInt(3) == 0) {
        assertSame(random, store, graph, held, null);
        assertSame(random, store, graph, held, cutOfHeld(random, store).cut());
      }
      if (random.nextInt(10) == 0) {
        graph = new Graph(store, new SegmentFiles(folder));
      }
    }
    assertSame(random, store, graph, held, null);
    try (var files = Files.list(folder)) {
      assertThat(files.count()).isEqualTo(Math.min(sealed.size(), Sealing.SEGMENTS_MAX));
    }
  }

  /** A part of what each origin has, up to all. */
  private static Horizon cutOfHeld(Random random, FakeStore store) {
    TreeMap<Origin, Long> logseqs = new TreeMap<>();
    boolean whole = random.nextInt(3) == 0;
    store
        .horizon()
        .ends()
        .forEach(
            (origin, end) -> {
              long logseq = whole ? end.logseq() : random.nextInt((int) end.logseq() + 1);
              if (logseq > 0) {
                logseqs.put(origin, logseq);
              }
            });
    return store.horizon(new Cut(logseqs));
  }

  private static void assertSame(
      Random random, FakeStore store, Graph graph, List<Commit> held, Cut at) {
    View view = at == null ? store.now() : store.at(at);
    Cut shown = at == null ? store.horizon().cut() : at;
    assertThat(graph.isFast(view)).isTrue();
    NaiveGraph oracle = new NaiveGraph(held, shown);
    Graph rows = Graph.overRows(store);
    for (Direction direction : Direction.values()) {
      for (ArtifactKey start : GraphPropertyTest.NODES) {
        int depthMax = random.nextBoolean() ? random.nextInt(4) : Integer.MAX_VALUE;
        Set<EdgeType> types = GraphPropertyTest.types(random);
        LineageOptions options = LineageOptions.ALL.withDepthMax(depthMax).withTypes(types);
        Map<ArtifactKey, Integer> depths = oracle.depths(start, direction, depthMax, types);
        Set<ArtifactKey> edges = oracle.followed(depths, direction, depthMax, types);
        LineageCounts counts =
            new LineageCounts(depths.size(), edges.size(), Collections.max(depths.values()));
        assertThat(graph.count(List.of(start), direction, options, view)).isEqualTo(counts);
        assertThat(graph.lineage(List.of(start), direction, options, view))
            .isEqualTo(rows.lineage(List.of(start), direction, options, view));
        assertReach(random, graph, rows, direction, options, view);
        assertBound(graph, start, direction, options, view, counts);
        ArtifactKey other =
            GraphPropertyTest.NODES.get(random.nextInt(GraphPropertyTest.NODES.size()));
        LineageOptions few = options.withNodesMax(1 + random.nextInt(9));
        assertThat(path(graph, start, other, few, view))
            .isEqualTo(path(rows, start, other, few, view));
      }
    }
  }

  private static void assertReach(
      Random random,
      Graph graph,
      Graph rows,
      Direction direction,
      LineageOptions options,
      View view) {
    List<ArtifactKey> starts = new ArrayList<>(GraphPropertyTest.NODES);
    starts.add(FakeStore.artifact("a stranger"));
    Collections.shuffle(starts, random);
    List<ArtifactKey> some = starts.subList(0, random.nextInt(4));
    List<LineageNode> found = new ArrayList<>();
    LineageCounts counts =
        graph.reach(
            some, direction, options, view, (key, depth) -> found.add(new LineageNode(key, depth)));
    Lineage lineage = rows.lineage(some, direction, options, view);
    assertThat(found).isEqualTo(lineage.nodes());
    assertThat(counts)
        .isEqualTo(lineage.counts())
        .isEqualTo(graph.count(some, direction, options, view));
  }

  private static void assertBound(
      Graph graph,
      ArtifactKey start,
      Direction direction,
      LineageOptions options,
      View view,
      LineageCounts counts) {
    LineageOptions enough = options.withNodesMax((int) counts.nodes());
    assertThat(graph.count(List.of(start), direction, enough, view)).isEqualTo(counts);
    if (counts.nodes() > 1) {
      LineageOptions tooFew = options.withNodesMax((int) counts.nodes() - 1);
      assertThatThrownBy(() -> graph.count(List.of(start), direction, tooFew, view))
          .isInstanceOf(RefusedException.class);
    }
  }

  private static Optional<List<PathStep>> path(
      Graph graph, ArtifactKey cause, ArtifactKey effect, LineageOptions options, View view) {
    try {
      return graph.path(cause, effect, options, view);
    } catch (RefusedException e) {
      return null;
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aSegmentMadeFromAnotherIsTheOneThatRowsGive(long seed) throws IOException {
    Random random = new Random(seed);
    FakeStore store = new FakeStore();
    GraphPropertyTest.commits(random).forEach(store::apply);
    Snapshot first = store.keep(cutOfHeld(random, store));
    Snapshot second = store.keep(cutOfHeld(random, store));
    SegmentFiles files = new SegmentFiles(folder);
    new Graph(store, files).seal(second);
    byte[] fromRows = Files.readAllBytes(files.file(second.key()));
    files.remove(files.file(second.key()));
    Graph graph = new Graph(store, files);
    graph.seal(first);
    graph.seal(second);
    assertThat(Files.readAllBytes(files.file(second.key()))).isEqualTo(fromRows);
  }

  @Test
  void everyFlippedByteOfASegmentIsFoundOrHarmless() throws IOException {
    FakeStore store = smallStore();
    Snapshot snapshot = store.keep(store.horizon());
    SegmentFiles files = new SegmentFiles(folder);
    new Graph(store, files).seal(snapshot);
    Path file = files.file(snapshot.key());
    byte[] whole = Files.readAllBytes(file);
    LineageCounts counts = count(Graph.overRows(store), store);
    int harmless = 0;
    for (int at = 0; at < whole.length; at++) {
      for (int bit : new int[] {1, 0x80}) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) bit;
        Files.write(file, damaged);
        Graph graph = new Graph(store, files);
        harmless += graph.sealed(snapshot.key()).isPresent() ? 1 : 0;
        assertThat(count(graph, store)).as("byte " + at).isEqualTo(counts);
        assertThatThrownBy(() -> files.open(file).verify())
            .as("byte " + at)
            .isInstanceOf(CairnException.class);
      }
    }
    // What opening does not look at is the digest at the end.
    assertThat(harmless).isEqualTo(2 * 32);
  }

  @Test
  void aSegmentThatIsCutAnywhereIsFound() throws IOException {
    FakeStore store = smallStore();
    Snapshot snapshot = store.keep(store.horizon());
    SegmentFiles files = new SegmentFiles(folder);
    new Graph(store, files).seal(snapshot);
    Path file = files.file(snapshot.key());
    byte[] whole = Files.readAllBytes(file);
    LineageCounts counts = count(Graph.overRows(store), store);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Bytes.copyOf(whole, 0, length).toArray());
      Graph graph = new Graph(store, files);
      assertThat(graph.sealed(snapshot.key())).isEmpty();
      assertThat(count(graph, store)).isEqualTo(counts);
    }
    Files.delete(file);
    assertThat(count(new Graph(store, files), store)).isEqualTo(counts);
  }

  @Test
  void aSegmentOfAnotherStoreIsNotTaken() throws IOException {
    FakeStore store = smallStore();
    Snapshot snapshot = store.keep(store.horizon());
    SegmentFiles files = new SegmentFiles(folder);
    FakeStore other = new FakeStore();
    other.put(edge(0, 5));
    Snapshot others = other.keep(other.horizon());
    new Graph(other, files).seal(others);
    LineageCounts counts = count(Graph.overRows(store), store);
    assertThat(count(new Graph(store, files), store)).isEqualTo(counts);
    Files.move(files.file(others.key()), files.file(snapshot.key()));
    Graph graph = new Graph(store, files);
    assertThat(graph.sealed(snapshot.key())).isEmpty();
    assertThat(count(graph, store)).isEqualTo(counts);
  }

  @Test
  void aSegmentThatLacksWhatItSealsIsGivenUpAndRowsAnswer() throws IOException {
    FakeStore store = smallStore();
    Snapshot snapshot = store.keep(store.horizon());
    SegmentFiles files = new SegmentFiles(folder);
    // A store that says of itself what the snapshot says, and has nothing.
    FakeStore liar = new FakeStore();
    liar.put(edge(7, 8), edge(6, 8), edge(5, 8)).put(edge(4, 8)).put(edge(4, 7)).put(edge(4, 6));
    new Graph(liar, files).seal(snapshot);
    Graph graph = new Graph(store, files);
    store.tombstone(edge(1, 2).key());
    assertThat(count(graph, store)).isEqualTo(count(Graph.overRows(store), store));
  }

  private static FakeStore smallStore() {
    FakeStore store = new FakeStore();
    store.put(edge(0, 1), edge(1, 2), edge(2, 3));
    store.put(
        new Edge(new EdgeType("a:other"), List.of(end(1), end(4)), List.of(end(3), end(5)), null));
    return store.put(edge(4, 0)).tombstone(edge(4, 0).key());
  }

  private static Endpoint end(int node) {
    return Endpoint.of(GraphPropertyTest.NODES.get(node));
  }

  private static Edge edge(int from, int to) {
    return new Edge(new EdgeType("x:y"), List.of(end(from)), List.of(end(to)), null);
  }

  private static LineageCounts count(Graph graph, FakeStore store) {
    return graph.count(
        List.of(GraphPropertyTest.NODES.get(3)), Direction.UP, LineageOptions.ALL, store.now());
  }
}
