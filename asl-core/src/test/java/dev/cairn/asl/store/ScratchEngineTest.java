package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.config;
import static dev.cairn.asl.store.StoreFixture.key;
import static dev.cairn.asl.store.StoreFixture.put;
import static dev.cairn.asl.store.StoreFixture.remove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Rows over an engine that is only read, and stores on such an engine. */
final class ScratchEngineTest {
  private static final Table TABLE = StoreTables.CHUNK_USE;
  private static final int KEYS = 24;
  private static final int ROUNDS = 300;

  private static Bytes name(int i) {
    return Bytes.wrap(new byte[] {(byte) (i / 5), (byte) (i % 5)});
  }

  private static RowChange change(Random random) {
    Bytes key = name(random.nextInt(KEYS));
    return random.nextInt(3) == 0
        ? RowChange.delete(TABLE, key)
        : RowChange.put(TABLE, key, Bytes.wrap(new byte[random.nextInt(4)]));
  }

  private static List<Row> rows(StorageEngine engine, Bytes from, Bytes to, Bytes seek) {
    List<Row> rows = new ArrayList<>();
    try (RowCursor cursor = engine.scan(TABLE, from, to)) {
      boolean moved = cursor.next();
      if (seek.length() > 0) {
        cursor.seek(seek);
        moved = cursor.next();
      }
      while (moved) {
        rows.add(new Row(cursor.key(), cursor.value()));
        moved = cursor.next();
      }
      assertThat(cursor.next()).isFalse();
    }
    return rows;
  }

  @Test
  void readsAsOneEngineThatTookAllWritesWouldAndWritesNothingBelow() {
    for (int seed = 0; seed < ROUNDS; seed++) {
      Random random = new Random(seed);
      MemoryEngine below = StoreFixture.engine();
      MemoryEngine model = StoreFixture.engine();
      for (int i = random.nextInt(KEYS); i > 0; i--) {
        List<RowChange> both = List.of(change(random));
        below.write(both, Durability.SYNCED);
        model.write(both, Durability.SYNCED);
      }
      List<Row> before = rows(below, Bytes.EMPTY, Bytes.EMPTY, Bytes.EMPTY);
      ScratchEngine scratch = new ScratchEngine(below, StoreFixture::engine);
      for (int i = random.nextInt(KEYS); i > 0; i--) {
        List<RowChange> both = List.of(change(random), change(random));
        scratch.write(both, Durability.SYNCED);
        model.write(both, Durability.SYNCED);
      }
      List<Bytes> keys = new ArrayList<>();
      for (int i = 0; i < KEYS; i++) {
        keys.add(name(i));
        assertThat(scratch.get(TABLE, name(i)))
            .as("seed %s", seed)
            .isEqualTo(model.get(TABLE, name(i)));
      }
      assertThat(scratch.multiGet(TABLE, keys)).isEqualTo(model.multiGet(TABLE, keys));
      for (int i = 0; i < KEYS; i++) {
        Bytes from = name(random.nextInt(KEYS));
        Bytes to = random.nextBoolean() ? Bytes.EMPTY : name(KEYS - 1);
        if (to.length() > 0 && from.compareTo(to) > 0) {
          continue;
        }
        assertThat(scratch.last(TABLE, from, to))
            .as("seed %s", seed)
            .isEqualTo(model.last(TABLE, from, to));
        Bytes seek = random.nextBoolean() ? Bytes.EMPTY : from.plus(Bytes.wrap(new byte[1]));
        if (to.length() > 0 && seek.compareTo(to) > 0) {
          seek = Bytes.EMPTY;
        }
        assertThat(rows(scratch, from, to, seek))
            .as("seed %s", seed)
            .isEqualTo(rows(model, from, to, seek));
      }
      assertThat(rows(below, Bytes.EMPTY, Bytes.EMPTY, Bytes.EMPTY)).isEqualTo(before);
    }
  }

  @Test
  void aStoreThatIsOnlyReadTakesLargePayloadsAndSignsItsEndElsewhere() throws IOException {
    MemoryEngine engine = StoreFixture.engine();
    byte[] large = new byte[6 << 20];
    new Random(7).nextBytes(large);
    try (Store writer = StoreFixture.open("ann", engine)) {
      put(writer, "one");
      MemoryEngine shown = engine.copy();
      MemoryEngine untouched = shown.copy();
      AtomicInteger made = new AtomicInteger();
      try (Store reader =
          Store.openReadOnly(
              shown,
              config("ann"),
              () -> {
                made.incrementAndGet();
                return StoreFixture.engine();
              })) {
        assertThat(reader.now().isLive(key("one"))).isTrue();
        assertThat(made).as("an engine for nothing").hasValue(0);
        PreparedArtifact prepared = reader.prepare(null, new ByteArrayInputStream(large));
        assertThat(reader.payload(prepared.id().payloadDigest(), large.length))
            .isEqualTo(Bytes.wrap(large));
        assertThat(reader.signHead()).isEqualTo(writer.signHead()).isPresent();
        assertThat(reader.checkpoints(reader.origin(), 0, 9)).hasSize(1);
        assertThat(made).hasValue(1);
        assertThatThrownBy(() -> put(reader, "two")).isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> remove(reader, key("one"), false))
            .isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> reader.snapshot("label")).isInstanceOf(RefusedException.class);
        for (Table table : StoreFixture.TABLES) {
          try (RowCursor now = shown.scan(table, Bytes.EMPTY, Bytes.EMPTY);
              RowCursor then = untouched.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
            while (then.next()) {
              assertThat(now.next()).isTrue();
              assertThat(now.key()).isEqualTo(then.key());
              assertThat(now.value()).isEqualTo(then.value());
            }
            assertThat(now.next()).as(table.name()).isFalse();
          }
        }
      }
    }
  }

  @Test
  void whatLiesBelowIsMadeDurableWhereItIsSignedAndNotForEachPayload() throws IOException {
    byte[] large = new byte[6 << 20];
    new Random(8).nextBytes(large);
    MemoryEngine engine = StoreFixture.engine();
    try (Store writer = StoreFixture.open("ann", engine)) {
      put(writer, "one");
    }
    AtomicInteger syncs = new AtomicInteger();
    StorageEngine counted =
        new ForwardingEngine(engine.share()) {
          @Override
          public void sync() {
            syncs.incrementAndGet();
            super.sync();
          }
        };
    try (Store reader = Store.openReadOnly(counted, config("ann"), StoreFixture::engine)) {
      PreparedArtifact prepared = reader.prepare(null, new ByteArrayInputStream(large));
      assertThat(prepared.id().payloadDigest()).isNotNull();
      assertThat(syncs).as("payloads").hasValue(0);
      assertThat(reader.signHead()).isPresent();
      assertThat(syncs).as("a signature").hasValue(1);
    }
  }

  @Test
  void noMoreBytesAreWrittenThanTheBoundAndThoseWrittenStay() {
    ScratchEngine scratch = new ScratchEngine(StoreFixture.engine(), StoreFixture::engine, 19);
    List<RowChange> six = List.of(RowChange.put(TABLE, name(1), Bytes.wrap(new byte[6])));
    List<RowChange> four = List.of(RowChange.put(TABLE, name(2), Bytes.wrap(new byte[4])));
    scratch.write(six, Durability.RELAXED); // A key of 2, a byte before the value, and 6.
    scratch.write(List.of(RowChange.delete(TABLE, name(3))), Durability.RELAXED); // 3 more.
    assertThatThrownBy(() -> scratch.write(six, Durability.RELAXED))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("more than 19 bytes: ask for less");
    scratch.write(four, Durability.RELAXED);
    assertThatThrownBy(
            () -> scratch.write(List.of(RowChange.delete(TABLE, name(3))), Durability.RELAXED))
        .isInstanceOf(RefusedException.class);
    assertThat(scratch.get(TABLE, name(1))).isEqualTo(Bytes.wrap(new byte[6]));
    assertThat(scratch.get(TABLE, name(2))).isEqualTo(Bytes.wrap(new byte[4]));
    assertThat(scratch.get(TABLE, name(3))).isNull();
  }

  @Test
  void indexesThatAreMoreThanMayBeWrittenAreToBeMadeInTheStore() {
    ScratchEngine scratch = new ScratchEngine(StoreFixture.engine(), StoreFixture::engine, 29);
    List<RowChange> keys = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      keys.add(RowChange.put(StoreTables.TREE, name(i), Bytes.EMPTY));
    }
    assertThatThrownBy(
            () ->
                scratch.building(
                    Set.of(StoreTables.TREE), () -> scratch.write(keys, Durability.RELAXED)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("more than 29 bytes")
        .hasMessageContaining("open the store for writing once");
    scratch.building(
        Set.of(StoreTables.TREE), () -> scratch.write(keys.subList(1, 10), Durability.RELAXED));
  }

  @Test
  void otherTablesThanThoseMeantAreRefusedAsByAStoreThatIsOnlyRead() {
    ScratchEngine scratch = new ScratchEngine(StoreFixture.engine(), StoreFixture::engine);
    List<Table> taken = new ArrayList<>();
    for (Table table : StoreFixture.TABLES) {
      List<RowChange> rows =
          List.of(
              RowChange.put(TABLE, name(1), Bytes.EMPTY),
              RowChange.put(table, name(2), Bytes.EMPTY));
      try {
        scratch.write(rows, Durability.RELAXED);
        taken.add(table);
      } catch (RefusedException e) {
        assertThat(e).hasMessageContaining("reading only");
        assertThat(scratch.get(table, name(2))).isNull();
      }
    }
    assertThat(taken)
        .containsExactlyInAnyOrder(
            StoreTables.ARRIVED, StoreTables.CHUNK, StoreTables.CHUNK_USE, StoreTables.CHECKPOINT);
  }

  @Test
  void scratchThatCannotBeMadeIsTriedOnceAndTellsTheSameReason() {
    AtomicInteger tries = new AtomicInteger();
    ScratchEngine scratch =
        new ScratchEngine(
            StoreFixture.engine(),
            () -> {
              throw new UnavailableException("no room, try " + tries.incrementAndGet());
            });
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(
              () ->
                  scratch.write(
                      List.of(RowChange.put(TABLE, name(1), Bytes.EMPTY)), Durability.RELAXED))
          .isInstanceOf(UnavailableException.class)
          .hasMessage("no room, try 1");
    }
    assertThat(scratch.get(TABLE, name(1))).isNull();
  }
}
