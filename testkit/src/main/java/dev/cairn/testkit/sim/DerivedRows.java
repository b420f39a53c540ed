package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All rows of all derived tables of a store, with the state tree brought up to date.
 *
 * @param tables rows by table, in order of keys
 */
record DerivedRows(NavigableMap<Table, List<Row>> tables) {
  static DerivedRows of(Store store, PlantedBug bug) {
    store.stateRoot();
    TreeMap<Table, List<Row>> all = new TreeMap<>();
    for (Table table : SimNode.tables(bug)) {
      if (table.scope() == Table.Scope.DERIVED) {
        List<Row> rows = new ArrayList<>();
        try (RowCursor cursor = store.rows().scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
          while (cursor.next()) {
            rows.add(new Row(cursor.key(), cursor.value()));
          }
        }
        all.put(table, rows);
      }
    }
    return new DerivedRows(all);
  }

  /** The first row that differs, in words; empty if none does. */
  String difference(DerivedRows other) {
    for (Table table : tables.keySet()) {
      List<Row> here = tables.get(table);
      List<Row> there = Objects.requireNonNull(other.tables.get(table), table.name());
      if (!here.equals(there)) {
        return table.name() + " " + difference(byKey(here), byKey(there));
      }
    }
    return "";
  }

  private static NavigableMap<Bytes, Bytes> byKey(List<Row> rows) {
    TreeMap<Bytes, Bytes> byKey = new TreeMap<>();
    rows.forEach(row -> byKey.put(row.key(), row.value()));
    return byKey;
  }

  private static String difference(
      NavigableMap<Bytes, Bytes> here, NavigableMap<Bytes, Bytes> there) {
    TreeSet<Bytes> keys = new TreeSet<>(here.keySet());
    keys.addAll(there.keySet());
    for (Bytes key : keys) {
      Bytes one = here.get(key);
      Bytes two = there.get(key);
      if (one == null || two == null || !one.equals(two)) {
        return "row " + key.toHex() + ": " + hex(one) + " and " + hex(two);
      }
    }
    throw new AssertionError("maps that differ in no key");
  }

  private static String hex(@Nullable Bytes bytes) {
    return bytes == null ? "none" : bytes.toHex();
  }
}
