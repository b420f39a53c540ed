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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/** One look at open runs, or at one of which something has ended. Used once. */
final class RunTurn {
  private final Store store;
  private final OperatorRegistry operators;
  private final Executor executor;
  private final SortedSet<NodeId> peers;
  private final CoordinatorOptions options;
  private final AtWork atWork;
  private final long nowMillis;
  private final List<Work> begun = new ArrayList<>();
  private boolean more;

  /**
   * @param atWork what has begun and not ended; what begins is added
   */
  RunTurn(
      Store store,
      OperatorRegistry operators,
      Executor executor,
      SortedSet<NodeId> peers,
      CoordinatorOptions options,
      AtWork atWork,
      long nowMillis) {
    this.store = store;
    this.operators = operators;
    this.executor = executor;
    this.peers = peers;
    this.options = options;
    this.atWork = atWork;
    this.nowMillis = nowMillis;
  }

  List<Work> begun() {
    return begun;
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
    for (String name = run.firstReady();
        name != null && !(more && atWork.isFull());
        name = run.nextReady(name)) {
      consider(run, name);
    }
    finish(run, program);
    return State.OPEN;
  }

  /** Notes how a piece of work has ended, before those who want it go on. */
  void note(Work.Ended ended) {
    if (ended.failure() != null) {
      Work work = ended.work();
      putOff(work.pending, ended.failure());
      for (Work.Wanted wanted : work.wanted()) {
        wanted.run().pending(work.subject(), nowMillis).putOffLike(work.pending);
      }
    }
  }

  /** Goes on with a run that wanted what has ended, without looking at all of it. */
  State ended(Work.Ended ended, Work.Wanted wanted) {
    OpenRun run = wanted.run();
    String node = wanted.node();
    Program program = run.program();
    RunResult result = ended.result();
    if (result == null) {
      return State.OPEN;
    }
    if (node == null || program == null) {
      return State.DONE;
    }
    ArrayDeque<String> next = new ArrayDeque<>();
    next.addAll(run.settle(node, result.outputs().get(StepProgram.OUTPUT)));
    while (!next.isEmpty()) {
      next.addAll(consider(run, next.remove()));
    }
    finish(run, program);
    return State.OPEN;
  }

  /**
   * A node that has all its inputs: begins it, if it has not ended already and it is its turn.
   *
   * @return nodes that are ready now
   */
  private List<String> consider(OpenRun run, String name) {
    ProgramNode node = run.node(name);
    List<ArtifactKey> inputs = run.inputs(name);
    Bytes subject = Receipt.Step.key(node.operator(), node.parametersDigest(), inputs);
    Work atIt = atWork.on(subject);
    if (atIt != null) {
      atIt.wanted().add(new Work.Wanted(run, name));
      return List.of();
    }
    Optional<List<ArtifactKey>> outputs = executor.lookUpStep(node, inputs, options.run());
    if (outputs.isPresent()) {
      return run.settle(name, outputs.get().get(0));
    }
    StepProgram step = StepProgram.of(node, inputs);
    Optional<RunResult> alone = executor.lookUp(step.program(), step.inputs(), options.run());
    if (alone.isPresent() && alone.get().status() == RunStatus.FAILED_PERMANENT) {
      return run.settle(name, null);
    }
    Pending pending = run.pending(subject, nowMillis);
    if (operators.operators().containsKey(node.operator())
        && isDue(subject, pending)
        && areHere(inputs)) {
      begin(step.program(), step.inputs(), subject, new Work.Wanted(run, name), pending);
    }
    return List.of();
  }

  /** Has the receipt of the whole put together, if that is due. */
  private void finish(OpenRun run, Program program) {
    Bytes subject = run.request.invocation().digest();
    if (!run.isSettled() || atWork.on(subject) != null) {
      return;
    }
    Pending pending = run.pending(subject, nowMillis);
    if (isDue(subject, pending) && areHere(run.request.inputs().values())) {
      begin(program, run.request.inputs(), subject, new Work.Wanted(run, null), pending);
    }
  }

  private boolean isDue(Bytes subject, Pending pending) {
    if (nowMillis < pending.notBeforeMillis || pending.tries >= CoordinatorOptions.TRIES_MAX) {
      return false;
    }
    int rank = Rendezvous.rank(subject, store.origin().node(), peers);
    return nowMillis - pending.sinceMillis >= rank * options.takeOverMillis();
  }

  private boolean areHere(Iterable<ArtifactKey> keys) {
    for (ArtifactKey key : keys) {
      if (!store.now().live(key).map(store::hasPayload).orElse(false)) {
        return false;
      }
    }
    return true;
  }

  private void begin(
      Program program,
      SortedMap<String, ArtifactKey> inputs,
      Bytes subject,
      Work.Wanted wanted,
      Pending pending) {
    if (!atWork.hasRoomFor(pending)) {
      more = true;
      return;
    }
    pending.tries++;
    Work work = new Work(executor, options.run(), program, inputs, subject, wanted, pending);
    atWork.begins(work);
    begun.add(work);
  }

  /** What this machine failed is tried again later. */
  private void putOff(Pending pending, CairnException e) {
    if (e.advice() == Advice.STOP) {
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
    pending.alone = e.getCause() instanceof OutOfMemoryError;
    pending.notBeforeMillis = nowMillis + Math.min(pause, options.takeOverMillis());
  }
}
