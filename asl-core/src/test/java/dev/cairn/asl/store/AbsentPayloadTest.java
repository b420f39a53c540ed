package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Records whose payloads come later, in whole or by chunk. */
class AbsentPayloadTest {
  private static final TypeTag TEXT = new TypeTag("text/plain");

  /** All of {@code from}'s own log, without payloads but for the notes of tombstones. */
  private static void copyHeaders(Store from, Store to) {
    from.signHead();
    long held = to.head(from.origin()).map(LogHead::treeSize).orElse(0L);
    var last = from.checkpoints(from.origin(), held, Integer.MAX_VALUE).lastEntry();
    List<Stretch.Item> items = new ArrayList<>();
    try (RecordCursor records = from.records(from.origin(), held, last.getKey())) {
      while (records.next()) {
        LogRecord record = records.record();
        boolean note = record.kind() == RecordKind.TOMBSTONE;
        items.add(
            new Stretch.Item(
                records.encoded(), note ? from.payload(record.payloadDigest(), 9_999) : null));
      }
    }
    to.replicate(
        new Stretch(from.origin(), from.signingKey().publicKey(), held, items, last.getValue()));
  }

  private static Bytes large(long seed) {
    byte[] bytes = new byte[3_000_000];
    new Random(seed).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  private static void stage(Store store, Bytes payload) {
    try (PayloadStage stage = store.stagePayload(PayloadDigest.of(payload), payload.length())) {
      stage.write(payload);
      stage.finish();
    }
  }

  private static CheckReport check(MemoryEngine engine) {
    return new StoreCheck(engine, StoreFixture.config("b"), StoreFixture::engine, steps -> {})
        .check();
  }

  @Test
  void aPayloadThatNeverCameIsNeitherDamageNorErased() {
    MemoryEngine engine = StoreFixture.engine();
    try (Store a = StoreFixture.open("a");
        Store b = StoreFixture.open("b", engine)) {
      ArtifactKey here = StoreFixture.put(a, "here");
      ArtifactKey gone = StoreFixture.put(a, "gone");
      StoreFixture.remove(a, gone, true);
      copyHeaders(a, b);
      assertThat(b.stateRoot()).isEqualTo(a.stateRoot());
      assertThatThrownBy(() -> b.reader().get(here, 9)).isInstanceOf(UnavailableException.class);
      assertThatThrownBy(() -> b.reader().get(gone, 9)).isInstanceOf(ErasedException.class);
      assertThat(b.absentPayloads(null, 9)).extracting(AbsentPayload::key).containsExactly(here);
      assertThat(check(engine).isWhole()).isTrue();

      stage(b, Bytes.utf8("here"));
      PayloadDigest digest = PayloadDigest.of(Bytes.utf8("here"));
      assertThat(b.keepPayloads(List.of(digest))).containsExactly(digest);
      assertThat(b.absentPayloads(null, 9)).isEmpty();
      assertThat(b.reader().get(here, 9)).isEqualTo(Bytes.utf8("here"));
      assertThat(check(engine).isWhole()).isTrue();
    }
  }

  @Test
  void aPayloadThatCameAndWasLostIsDamage() {
    MemoryEngine engine = StoreFixture.engine();
    try (Store a = StoreFixture.open("a");
        Store b = StoreFixture.open("b", engine)) {
      StoreFixture.put(a, "here");
      copyHeaders(a, b);
      StoreFixture.put(b, "here");
      assertThat(b.absentPayloads(null, 9)).isEmpty();
      Bytes place = Place.key(a.origin().bytes(), 0);
      engine.write(List.of(RowChange.delete(StoreTables.CONTENT, place)), Durability.SYNCED);
      assertThat(check(engine).isWhole()).isFalse();
    }
  }

  @Test
  void chunksComeInAnyOrderAndTheRowsAreThoseOfOneWhoPutIt() {
    MemoryEngine left = StoreFixture.engine();
    MemoryEngine right = StoreFixture.engine();
    try (Store a = StoreFixture.open("a", left);
        Store b = StoreFixture.open("b", right)) {
      Bytes payload = large(1);
      PayloadDigest digest = PayloadDigest.of(payload);
      a.put(TEXT, payload);
      copyHeaders(a, b);
      List<PayloadChunk> chunks = a.payloadChunks(digest);
      assertThat(chunks).hasSizeGreaterThan(4);
      List<PayloadChunk> shuffled = new ArrayList<>(chunks);
      Collections.shuffle(shuffled, new Random(1));
      PayloadChunk last = shuffled.remove(0);
      try (ChunkStage stage = b.stageChunks(digest, payload.length(), chunks)) {
        for (PayloadChunk chunk : shuffled) {
          stage.put(chunk, a.payloadChunk(digest, chunk.digest()).orElseThrow());
        }
        assertThatThrownBy(stage::finish).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> stage.put(last, Bytes.utf8("no chunk")))
            .isInstanceOf(MalformedException.class);
      }
      // Another try finds them, and asks for one.
      try (ChunkStage stage = b.stageChunks(digest, payload.length(), chunks)) {
        assertThat(chunks.stream().filter(chunk -> !stage.has(chunk))).containsExactly(last);
        stage.put(last, a.payloadChunk(digest, last.digest()).orElseThrow());
        stage.finish();
      }
      b.keepPayloads(List.of(digest));
      assertThat(b.payloadChunks(digest)).isEqualTo(chunks);
      assertThat(StoreFixture.rows(b, StoreTables.CONTENT))
          .isEqualTo(StoreFixture.rows(a, StoreTables.CONTENT));
      assertThat(b.collect(new CollectOptions(0, new TreeSet<>(), false)).arrivals())
          .as("the chunks' other users, of the try that broke off")
          .isPositive();
      assertThat(StoreFixture.rows(b, StoreTables.CHUNK_USE))
          .isEqualTo(StoreFixture.rows(a, StoreTables.CHUNK_USE));
      assertThat(check(right).isWhole()).isTrue();
    }
  }

  @Test
  void chunksThatGiveAnotherPayloadAreLetGo() {
    MemoryEngine engine = StoreFixture.engine();
    try (Store a = StoreFixture.open("a");
        Store b = StoreFixture.open("b", engine)) {
      Bytes payload = large(2);
      PayloadDigest digest = PayloadDigest.of(payload);
      a.put(TEXT, payload);
      copyHeaders(a, b);
      List<PayloadChunk> chunks = new ArrayList<>(a.payloadChunks(digest));
      Collections.swap(chunks, 0, 1);
      try (ChunkStage stage = b.stageChunks(digest, payload.length(), chunks)) {
        for (PayloadChunk chunk : chunks) {
          stage.put(chunk, a.payloadChunk(digest, chunk.digest()).orElseThrow());
        }
        assertThatThrownBy(stage::finish).isInstanceOf(MalformedException.class);
      }
      assertThat(StoreFixture.rows(b, StoreTables.CHUNK)).isEmpty();
      assertThat(StoreFixture.rows(b, StoreTables.CHUNK_USE)).isEmpty();
      assertThat(StoreFixture.rows(b, StoreTables.ARRIVED)).isEmpty();
    }
  }

  @Test
  void chunksThatDoNotAddUpAreACallersMistake() {
    try (Store b = StoreFixture.open("b")) {
      Bytes payload = large(3);
      assertThatThrownBy(
              () -> b.stageChunks(PayloadDigest.of(payload), payload.length(), List.of()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aPayloadThatIsNotTheArtifactsIsNotPutBesideItsRecord() {
    MemoryEngine engine = StoreFixture.engine();
    try (Store b = StoreFixture.open("b", engine);
        Store liar = StoreFixture.open("a")) {
      // A record that states another payload than its key is made of; nothing shows it before.
      Bytes told = Bytes.utf8("told");
      ArtifactKey key = ArtifactKey.of(Bytes.utf8("true"), TEXT);
      LogRecord record =
          new LogRecord(
              0, 1, 1, RecordKind.ARTIFACT, key, TEXT, told.length(), PayloadDigest.of(told));
      CompactRange range = new CompactRange();
      range.append(TreeHasher.leaf(record.encode()));
      Bytes note =
          new Checkpoint("test", liar.origin(), 1, range.root(), 1).sign(liar.signingKey());
      b.replicate(
          new Stretch(
              liar.origin(),
              liar.signingKey().publicKey(),
              0,
              List.of(new Stretch.Item(record.encode(), null)),
              note));
      stage(b, told);
      assertThatThrownBy(() -> b.keepPayloads(List.of(PayloadDigest.of(told))))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining(key.toString());
      assertThat(StoreFixture.rows(b, StoreTables.CONTENT)).isEmpty();
      ArtifactId id = b.reader().require(key).artifact();
      assertThat(id.payloadDigest()).isEqualTo(PayloadDigest.of(told));
    }
  }

  @Test
  void whoWaitsForAPayloadIsWokenWhenItComes() throws Exception {
    try (Store a = StoreFixture.open("a");
        Store b = StoreFixture.open("b")) {
      ArtifactKey key = StoreFixture.put(a, "here");
      assertThat(b.waitFor(key, 0)).isFalse();
      CompletableFuture<Boolean> waiting =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return b.waitFor(key, 60_000);
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      copyHeaders(a, b);
      assertThat(b.waitFor(key, 1)).isFalse();
      assertThat(waiting.isDone()).isFalse();
      stage(b, Bytes.utf8("here"));
      b.keepPayloads(List.of(PayloadDigest.of(Bytes.utf8("here"))));
      assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
      assertThat(b.waitFor(key, 0)).isTrue();
    }
  }

  @Test
  void closingTheStoreEndsTheWait() throws Exception {
    Store b = StoreFixture.open("b");
    CompletableFuture<Boolean> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return b.waitFor(StoreFixture.key("never"), 60_000);
              } catch (InterruptedException | RuntimeException e) {
                return false;
              }
            });
    b.close();
    assertThat(waiting.get(30, TimeUnit.SECONDS)).isFalse();
  }
}
