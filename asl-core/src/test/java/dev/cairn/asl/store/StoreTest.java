package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.copy;
import static dev.cairn.asl.store.StoreFixture.derivedRows;
import static dev.cairn.asl.store.StoreFixture.key;
import static dev.cairn.asl.store.StoreFixture.open;
import static dev.cairn.asl.store.StoreFixture.put;
import static dev.cairn.asl.store.StoreFixture.remove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.merkle.MerkleProofs;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class StoreTest {
  @Test
  void whatWasPutIsLiveAndReadBack() {
    try (Store store = open("a")) {
      ArtifactKey key = put(store, "hello");
      LiveEntry entry = store.now().live(key).orElseThrow();
      assertThat(entry.logseq()).isEqualTo(1);
      assertThat(store.payload(entry.artifact().payloadDigest(), 100))
          .isEqualTo(Bytes.utf8("hello"));
      assertThat(store.history(key)).hasSize(1);
      assertThat(store.byPayload(PayloadDigest.of(Bytes.utf8("hello")))).containsExactly(key);
      assertThat(store.byPrefix(key.digest().toHex().substring(0, 7), 2)).containsExactly(key);
    }
  }

  @Test
  void puttingWhatIsLiveWritesNoRecordUnlessAttested() {
    try (Store store = open("a")) {
      PreparedArtifact artifact = store.prepare(null, Bytes.utf8("x"));
      assertThat(store.commit(new CommitDraft().put(artifact)).of(artifact.id().key()))
          .isEqualTo(new CommitResult.Outcome(1, true));
      assertThat(store.commit(new CommitDraft().put(artifact)).of(artifact.id().key()))
          .isEqualTo(new CommitResult.Outcome(1, false));
      assertThat(store.commit(new CommitDraft().attest(artifact)).of(artifact.id().key()))
          .isEqualTo(new CommitResult.Outcome(2, true));
      assertThat(store.heads().get(0).treeSize()).isEqualTo(2);
    }
  }

  @Test
  void aTombstoneEndsLifeAndALaterPutRevives() {
    try (Store store = open("a")) {
      ArtifactKey key = put(store, "x");
      remove(store, key, false);
      assertThat(store.now().isLive(key)).isFalse();
      remove(store, key, false);
      assertThat(store.heads().get(0).treeSize())
          .as("a second tombstone says nothing")
          .isEqualTo(2);
      put(store, "x");
      assertThat(store.now().isLive(key)).isTrue();
    }
  }

  @Test
  void recordsOfACommitShareALogseqAndAreOrderedByIdHoweverTheDraftWasFilled() {
    List<String> texts = new ArrayList<>(List.of("a", "b", "c", "d", "e", "f", "g"));
    Bytes first = rootOfOneCommit(texts);
    for (int seed = 0; seed < 10; seed++) {
      Collections.shuffle(texts, new Random(seed));
      assertThat(rootOfOneCommit(texts)).isEqualTo(first);
    }
  }

  private static Bytes rootOfOneCommit(List<String> texts) {
    try (Store store = open("a")) {
      CommitDraft draft = new CommitDraft();
      texts.forEach(text -> draft.put(store.prepare(null, Bytes.utf8(text))));
      store.commit(draft);
      assertThat(store.heads().get(0).lastLogseq()).isEqualTo(1);
      return store.heads().get(0).root().plus(store.stateRoot());
    }
  }

  @Test
  void oneCommitCannotBothPutAndRemove() {
    try (Store store = open("a")) {
      CommitDraft draft =
          new CommitDraft().put(store.prepare(new TypeTag("text/plain"), Bytes.utf8("x")));
      assertThatThrownBy(() -> draft.tombstone(key("x"), new TombstoneNote(false, null)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aLargePayloadStreamsInAndOutAndByRange() throws IOException {
    byte[] large = new byte[(5 << 20) + 12_345];
    new Random(1).nextBytes(large);
    try (Store store = open("a")) {
      PreparedArtifact artifact = store.prepare(null, new ByteArrayInputStream(large));
      assertThat(store.now().isLive(artifact.id().key())).isFalse();
      store.commit(new CommitDraft().put(artifact));
      PayloadDigest digest = artifact.id().payloadDigest();
      assertThat(digest).isEqualTo(PayloadDigest.of(Bytes.wrap(large)));
      assertThat(artifact.id().key()).isEqualTo(ArtifactKey.of(Bytes.wrap(large), null));
      assertThat(store.chunks(digest)).hasSizeBetween(6, 80);
      try (InputStream in = store.openPayload(digest)) {
        assertThat(in.readAllBytes()).isEqualTo(large);
      }
      long from = (1 << 20) - 3;
      long to = (3L << 20) + 7;
      try (InputStream in = store.openPayload(digest, from, to)) {
        assertThat(in.readAllBytes())
            .isEqualTo(java.util.Arrays.copyOfRange(large, (int) from, (int) to));
      }
    }
  }

  @Test
  void aStagedPayloadThatIsNotWhatWasAnnouncedIsRefused() {
    try (Store store = open("a")) {
      PayloadDigest digest = PayloadDigest.of(Bytes.utf8("right"));
      PayloadStage wrong = store.stagePayload(digest, 5);
      wrong.write(Bytes.utf8("wrong"));
      assertThatThrownBy(wrong::finish).isInstanceOf(MalformedException.class);
      PayloadStage longer = store.stagePayload(digest, 5);
      assertThatThrownBy(() -> longer.write(Bytes.utf8("righty")))
          .isInstanceOf(MalformedException.class);
      PayloadStage shorter = store.stagePayload(digest, 5);
      shorter.write(Bytes.utf8("rig"));
      assertThatThrownBy(shorter::finish).isInstanceOf(MalformedException.class);
      assertThat(store.hasPayload(digest)).isFalse();
      PayloadStage right = store.stagePayload(digest, 5);
      right.write(Bytes.utf8("ri"));
      right.write(Bytes.utf8("ght"));
      right.finish();
      assertThat(store.payload(digest, 5)).isEqualTo(Bytes.utf8("right"));
      assertThat(store.chunks(digest)).isEmpty();
    }
  }

  @Test
  void erasureRemovesThePayloadAndKeepsTheRecord() {
    try (Store store = open("a")) {
      ArtifactKey key = put(store, "secret");
      PayloadDigest digest = PayloadDigest.of(Bytes.utf8("secret"));
      remove(store, key, true);
      assertThat(store.hasPayload(digest)).isFalse();
      assertThatThrownBy(() -> store.payload(digest, 10)).isInstanceOf(NotFoundException.class);
      assertThat(store.erasure(key).orElseThrow().record().logseq()).isEqualTo(2);
      put(store, "secret");
      assertThat(store.erasure(key)).isEmpty();
      assertThat(store.hasPayload(digest)).isTrue();
    }
  }

  @Test
  void erasureSparesAPayloadThatALiveArtifactOrAKeptSnapshotShares() {
    try (Store store = open("a")) {
      PreparedArtifact plain = store.prepare(null, Bytes.utf8("shared"));
      PreparedArtifact typed = store.prepare(new TypeTag("text/plain"), Bytes.utf8("shared"));
      store.commit(new CommitDraft().put(plain).put(typed));
      remove(store, plain.id().key(), true);
      assertThat(store.hasPayload(plain.id().payloadDigest())).isTrue();
      SnapshotInfo kept = store.snapshot(null);
      remove(store, typed.id().key(), true);
      assertThat(store.hasPayload(plain.id().payloadDigest())).isTrue();
      assertThat(store.at(kept.snapshot().cut()).isLive(typed.id().key())).isTrue();
    }
  }

  @Test
  void everyRecordIsProvenToBeInTheLogAndTheLogOnlyGrew() {
    try (Store store = open("a")) {
      List<Bytes> roots = new ArrayList<>();
      for (int i = 0; i < 600; i++) {
        put(store, "n" + i);
        roots.add(store.heads().get(0).root());
      }
      for (int index : new int[] {0, 1, 255, 256, 257, 511, 599}) {
        Bytes leaf = TreeHasher.leaf(store.record(store.origin(), index).orElseThrow().encode());
        MerkleProofs.verifyInclusion(
            index, 600, leaf, store.inclusionProof(store.origin(), index, 600), roots.get(599));
      }
      for (int size : new int[] {1, 2, 255, 256, 300, 512, 599}) {
        assertThat(store.logRoot(store.origin(), size)).isEqualTo(roots.get(size - 1));
        MerkleProofs.verifyConsistency(
            size,
            600,
            roots.get(size - 1),
            roots.get(599),
            store.consistencyProof(store.origin(), size, 600));
      }
    }
  }

  @Test
  void theStateTreeKeptUpToDateEqualsOneBuiltFromNothing() {
    Random random = new Random(42);
    try (Store store = open("a")) {
      assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
      for (int round = 0; round < 40; round++) {
        CommitDraft draft = new CommitDraft();
        for (int i = 0; i < 1 + random.nextInt(60); i++) {
          String text = "t" + random.nextInt(900);
          ArtifactKey key = key(text);
          if (round > 20 && random.nextInt(4) > 0) {
            if (store.now().isLive(key)) {
              draft.tombstone(key, new TombstoneNote(false, null));
            }
          } else if (!store.now().isLive(key)) {
            draft.put(store.prepare(new TypeTag("text/plain"), Bytes.utf8(text)));
          }
        }
        store.commit(draft);
        assertThat(store.stateRoot()).as("round " + round).isEqualTo(store.rebuiltStateRoot());
        long live = 0;
        for (int i = 0; i < 900; i++) {
          live += store.now().isLive(key("t" + i)) ? 1 : 0;
        }
        assertThat(store.liveCounts().total()).isEqualTo(live);
      }
      for (int i = 0; i < 900; i++) {
        remove(store, key("t" + i), false);
      }
      assertThat(store.stateRoot()).isEqualTo(StateNode.EMPTY.hash());
      assertThat(derivedRows(store).get("asl.tree")).isEmpty();
    }
  }

  @Test
  void aSnapshotChangesNoLogAndShowsItsTimeForEver() {
    try (Store store = open("a")) {
      ArtifactKey first = put(store, "one");
      SnapshotInfo before = store.snapshot("start");
      assertThat(store.heads().get(0).treeSize()).isEqualTo(1);
      assertThat(store.snapshot(null)).isEqualTo(before);
      remove(store, first, false);
      ArtifactKey second = put(store, "two");
      View then = store.at(before.snapshot().cut());
      assertThat(then.isLive(first)).isTrue();
      assertThat(then.isLive(second)).isFalse();
      assertThat(store.stateRootAt(before.snapshot().cut()))
          .isEqualTo(before.snapshot().stateRoot());
      SnapshotInfo after = store.snapshot("start");
      assertThat(after.key()).isNotEqualTo(before.key());
      assertThat(store.snapshots())
          .extracting(SnapshotInfo::label)
          .containsExactlyInAnyOrder(null, "start");
      assertThat(Snapshot.decode(after.snapshot().encode())).isEqualTo(after.snapshot());
    }
  }

  @Test
  void twoStoresThatExchangeTheirLogsHoldTheSameRowsAndTheSameSnapshot() {
    try (Store a = open("a");
        Store b = open("b");
        Store c = open("c")) {
      put(a, "one");
      put(a, "both");
      put(b, "both");
      put(b, "two");
      copy(a, b);
      remove(b, key("one"), false);
      put(a, "three");
      copy(b, c);
      copy(c, a);
      copy(a, b);
      copy(b, c);
      copy(b, a);
      assertThat(derivedRows(b)).isEqualTo(derivedRows(a));
      assertThat(derivedRows(c)).isEqualTo(derivedRows(a));
      assertThat(b.snapshot(null).key()).isEqualTo(a.snapshot(null).key());
      assertThat(a.now().isLive(key("one"))).isFalse();
    }
  }

  @Test
  void whatANodeSawComesBeforeWhatItThenDid() {
    try (Store a = open("a");
        Store b = open("b")) {
      for (int i = 0; i < 10; i++) {
        put(a, "n" + i);
      }
      copy(a, b);
      remove(b, key("n9"), false);
      assertThat(b.head(b.origin()).orElseThrow().lastLogseq()).isEqualTo(11);
    }
  }

  @Test
  void aTamperedStretchIsRefusedWholeAndChangesNothing() {
    try (Store a = open("a");
        Store b = open("b")) {
      put(a, "first");
      copy(a, b);
      put(a, "second");
      put(a, "third");
      Bytes note = a.signHead().orElseThrow();
      Stretch good = StoreFixture.stretch(a, a.origin(), 1, 3, note);
      var before = derivedRows(b);
      List<Stretch> bad =
          List.of(
              new Stretch(good.origin(), good.key(), 1, good.items().subList(0, 1), note),
              new Stretch(good.origin(), b.signingKey().publicKey(), 1, good.items(), note),
              new Stretch(b.origin(), b.signingKey().publicKey(), 0, good.items(), note),
              new Stretch(good.origin(), good.key(), 0, good.items(), note),
              new Stretch(good.origin(), good.key(), 1, swapped(good.items()), note),
              new Stretch(good.origin(), good.key(), 1, withPayload(good.items(), "forged"), note),
              new Stretch(good.origin(), good.key(), 1, good.items(), flipped(note)));
      for (Stretch stretch : bad) {
        assertThatThrownBy(() -> b.replicate(stretch))
            .isInstanceOfAny(MalformedException.class, RefusedException.class);
        assertThat(derivedRows(b)).isEqualTo(before);
      }
      for (int bit = 0; bit < good.items().get(0).record().length() * 8; bit++) {
        Stretch stretch =
            new Stretch(good.origin(), good.key(), 1, withFlippedBit(good.items(), bit), note);
        assertThatThrownBy(() -> b.replicate(stretch))
            .as("bit " + bit)
            .isInstanceOf(RuntimeException.class);
      }
      assertThat(derivedRows(b)).isEqualTo(before);
      assertThat(b.replicate(good)).isEqualTo(new ReplicaResult(2, 2, 3));
      assertThat(b.replicate(good)).as("again").isEqualTo(new ReplicaResult(0, 0, 3));
    }
  }

  private static List<Stretch.Item> swapped(List<Stretch.Item> items) {
    return List.of(items.get(1), items.get(0));
  }

  private static List<Stretch.Item> withPayload(List<Stretch.Item> items, String payload) {
    return List.of(new Stretch.Item(items.get(0).record(), Bytes.utf8(payload)), items.get(1));
  }

  private static List<Stretch.Item> withFlippedBit(List<Stretch.Item> items, int bit) {
    byte[] record = items.get(0).record().toArray();
    record[bit / 8] ^= (byte) (1 << bit % 8);
    return List.of(new Stretch.Item(Bytes.wrap(record), items.get(0).payload()), items.get(1));
  }

  private static Bytes flipped(Bytes note) {
    byte[] bytes = note.toArray();
    bytes[bytes.length - 6] ^= 1;
    return Bytes.wrap(bytes);
  }

  @Test
  void aGapIsRefusedAndAForkIsProven() {
    try (Store a = open("a");
        Store twin = open("a");
        Store b = open("b")) {
      put(a, "one");
      put(twin, "other");
      copy(a, b);
      put(a, "two");
      put(a, "three");
      assertThatThrownBy(
              () ->
                  b.replicate(
                      StoreFixture.stretch(a, a.origin(), 2, 3, a.signHead().orElseThrow())))
          .isInstanceOf(RefusedException.class);
      assertThatThrownBy(
              () ->
                  b.replicate(
                      StoreFixture.stretch(
                          twin, twin.origin(), 0, 1, twin.signHead().orElseThrow())))
          .isInstanceOf(MisbehaviourException.class)
          .hasMessageContaining(a.origin().node().toString());
    }
  }

  @Test
  void aStoreOpenedAgainGoesOnWhereItEnded() {
    MemoryEngine engine = StoreFixture.engine();
    Bytes root;
    try (Store store = open("a", engine)) {
      for (int i = 0; i < 300; i++) {
        put(store, "n" + i);
      }
      root = store.heads().get(0).root().plus(store.stateRoot());
    }
    try (Store store = open("a", engine.reopen())) {
      assertThat(store.heads().get(0).root().plus(store.stateRoot())).isEqualTo(root);
      put(store, "more");
      assertThat(store.heads().get(0).lastLogseq()).isEqualTo(301);
      assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
    }
  }

  @Test
  void anotherFederationOrKeyIsRefused() {
    MemoryEngine engine = StoreFixture.engine();
    open("a", engine).close();
    assertThatThrownBy(() -> open("b", engine.reopen())).isInstanceOf(RefusedException.class);
  }

  @Test
  void anEngineThatIsNoSuchStoreDoesNotStayOpen() {
    MemoryEngine engine = StoreFixture.engine();
    open("a", engine).close();
    MemoryEngine medium = engine.reopen();
    List<MemoryEngine> given = List.of(medium.share(), medium.share(), medium.share());
    StoreConfig other = StoreFixture.config("b");
    assertThatThrownBy(() -> Store.open(given.get(0), other)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> Store.openReadOnly(given.get(1), other))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> Store.openReadOnly(given.get(2), other, StoreFixture::engine))
        .isInstanceOf(RefusedException.class);
    for (MemoryEngine one : given) {
      assertThatThrownBy(one::greatestFence).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void manyThreadsLoseNothingAndTheStateDoesNotDependOnThem() throws Exception {
    Bytes expected;
    try (Store store = open("a")) {
      ExecutorService pool = Executors.newFixedThreadPool(8);
      List<Callable<ArtifactKey>> puts = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        String text = "n" + i;
        puts.add(() -> put(store, text));
      }
      for (Future<ArtifactKey> done : pool.invokeAll(puts)) {
        assertThat(store.now().isLive(done.get())).isTrue();
      }
      pool.shutdown();
      assertThat(store.heads().get(0).treeSize()).isEqualTo(400);
      assertThat(store.heads().get(0).lastLogseq()).isEqualTo(400);
      expected = store.stateRoot();
      assertThat(expected).isEqualTo(store.rebuiltStateRoot());
    }
  }

  @Test
  void aPayloadErasedBetweenPrepareAndCommitStaysUnlessItIsGivenUp() throws IOException {
    byte[] large = new byte[Store.INLINE_BYTES_MAX + 1];
    try (Store store = open("a")) {
      PreparedArtifact first = store.prepare(null, new ByteArrayInputStream(large));
      store.commit(new CommitDraft().put(first));
      PreparedArtifact again = store.prepare(null, new ByteArrayInputStream(large));
      remove(store, first.id().key(), true);
      store.commit(new CommitDraft().put(again));
      assertThat(store.now().isLive(first.id().key())).isTrue();
      assertThat(store.hasPayload(first.id().payloadDigest())).isTrue();
      PreparedArtifact given = store.prepare(null, new ByteArrayInputStream(large));
      given.close();
      remove(store, first.id().key(), true);
      assertThatThrownBy(() -> store.commit(new CommitDraft().put(given)))
          .isInstanceOf(UnavailableException.class);
      assertThat(store.now().isLive(first.id().key())).isFalse();
      store.commit(new CommitDraft().put(store.prepare(null, new ByteArrayInputStream(large))));
      assertThat(store.hasPayload(first.id().payloadDigest())).isTrue();
    }
  }

  @Test
  void afterAFailedWriteTheStoreTakesNoMoreUntilItIsOpenedAgain() {
    MemoryEngine engine = StoreFixture.engine();
    Store store = open("a", engine);
    put(store, "one");
    engine.faults().failCommits(1);
    assertThatThrownBy(() -> put(store, "two")).isInstanceOf(StoreFailedException.class);
    assertThatThrownBy(() -> put(store, "three")).isInstanceOf(StoreFailedException.class);
    assertThat(store.now().isLive(key("one"))).isTrue();
    assertThat(store.now().isLive(key("two"))).isFalse();
    try (Store again = open("a", engine.crash())) {
      assertThat(again.now().isLive(key("one"))).isTrue();
      assertThat(put(again, "two")).isEqualTo(key("two"));
      assertThat(again.stateRoot()).isEqualTo(again.rebuiltStateRoot());
    }
  }

  @Test
  void anIndexThatIsNewToAStoreIsBuiltFromItsLog() {
    MemoryEngine engine = new MemoryEngine(StoreConfig.tables(List.of(new TypeIndex()), List.of()));
    try (Store store = open("a", engine)) {
      for (int i = 0; i < 200; i++) {
        put(store, "n" + i);
      }
    }
    StoreConfig plain = StoreFixture.config("a");
    StoreConfig indexed =
        new StoreConfig(
            plain.federation(), plain.key(), 1, List.of(new TypeIndex()), List.of(), plain.clock());
    MemoryEngine again = engine.reopen();
    try (Store store = Store.open(again, indexed)) {
      put(store, "more");
      int rows = 0;
      try (var cursor = store.rows().scan(TypeIndex.TABLE, Bytes.EMPTY, Bytes.EMPTY)) {
        while (cursor.next()) {
          rows++;
        }
      }
      assertThat(rows).isEqualTo(201);
    }
    MemoryEngine third = again.reopen();
    assertThatThrownBy(() -> open("a", third)).isInstanceOf(RefusedException.class);
  }

  @Test
  void derivedRowsThatWereChangedAreDamageAndNothingElse() {
    MemoryEngine engine = StoreFixture.engine();
    try (Store store = open("a", engine)) {
      ArtifactKey key = put(store, "x");
      remove(store, key, false);
      store.stateRoot();
      for (Table table : List.of(StoreTables.LIVE, StoreTables.TREE, StoreTables.HISTORY)) {
        put(store, "y");
        store.stateRoot();
        for (Row row : rows(engine, table)) {
          for (int length = 0; length < row.value().length(); length++) {
            engine.write(
                List.of(RowChange.put(table, row.key(), row.value().slice(0, length))),
                Durability.SYNCED);
            assertThatThrownBy(
                    () -> {
                      store.now().forEachLive(entry -> {});
                      store.stateRoot();
                      store.history(key);
                      store.history(key("y"));
                    })
                .isInstanceOf(DamagedException.class)
                .hasMessageContaining(table.name());
          }
          engine.write(List.of(RowChange.put(table, row.key(), row.value())), Durability.SYNCED);
        }
      }
    }
  }

  private static List<Row> rows(MemoryEngine engine, Table table) {
    List<Row> rows = new ArrayList<>();
    try (RowCursor cursor = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        rows.add(new Row(cursor.key(), cursor.value()));
      }
    }
    return rows;
  }

  @Test
  void erasureNeverTakesAPayloadThatAnIndexIsFoldedFrom() {
    Index structured = new StructuredIndex();
    StoreConfig plain = StoreFixture.config("a");
    StoreConfig config =
        new StoreConfig(
            plain.federation(), plain.key(), 1, List.of(structured), List.of(), plain.clock());
    MemoryEngine engine = new MemoryEngine(StoreConfig.tables(List.of(structured), List.of()));
    try (Store store = Store.open(engine, config)) {
      PreparedArtifact edge = store.prepare(TypeTag.EDGE, Bytes.utf8("an edge"));
      PreparedArtifact same = store.prepare(null, Bytes.utf8("an edge"));
      store.commit(new CommitDraft().put(edge).put(same));
      remove(store, edge.id().key(), true);
      remove(store, same.id().key(), true);
      assertThat(store.now().isLive(edge.id().key())).isFalse();
      assertThat(store.hasPayload(edge.id().payloadDigest())).isTrue();
    }
  }

  /** Wants the payloads of edges. */
  private static final class StructuredIndex implements Index {
    @Override
    public String name() {
      return "test.structured";
    }

    @Override
    public int version() {
      return 1;
    }

    @Override
    public List<dev.cairn.asl.engine.Table> tables() {
      return List.of();
    }

    @Override
    public java.util.Set<TypeTag> structuredTypes() {
      return java.util.Set.of(TypeTag.EDGE);
    }

    @Override
    public void apply(CommitView commit, RowWriter rows) {
      for (CommitView.Entry entry : commit.entries()) {
        boolean wanted = TypeTag.EDGE.equals(entry.record().tag()) || !entry.record().isPut();
        assertThat(entry.payload() != null).isEqualTo(wanted);
      }
    }
  }

  /** One row an artifact. */
  private static final class TypeIndex implements Index {
    static final dev.cairn.asl.engine.Table TABLE =
        new dev.cairn.asl.engine.Table("test.type", dev.cairn.asl.engine.Table.Scope.DERIVED);

    @Override
    public String name() {
      return "test.type";
    }

    @Override
    public int version() {
      return 1;
    }

    @Override
    public List<dev.cairn.asl.engine.Table> tables() {
      return List.of(TABLE);
    }

    @Override
    public void apply(CommitView commit, RowWriter rows) {
      commit.entries().forEach(entry -> rows.put(TABLE, entry.record().id().bytes(), Bytes.EMPTY));
    }
  }
}
