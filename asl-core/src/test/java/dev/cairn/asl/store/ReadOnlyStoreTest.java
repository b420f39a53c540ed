package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.config;
import static dev.cairn.asl.store.StoreFixture.key;
import static dev.cairn.asl.store.StoreFixture.put;
import static dev.cairn.asl.store.StoreFixture.remove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stores that are only read. */
final class ReadOnlyStoreTest {
  private static Map<String, Bytes> everything(StorageEngine engine) {
    TreeMap<String, Bytes> all = new TreeMap<>();
    for (Table table : StoreFixture.TABLES) {
      try (RowCursor rows = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
        while (rows.next()) {
          all.put(table.name() + " " + rows.key().toHex(), rows.value());
        }
      }
    }
    return all;
  }

  @Test
  void allOfItIsReadAndNothingIsWritten() {
    MemoryEngine engine = StoreFixture.engine();
    try (Store writer = StoreFixture.open("ann", engine)) {
      for (int i = 0; i < 100; i++) {
        put(writer, "artifact " + i);
      }
      writer.stateRoot();
      for (int i = 0; i < 50; i++) {
        put(writer, "after the tree was kept last " + i);
      }
      remove(writer, key("artifact 7"), true);
      Map<String, Bytes> before = everything(engine);
      try (Store reader = Store.openReadOnly(engine.share(), config("ann"))) {
        assertThat(reader.heads()).isEqualTo(writer.heads());
        assertThat(reader.reader().get(key("artifact 3"), 100)).isEqualTo(Bytes.utf8("artifact 3"));
        assertThat(reader.stateRoot()).isEqualTo(writer.rebuiltStateRoot());
        assertThat(reader.stateRoot()).isEqualTo(reader.rebuiltStateRoot());
        assertThat(reader.liveCounts().artifacts()).isEqualTo(149);
        assertThat(reader.snapshots()).isEmpty();
      }
      assertThat(everything(engine)).isEqualTo(before);
      assertThat(writer.stateRoot()).isEqualTo(writer.rebuiltStateRoot());
    }
  }

  @Test
  void everyWriteIsRefusedAndReadsGoOn() {
    MemoryEngine engine = StoreFixture.engine();
    try (Store writer = StoreFixture.open("ann", engine)) {
      ArtifactKey key = put(writer, "one");
      byte[] large = new byte[Store.INLINE_BYTES_MAX + 1];
      Map<String, Bytes> before = everything(engine);
      try (Store reader = Store.openReadOnly(engine.share(), config("ann"))) {
        List<org.assertj.core.api.ThrowableAssert.ThrowingCallable> writes =
            List.of(
                () -> put(reader, "two"),
                () -> remove(reader, key, false),
                () -> reader.put(null, Bytes.wrap(large)),
                () -> reader.put(null, new ByteArrayInputStream(large)),
                () -> reader.snapshot("label"),
                () -> reader.signHead(),
                () -> reader.copyTo(Path.of("nowhere")),
                () -> StoreFixture.copy(writer, reader));
        for (var write : writes) {
          put(writer, "so that there is something to copy");
          before = everything(engine);
          assertThatThrownBy(write)
              .isInstanceOf(RefusedException.class)
              .hasMessageContaining("reading only");
          assertThat(reader.now().isLive(key)).isTrue();
        }
      }
      remove(writer, key("so that there is something to copy"), false);
      assertThat(before).isNotEmpty();
    }
  }

  @Test
  void whatIsNoStoreOrNeedsWorkIsSaidSo() {
    assertThatThrownBy(() -> Store.openReadOnly(StoreFixture.engine(), config("ann")))
        .isInstanceOf(NotFoundException.class);
    MemoryEngine engine = StoreFixture.engine();
    try (Store writer = StoreFixture.open("ann", engine)) {
      put(writer, "one");
      MemoryEngine behind = engine.copy();
      behind.write(
          List.of(RowChange.delete(StoreTables.META, Bytes.utf8("index/asl.liveness"))),
          Durability.SYNCED);
      Map<String, Bytes> before = everything(behind);
      if (before.equals(everything(engine))) {
        throw new AssertionError("the index has another name");
      }
      assertThatThrownBy(() -> Store.openReadOnly(behind.share(), config("ann")))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("open the store for writing once");
      assertThat(everything(behind)).isEqualTo(before);
      MemoryEngine old = engine.copy();
      old.write(
          List.of(RowChange.put(StoreTables.META, Bytes.utf8("format"), Bytes.u64(1))),
          Durability.SYNCED);
      assertThatThrownBy(() -> Store.openReadOnly(old.share(), config("ann")))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("format 1");
    }
  }

  @Test
  void besideAWriterOnRocksDbWhatWasCommittedBeforeIsSeen(@TempDir Path folder) {
    Path place = folder.resolve("db");
    try (Store writer =
        Store.open(
            RocksEngine.open(place, StoreFixture.TABLES, RocksOptions.DEFAULT), config("ann"))) {
      put(writer, "one");
      try (Store reader =
          Store.openReadOnly(
              RocksEngine.openReadOnly(place, StoreFixture.TABLES, RocksOptions.DEFAULT),
              config("ann"))) {
        put(writer, "two");
        assertThat(reader.now().isLive(key("one"))).isTrue();
        assertThat(reader.now().isLive(key("two"))).isFalse();
        assertThat(reader.stateRoot()).isNotEqualTo(writer.stateRoot());
        assertThatThrownBy(() -> put(reader, "three")).isInstanceOf(RefusedException.class);
      }
    }
  }
}
