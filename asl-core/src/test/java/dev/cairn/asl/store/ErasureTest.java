package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.copy;
import static dev.cairn.asl.store.StoreFixture.open;
import static dev.cairn.asl.store.StoreFixture.put;
import static dev.cairn.asl.store.StoreFixture.remove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** What erasure removes, what it must leave, and that who came first makes no difference. */
final class ErasureTest {
  private static final byte[] LARGE = large(1);

  @Test
  void aChunkThatAnArrivingPayloadJustTookOverSurvivesTheErasureOfItsFirstOwner() throws Exception {
    byte[] other = Arrays.copyOf(LARGE, LARGE.length + 5);
    AtomicReference<Store> opened = new AtomicReference<>();
    AtomicReference<PreparedArtifact> prepared = new AtomicReference<>();
    List<Thread> writers = new ArrayList<>();
    HookedEngine engine = new HookedEngine(StoreFixture.engine());
    try (Store store = open("a", engine)) {
      opened.set(store);
      ArtifactKey first = putLarge(store, LARGE);
      engine.beforeAppend(
          request -> {
            engine.beforeAppend(none -> {});
            Thread writer =
                new Thread(() -> prepared.set(prepareUnchecked(opened.get(), other)), "writer");
            writers.add(writer);
            writer.start();
            awaitWritten(writer);
          });
      remove(store, first, true);
      for (Thread writer : writers) {
        writer.join();
      }
      store.commit(new CommitDraft().put(prepared.get()));
      assertThat(readAll(store, prepared.get().id().payloadDigest())).isEqualTo(other);
      assertThat(store.hasPayload(PayloadDigest.of(Bytes.wrap(LARGE)))).isFalse();
    }
  }

  /** Lets a writer finish, unless it waits for the append that is under way. */
  private static void awaitWritten(Thread writer) {
    while (writer.getState() != Thread.State.TERMINATED
        && writer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aPayloadErasedAndPutAgainWithinOneStretchStays() throws IOException {
    try (Store a = open("a");
        Store b = open("b")) {
      ArtifactKey key = putLarge(a, LARGE);
      remove(a, key, true);
      putLarge(a, LARGE);
      stage(b, LARGE);
      copy(a, b);
      assertThat(b.now().isLive(key)).isTrue();
      assertThat(readAll(b, PayloadDigest.of(Bytes.wrap(LARGE)))).isEqualTo(LARGE);
    }
  }

  @Test
  void aPayloadThatWasStagedForALaterPutOutlivesTheErasureThatArrivesBefore() throws IOException {
    try (Store a = open("a");
        Store b = open("b");
        Store c = open("c")) {
      ArtifactKey key = putLarge(a, LARGE);
      copy(a, b);
      stage(c, LARGE);
      copy(a, c);
      remove(b, key, true);
      copy(b, a);
      putLarge(a, LARGE);
      PayloadStage stage = staged(c, LARGE);
      copy(b, c, b.origin());
      assertThat(c.now().isLive(key)).isFalse();
      copy(a, c);
      stage.close();
      assertThat(c.now().isLive(key)).isTrue();
      assertThat(readAll(c, PayloadDigest.of(Bytes.wrap(LARGE)))).isEqualTo(LARGE);
    }
  }

  @Test
  void anErasureThatWaitsForAStageHappensOnceTheStageIsClosedOrTheStoreOpenedAgain()
      throws IOException {
    MemoryEngine engine = StoreFixture.engine();
    PayloadDigest digest = PayloadDigest.of(Bytes.wrap(LARGE));
    Store store = open("a", engine);
    PayloadStage one = staged(store, LARGE);
    PayloadStage other = staged(store, LARGE);
    remove(store, putLarge(store, LARGE), true);
    one.close();
    one.close();
    assertThat(store.hasPayload(digest)).isTrue();
    other.close();
    assertThat(store.hasPayload(digest)).isFalse();

    PayloadStage last = staged(store, LARGE);
    remove(store, putLarge(store, LARGE), true);
    assertThat(store.hasPayload(digest)).isTrue();
    try (Store again = open("a", engine.crash())) {
      assertThat(again.hasPayload(digest)).isFalse();
      assertThat(StoreFixture.rows(again, StoreTables.ERASURE)).isEmpty();
    }
    store.close();
    last.close();
  }

  @Test
  void aSnapshotTakesTheErasedPayloadsThatOnlyItShowedAlongWhenItIsDropped() {
    MemoryEngine engine = StoreFixture.engine();
    PayloadDigest erased = PayloadDigest.of(Bytes.utf8("erased"));
    PayloadDigest revived = PayloadDigest.of(Bytes.utf8("revived"));
    ArtifactKey first;
    ArtifactKey second;
    try (Store store = open("a", engine)) {
      ArtifactKey key = put(store, "erased");
      ArtifactKey other = put(store, "revived");
      first = store.snapshot(null).key();
      put(store, "more");
      second = store.snapshot(null).key();
      remove(store, key, true);
      remove(store, other, true);
      put(store, "revived");
      assertThat(store.hasPayload(erased)).isTrue();
    }
    try (Store store = open("a", engine.reopen())) {
      store.dropSnapshot(first);
      assertThat(store.hasPayload(erased)).isTrue();
      store.dropSnapshot(second);
      assertThat(store.hasPayload(erased)).isFalse();
      assertThat(store.hasPayload(revived)).isTrue();
      assertThat(StoreFixture.rows(store, StoreTables.ERASURE)).isEmpty();
    }
  }

  @Test
  void theLastOfTwoThatShareAPayloadTakesItAlongWhicheverOfThemWasErased() {
    for (boolean erasedFirst : new boolean[] {true, false}) {
      try (Store store = open("a")) {
        PreparedArtifact plain = store.prepare(null, Bytes.utf8("shared"));
        PreparedArtifact typed = store.prepare(new TypeTag("text/plain"), Bytes.utf8("shared"));
        store.commit(new CommitDraft().put(plain).put(typed));
        remove(store, plain.id().key(), erasedFirst);
        assertThat(store.hasPayload(plain.id().payloadDigest())).isTrue();
        remove(store, typed.id().key(), !erasedFirst);
        assertThat(store.hasPayload(plain.id().payloadDigest()))
            .as("erased first: " + erasedFirst)
            .isFalse();
      }
    }
  }

  @Test
  void aPayloadThatNobodyAskedToEraseStaysWhenItsLastArtifactIsRemoved() {
    try (Store store = open("a")) {
      ArtifactKey key = put(store, "kept");
      remove(store, key, false);
      assertThat(store.hasPayload(PayloadDigest.of(Bytes.utf8("kept")))).isTrue();
    }
  }

  @Test
  void whatWasOnlyRemovedCanStillBeErasedAndOnceIsEnough() {
    try (Store store = open("a")) {
      ArtifactKey key = put(store, "secret");
      remove(store, key, false);
      remove(store, key, true);
      assertThat(store.hasPayload(PayloadDigest.of(Bytes.utf8("secret")))).isFalse();
      assertThat(store.erasure(key)).isPresent();
      assertThat(store.history(key)).hasSize(3);
      remove(store, key, true);
      remove(store, key, false);
      assertThat(store.history(key)).hasSize(3);
    }
  }

  @Test
  void anErasureThatComesBeforeItsPutTakesThePayloadWhenThePutComes() {
    try (Store a = open("a");
        Store b = open("b");
        Store c = open("c")) {
      ArtifactKey key = put(a, "secret");
      copy(a, b);
      remove(b, key, true);
      b.signHead();
      copy(b, c, b.origin());
      assertThat(c.now().live(key)).isEmpty();
      copy(a, c, a.origin());
      assertThat(c.now().live(key)).isEmpty();
      assertThat(c.hasPayload(PayloadDigest.of(Bytes.utf8("secret")))).isFalse();
      assertThat(c.erasure(key)).isPresent();
    }
  }

  @Test
  void aLargePayloadThatWasErasedAndRevivedByAPeerWithoutItIsNotPromised() throws IOException {
    try (Store a = open("a");
        Store b = open("b")) {
      PreparedArtifact prepared = a.prepare(null, new ByteArrayInputStream(LARGE));
      a.commit(new CommitDraft().put(prepared));
      PreparedArtifact again = a.prepare(null, new ByteArrayInputStream(LARGE));
      again.close();
      copy(a, b);
      remove(a, prepared.id().key(), true);
      copy(a, b);
      putLarge(b, LARGE);
      copy(b, a);
      assertThat(a.now().isLive(prepared.id().key())).isTrue();
      assertThat(a.hasPayload(prepared.id().payloadDigest())).isFalse();
      assertThatThrownBy(() -> a.commit(new CommitDraft().put(again)))
          .isInstanceOf(UnavailableException.class);
    }
  }

  @Test
  void aLargePayloadPutForARecordThatAlreadyCameIsDurableOnceTheCommitReturns() throws IOException {
    MemoryEngine engine = StoreFixture.engine();
    PayloadDigest digest = PayloadDigest.of(Bytes.wrap(LARGE));
    try (Store a = open("a")) {
      Store b = open("b", engine);
      putLarge(a, LARGE);
      copy(a, b);
      assertThat(b.hasPayload(digest)).isFalse();
      putLarge(b, LARGE);
    }
    try (Store b = open("b", engine.crash())) {
      assertThat(b.hasPayload(digest)).isTrue();
      assertThat(readAll(b, digest)).isEqualTo(LARGE);
    }
  }

  @Test
  void anErasureThatCannotBeWrittenWhenItsPayloadIsLetGoHappensAtTheNextOpening()
      throws IOException {
    MemoryEngine engine = StoreFixture.engine();
    Store a = open("a", engine);
    ArtifactKey key = putLarge(a, LARGE);
    PayloadDigest digest = PayloadDigest.of(Bytes.wrap(LARGE));
    PayloadStage stage = a.stagePayload(digest, LARGE.length);
    remove(a, key, true);
    assertThat(a.hasPayload(digest)).isTrue();
    engine.faults().failCommits(1);
    stage.close();
    assertThat(a.hasPayload(digest)).isTrue();
    assertThatThrownBy(() -> put(a, "more")).isInstanceOf(StoreFailedException.class);
    a.close();
    try (Store again = open("a", engine.reopen())) {
      assertThat(again.hasPayload(digest)).isFalse();
      assertThat(again.erasure(key)).isPresent();
    }
  }

  @Test
  void manyErasuresOfArtifactsThatShareOnePayloadTakeNoLongerThanTheyMust() {
    int count = 20_000;
    try (Store store = open("a")) {
      CommitDraft puts = new CommitDraft();
      CommitDraft removals = new CommitDraft();
      for (int i = 0; i < count; i++) {
        PreparedArtifact artifact = store.prepare(new TypeTag("t/" + i), Bytes.EMPTY);
        puts.put(artifact);
        if (i > 0) {
          removals.tombstone(artifact.id().key(), new TombstoneNote(true, null));
        }
      }
      store.commit(puts);
      Assertions.assertTimeout(Duration.ofSeconds(10), () -> store.commit(removals));
      assertThat(store.hasPayload(PayloadDigest.of(Bytes.EMPTY))).isTrue();
      assertThat(store.liveCounts().total()).isEqualTo(1);
    }
  }

  @Test
  void aStretchThatPutsAndErasesManyArtifactsTakesNoLongerThanItMust() {
    int count = 15_000;
    try (Store a = open("a");
        Store b = open("b")) {
      CommitDraft puts = new CommitDraft();
      CommitDraft removals = new CommitDraft();
      for (int i = 0; i < count; i++) {
        PreparedArtifact artifact = a.prepare(null, Bytes.utf8("n" + i));
        puts.put(artifact);
        removals.tombstone(artifact.id().key(), new TombstoneNote(true, null));
      }
      a.commit(puts);
      a.commit(removals);
      Bytes note = a.signHead().orElseThrow();
      Stretch stretch = StoreFixture.stretch(a, a.origin(), 0, 2L * count, note);
      Assertions.assertTimeout(Duration.ofSeconds(10), () -> b.replicate(stretch));
      assertThat(b.stateRoot()).isEqualTo(StateNode.EMPTY.hash());
    }
  }

  private static byte[] large(int seed) {
    byte[] bytes = new byte[2 << 20];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static ArtifactKey putLarge(Store store, byte[] bytes) throws IOException {
    PreparedArtifact artifact = store.prepare(null, new ByteArrayInputStream(bytes));
    store.commit(new CommitDraft().put(artifact));
    return artifact.id().key();
  }

  private static PreparedArtifact prepareUnchecked(Store store, byte[] bytes) {
    return store.prepare(null, Bytes.wrap(bytes));
  }

  private static void stage(Store store, byte[] bytes) {
    staged(store, bytes).close();
  }

  private static PayloadStage staged(Store store, byte[] bytes) {
    PayloadStage stage = store.stagePayload(PayloadDigest.of(Bytes.wrap(bytes)), bytes.length);
    stage.write(Bytes.wrap(bytes));
    stage.finish();
    return stage;
  }

  private static byte[] readAll(Store store, PayloadDigest digest) throws IOException {
    try (InputStream in = store.openPayload(digest)) {
      return in.readAllBytes();
    }
  }
}
