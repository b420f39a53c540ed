package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.copy;
import static dev.cairn.asl.store.StoreFixture.derivedRows;
import static dev.cairn.asl.store.StoreFixture.key;
import static dev.cairn.asl.store.StoreFixture.open;
import static dev.cairn.asl.store.StoreFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.note.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What an origin may sign and a peer may send, and who is to blame when they lie. */
final class ReplicaRulesTest {
  private static final StoreConfig LIAR = StoreFixture.config("liar");
  private static final Origin ORIGIN = Store.originOf(LIAR);

  @Test
  void aCheckpointInsideACommitIsTheOriginsLieWhicheverHalfCameFirst() {
    List<Stretch.Item> commit = commit(0, 5, 5, "a", "b");
    List<Stretch.Item> more = commit(2, 6, 6, "c");
    Stretch half = stretch(List.of(), commit.subList(0, 1), 5);
    Stretch rest = stretch(commit.subList(0, 1), commit.subList(1, 2), 5);
    Stretch whole = stretch(List.of(), concat(commit, more), 6);
    try (Store store = open("a")) {
      store.replicate(half);
      var before = derivedRows(store);
      assertThatThrownBy(() -> store.replicate(rest)).isInstanceOf(MisbehaviourException.class);
      assertThatThrownBy(() -> store.replicate(whole)).isInstanceOf(MisbehaviourException.class);
      assertThat(derivedRows(store)).isEqualTo(before);
    }
    try (Store store = open("b")) {
      store.replicate(whole);
      assertThatThrownBy(() -> store.replicate(half)).isInstanceOf(MisbehaviourException.class);
      assertThat(store.checkpoints(ORIGIN, 0, 10)).containsOnlyKeys(3L);
    }
  }

  @Test
  void aSignedLogThatGoesBackInLogseqOrTimeIsTheOriginsLieNotTheSenders() {
    List<Stretch.Item> first = commit(0, 5, 5, "a");
    for (List<Stretch.Item> next : List.of(commit(1, 4, 6, "b"), commit(1, 6, 5, "b"))) {
      long logseq = LogRecord.decode(next.get(0).record()).logseq();
      try (Store store = open("a")) {
        store.replicate(stretch(List.of(), first, 5));
        assertThatThrownBy(() -> store.replicate(stretch(first, next, logseq)))
            .isInstanceOf(MisbehaviourException.class);
        Stretch unsigned =
            new Stretch(
                ORIGIN,
                LIAR.key().publicKey(),
                1,
                commit(1, 4, 6, "c"),
                stretch(first, commit(1, 4, 6, "b"), 4).checkpoint());
        assertThatThrownBy(() -> store.replicate(unsigned))
            .isInstanceOf(MisbehaviourException.class)
            .hasMessageContaining("is frozen");
        try (Store other = open("b")) {
          other.replicate(stretch(List.of(), first, 5));
          assertThatThrownBy(() -> other.replicate(unsigned))
              .isInstanceOf(MalformedException.class);
          assertThat(other.frozen()).isEmpty();
        }
      }
    }
  }

  @Test
  void aForkThatBeginsWithinWhatIsHeldIsTheOriginsLieIfItsCheckpointCoversIt() {
    List<Stretch.Item> first = commit(0, 1, 1, "a");
    List<Stretch.Item> other = commit(0, 1, 1, "b");
    List<Stretch.Item> more = commit(1, 2, 2, "c");
    try (Store store = open("a")) {
      store.replicate(stretch(List.of(), first, 1));
      Stretch fork = stretch(List.of(), concat(other, more), 2);
      Stretch forged =
          new Stretch(
              ORIGIN,
              LIAR.key().publicKey(),
              0,
              concat(other, more),
              stretch(List.of(), concat(first, more), 2).checkpoint());
      assertThatThrownBy(() -> store.replicate(forged)).isInstanceOf(MalformedException.class);
      assertThat(store.frozen()).isEmpty();
      assertThatThrownBy(() -> store.replicate(fork)).isInstanceOf(MisbehaviourException.class);
      assertThat(store.head(ORIGIN).orElseThrow().treeSize()).isEqualTo(1);
    }
  }

  @Test
  void aCommitOfMoreRecordsThanThereMayBeIsRefused() {
    String[] texts =
        IntStream.rangeClosed(0, LogRecord.COMMIT_RECORDS_MAX)
            .mapToObj(Integer::toString)
            .toArray(String[]::new);
    List<Stretch.Item> items = commit(0, 1, 1, texts);
    try (Store store = open("a")) {
      assertThatThrownBy(() -> store.replicate(stretch(List.of(), items, 1)))
          .isInstanceOf(MalformedException.class);
      assertThat(store.heads()).isEmpty();
      store.replicate(stretch(List.of(), items.subList(0, LogRecord.COMMIT_RECORDS_MAX), 1));
      assertThat(store.head(ORIGIN).orElseThrow().treeSize())
          .isEqualTo(LogRecord.COMMIT_RECORDS_MAX);
    }
  }

  @Test
  void indexesAtTheEndsOfNumbersAreRefused() {
    List<Stretch.Item> items = commit(0, 1, 1, "a");
    Bytes note = stretch(List.of(), items, 1).checkpoint();
    try (Store store = open("a")) {
      for (long first : new long[] {Long.MIN_VALUE, -1, 1, Long.MAX_VALUE - 1, Long.MAX_VALUE}) {
        assertThatThrownBy(
                () ->
                    store.replicate(
                        new Stretch(ORIGIN, LIAR.key().publicKey(), first, items, note)))
            .as("first index " + first)
            .isInstanceOfAny(MalformedException.class, RefusedException.class);
      }
      Bytes huge = new Checkpoint("test", ORIGIN, Long.MAX_VALUE, note(0), 1).sign(LIAR.key());
      assertThatThrownBy(
              () ->
                  store.replicate(
                      new Stretch(
                          ORIGIN,
                          LIAR.key().publicKey(),
                          Long.MAX_VALUE - 1,
                          commit(Long.MAX_VALUE - 1, 1, 1, "a"),
                          huge)))
          .isInstanceOf(RefusedException.class);
      assertThat(store.heads()).isEmpty();
    }
  }

  @Test
  void theRestOfANodesOwnEarlierEpochIsTakenBackFromAPeer() {
    MemoryEngine engine = StoreFixture.engine();
    Store lost = Store.open(engine, LIAR);
    put(lost, "one");
    lost.close();
    try (Store twin = open("liar");
        Store peer = open("peer")) {
      put(twin, "one");
      put(twin, "two");
      copy(twin, peer);
      StoreConfig next = new StoreConfig("test", LIAR.key(), 2, List.of(), List.of(), LIAR.clock());
      try (Store again = Store.open(engine.reopen(), next)) {
        put(again, "three");
        copy(peer, again);
        assertThat(again.now().isLive(key("two"))).isTrue();
        put(again, "four");
        copy(again, peer);
        assertThat(derivedRows(again)).isEqualTo(derivedRows(peer));
      }
    }
  }

  @Test
  void whatOneStoreVerifiedNoOtherTakesAndVerifyingChangesNothing() {
    Stretch stretch = stretch(List.of(), commit(0, 5, 5, "a"), 5);
    Stretch next = stretch(commit(0, 5, 5, "a"), commit(1, 6, 6, "b"), 6);
    try (Store store = open("a");
        Store other = open("b")) {
      VerifiedStretch second = store.verify(next);
      VerifiedStretch first = store.verify(stretch);
      assertThat(store.heads()).isEmpty();
      assertThatThrownBy(() -> other.replicate(first))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("another store");
      assertThatThrownBy(() -> store.replicate(second))
          .as("its time has not come")
          .isInstanceOf(RefusedException.class);
      store.replicate(first);
      assertThat(store.replicate(second).records()).isEqualTo(1);
      assertThat(other.heads()).isEmpty();
    }
  }

  @Test
  void aStretchThatIsHeldAlreadyAddsItsCheckpointAndNothingElse() {
    List<Stretch.Item> first = commit(0, 1, 1, "a");
    List<Stretch.Item> second = commit(1, 2, 2, "b");
    try (Store store = open("a")) {
      store.replicate(stretch(List.of(), concat(first, second), 2));
      var before = derivedRows(store);
      assertThat(store.replicate(stretch(List.of(), first, 1)))
          .isEqualTo(new ReplicaResult(0, 0, 2));
      assertThat(store.checkpoints(ORIGIN, 0, 10)).containsOnlyKeys(1L, 2L);
      assertThat(derivedRows(store)).isEqualTo(before);
    }
  }

  @Test
  void recordsOfOtherHashFunctionsAreTakenAndReadBack() {
    for (HashAlgorithm algorithm : HashAlgorithm.values()) {
      ArtifactHasher hasher = new ArtifactHasher(algorithm);
      hasher.update(Bytes.utf8("x"));
      ArtifactId id = hasher.finish(null);
      List<Stretch.Item> items = List.of(item(0, 1, 1, id, Bytes.utf8("x")));
      try (Store store = open("a")) {
        store.replicate(stretch(List.of(), items, 1));
        assertThat(store.now().isLive(id.key())).isTrue();
        assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
      }
    }
  }

  @Test
  void aRecordThatFalselyStatesAPayloadIsRefusedWheneverThatCame() {
    ArtifactId honest = ArtifactHasher.identify(Bytes.utf8("honest"), null);
    ArtifactId planted = ArtifactHasher.identify(Bytes.utf8("evil 6"), null);
    ArtifactId forged = new ArtifactId(honest.key(), null, 6, planted.payloadDigest());
    List<Stretch.Item> payload = commit(0, 9, 9, "evil 6");
    List<Stretch.Item> lie = List.of(item(1, 10, 10, forged, null));
    List<Stretch.Item> truth = List.of(item(1, 10, 10, planted, null));
    Stretch first = stretch(List.of(), payload, 9);
    try (Store store = open("a")) {
      VerifiedStretch early = store.verify(stretch(payload, lie, 10));
      VerifiedStretch right = store.verify(stretch(payload, truth, 10));
      Stretch together = stretch(List.of(), concat(payload, lie), 10);
      assertThatThrownBy(() -> store.replicate(together))
          .as("with it")
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("record 1 of");
      store.replicate(first);
      assertThatThrownBy(() -> store.replicate(early))
          .as("since it was verified")
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("record 1 of");
      assertThat(store.head(ORIGIN).orElseThrow().treeSize()).isEqualTo(1);
      assertThat(store.replicate(right).records()).isEqualTo(1);
    }
  }

  @Test
  void aPayloadThatARecordFalselyStatesIsNeverReadAsItsArtifact() throws IOException {
    ArtifactId honest = ArtifactHasher.identify(Bytes.utf8("honest"), null);
    ArtifactId planted = ArtifactHasher.identify(Bytes.utf8("evil 6"), null);
    ArtifactId forged = new ArtifactId(honest.key(), null, 6, planted.payloadDigest());
    List<Stretch.Item> lie = List.of(item(0, 9, 9, forged, null));
    List<Stretch.Item> payload = commit(1, 10, 10, "evil 6");
    try (Store store = open("a")) {
      store.replicate(stretch(List.of(), lie, 9));
      store.replicate(stretch(lie, payload, 10));
      ArtifactId stated = store.now().live(honest.key()).orElseThrow().artifact();
      assertThat(stated).isEqualTo(forged);
      InputStream in = store.openPayload(stated);
      assertThatThrownBy(in::readAllBytes).isInstanceOf(DamagedException.class);

      store.commit(new CommitDraft().put(store.prepare(null, Bytes.utf8("honest"))));
      assertThat(store.openPayload(stated).readAllBytes())
          .isEqualTo(Bytes.utf8("honest").toArray());
      assertThat(store.openPayload(planted).readAllBytes())
          .isEqualTo(Bytes.utf8("evil 6").toArray());
    }
  }

  private static Bytes note(int seed) {
    return HashAlgorithm.SHA_256.hash(Bytes.u64(seed));
  }

  private static List<Stretch.Item> concat(List<Stretch.Item> left, List<Stretch.Item> right) {
    List<Stretch.Item> both = new ArrayList<>(left);
    both.addAll(right);
    return both;
  }

  /** One commit of texts, from index {@code first} on. */
  static List<Stretch.Item> commit(long first, long logseq, long hlc, String... texts) {
    List<String> sorted = new ArrayList<>(List.of(texts));
    sorted.sort(Comparator.comparing(text -> ArtifactKey.of(Bytes.utf8(text), null)));
    List<Stretch.Item> items = new ArrayList<>();
    for (String text : sorted) {
      Bytes payload = Bytes.utf8(text);
      ArtifactId id = ArtifactHasher.identify(payload, null);
      items.add(item(first + items.size(), logseq, hlc, id, payload));
    }
    return items;
  }

  private static Stretch.Item item(
      long index, long logseq, long hlc, ArtifactId id, @Nullable Bytes payload) {
    return new Stretch.Item(
        new LogRecord(
                index,
                logseq,
                hlc,
                RecordKind.ARTIFACT,
                id.key(),
                id.tag(),
                id.payloadLength(),
                id.payloadDigest())
            .encode(),
        payload);
  }

  /** What the origin signs behind {@code before}: all of it true but for what the test bends. */
  static Stretch stretch(List<Stretch.Item> before, List<Stretch.Item> items, long lastLogseq) {
    CompactRange range = new CompactRange();
    concat(before, items).forEach(item -> range.append(TreeHasher.leaf(item.record())));
    Bytes note =
        new Checkpoint("test", ORIGIN, range.size(), range.root(), lastLogseq).sign(LIAR.key());
    return new Stretch(ORIGIN, LIAR.key().publicKey(), before.size(), items, note);
  }
}
