package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** Stores on memory engines, and the shortest way to write to them and to copy between them. */
final class StoreFixture {
  static final Set<Table> TABLES = StoreConfig.tables(List.of(), List.of());

  private StoreFixture() {}

  static StoreConfig config(String name) {
    return config(name, 1);
  }

  static StoreConfig config(String name, int epoch) {
    return new StoreConfig(
        "test",
        SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name))),
        epoch,
        List.of(),
        List.of(),
        () -> 1_000_000);
  }

  static MemoryEngine engine() {
    return new MemoryEngine(TABLES);
  }

  static Store open(String name, StorageEngine engine) {
    return Store.open(engine, config(name));
  }

  static Store open(String name) {
    return open(name, engine());
  }

  static ArtifactKey put(Store store, String text) {
    PreparedArtifact artifact = store.prepare(new TypeTag("text/plain"), Bytes.utf8(text));
    store.commit(new CommitDraft().put(artifact));
    return artifact.id().key();
  }

  static ArtifactKey key(String text) {
    return ArtifactKey.of(Bytes.utf8(text), new TypeTag("text/plain"));
  }

  static void remove(Store store, ArtifactKey key, boolean erase) {
    store.commit(new CommitDraft().tombstone(key, new TombstoneNote(erase, null)));
  }

  /**
   * Sends all that {@code to} lacks of each log that {@code from} holds, checkpoint by checkpoint.
   */
  static void copy(Store from, Store to) {
    from.signHead();
    for (LogHead head : from.heads()) {
      copy(from, to, head.origin());
    }
  }

  static void copy(Store from, Store to, Origin origin) {
    long held = to.head(origin).map(LogHead::treeSize).orElse(0L);
    NavigableMap<Long, Bytes> checkpoints = from.checkpoints(origin, held, Integer.MAX_VALUE);
    for (var checkpoint : checkpoints.entrySet()) {
      to.replicate(stretch(from, origin, held, checkpoint.getKey(), checkpoint.getValue()));
      held = checkpoint.getKey();
    }
  }

  static Stretch stretch(Store from, Origin origin, long first, long end, Bytes checkpoint) {
    List<Stretch.Item> items = new ArrayList<>();
    try (RecordCursor records = from.records(origin, first, end)) {
      while (records.next()) {
        var digest = records.record().payloadDigest();
        Bytes payload =
            from.hasPayload(digest) && records.record().payloadLength() <= Store.INLINE_BYTES_MAX
                ? from.payload(digest, Store.INLINE_BYTES_MAX)
                : null;
        items.add(new Stretch.Item(records.encoded(), payload));
      }
    }
    return new Stretch(origin, from.head(origin).orElseThrow().key(), first, items, checkpoint);
  }

  /** Every row of every derived table, with the state tree brought up to date. */
  static NavigableMap<String, NavigableMap<Bytes, Bytes>> derivedRows(Store store) {
    store.stateRoot();
    NavigableMap<String, NavigableMap<Bytes, Bytes>> all = new TreeMap<>();
    for (Table table : TABLES) {
      if (table.scope() == Table.Scope.DERIVED) {
        all.put(table.name(), rows(store, table));
      }
    }
    return all;
  }

  static NavigableMap<Bytes, Bytes> rows(Store store, Table table) {
    NavigableMap<Bytes, Bytes> rows = new TreeMap<>();
    try (RowCursor cursor = store.rows().scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        Row row = new Row(cursor.key(), cursor.value());
        rows.put(row.key(), row.value());
      }
    }
    return rows;
  }
}
