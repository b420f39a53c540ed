package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A record that came without its payload may state any type, length and digest of any key. It is
 * the latest put and the state tree says what it says; but nobody loses bytes by it, nor the way to
 * read, erase or collect them.
 */
final class LyingRecordTest {
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final TypeTag OTHER = new TypeTag("text/other");
  private static final CollectOptions NOW = new CollectOptions(0, Set.of(), false);
  private static final Bytes SMALL = Bytes.utf8("true");
  private static final Bytes LARGE = random(1, 3_000_000);
  private static final Bytes TOLD = random(2, 2_000_000);

  private static Bytes random(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  private static Bytes read(Store store, ArtifactKey key) throws IOException {
    try (InputStream in = store.reader().open(key)) {
      return Bytes.wrap(in.readAllBytes());
    }
  }

  private static void stage(Store store, Bytes payload) {
    try (PayloadStage stage = store.stagePayload(PayloadDigest.of(payload), payload.length())) {
      stage.write(payload);
      stage.finish();
    }
  }

  private static CheckReport check(MemoryEngine engine) {
    return new StoreCheck(engine, StoreFixture.config("a"), StoreFixture::engine, steps -> {})
        .check();
  }

  @Test
  void whatIsHereIsReadWhateverTheLatestRecordStates() throws IOException {
    for (Bytes payload : List.of(SMALL, LARGE)) {
      MemoryEngine engine = StoreFixture.engine();
      try (Store a = StoreFixture.open("a", engine)) {
        ArtifactKey key = a.put(TEXT, payload);
        for (Liar liar :
            List.of(
                new Liar("another payload").put(key, TEXT, TOLD),
                new Liar("another type").put(key, OTHER, Long.MAX_VALUE, PayloadDigest.of(TOLD)),
                new Liar("all else").put(key, null, 0, PayloadDigest.of(Bytes.EMPTY)))) {
          liar.tell(a);
          assertThat(a.reader().get(key, payload.length())).isEqualTo(payload);
          assertThat(a.reader().getAll(List.of(key), payload.length()).get(0)).contains(payload);
          assertThat(read(a, key)).isEqualTo(payload);
          try (InputStream in = a.reader().open(key, 1, payload.length() - 1)) {
            assertThat(Bytes.wrap(in.readAllBytes()))
                .isEqualTo(payload.slice(1, payload.length() - 1));
          }
          assertThat(a.reader().identify(key).tag()).isEqualTo(TEXT);
          assertThat(a.stat(key).held()).isTrue();
          assertThat(a.stat(key).id()).isEqualTo(a.reader().identify(key));
          assertThat(a.held(a.reader().require(key)))
              .satisfies(held -> assertThat(held.origin()).isEqualTo(a.origin()))
              .satisfies(held -> assertThat(held.artifact().tag()).isEqualTo(TEXT));
          assertThat(a.hasPayload(a.reader().require(key))).isTrue();
          assertThatThrownBy(() -> a.reader().get(key, payload.length() - 1))
              .isInstanceOf(RefusedException.class)
              .hasMessageContaining(key.toString());
        }
        assertThat(a.absentPayloads(null, 9)).isEmpty();
        assertThat(check(engine).isWhole()).isTrue();
      }
    }
  }

  @Test
  void puttingItAgainContradictsTheLieBesideARecordOfItsOwn() throws IOException {
    for (Bytes payload : List.of(SMALL, LARGE)) {
      MemoryEngine engine = StoreFixture.engine();
      try (Store a = StoreFixture.open("a", engine)) {
        ArtifactKey key = ArtifactKey.of(payload, TEXT);
        new Liar("liar").put(key, OTHER, TOLD).tell(a);
        long before = a.head(a.origin()).map(LogHead::treeSize).orElse(0L);
        for (int i = 0; i < 2; i++) {
          a.put(TEXT, payload);
          assertThat(read(a, key)).isEqualTo(payload);
          assertThat(a.now().live(key).orElseThrow().artifact().payloadDigest())
              .isEqualTo(PayloadDigest.of(payload));
          assertThat(a.head(a.origin()).orElseThrow().treeSize()).isEqualTo(before + 1);
        }
        assertThat(check(engine).isWhole()).isTrue();
      }
    }
  }

  @Test
  void erasureTakesTheTrueBytesThoughTheLatestRecordStatesOthers() {
    for (Bytes payload : List.of(SMALL, LARGE)) {
      MemoryEngine engine = StoreFixture.engine();
      try (Store a = StoreFixture.open("a", engine)) {
        ArtifactKey key = a.put(TEXT, payload);
        ArtifactKey kept = a.put(TEXT, Bytes.utf8("kept"));
        new Liar("liar").put(key, OTHER, TOLD).put(kept, OTHER, TOLD).tell(a);
        StoreFixture.remove(a, key, true);
        assertThat(a.hasPayload(PayloadDigest.of(payload))).isFalse();
        assertThatThrownBy(() -> a.reader().get(key, 9)).isInstanceOf(ErasedException.class);
        assertThat(a.reader().get(kept, 9)).isEqualTo(Bytes.utf8("kept"));
        assertThat(StoreFixture.rows(a, StoreTables.CHUNK)).isEmpty();
        assertThat(check(engine).isWhole()).isTrue();
      }
    }
  }

  @Test
  void whatIndexesAreFoldedFromStaysThoughTheLatestRecordStatesAnotherType() {
    for (boolean latest : List.of(true, false)) {
      MemoryEngine engine = CheckedStores.memory();
      try (Store a = Store.open(engine, CheckedStores.config("a"))) {
        ArtifactKey word = a.put(CheckedStores.WORD, SMALL);
        ArtifactKey twin = a.put(OTHER, SMALL);
        Liar liar = new Liar("liar").put(word, TEXT, TOLD);
        (latest ? liar.erase(word) : liar).tell(a);
        // What shares its bytes is erased too: that looks at the word as well.
        StoreFixture.remove(a, word, false);
        a.erase(twin, null);
        assertThatThrownBy(() -> a.erase(word, null))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining(word.toString());
        assertThat(a.isErasable(word)).isFalse();
        assertThat(a.collect(NOW).payloads()).isZero();
        assertThat(a.payload(PayloadDigest.of(SMALL), 9)).isEqualTo(SMALL);
        assertThat(CheckedStores.check("a", engine).check().isWhole()).isTrue();
        try (Store fresh = Store.open(CheckedStores.memory(), CheckedStores.config("b"))) {
          StoreFixture.copy(a, fresh);
          assertThat(fresh.stateRoot()).isEqualTo(a.stateRoot());
        }
      }
    }
  }

  @Test
  void erasingOneKeyTakesNothingOfAnotherThatALiarTiedToIt() {
    try (Store a = StoreFixture.open("a")) {
      ArtifactKey safe = a.put(TEXT, SMALL);
      // A key of its own and that of another state one payload, which nobody has.
      ArtifactKey own = ArtifactKey.of(TOLD, OTHER);
      new Liar("liar").put(safe, OTHER, TOLD).tell(a);
      StoreFixture.remove(a, safe, false);
      new Liar("other").put(own, OTHER, TOLD).erase(own).tell(a);
      assertThat(a.hasPayload(PayloadDigest.of(SMALL))).isTrue();
      a.put(TEXT, SMALL);
      assertThat(a.reader().get(safe, 9)).isEqualTo(SMALL);
    }
  }

  @Test
  void collectionTakesTheTrueBytesAndCountsThem() {
    MemoryEngine engine = StoreFixture.engine();
    try (Store a = StoreFixture.open("a", engine)) {
      ArtifactKey key = a.put(TEXT, LARGE);
      StoreFixture.remove(a, key, false);
      new Liar("liar").put(key, OTHER, TOLD).tell(a);
      StoreFixture.remove(a, key, false);
      CollectResult result = a.collect(NOW);
      assertThat(result.payloads()).isEqualTo(1);
      assertThat(result.payloadBytes()).isEqualTo(LARGE.length());
      assertThat(a.hasPayload(PayloadDigest.of(LARGE))).isFalse();
      assertThat(StoreFixture.rows(a, StoreTables.CHUNK)).isEmpty();
      assertThat(a.collect(NOW).payloads()).isZero();
      assertThat(check(engine).isWhole()).isTrue();
    }
  }

  @Test
  void bytesThatCameForALieAreCollected() {
    try (Store a = StoreFixture.open("a")) {
      ArtifactKey key = a.put(TEXT, SMALL);
      new Liar("liar").put(key, OTHER, TOLD).tell(a);
      stage(a, TOLD);
      assertThatThrownBy(() -> a.keepPayloads(List.of(PayloadDigest.of(TOLD))))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining(key.toString());
      a.collect(NOW);
      assertThat(a.hasPayload(PayloadDigest.of(TOLD))).isFalse();
      assertThat(StoreFixture.rows(a, StoreTables.CHUNK)).isEmpty();
      assertThat(StoreFixture.rows(a, StoreTables.CHUNK_USE)).isEmpty();
      assertThat(a.reader().get(key, 9)).isEqualTo(SMALL);
    }
  }

  @Test
  void trueBytesThatAreLostAreDamageThoughTheLatestRecordStatesOthers() {
    MemoryEngine engine = StoreFixture.engine();
    try (Store a = StoreFixture.open("a", engine)) {
      ArtifactKey key = a.put(TEXT, SMALL);
      new Liar("liar").put(key, OTHER, TOLD).tell(a);
      assertThat(check(engine).isWhole()).isTrue();
      Bytes place = Place.key(a.origin().bytes(), 0);
      engine.write(List.of(RowChange.delete(StoreTables.CONTENT, place)), Durability.SYNCED);
      assertThat(check(engine).damaged())
          .anySatisfy(
              found -> assertThat(found.toString()).contains(PayloadDigest.of(SMALL).toString()));
    }
  }

  @Test
  void aRepairPutsNothingBesideALieAndNoLieIsDamage() throws IOException {
    MemoryEngine engine = StoreFixture.engine();
    try (Store a = StoreFixture.open("a", engine);
        Store source = StoreFixture.open("source")) {
      source.put(OTHER, TOLD);
      ArtifactKey key = a.put(TEXT, SMALL);
      new Liar("liar").put(key, OTHER, TOLD).tell(a);
      Bytes place = Place.key(a.origin().bytes(), 0);
      engine.write(List.of(RowChange.delete(StoreTables.CONTENT, place)), Durability.SYNCED);
      CheckReport report =
          new StoreCheck(engine, StoreFixture.config("a"), StoreFixture::engine, steps -> {})
              .repair(RepairSource.of(source));
      assertThat(report.left())
          .singleElement()
          .satisfies(
              left -> assertThat(left.toString()).contains(PayloadDigest.of(SMALL).toString()));
      assertThat(StoreFixture.rows(a, StoreTables.CONTENT)).isEmpty();
      assertThat(a.hasPayload(a.now().live(key).orElseThrow())).isFalse();
      stage(a, SMALL);
      a.keepPayloads(List.of(PayloadDigest.of(SMALL)));
      assertThat(read(a, key)).isEqualTo(SMALL);
    }
  }

  @Test
  void bytesThatALieStatesAreNotTakenForTheArtifacts() {
    try (Store a = StoreFixture.open("a")) {
      ArtifactKey key = ArtifactKey.of(SMALL, TEXT);
      new Liar("honest, without payloads").put(key, TEXT, SMALL).tell(a);
      new Liar("another payload").put(key, TEXT, TOLD).tell(a);
      stage(a, TOLD);
      assertThat(a.hasPayload(PayloadDigest.of(TOLD))).isTrue();
      assertThat(a.hasPayload(a.now().live(key).orElseThrow())).isFalse();
      assertThat(a.stat(key).held()).isFalse();
    }
  }

  @Test
  void aTruePayloadThatComesLateIsAskedForAndKept() throws IOException {
    for (Bytes payload : List.of(SMALL, LARGE)) {
      MemoryEngine engine = StoreFixture.engine();
      try (Store a = StoreFixture.open("a", engine)) {
        ArtifactKey key = ArtifactKey.of(payload, TEXT);
        PayloadDigest digest = PayloadDigest.of(payload);
        new Liar("honest, without payloads").put(key, TEXT, payload).tell(a);
        new Liar("another payload").put(key, TEXT, TOLD).tell(a);
        new Liar("another type").put(key, OTHER, payload).tell(a);
        new Liar("another key")
            .put(ArtifactKey.of(TOLD, OTHER), OTHER, payload.length(), digest)
            .tell(a);
        assertThat(a.absentPayloads(null, 9))
            .extracting(AbsentPayload::digest)
            .containsExactlyInAnyOrder(digest, PayloadDigest.of(TOLD));
        assertThat(a.statements(key, 9)).hasSize(2);

        stage(a, payload);
        assertThat(a.keepPayloads(List.of(digest))).containsExactly(digest);
        assertThat(a.reader().get(key, payload.length())).isEqualTo(payload);
        assertThat(read(a, key)).isEqualTo(payload);
        assertThat(a.absentPayloads(null, 9)).isEmpty();
        assertThat(check(engine).isWhole()).isTrue();
      }
    }
  }
}
