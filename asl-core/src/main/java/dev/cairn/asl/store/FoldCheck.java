package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.model.ArtifactKey;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Compares every derived row with what the log gives: the indexes are folded again, by the fold
 * that writes them, into the scratch, and both are read side by side. Used once, after every {@link
 * LogCheck}.
 */
final class FoldCheck {
  private final StorageEngine engine;
  private final List<Index> indexes;
  private final Scratch scratch;
  private final Supplier<StorageEngine> moreScratch;
  private final CheckFindings findings;
  private final StorageEngine folded;
  private final Logs logs;

  /**
   * A check.
   *
   * @param indexes the liveness first
   * @param moreScratch another empty engine, if the stored state tree lags behind
   */
  FoldCheck(
      StorageEngine engine,
      List<Index> indexes,
      Scratch scratch,
      Supplier<StorageEngine> moreScratch,
      CheckFindings findings) {
    this.engine = engine;
    this.indexes = indexes;
    this.scratch = scratch;
    this.moreScratch = moreScratch;
    this.findings = findings;
    Set<Table> tables = new TreeSet<>(StoreTables.all());
    indexes.forEach(index -> tables.addAll(index.tables()));
    tables.removeIf(table -> table.scope() != Table.Scope.DERIVED);
    tables.add(StoreTables.ARRIVAL);
    tables.add(StoreTables.META);
    this.folded = new ScratchOverlay(engine, scratch.engine(), tables);
    this.logs = new Logs(folded);
  }

  /** The store with its derived rows as they should be, as far as they could be folded. */
  StorageEngine folded() {
    return folded;
  }

  void run() {
    scratch.engine();
    compare(StoreTables.NODE);
    if (!findings.areLogsReadable()) {
      findings.add(null, "indexes", "not compared, as a log is damaged");
      return;
    }
    compare(StoreTables.TILE);
    compare(StoreTables.NOTE);
    for (Index index : indexes) {
      if (isOutdated(index)) {
        findings.outdated(index);
      } else {
        checkMark(index);
      }
      fold(index);
    }
    if (findings.isFolded(indexes.get(0))
        && !findings.attempt(null, StoreTables.TREE.name(), this::tree)) {
      findings.unreadableTable(StoreTables.TREE);
    }
  }

  /**
   * Whether an earlier program left the index so: in its earlier version, or without it. That is no
   * damage; the next opening for writing makes it anew.
   */
  private boolean isOutdated(Index index) {
    Bytes mark = engine.get(StoreTables.META, IndexCatchUp.metaKey(index.name()));
    if (mark == null) {
      return index.tables().stream().allMatch(this::isEmpty);
    }
    return mark.length() == Long.BYTES && mark.u64At(0) > 0 && mark.u64At(0) < index.version();
  }

  private boolean isEmpty(Table table) {
    try (RowCursor rows = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      return !rows.next();
    }
  }

  private void checkMark(Index index) {
    Bytes mark = engine.get(StoreTables.META, IndexCatchUp.metaKey(index.name()));
    if (!Objects.equals(mark, Bytes.u64(index.version()))) {
      findings.addRow(
          index.tables().get(0),
          null,
          "index " + index.name(),
          "it is not known to be whole, or of another version");
    }
  }

  private void fold(Index index) {
    IndexCatchUp catchUp = new IndexCatchUp(folded, logs, new PayloadStore(folded, () -> 0, 0));
    boolean whole =
        findings.attempt(
            null, "index " + index.name(), () -> catchUp.fold(index, scratch.commits()));
    if (whole) {
      findings.folded(index);
      if (!findings.isOutdated(index)) {
        index.tables().forEach(this::compare);
      }
    }
  }

  private void tree() {
    new StateTreeKeeper(folded, logs).advance(scratch.commits());
    long seen = new StateTreeKeeper(engine, logs).watermark();
    long arrivals = StoreCheck.arrivals(engine);
    if (seen >= arrivals) {
      compare(StoreTables.TREE);
    } else {
      laggingTree(arrivals);
    }
  }

  /** The stored tree has not seen all commits: a copy of it is brought up to date. */
  private void laggingTree(long arrivals) {
    try (StorageEngine copy = moreScratch.get()) {
      copy(StoreTables.TREE, copy);
      Bytes watermark = engine.get(StoreTables.META, StateTreeKeeper.WATERMARK);
      if (watermark != null) {
        copy.write(
            List.of(RowChange.put(StoreTables.META, StateTreeKeeper.WATERMARK, watermark)),
            Durability.RELAXED);
      }
      StorageEngine live = new ScratchOverlay(engine, folded, Set.of(StoreTables.LIVE));
      Set<Table> own = Set.of(StoreTables.TREE, StoreTables.META);
      new StateTreeKeeper(new ScratchOverlay(live, copy, own), logs).advance(arrivals);
      compare(copy, StoreTables.TREE);
    }
  }

  private void copy(Table table, StorageEngine to) {
    RowPieces rows = new RowPieces(to);
    try (RowCursor cursor = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        rows.add(RowChange.put(table, cursor.key(), cursor.value()));
      }
    }
    rows.flush();
  }

  private void compare(Table table) {
    compare(engine, table);
  }

  private void compare(StorageEngine stored, Table table) {
    boolean whole =
        findings.attempt(
            null,
            table.name(),
            () ->
                RowComparison.run(
                    stored,
                    folded,
                    table,
                    (key, row, due) -> {
                      findings.checked(1);
                      compare(table, key, row, due);
                    }));
    if (!whole) {
      findings.unreadableTable(table);
    }
  }

  private void compare(Table table, Bytes key, @Nullable Bytes row, @Nullable Bytes due) {
    if (Objects.equals(row, due)) {
      return;
    }
    boolean told =
        (table.equals(StoreTables.NOTE) && scratch.isToMend(MendKind.NOTE, key))
            || (table.equals(StoreTables.NODE) && scratch.isToMend(MendKind.NODE, key));
    if (!told) {
      findings.addRow(
          table,
          artifact(table, key),
          table.name() + " " + key.toHex(),
          RowComparison.describe(row, due));
    }
  }

  private static @Nullable ArtifactKey artifact(Table table, Bytes key) {
    return table.equals(StoreTables.LIVE) ? PayloadCheck.keyOf(key) : null;
  }
}
