package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.model.ArtifactKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows that are derived of records from end to end, once: gives the state that they show
 * and, if asked, the sums of the records that they tell of ({@link RecordSums}). The state tree's
 * sixteen greatest subtrees are parts that can be read beside each other. Safe for any thread.
 */
final class DerivedRows {
  private final StorageEngine rows;
  private final @Nullable RecordSums sums;

  /** Rows, of which all records told of are added to {@code sums}, unless they are null. */
  DerivedRows(StorageEngine rows, @Nullable RecordSums sums) {
    this.rows = rows;
    this.sums = sums;
  }

  /** The parts; each gives its subtree, the one that has none an empty one. */
  List<Supplier<StateNode>> parts() {
    List<Supplier<StateNode>> parts = new ArrayList<>();
    for (int nibble = 0; nibble < StateFork.CHILDREN; nibble++) {
      Bytes path = StateTree.child(Bytes.EMPTY, 0, nibble);
      parts.add(() -> subtree(path));
    }
    parts.add(
        () -> {
          history();
          return StateNode.EMPTY;
        });
    return parts;
  }

  /** The state, from what the parts gave, in their order. */
  StateNode whole(List<StateNode> parts) {
    StateFork fork = new StateFork();
    for (int nibble = 0; nibble < StateFork.CHILDREN; nibble++) {
      fork.set(nibble, parts.get(nibble));
    }
    if (fork.counts().total() > StateTree.BUCKET_ENTRIES_MAX) {
      return fork.node();
    }
    try (RowCursor few = rows.scan(StoreTables.LIVE, Bytes.EMPTY, Bytes.EMPTY)) {
      return StateTree.rootOf(StateTree.liveEntries(few, (path, row) -> {}));
    }
  }

  private StateNode subtree(Bytes path) {
    try (RowCursor live = rows.scanAhead(StoreTables.LIVE, path, StateTree.endBelow(path, 1))) {
      Iterator<StateEntry> entries = StateTree.liveEntries(live, seen());
      StateNode node = StateTree.build(entries, path, 1, StateTree.UNSEEN);
      if (entries.hasNext()) {
        throw new AssertionError("entries out of order");
      }
      return node;
    }
  }

  private BiConsumer<Bytes, LiveRow> seen() {
    RecordSums all = sums;
    return all == null
        ? (path, row) -> {}
        : (path, row) -> {
          ArtifactKey id = Paths.key(path);
          row.forEachFact(fact -> all.add(id, fact));
        };
  }

  /** Records that live rows do not show: told of, too, and earlier than what is shown. */
  private void history() {
    RecordSums all = sums;
    if (all == null) {
      return;
    }
    try (RowCursor hidden = rows.scanAhead(StoreTables.HISTORY, Bytes.EMPTY, Bytes.EMPTY)) {
      ArtifactKey id = null;
      LiveRow shown = LiveRow.NOTHING;
      while (hidden.next()) {
        ArtifactKey next = Facts.hiddenId(hidden.key());
        if (!next.equals(id)) {
          id = next;
          shown = Facts.row(RowSource.of(rows), id);
        }
        Fact fact = Facts.hidden(hidden.key(), hidden.value());
        all.add(next, fact);
        if (!shown.hides(fact)) {
          all.doubt(fact);
          shown.facts().forEach(all::doubt);
        }
      }
    }
  }
}
