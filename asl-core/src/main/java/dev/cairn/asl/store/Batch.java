package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.TableReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Row changes on their way into one atomic write, readable over what is stored. One owner at a
 * time.
 *
 * <p>Changes are looked up by hash; only a table that is asked for a prefix is sorted, from then
 * on. Derived rows are read from the store once: nobody else writes them while a batch is being
 * made.
 */
final class Batch implements RowWriter, RowSource {
  private final TableReader stored;
  private final Map<Table, Changes> pending = new TreeMap<>();
  private long bytes;

  /** The changes of one table. */
  private static final class Changes {
    /** In the order of first changes, which mostly is that of keys, so that sorting finds runs. */
    private final Map<Bytes, RowChange> byKey = new LinkedHashMap<>();

    private final Map<Bytes, Optional<Bytes>> asStored = new HashMap<>();
    private final Set<Bytes> there = new HashSet<>();
    private @Nullable NavigableMap<Bytes, RowChange> sorted;

    @Nullable RowChange put(RowChange change) {
      if (sorted != null) {
        sorted.put(change.key(), change);
      }
      return byKey.put(change.key(), change);
    }

    NavigableMap<Bytes, RowChange> sorted() {
      NavigableMap<Bytes, RowChange> all = sorted;
      if (all == null) {
        all = new TreeMap<>(byKey);
        sorted = all;
      }
      return all;
    }

    List<RowChange> inOrder() {
      RowChange[] all = byKey.values().toArray(RowChange[]::new);
      Arrays.sort(all, (left, right) -> left.key().compareTo(right.key()));
      return Arrays.asList(all);
    }

    NavigableMap<Bytes, RowChange> withPrefix(Bytes prefix) {
      Bytes end = prefix.prefixEnd();
      return end.isEmpty()
          ? sorted().tailMap(prefix, true)
          : sorted().subMap(prefix, true, end, false);
    }
  }

  Batch(TableReader stored) {
    this.stored = stored;
  }

  @Override
  public @Nullable Bytes get(Table table, Bytes key) {
    Changes changes = changes(table);
    RowChange change = changes.byKey.get(key);
    if (change != null) {
      return change.value();
    }
    return table.scope() == Table.Scope.DERIVED
        ? changes
            .asStored
            .computeIfAbsent(key, asked -> Optional.ofNullable(stored.get(table, asked)))
            .orElse(null)
        : stored.get(table, key);
  }

  /** Reads rows of a derived table at once, for those who will ask for them one by one. */
  void prefetch(Table table, List<Bytes> keys) {
    Changes changes = changes(table);
    List<Bytes> unknown = new ArrayList<>(keys.size());
    for (Bytes key : keys) {
      if (!changes.byKey.containsKey(key) && !changes.asStored.containsKey(key)) {
        unknown.add(key);
      }
    }
    List<@Nullable Bytes> values = stored.multiGet(table, unknown);
    for (int i = 0; i < unknown.size(); i++) {
      changes.asStored.put(unknown.get(i), Optional.ofNullable(values.get(i)));
    }
  }

  @Override
  public boolean has(Table table, Bytes key) {
    Changes changes = changes(table);
    return (changes.there.contains(key) && !changes.byKey.containsKey(key))
        || get(table, key) != null;
  }

  /**
   * Finds the rows {@code from <= key < to} for {@link #has}, all by one walk; of a table whose
   * rows nobody else removes while this batch is being made.
   */
  void findRows(Table table, Bytes from, Bytes to) {
    Set<Bytes> there = changes(table).there;
    try (RowCursor rows = stored.scan(table, from, to)) {
      while (rows.next()) {
        there.add(rows.key());
      }
    }
  }

  @Override
  public void put(Table table, Bytes key, Bytes value) {
    change(RowChange.put(table, key, value));
  }

  @Override
  public void delete(Table table, Bytes key) {
    change(RowChange.delete(table, key));
  }

  private void change(RowChange change) {
    RowChange before = changes(change.table()).put(change);
    bytes += before == null ? change.key().length() : -length(before.value());
    bytes += length(change.value());
  }

  private static int length(@Nullable Bytes value) {
    return value == null ? 0 : value.length();
  }

  /** Bytes of all keys and values. */
  long bytes() {
    return bytes;
  }

  /** Keys with this prefix as they will be. */
  @Override
  public List<Bytes> keysWithPrefix(Table table, Bytes prefix) {
    List<Bytes> held = new ArrayList<>();
    try (RowCursor rows = stored.scanPrefix(table, prefix)) {
      while (rows.next()) {
        held.add(rows.key());
      }
    }
    Changes changes = pending.get(table);
    Map<Bytes, RowChange> changed = changes == null ? Map.of() : changes.withPrefix(prefix);
    if (changed.isEmpty()) {
      return held;
    }
    TreeSet<Bytes> keys = new TreeSet<>(held);
    changed.forEach(
        (key, change) -> {
          if (change.value() == null) {
            keys.remove(key);
          } else {
            keys.add(key);
          }
        });
    return List.copyOf(keys);
  }

  /** True if there will be a key with this prefix. */
  boolean anyWithPrefix(Table table, Bytes prefix) {
    Changes changes = pending.get(table);
    Map<Bytes, RowChange> changed = changes == null ? Map.of() : changes.withPrefix(prefix);
    if (changed.values().stream().anyMatch(change -> change.value() != null)) {
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

  /** Every change, table by table, in the order of keys. */
  List<RowChange> changes() {
    List<RowChange> all = new ArrayList<>();
    pending.forEach((table, changes) -> all.addAll(changes.inOrder()));
    return all;
  }

  boolean isEmpty() {
    return pending.values().stream().allMatch(changes -> changes.byKey.isEmpty());
  }

  private Changes changes(Table table) {
    return pending.computeIfAbsent(table, ignored -> new Changes());
  }
}
