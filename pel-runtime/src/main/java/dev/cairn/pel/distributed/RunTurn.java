package dev.cairn.pel.distributed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.CairnException.Advice;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.distributed.OpenRun.Pending;
import dev.cairn.pel.distributed.OpenRun.State;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.model.StepProgram;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** One look at open runs. Used once. */
final class RunTurn {
  private static final String WHOLE = "";

  private final Store store;
  private final OperatorRegistry operators;
  private final Executor executor;
  private final SortedSet<NodeId> peers;
  private final CoordinatorOptions options;
  private final long nowMillis;
  private int stepsRun;
  private boolean more;

  RunTurn(
      Store store,
      OperatorRegistry operators,
      Executor executor,
      SortedSet<NodeId> peers,
      CoordinatorOptions options,
      long nowMillis) {
    this.store = store;
    this.operators = operators;
    this.executor = executor;
    this.peers = peers;
    this.options = options;
    this.nowMillis = nowMillis;
  }

  int stepsRun() {
    return stepsRun;
  }

  boolean hasMore() {
    return more;
  }

  State look(OpenRun run) {
    Program program = run.program();
    if (program == null) {
      try {
        program = new Receipts(store, store.now()).program(run.request.program());
      } catch (NotFoundException e) {
        return State.OPEN;
      }
      if (!program.inputs().equals(run.request.inputs().keySet())) {
        return State.REFUSED;
      }
      run.found(program);
    }
    if (executor.lookUp(program, run.request.inputs(), options.run()).isPresent()) {
      return State.DONE;
    }
    boolean settled = true;
    for (String name : run.order()) {
      ProgramNode node = program.nodes().get(name);
      if (node != null && !run.isSettled(name)) {
        settled &= settle(run, name, node);
      }
    }
    return settled && finish(run, program) ? State.DONE : State.OPEN;
  }

  /** Whether a node has ended, now or before, well or not. */
  private boolean settle(OpenRun run, String name, ProgramNode node) {
    List<ArtifactKey> inputs = new ArrayList<>();
    boolean ready = true;
    for (String reference : node.inputs()) {
      if (run.failed.contains(reference)) {
        run.failed.add(name);
        return true;
      }
      ArtifactKey input = run.known.get(reference);
      if (input == null) {
        ready = false;
      } else {
        inputs.add(input);
      }
    }
    return ready && (isKnown(run, name, node, inputs) || runs(run, name, node, inputs));
  }

  private boolean isKnown(OpenRun run, String name, ProgramNode node, List<ArtifactKey> inputs) {
    Optional<List<ArtifactKey>> outputs = executor.lookUpStep(node, inputs, options.run());
    if (outputs.isPresent()) {
      run.known.put(name, outputs.get().get(0));
      return true;
    }
    StepProgram step = StepProgram.of(node, inputs);
    Optional<RunResult> alone = executor.lookUp(step.program(), step.inputs(), options.run());
    if (alone.isPresent() && alone.get().status() == RunStatus.FAILED_PERMANENT) {
      run.failed.add(name);
      return true;
    }
    return false;
  }

  private boolean runs(OpenRun run, String name, ProgramNode node, List<ArtifactKey> inputs) {
    Pending pending = run.pending(name, nowMillis);
    Bytes subject = Receipt.Step.key(node.operator(), node.parametersDigest(), inputs);
    if (!operators.operators().containsKey(node.operator())
        || !isDue(subject, pending)
        || !areHere(inputs)) {
      return false;
    }
    StepProgram step = StepProgram.of(node, inputs);
    RunResult result =
        attempt(pending, () -> executor.run(step.program(), step.inputs(), options.run()));
    if (result == null) {
      return false;
    }
    ArtifactKey output = result.outputs().get(StepProgram.OUTPUT);
    if (output == null) {
      run.failed.add(name);
    } else {
      run.known.put(name, output);
    }
    return true;
  }

  /** Puts the receipt of the whole together, if that is due. */
  private boolean finish(OpenRun run, Program program) {
    Pending pending = run.pending(WHOLE, nowMillis);
    return isDue(run.request.invocation().digest(), pending)
        && areHere(run.request.inputs().values())
        && attempt(pending, () -> executor.run(program, run.request.inputs(), options.run()))
            != null;
  }

  private boolean isDue(Bytes subject, Pending pending) {
    if (nowMillis < pending.notBeforeMillis || pending.tries >= CoordinatorOptions.TRIES_MAX) {
      return false;
    }
    int rank = Rendezvous.rank(subject, store.origin().node(), peers);
    if (nowMillis - pending.sinceMillis < rank * options.takeOverMillis()) {
      return false;
    }
    if (stepsRun >= options.stepsMax()) {
      more = true;
      return false;
    }
    return true;
  }

  private boolean areHere(Iterable<ArtifactKey> keys) {
    for (ArtifactKey key : keys) {
      if (!store.now().live(key).map(store::hasPayload).orElse(false)) {
        return false;
      }
    }
    return true;
  }

  private interface Work {
    RunResult run();
  }

  /** Does a piece of work; null if this machine failed it, which is tried again later. */
  private @Nullable RunResult attempt(Pending pending, Work work) {
    stepsRun++;
    pending.tries++;
    try {
      return work.run();
    } catch (CairnException e) {
      if (e.advice() == Advice.STOP || Thread.currentThread().isInterrupted()) {
        throw e;
      }
      long pause = options.retryMillis() << Math.min(pending.tries - 1, 16);
      if (e instanceof NotFoundException) {
        // Something that a list names may still be on its way here.
        pending.tries--;
        pause = options.takeOverMillis();
      } else if (e.advice() == Advice.FIX_REQUEST) {
        // A limit of this machine, or an operator that it knows otherwise: let others do it.
        pending.tries = CoordinatorOptions.TRIES_MAX;
      }
      pending.notBeforeMillis = nowMillis + Math.min(pause, options.takeOverMillis());
      return null;
    }
  }
}
