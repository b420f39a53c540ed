package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.TableReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Row changes on their way into one atomic write, readable over what is stored. One owner at a
 * time.
 */
final class Batch implements RowWriter {
  private final TableReader stored;
  private long bytes;
  private final Map<Table, NavigableMap<Bytes, Optional<Bytes>>> pending = new TreeMap<>();

  Batch(TableReader stored) {
    this.stored = stored;
  }

  @Override
  public @Nullable Bytes get(Table table, Bytes key) {
    Map<Bytes, Optional<Bytes>> changes = pending.get(table);
    Optional<Bytes> change = changes == null ? null : changes.get(key);
    return change == null ? stored.get(table, key) : change.orElse(null);
  }

  @Override
  public void put(Table table, Bytes key, Bytes value) {
    change(table, key, Optional.of(value));
  }

  @Override
  public void delete(Table table, Bytes key) {
    change(table, key, Optional.empty());
  }

  private void change(Table table, Bytes key, Optional<Bytes> value) {
    Optional<Bytes> before = changes(table).put(key, value);
    bytes += before == null ? key.length() : -length(before);
    bytes += length(value);
  }

  private static int length(Optional<Bytes> value) {
    return value.map(Bytes::length).orElse(0);
  }

  /** Bytes of all keys and values. */
  long bytes() {
    return bytes;
  }

  /** Keys with this prefix as they will be. */
  NavigableSet<Bytes> keysWithPrefix(Table table, Bytes prefix) {
    TreeSet<Bytes> keys = new TreeSet<>();
    try (RowCursor rows = stored.scanPrefix(table, prefix)) {
      while (rows.next()) {
        keys.add(rows.key());
      }
    }
    withPrefix(table, prefix)
        .forEach(
            (key, value) -> {
              if (value.isPresent()) {
                keys.add(key);
              } else {
                keys.remove(key);
              }
            });
    return keys;
  }

  /** True if there will be a key with this prefix. */
  boolean anyWithPrefix(Table table, Bytes prefix) {
    NavigableMap<Bytes, Optional<Bytes>> changed = withPrefix(table, prefix);
    if (changed.values().stream().anyMatch(Optional::isPresent)) {
      return true;
    }
    try (RowCursor rows = stored.scanPrefix(table, prefix)) {
      while (rows.next()) {
        if (!changed.containsKey(rows.key())) {
          return true;
        }
      }
    }
    return false;
  }

  private NavigableMap<Bytes, Optional<Bytes>> withPrefix(Table table, Bytes prefix) {
    Bytes end = prefix.prefixEnd();
    return end.isEmpty()
        ? changes(table).tailMap(prefix, true)
        : changes(table).subMap(prefix, true, end, false);
  }

  /** Every change, table by table, in the order of keys. */
  List<RowChange> changes() {
    List<RowChange> all = new ArrayList<>();
    pending.forEach(
        (table, changes) ->
            changes.forEach(
                (key, value) -> all.add(new RowChange(table, key, value.orElse(null)))));
    return all;
  }

  boolean isEmpty() {
    return pending.values().stream().allMatch(Map::isEmpty);
  }

  private NavigableMap<Bytes, Optional<Bytes>> changes(Table table) {
    return pending.computeIfAbsent(table, ignored -> new TreeMap<>());
  }
}
