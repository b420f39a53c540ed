package dev.cairn.asl.engine.memory;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/**
 * All that a memory engine holds at one moment. Immutable: a change makes another state that shares
 * most of this one.
 *
 * @param tables rows by table, for each table that was declared
 * @param logs logs by name
 */
record MemoryState(Map<Table, PersistentMap<Bytes, Bytes>> tables, PersistentMap<Bytes, Log> logs) {
  /** A state without rows and logs. Each table is in it, so that a read of it is one look-up. */
  static MemoryState empty(Set<Table> tables) {
    HashMap<Table, PersistentMap<Bytes, Bytes>> none = new HashMap<>();
    tables.forEach(table -> none.put(table, PersistentMap.empty()));
    return new MemoryState(Collections.unmodifiableMap(none), PersistentMap.empty());
  }

  /**
   * One log: its records by u64be index.
   *
   * @param head number of records
   * @param fence greatest writer generation seen
   * @param records encoded records
   */
  record Log(long head, long fence, PersistentMap<Bytes, Bytes> records) {
    private static final Log EMPTY = new Log(0, 0, PersistentMap.empty());

    Log plus(long newFence, List<Bytes> more) {
      PersistentMap<Bytes, Bytes> longer = records;
      long index = head;
      for (Bytes record : more) {
        longer = longer.with(Bytes.u64(index++), record);
      }
      return new Log(index, newFence, longer);
    }

    Log with(SortedMap<Long, Bytes> others) {
      PersistentMap<Bytes, Bytes> mended = records;
      for (Map.Entry<Long, Bytes> entry : others.entrySet()) {
        mended = mended.with(Bytes.u64(entry.getKey()), entry.getValue());
      }
      return new Log(head, fence, mended);
    }
  }

  /**
   * The rows of a table.
   *
   * @throws IllegalArgumentException if it was not declared
   */
  PersistentMap<Bytes, Bytes> rows(Table table) {
    return rows(tables, table);
  }

  private static PersistentMap<Bytes, Bytes> rows(
      Map<Table, PersistentMap<Bytes, Bytes>> tables, Table table) {
    PersistentMap<Bytes, Bytes> rows = tables.get(table);
    if (rows == null) {
      throw new IllegalArgumentException("table " + table.name() + " was not declared");
    }
    return rows;
  }

  Log log(Bytes name) {
    Log log = logs.get(name);
    return log == null ? Log.EMPTY : log;
  }

  /** Every log that has a record, in order of their names. */
  List<Bytes> logNames() {
    List<Bytes> names = new ArrayList<>();
    PersistentMap.Ascent<Bytes, Log> ascent = logs.ascend(null);
    for (PersistentMap.Node<Bytes, Log> log = ascent.next(); log != null; log = ascent.next()) {
      if (log.value.head > 0) {
        names.add(log.key);
      }
    }
    return List.copyOf(names);
  }

  long greatestFence() {
    long greatest = 0;
    PersistentMap.Ascent<Bytes, Log> ascent = logs.ascend(null);
    for (PersistentMap.Node<Bytes, Log> log = ascent.next(); log != null; log = ascent.next()) {
      greatest = Math.max(greatest, log.value.fence);
    }
    return greatest;
  }

  MemoryState withLog(Bytes name, Log log) {
    return new MemoryState(tables, logs.with(name, log));
  }

  MemoryState withRows(List<RowChange> changes) {
    // Tables are few: a copy of the map costs less than a search by name for each row read.
    HashMap<Table, PersistentMap<Bytes, Bytes>> changed = new HashMap<>(tables);
    for (RowChange change : changes) {
      PersistentMap<Bytes, Bytes> rows = rows(changed, change.table());
      Bytes value = change.value();
      changed.put(
          change.table(),
          value == null ? rows.without(change.key()) : rows.with(change.key(), value));
    }
    return new MemoryState(Collections.unmodifiableMap(changed), logs);
  }
}
