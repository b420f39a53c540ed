package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.open;
import static dev.cairn.asl.store.StoreFixture.put;
import static dev.cairn.asl.store.StoreFixture.remove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.TypeTag;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A log read with its payloads says the same as looking up each. */
class ContentCursorTest {
  private static final int MAX = 10 << 20;
  private static final TypeTag TEXT = new TypeTag("text/plain");

  private final MemoryEngine engine = StoreFixture.engine();
  private final Store store = open("a", engine);

  /** What the cursor gives for each record: the payload, or what is wrong with it. */
  private List<String> walk(long from, long to) throws IOException {
    List<String> told = new ArrayList<>();
    try (ContentCursor cursor = store.contents(store.origin(), from, to)) {
      while (cursor.next()) {
        LogRecord record = cursor.record();
        assertThat(cursor.encoded()).isEqualTo(record.encode());
        if (!cursor.hasPayload()) {
          assertThatThrownBy(() -> cursor.payload(MAX)).isInstanceOf(NotFoundException.class);
          told.add("not here");
          continue;
        }
        Bytes payload = cursor.payload(MAX);
        try (InputStream stream = cursor.openPayload()) {
          assertThat(Bytes.wrap(stream.readAllBytes())).isEqualTo(payload);
        }
        told.add(payload.toHex());
      }
    }
    return told;
  }

  private List<String> lookUp(long from, long to) {
    List<String> told = new ArrayList<>();
    try (RecordCursor cursor = store.records(store.origin(), from, to)) {
      while (cursor.next()) {
        var digest = cursor.record().payloadDigest();
        told.add(store.hasPayload(digest) ? store.payload(digest, MAX).toHex() : "not here");
      }
    }
    return told;
  }

  /** Counts rows that are asked for one by one. */
  private static final class Counting extends HookedEngine {
    private long gets;

    Counting(StorageEngine engine) {
      super(engine);
    }

    @Override
    public @Nullable Bytes get(Table table, Bytes key) {
      gets++;
      return super.get(table, key);
    }
  }

  private static long getsOfAWalk(Counting counting, Store walked) {
    counting.gets = 0;
    try (ContentCursor cursor = walked.contents(walked.origin(), 0, Long.MAX_VALUE)) {
      while (cursor.next()) {
        if (cursor.hasPayload()) {
          assertThat(cursor.payload(MAX)).isEqualTo(Bytes.utf8("again"));
        }
      }
    }
    return counting.gets;
  }

  @Test
  void anArtifactPutManyTimesIsLookedForOnceWhereverItsPayloadLies() {
    int puts = 300;
    Counting counting = new Counting(StoreFixture.engine());
    try (Store many = open("many", counting)) {
      for (int i = 0; i < puts; i++) {
        many.commit(new CommitDraft().attest(many.prepare(TEXT, Bytes.utf8("again"))));
      }
      assertThat(getsOfAWalk(counting, many)).as("beside the latest").isLessThan(5L * puts);
      List<Bytes> places = new ArrayList<>();
      StoreFixture.rows(many, StoreTables.CONTENT).keySet().forEach(places::add);
      Bytes first = Place.key(many.origin().bytes(), 0);
      Bytes payload = counting.get(StoreTables.CONTENT, places.get(0));
      places.forEach(
          place ->
              counting.write(
                  List.of(RowChange.delete(StoreTables.CONTENT, place)), Durability.SYNCED));
      assertThat(getsOfAWalk(counting, many)).as("nowhere").isLessThan(10L * puts);
      counting.write(
          List.of(RowChange.put(StoreTables.CONTENT, first, payload)), Durability.SYNCED);
      assertThat(getsOfAWalk(counting, many)).as("beside the first").isLessThan(10L * puts);
    }
  }

  @Test
  void everyKindOfRecordGivesWhatALookUpGives() throws IOException {
    Random random = new Random(7);
    List<ArtifactKey> keys = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      switch (random.nextInt(8)) {
        case 0 -> {
          if (!keys.isEmpty()) {
            remove(store, keys.get(random.nextInt(keys.size())), random.nextBoolean());
          }
        }
        case 1 -> {
          byte[] large = new byte[Store.INLINE_BYTES_MAX + random.nextInt(400_000)];
          random.nextBytes(large);
          keys.add(store.put(TEXT, Bytes.wrap(large)));
        }
        case 2 -> {
          // Stated again, by the same payload under the same key.
          String text = "text " + random.nextInt(20);
          store.commit(new CommitDraft().attest(store.prepare(TEXT, Bytes.utf8(text))));
        }
        case 3 ->
            // The same payload under another type.
            store.put(new TypeTag("text/other"), Bytes.utf8("text " + random.nextInt(20)));
        default -> keys.add(put(store, "text " + random.nextInt(200)));
      }
    }
    long size = store.head(store.origin()).orElseThrow().treeSize();
    assertThat(size).isGreaterThan(200);
    assertThat(walk(0, size)).isEqualTo(lookUp(0, size)).contains("not here");
    for (int i = 0; i < 50; i++) {
      long from = random.nextInt((int) size);
      long to = from + random.nextInt((int) (size - from) + 5);
      assertThat(walk(from, to)).isEqualTo(lookUp(from, to));
    }
    assertThat(walk(size, size + 1)).isEmpty();
  }

  @Test
  void manyRecordsInARowWithoutAPayloadArePassedOver() throws IOException {
    List<ArtifactKey> keys = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      keys.add(put(store, "a" + i));
    }
    for (ArtifactKey key : keys.subList(0, 50)) {
      remove(store, key, true);
    }
    put(store, "last");
    long size = store.head(store.origin()).orElseThrow().treeSize();
    assertThat(walk(0, size)).isEqualTo(lookUp(0, size));
  }

  @Test
  void aRecordMayBePassedOverWithoutLookingAtItsPayload() {
    for (int i = 0; i < 40; i++) {
      put(store, "p" + i);
    }
    try (ContentCursor cursor = store.contents(store.origin(), 0, 40)) {
      for (int i = 0; i < 40; i++) {
        assertThat(cursor.next()).isTrue();
        if (i % 19 == 18) {
          assertThat(cursor.payload(MAX)).isEqualTo(Bytes.utf8("p" + i));
          assertThat(cursor.payload(MAX)).isEqualTo(Bytes.utf8("p" + i));
        }
      }
      assertThat(cursor.next()).isFalse();
    }
  }

  @Test
  void aPayloadThatIsNotWhatItsRecordStatesIsDamage() {
    put(store, "one");
    put(store, "two");
    Bytes place = Place.key(store.origin().bytes(), 1);
    engine.write(
        List.of(RowChange.put(StoreTables.CONTENT, place, PayloadRow.inline(Bytes.utf8("other")))),
        Durability.SYNCED);
    try (ContentCursor cursor = store.contents(store.origin(), 0, 2)) {
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.payload(MAX)).isEqualTo(Bytes.utf8("one"));
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.hasPayload()).isTrue();
      assertThatThrownBy(() -> cursor.payload(MAX))
          .isInstanceOf(DamagedException.class)
          .hasMessageContaining(cursor.record().payloadDigest().toString());
    }
  }

  @Test
  void aPayloadLongerThanAskedForIsRefused() {
    put(store, "four");
    try (ContentCursor cursor = store.contents(store.origin(), 0, 1)) {
      assertThat(cursor.next()).isTrue();
      assertThatThrownBy(() -> cursor.payload(3)).isInstanceOf(RefusedException.class);
      assertThat(cursor.payload(4)).isEqualTo(Bytes.utf8("four"));
    }
  }
}
