package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.Table.Scope;
import dev.cairn.asl.store.CommitView;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.RowWriter;
import java.util.List;

/**
 * The defect of {@link PlantedBug#TIES_BY_ARRIVAL}: who spoke last of each artifact, by logseq
 * alone.
 */
final class PlantedIndex implements Index {
  private static final Table LAST = new Table("planted.last", Scope.DERIVED);

  @Override
  public String name() {
    return "planted.last";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public List<Table> tables() {
    return List.of(LAST);
  }

  @Override
  public void apply(CommitView commit, RowWriter rows) {
    for (CommitView.Entry entry : commit.entries()) {
      Bytes id = entry.record().id().bytes();
      Bytes last = rows.get(LAST, id);
      if (last == null || last.u64At(0) <= commit.logseq()) {
        rows.put(LAST, id, Bytes.u64(commit.logseq()).plus(commit.origin().bytes()));
      }
    }
  }
}
