package dev.cairn.tgk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Versions of a slot, and the records of an edge. */
class EdgeHistoryTest {
  private static final ArtifactKey A = FakeStore.artifact("a");
  private static final ArtifactKey B = FakeStore.artifact("b");

  private final List<Index> indexes = List.of(new GraphIndex());
  private final Store store =
      Store.open(
          new MemoryEngine(StoreConfig.tables(indexes, List.of())),
          new StoreConfig(
              "test",
              SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("one"))),
              1,
              indexes,
              List.of(),
              () -> 1_000_000));
  private final EdgeHistory history = new EdgeHistory(store);

  @AfterEach
  void close() {
    store.close();
  }

  private static Edge saying(String payload) {
    return new Edge(
        new EdgeType("x:y"),
        List.of(new Endpoint(A, "source")),
        List.of(Endpoint.of(B)),
        FakeStore.artifact(payload));
  }

  private void put(Edge edge) {
    store.commit(new CommitDraft().put(store.prepare(TypeTag.EDGE, edge.encode())));
  }

  private List<String> told(Edge of, View view) {
    return history.versions(of, view).stream()
        .map(
            version ->
                version.logseq()
                    + " "
                    + version.edge().state()
                    + (version.latest() ? "" : " earlier")
                    + (version.isShown() ? " shown" : ""))
        .toList();
  }

  @Test
  void theVersionsOfASlotStandInTheOrderInWhichTheyWerePut() {
    Edge one = saying("one");
    Edge two = saying("two");
    assertThat(told(one, store.now())).isEmpty();
    put(one);
    assertThat(told(two, store.now())).containsExactly("1 LIVE shown");
    put(two);
    View before = store.at(store.cut());
    assertThat(told(one, store.now())).containsExactly("1 SHADOWED", "2 LIVE shown");
    var unused = store.tombstone(two.key(), null);
    assertThat(told(one, store.now())).containsExactly("1 LIVE shown", "2 RETRACTED");
    assertThat(history.shown(two, store.now()).orElseThrow().key()).isEqualTo(one.key());
    put(two);
    assertThat(told(one, store.now()))
        .containsExactly("1 SHADOWED", "2 LIVE earlier", "4 LIVE shown");
    assertThat(told(one, before)).containsExactly("1 SHADOWED", "2 LIVE shown");
    assertThat(history.versions(one, store.now()))
        .extracting(EdgeVersion::key)
        .containsExactly(one.key(), two.key(), two.key());
  }

  @Test
  void otherRolesAreAnotherSlot() {
    Edge one = saying("one");
    Edge other = new Edge(one.type(), List.of(Endpoint.of(A)), one.to(), one.payload());
    put(one);
    put(other);
    assertThat(told(one, store.now())).containsExactly("1 LIVE shown");
    assertThat(told(other, store.now())).containsExactly("2 LIVE shown");
  }

  @Test
  void theRecordsOfAnEdgeAreItsPutsAndTombstonesWithinTheView() {
    Edge one = saying("one");
    put(one);
    View before = store.at(store.cut());
    var unused = store.tombstone(one.key(), "wrong");
    put(one);
    assertThat(history.records(one.key(), store.now()))
        .extracting(entry -> entry.record().isPut())
        .containsExactly(true, false, true);
    assertThat(history.records(one.key(), before)).hasSize(1);
    assertThat(history.shown(saying("never put"), before)).isPresent();
    assertThat(history.records(saying("never put").key(), before)).isEmpty();
  }
}
