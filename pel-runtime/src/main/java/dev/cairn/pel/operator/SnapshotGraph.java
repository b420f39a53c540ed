package dev.cairn.pel.operator;

import dev.cairn.asl.model.Cut;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.run.Query;

/**
 * The provenance graph under a snapshot's cut, to read: what it answers is a function of the
 * snapshot alone. Safe for any thread.
 */
public final class SnapshotGraph {
  private final Store store;
  private final Graph graph;
  private final View view;

  /** The graph of a store under a cut, of which the store must hold every commit. */
  public SnapshotGraph(Store store, Cut cut) {
    this.store = store;
    this.graph = new Graph(store);
    this.view = store.at(cut);
  }

  /** Answers questions, at {@link #view} and no other. */
  public Graph graph() {
    return graph;
  }

  /** What the snapshot takes in. */
  public View view() {
    return view;
  }

  /** A plan, asked of the graph. */
  public Query query(Plan plan) {
    return new Query(store, view, plan).withGraph(graph);
  }
}
