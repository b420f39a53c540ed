package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.Plan.Give;
import org.jspecify.annotations.Nullable;

/** A traversal, level by level. One owner at a time. */
final class WalkOperator implements Operator {
  private final Execution execution;
  private final PlanNode node;
  private final Give give;
  private final Operator starts;
  private @Nullable WalkLevels levels;
  private @Nullable ArtifactKey unexpanded;
  private @Nullable SpillSorter edgeSorter;
  private @Nullable SortedRun edges;
  private boolean inLevel;
  private boolean ended;

  WalkOperator(Execution execution, PlanNode node, Operator starts) {
    this.execution = execution;
    this.node = node;
    this.give = ((Plan.Traversal) node.plan()).give();
    this.starts = starts;
  }

  @Override
  public @Nullable Row next() {
    if (levels == null && !ended) {
      levels = begin();
    }
    while (levels != null) {
      Row row = step(levels);
      if (row != null) {
        return row;
      }
    }
    return null;
  }

  private WalkLevels begin() {
    Plan.Traversal plan = (Plan.Traversal) node.plan();
    WalkLevels begun =
        new WalkLevels(execution, node, plan.reach(), plan.stops(), give == Give.EDGES);
    levels = begun;
    for (Row row = starts.next(); row != null; row = starts.next()) {
      begun.start(row.key());
    }
    return begun;
  }

  /** Does one thing; the row that came of it, if one did. */
  private @Nullable Row step(WalkLevels walk) {
    if (edges != null) {
      byte[] path = edges.next();
      if (path != null) {
        return row(OrderedBytes.key(path, 0), walk);
      }
      closeEdges();
      inLevel = false;
    }
    if (unexpanded != null) {
      boolean unused = walk.expand(unexpanded);
      unexpanded = null;
    }
    if (!inLevel) {
      inLevel = walk.nextLevel();
      if (!inLevel) {
        close();
        return null;
      }
    }
    ArtifactKey key = walk.nextNode();
    if (key == null) {
      endLevel(walk);
      return null;
    }
    if (give == Give.NODES) {
      unexpanded = key;
      return row(key, walk);
    }
    boolean followed = walk.expand(key);
    return give == Give.FRONTIER && !followed ? row(key, walk) : null;
  }

  private void endLevel(WalkLevels walk) {
    if (give == Give.EDGES) {
      edgeSorter = walk.takeEdges();
      edges = edgeSorter.sorted();
    } else {
      inLevel = false;
    }
  }

  private Row row(ArtifactKey key, WalkLevels walk) {
    return ItemRow.of(execution.resolver(), key, walk.depth());
  }

  private void closeEdges() {
    if (edgeSorter != null) {
      edgeSorter.close();
      edgeSorter = null;
      edges = null;
    }
  }

  @Override
  public void close() {
    ended = true;
    closeEdges();
    if (levels != null) {
      levels.close();
      levels = null;
    }
    starts.close();
  }
}
