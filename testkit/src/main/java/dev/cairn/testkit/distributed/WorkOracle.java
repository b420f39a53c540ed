package dev.cairn.testkit.distributed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.View;
import dev.cairn.pel.distributed.Work;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.StepProgram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What holds of every piece of work at the moment at which a node begins it, whatever else is at
 * work: judged by the receipt of a run alone, which tells what each step is given.
 */
final class WorkOracle {
  private final Program program;
  private final Receipt alone;
  private final int worksMax;

  WorkOracle(Program program, Receipt alone, int worksMax) {
    this.program = program;
    this.alone = alone;
    this.worksMax = worksMax;
  }

  /** Checks one that stands among the node's works already. */
  void check(SharedNode node, Work begun) {
    demand(node.works().size() <= worksMax, node, "has more begun than it may");
    Set<Bytes> subjects = new HashSet<>();
    for (Work work : node.works()) {
      demand(subjects.add(work.subject()), node, "does the same twice at once");
    }
    View now = node.store().now();
    for (ArtifactKey input : begun.inputs().values()) {
      demand(now.isLive(input), node, "begins before its inputs are here");
    }
    Map<Bytes, StepProgram> steps = steps();
    if (begun.isWhole()) {
      Receipts receipts = new Receipts(node.store(), now);
      steps.forEach(
          (subject, step) ->
              demand(
                  !receipts.claims(subject, null, 1).isEmpty() || isRefused(receipts, step),
                  node,
                  "puts the whole together before all steps have ended"));
    } else {
      StepProgram step = steps.get(begun.subject());
      demand(step != null, node, "begins a step that no run alone has");
      demand(step != null && step.inputs().equals(begun.inputs()), node, "begins on other inputs");
    }
  }

  private static boolean isRefused(Receipts receipts, StepProgram step) {
    return !receipts.conclusive(new Invocation(step.program().key(), step.inputs())).isEmpty();
  }

  /** Each step that ends, well or not, by its key. */
  private Map<Bytes, StepProgram> steps() {
    Map<Bytes, StepProgram> steps = new HashMap<>();
    program.nodes().forEach((name, node) -> add(steps, name, node));
    return steps;
  }

  private void add(Map<Bytes, StepProgram> steps, String name, ProgramNode node) {
    if (!alone.steps().containsKey(name) && !alone.failures().containsKey(name)) {
      return; // behind one that failed
    }
    List<ArtifactKey> inputs = new ArrayList<>();
    for (String reference : node.inputs()) {
      ArtifactKey given = alone.inputs().get(reference);
      Receipt.Step from = alone.steps().get(reference);
      inputs.add(given != null || from == null ? given : from.outputs().get(0));
    }
    steps.put(
        Receipt.Step.key(node.operator(), node.parametersDigest(), inputs),
        StepProgram.of(node, inputs));
  }

  private static void demand(boolean holds, SharedNode node, String what) {
    if (!holds) {
      throw new AssertionError(node + " " + what);
    }
  }
}
