package dev.cairn.tgk.plan.run;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.store.LiveCounts;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.tgk.plan.Plan;
import java.util.ArrayList;
import java.util.List;

/**
 * Estimates rows: answers the plan from the ids at the beginning of the key space, which digests
 * make as good as drawn by lot, and scales by the counts that the store keeps. Exact where all ids
 * are so few that they are the sample. Used once.
 */
final class Estimator {
  /** Ids that each scan looks at. */
  private static final long SAMPLE_IDS = 256;

  private final Store store;
  private final Cut cut;
  private final Resolver resolver;
  private final Plan plan;

  Estimator(Store store, Cut cut, Resolver resolver, Plan plan) {
    this.store = store;
    this.cut = cut;
    this.resolver = resolver;
    this.plan = plan;
  }

  Estimate estimate() {
    PlanNode root = new PlanNode(plan);
    try (Execution execution = new Execution(resolver, QueryOptions.DEFAULT, plan, SAMPLE_IDS)) {
      try (Operator rows = new Operators(execution).open(root)) {
        while (rows.next() != null) {
          Execution.checkInterrupt();
        }
      } catch (RefusedException e) {
        // A bound that the sample passes: what was counted until then is the estimate.
        return scaled(root, counts());
      }
    }
    return scaled(root, counts());
  }

  /** The counts of the view if it is a snapshot's, else those of the present. */
  private LiveCounts counts() {
    for (SnapshotInfo info : store.snapshots()) {
      if (info.snapshot().cut().equals(cut)) {
        return info.live();
      }
    }
    return store.liveCounts();
  }

  private Estimate scaled(PlanNode node, LiveCounts counts) {
    List<Estimate> inputs = new ArrayList<>();
    node.inputs().forEach(input -> inputs.add(scaled(input, counts)));
    Plan at = node.plan();
    long rows = node.rows();
    if (at instanceof Plan.SegmentScan scan) {
      rows = node.rowsRead() < SAMPLE_IDS ? rows : Math.max(rows, count(scan, counts));
    } else if (at instanceof Plan.First first) {
      rows = Math.min(first.rows(), inputs.get(0).rows());
    } else if (at instanceof Plan.Top top) {
      rows = Math.min(top.rows(), inputs.get(0).rows());
    } else if (!(at instanceof Plan.Keys) && !(at instanceof Plan.Aggregation)) {
      rows = scaledBySamples(node, inputs);
    }
    if (at instanceof Plan.Traversal) {
      // Walks meet: they reach each artifact once, and hardly more of them than there are.
      rows = Math.min(rows, counts.artifacts() + counts.edges());
    }
    return new Estimate(at, rows, List.copyOf(inputs));
  }

  /** As many rows more as the inputs are expected to have more rows than their samples. */
  private static long scaledBySamples(PlanNode node, List<Estimate> inputs) {
    long expected = 0;
    long sampled = 0;
    for (int i = 0; i < inputs.size(); i++) {
      expected += inputs.get(i).rows();
      sampled += node.inputs().get(i).rows();
    }
    return sampled == 0 ? 0 : Math.round((double) node.rows() * expected / sampled);
  }

  private static long count(Plan.SegmentScan scan, LiveCounts counts) {
    return switch (scan.source()) {
      case ARTIFACTS -> counts.artifacts();
      case EDGES -> counts.edges();
      case RECEIPTS -> counts.receipts();
      case EVERYTHING -> counts.total();
    };
  }
}
