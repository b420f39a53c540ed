package dev.cairn.tgk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.Stretch;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.plan.Field;
import dev.cairn.tgk.plan.PlanText;
import dev.cairn.tgk.plan.run.Query;
import dev.cairn.tgk.plan.run.QueryCursor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The graph over real stores, alone and replicated. */
class StoreGraphTest {
  private static final List<Index> INDEXES = List.of(new GraphIndex());
  private static final ArtifactKey A = FakeStore.artifact("a");
  private static final ArtifactKey B = FakeStore.artifact("b");
  private static final ArtifactKey C = FakeStore.artifact("c");

  private final List<Store> opened = new ArrayList<>();

  @AfterEach
  void closeStores() {
    opened.forEach(Store::close);
  }

  @Test
  void edgesPutInAStoreAreItsGraph() {
    Store store = open("one");
    Edge first = edge(A, B, null);
    Edge second = edge(B, C, null);
    put(store, first, second);
    Graph graph = new Graph(store);
    GraphEdge found = graph.edge(first.key(), store.now()).orElseThrow();
    assertThat(found)
        .isEqualTo(new GraphEdge(first.key(), first, EdgeState.LIVE, 1, store.origin()));
    assertThat(count(store, C)).isEqualTo(new LineageCounts(3, 2, 2));
    assertThat(store.liveCounts().edges()).isEqualTo(2);
  }

  @Test
  void aRetractedEdgeIsGoneNowAndThereUnderAnEarlierCut() {
    Store store = open("one");
    Edge edge = edge(A, B, null);
    put(store, edge);
    View before = store.at(cut(store));
    tombstone(store, edge.key(), false);
    Graph graph = new Graph(store);
    assertThat(graph.edge(edge.key(), store.now()).orElseThrow().state())
        .isEqualTo(EdgeState.RETRACTED);
    assertThat(graph.edge(edge.key(), before).orElseThrow().state()).isEqualTo(EdgeState.LIVE);
    assertThat(graph.edgesOf(A, Relation.FROM, EdgeFilter.LIVE, store.now())).isEmpty();
    assertThat(graph.edgesOf(A, Relation.FROM, EdgeFilter.LIVE, before)).hasSize(1);
  }

  @Test
  void anEdgeIsNeverErasedOnlyRetracted() {
    Store store = open("one");
    Edge edge = edge(A, B, null);
    put(store, edge);
    tombstone(store, edge.key(), true);
    Graph graph = new Graph(store);
    assertThat(graph.edgesOf(A, Relation.FROM, EdgeFilter.LIVE, store.now())).isEmpty();
    assertThat(graph.edgesOf(A, Relation.FROM, EdgeFilter.HISTORY, store.now()))
        .extracting(incidence -> incidence.edge().state())
        .containsExactly(EdgeState.RETRACTED);
    assertThat(store.history(edge.key())).hasSize(2);
  }

  @Test
  void aMalformedEdgeIsRefusedAndChangesNothing() {
    Store store = open("one");
    put(store, edge(A, B, null));
    Bytes root = store.stateRoot();
    Bytes good = edge(B, C, null).encode();
    for (Bytes bad : List.of(Bytes.EMPTY, good.plus(good), Bytes.utf8("edge"))) {
      assertThatThrownBy(
              () -> store.commit(new CommitDraft().put(store.prepare(TypeTag.EDGE, bad))))
          .isInstanceOf(MalformedException.class);
    }
    assertThat(store.stateRoot()).isEqualTo(root);
    assertThat(count(store, B)).isEqualTo(new LineageCounts(2, 1, 1));
  }

  @Test
  void anEdgeOfAllTheEndpointsThereMayBeIsKeptAndFollowed() {
    Store store = open("one");
    List<Endpoint> causes = new ArrayList<>();
    for (int i = 0; i < Edge.EDGE_ENDPOINTS_MAX - 1; i++) {
      causes.add(new Endpoint(FakeStore.artifact("cause " + i), "100644 file " + i));
    }
    put(store, new Edge(new EdgeType("git:tree"), causes, List.of(Endpoint.of(A)), null));
    assertThat(count(store, A)).isEqualTo(new LineageCounts(Edge.EDGE_ENDPOINTS_MAX, 1, 1));
  }

  @Test
  void storesThatHoldTheSameRecordsHaveTheSameRowsAndTheSameGraph() {
    for (int seed = 0; seed < 12; seed++) {
      Random random = new Random(seed);
      List<Store> nodes = List.of(open("a" + seed), open("b" + seed), open("c" + seed));
      for (int step = 0; step < 40; step++) {
        Store store = nodes.get(random.nextInt(nodes.size()));
        Edge edge = randomEdge(random);
        switch (random.nextInt(4)) {
          case 0 -> copy(nodes.get(random.nextInt(nodes.size())), store);
          case 1 -> tombstone(store, edge.key(), false);
          default -> put(store, edge, randomEdge(random));
        }
      }
      for (int round = 0; round < 2; round++) {
        for (Store from : nodes) {
          nodes.forEach(to -> copy(from, to));
        }
      }
      Store first = nodes.get(0);
      for (Store other : nodes.subList(1, nodes.size())) {
        assertThat(other.stateRoot()).as("seed " + seed).isEqualTo(first.stateRoot());
        assertThat(rows(other)).as("seed " + seed).isEqualTo(rows(first));
        for (int node = 0; node < 5; node++) {
          ArtifactKey key = FakeStore.artifact("node " + node);
          assertThat(history(other, key)).as("seed " + seed).isEqualTo(history(first, key));
          assertThat(count(other, key)).isEqualTo(count(first, key));
        }
      }
    }
  }

  @Test
  void anEdgeThatTwoNodesPutHasASlotRowForEach() {
    Store one = open("one");
    Store two = open("two");
    put(one, edge(A, B, null));
    put(two, edge(A, B, null));
    copy(one, two);
    assertThat(rows(two).get("tgk.slot")).hasSize(2);
    assertThat(rows(two).get("tgk.up")).hasSize(1);
    assertThat(count(two, B)).isEqualTo(new LineageCounts(2, 1, 1));
  }

  @Test
  void nobodyTakesAnEdgeFromTheGraphByARecordThatSaysItIsNone() {
    Store store = open("one");
    Edge edge = edge(A, B, null);
    put(store, edge);
    lie(store, edge.key());
    assertThat(store.now().live(edge.key()).orElseThrow().kind()).isEqualTo(RecordKind.ARTIFACT);
    Graph graph = new Graph(store);
    assertThat(graph.edge(edge.key(), store.now()).orElseThrow())
        .isEqualTo(new GraphEdge(edge.key(), edge, EdgeState.LIVE, 1, store.origin()));
    assertThat(graph.edgesOf(A, Relation.FROM, EdgeFilter.LIVE, store.now())).hasSize(1);
    assertThat(count(store, B)).isEqualTo(new LineageCounts(2, 1, 1));
    assertThat(rows(store, "edges")).containsExactly(edge.key().toString());
    assertThat(rows(store, "artifacts")).isEmpty();
    assertThat(rows(store, "everything | type=" + TypeTag.EDGE))
        .containsExactly(edge.key().toString());
    assertThat(rows(store, "keys " + edge.key() + " | kind=edge")).hasSize(1);
    tombstone(store, edge.key(), true);
    assertThat(graph.edge(edge.key(), store.now()).orElseThrow().state())
        .isEqualTo(EdgeState.RETRACTED);
    assertThat(graph.edgesOf(A, Relation.FROM, EdgeFilter.LIVE, store.now())).isEmpty();
    assertThat(rows(store, "edges history")).containsExactly(edge.key().toString());
  }

  @Test
  void nobodyBringsAnEdgeBackByARecordThatSaysItIsNone() {
    Store store = open("one");
    Edge edge = edge(A, B, null);
    put(store, edge);
    tombstone(store, edge.key(), false);
    lie(store, edge.key());
    assertThat(store.now().isLive(edge.key())).isTrue();
    Graph graph = new Graph(store);
    assertThat(graph.edge(edge.key(), store.now()).orElseThrow().state())
        .isEqualTo(EdgeState.RETRACTED);
    assertThat(rows(store, "everything")).isEmpty();
    put(store, edge);
    assertThat(graph.edge(edge.key(), store.now()).orElseThrow().state()).isEqualTo(EdgeState.LIVE);
  }

  private static List<String> rows(Store store, String plan) {
    List<String> keys = new ArrayList<>();
    try (QueryCursor rows = new Query(store, store.now(), PlanText.parse(plan)).open(9)) {
      while (rows.next()) {
        rows.row().key(Field.KEY).ifPresent(key -> keys.add(key.toString()));
      }
    }
    return keys;
  }

  /** Another node's record that the key is some text, of which nobody has the bytes. */
  private static void lie(Store store, ArtifactKey key) {
    SigningKey liar = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("liar")));
    Origin origin = new Origin(NodeId.of(liar.publicKey()), 1);
    LogRecord record =
        new LogRecord(
            0,
            9,
            1,
            RecordKind.ARTIFACT,
            key,
            new TypeTag("text/plain"),
            7,
            PayloadDigest.of(Bytes.utf8("nobody's")));
    Bytes root = TreeHasher.leaf(record.encode());
    store.replicate(
        new Stretch(
            origin,
            liar.publicKey(),
            0,
            List.of(new Stretch.Item(record.encode(), null)),
            new Checkpoint("test", origin, 1, root, 9).sign(liar)));
  }

  private static Edge randomEdge(Random random) {
    ArtifactKey payload = random.nextBoolean() ? null : FakeStore.artifact("payload");
    return edge(
        FakeStore.artifact("node " + random.nextInt(5)),
        FakeStore.artifact("node " + random.nextInt(5)),
        payload);
  }

  private static Edge edge(ArtifactKey from, ArtifactKey to, ArtifactKey payload) {
    return new Edge(
        new EdgeType("x:y"), List.of(Endpoint.of(from)), List.of(Endpoint.of(to)), payload);
  }

  private static LineageCounts count(Store store, ArtifactKey start) {
    return new Graph(store).count(List.of(start), Direction.UP, LineageOptions.ALL, store.now());
  }

  private static List<Incidence> history(Store store, ArtifactKey key) {
    return new Graph(store).edgesOf(key, Relation.BOTH, EdgeFilter.HISTORY, store.now());
  }

  private Store open(String name) {
    Store store =
        Store.open(
            new MemoryEngine(StoreConfig.tables(INDEXES, List.of())),
            new StoreConfig(
                "test",
                SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name))),
                1,
                INDEXES,
                List.of(),
                () -> 1_000_000));
    opened.add(store);
    return store;
  }

  private static void put(Store store, Edge... edges) {
    CommitDraft draft = new CommitDraft();
    for (Edge edge : edges) {
      PreparedArtifact prepared = store.prepare(TypeTag.EDGE, edge.encode());
      assertThat(prepared.id().key()).isEqualTo(edge.key());
      draft.put(prepared);
    }
    store.commit(draft);
  }

  private static void tombstone(Store store, ArtifactKey key, boolean erase) {
    store.commit(new CommitDraft().tombstone(key, new TombstoneNote(erase, null)));
  }

  private static Cut cut(Store store) {
    TreeMap<Origin, Long> logseqs = new TreeMap<>();
    store.heads().forEach(head -> logseqs.put(head.origin(), head.lastLogseq()));
    return new Cut(logseqs);
  }

  /** Every derived row of the graph's tables. */
  private static Map<String, Map<Bytes, Bytes>> rows(Store store) {
    Map<String, Map<Bytes, Bytes>> all = new TreeMap<>();
    for (Table table : new TreeSet<>(new GraphIndex().tables())) {
      Map<Bytes, Bytes> rows = new TreeMap<>();
      try (RowCursor cursor = store.rows().scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
        while (cursor.next()) {
          rows.put(cursor.key(), cursor.value());
        }
      }
      all.put(table.name(), rows);
    }
    return Collections.unmodifiableMap(all);
  }

  /** Sends all that {@code to} lacks of the logs that {@code from} holds. */
  private static void copy(Store from, Store to) {
    from.signHead();
    for (LogHead head : from.heads()) {
      long held = to.head(head.origin()).map(LogHead::treeSize).orElse(0L);
      for (var checkpoint : from.checkpoints(head.origin(), held, Integer.MAX_VALUE).entrySet()) {
        List<Stretch.Item> items = new ArrayList<>();
        try (RecordCursor records = from.records(head.origin(), held, checkpoint.getKey())) {
          while (records.next()) {
            items.add(
                new Stretch.Item(
                    records.encoded(),
                    from.payload(records.record().payloadDigest(), Edge.EDGE_BYTES_MAX)));
          }
        }
        to.replicate(new Stretch(head.origin(), head.key(), held, items, checkpoint.getValue()));
        held = checkpoint.getKey();
      }
    }
  }
}
