package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.store.Store;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All rows of all derived tables of a store, with the state tree brought up to date.
 *
 * @param tables rows by table
 */
record DerivedRows(NavigableMap<Table, NavigableMap<Bytes, Bytes>> tables) {
  static DerivedRows of(Store store, PlantedBug bug) {
    store.stateRoot();
    TreeMap<Table, NavigableMap<Bytes, Bytes>> all = new TreeMap<>();
    for (Table table : SimNode.tables(bug)) {
      if (table.scope() == Table.Scope.DERIVED) {
        TreeMap<Bytes, Bytes> rows = new TreeMap<>();
        try (RowCursor cursor = store.rows().scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
          while (cursor.next()) {
            rows.put(cursor.key(), cursor.value());
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
      NavigableMap<Bytes, Bytes> here = tables.get(table);
      NavigableMap<Bytes, Bytes> there =
          Objects.requireNonNull(other.tables.get(table), table.name());
      if (!here.equals(there)) {
        return table.name() + " " + difference(here, there);
      }
    }
    return "";
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
