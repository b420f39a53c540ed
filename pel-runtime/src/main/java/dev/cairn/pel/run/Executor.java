package dev.cairn.pel.run;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.Receipt.Failure;
import dev.cairn.pel.model.Receipt.Step;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.StepRunner.Outcome;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Runs programs on a store, which must fold {@link dev.cairn.pel.index.ReceiptIndex}, and leaves
 * receipts. Safe for any thread; each run has its own threads and ends them.
 *
 * <p>A run whose receipt is there does nothing. Otherwise each node whose operator, parameters and
 * inputs stand in some live receipt is taken from it, the others run, and one commit takes the new
 * outputs, what the lists among them name, the program, the receipt and its edge ({@link RunEdge}),
 * so a run is seen whole or not at all; only of more than 65,520 artifacts the first are committed
 * before. The receipt has the same bytes whatever was reused and whatever the number of threads. It
 * is recorded in this node's own log if a node ran, even if it came from elsewhere before: that is
 * what "this node ran it" means.
 *
 * <p>What an operator refuses is a result, and recorded. What the environment fails to do (an
 * artifact that is not here, damage, I/O, a limit, cancellation by interrupting the calling thread)
 * is an exception of {@code dev.cairn.asl.error}, and nothing is written.
 */
public final class Executor {
  /** Room for program, receipt and edge in the same commit. */
  private static final int MADE_A_COMMIT_MAX = LogRecord.COMMIT_RECORDS_MAX - 16;

  private final Store store;
  private final OperatorRegistry operators;

  /** An executor on a store. */
  public Executor(Store store, OperatorRegistry operators) {
    this.store = store;
    this.operators = operators;
  }

  /**
   * Runs a program.
   *
   * @param inputs exactly those that the program names
   * @throws dev.cairn.asl.error.MalformedException if the operators do not fit the program
   * @throws IllegalArgumentException if an input is missing or unknown
   */
  public RunResult run(Program program, SortedMap<String, ArtifactKey> inputs, RunOptions options) {
    operators.check(program);
    checkNames(program, inputs);
    Material material = new Material(store, view(options), options.limits());
    inputs.values().forEach(material::identifyInView);
    Invocation invocation = new Invocation(program.key(), inputs);
    Receipts receipts = new Receipts(store, store.now());
    if (!options.force()) {
      Optional<Receipts.Found> known =
          receipts.succeeded(invocation, receipt -> isUsable(program, receipt, material));
      if (known.isPresent()) {
        Receipt receipt = known.get().receipt();
        return new RunResult(known.get().key(), receipt, 0, receipt.steps().size());
      }
    }
    Computed computed =
        compute(program, invocation, material, options.force() ? null : receipts, options);
    ArtifactKey key = commit(program, computed, material);
    int executed = (int) computed.executed();
    return new RunResult(key, computed.receipt(), executed, computed.outcomes().size() - executed);
  }

  /**
   * Runs a receipt's program on its inputs again, using no receipt and writing no record, and
   * compares.
   *
   * @throws dev.cairn.asl.error.CairnException if the receipt, its program, an input or an operator
   *     is not here: then nothing is known
   */
  public Verification verify(ArtifactKey key, RunOptions options) {
    Receipts receipts = new Receipts(store, view(options));
    Receipt claimed = receipts.read(key);
    if (claimed.status() == RunStatus.FAILED_RETRYABLE || claimed.status() == RunStatus.SKIPPED) {
      throw new RefusedException(
          "receipt " + key + ": " + claimed.status() + " claims nothing that could be recomputed");
    }
    Program program = receipts.program(claimed.program());
    if (!program.inputs().equals(claimed.inputs().keySet())) {
      return new Verification.Refuted(
          key, "/inputs", claimed.inputs().keySet().toString(), program.inputs().toString(), null);
    }
    operators.check(program);
    Material material = new Material(store, view(options), options.limits());
    claimed.inputs().values().forEach(material::identifyInView);
    Computed computed = compute(program, claimed.invocation(), material, null, options);
    return Comparison.of(key, claimed, program, computed.receipt(), (int) computed.executed());
  }

  private View view(RunOptions options) {
    return options.at() == null ? store.now() : store.at(options.at());
  }

  private static void checkNames(Program program, SortedMap<String, ArtifactKey> inputs) {
    for (String name : program.inputs()) {
      if (!inputs.containsKey(name)) {
        throw new IllegalArgumentException("input " + Mistakes.quote(name) + " is not given");
      }
    }
    for (String name : inputs.keySet()) {
      if (!program.inputs().contains(name)) {
        throw new IllegalArgumentException(
            "the program has no input " + Mistakes.quote(name) + "; it has " + program.inputs());
      }
    }
  }

  private static boolean isUsable(Program program, Receipt receipt, Material material) {
    return receipt.outputs().keySet().equals(program.outputs().keySet())
        && material.allUsable(receipt.outputs().values().stream().toList());
  }

  /** A run's outcomes and what they come to. */
  private record Computed(Receipt receipt, SortedMap<String, Outcome> outcomes) {
    long executed() {
      return outcomes.values().stream().filter(Computed::ran).count();
    }

    static boolean ran(Outcome outcome) {
      return !(outcome instanceof Outcome.Done done) || done.executed();
    }
  }

  private Computed compute(
      Program program,
      Invocation invocation,
      Material material,
      @Nullable Receipts memo,
      RunOptions options) {
    StepRunner runner = new StepRunner(store, operators, material, memo);
    Schedule schedule = new Schedule(program, invocation.inputs(), runner);
    SortedMap<String, Outcome> outcomes = schedule.run(options.threads());
    TreeMap<String, Step> steps = new TreeMap<>();
    TreeMap<String, Failure> failures = new TreeMap<>();
    for (Map.Entry<String, Outcome> entry : outcomes.entrySet()) {
      if (entry.getValue() instanceof Outcome.Done done) {
        steps.put(entry.getKey(), done.step());
      } else if (entry.getValue() instanceof Outcome.Failed failed) {
        failures.put(entry.getKey(), failed.failure());
      }
    }
    TreeMap<String, ArtifactKey> outputs = new TreeMap<>();
    RunStatus status = RunStatus.FAILED_PERMANENT;
    if (failures.isEmpty()) {
      status = RunStatus.SUCCEEDED;
      program.outputs().forEach((name, ref) -> outputs.put(name, schedule.resolve(ref)));
    }
    Receipt receipt =
        new Receipt(invocation.program(), invocation.inputs(), outputs, status, steps, failures);
    return new Computed(receipt, outcomes);
  }

  private ArtifactKey commit(Program program, Computed computed, Material material) {
    List<ArtifactKey> outputs = new ArrayList<>();
    for (Outcome outcome : computed.outcomes().values()) {
      if (outcome instanceof Outcome.Done done && done.executed()) {
        outputs.addAll(done.step().outputs());
      }
    }
    CommitDraft draft = commitAhead(material.madeFor(outputs));
    draft.put(store.prepare(TypeTag.PROGRAM, program.encode()));
    PreparedArtifact receipt = store.prepare(TypeTag.RECEIPT, computed.receipt().encode());
    if (computed.executed() > 0) {
      draft.attest(receipt);
    } else {
      draft.put(receipt);
    }
    ArtifactKey key = receipt.id().key();
    draft.put(store.prepare(TypeTag.EDGE, RunEdge.of(key, computed.receipt()).encode()));
    store.commit(draft);
    return key;
  }

  /**
   * A draft of all that a run made. What one commit cannot hold beside the receipt goes before it,
   * in commits of its own: artifacts that nothing speaks of yet.
   */
  private CommitDraft commitAhead(Collection<PreparedArtifact> made) {
    CommitDraft draft = new CommitDraft();
    for (PreparedArtifact artifact : made) {
      if (draft.size() == MADE_A_COMMIT_MAX) {
        store.commit(draft);
        draft = new CommitDraft();
      }
      draft.put(artifact);
    }
    return draft;
  }
}
