package dev.cairn.pel.run;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.asl.time.Ticker;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.index.ReusePolicy;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.Receipt.Failure;
import dev.cairn.pel.model.Receipt.Step;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.StepRunner.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Runs programs on a store, which must fold {@link dev.cairn.pel.index.ReceiptIndex}, and leaves
 * receipts. Safe for any thread; each run has its own threads and ends them.
 *
 * <p>A run whose receipt is there does nothing, be it one of success or of a refusal that would be
 * the same again. Otherwise each node whose operator, parameters and inputs stand in some live
 * receipt is taken from it, the others run, and one commit takes the new outputs, what the lists
 * among them name, the program, the receipt and its edge ({@link RunEdge}), so a run is seen whole
 * or not at all; only of more than 65,536 records the first are committed before. What operators
 * were applied to, one by one, has receipts of its own in it ({@link ItemReceipts}). Which receipts
 * will do is for the {@link dev.cairn.pel.index.ReusePolicy} to say. The receipt has the same bytes
 * whatever was reused and whatever the number of threads. It is recorded in this node's own log if
 * a node ran, even if it came from elsewhere before: that is what "this node ran it" means. What of
 * it only others ran is named beside it, in a {@link Borrowing}.
 *
 * <p>What an operator refuses is a result, and recorded. What the environment fails to do (an
 * artifact that is not here, damage, I/O, a limit, cancellation by interrupting the calling thread)
 * is an exception of {@code dev.cairn.asl.error}, and nothing is written.
 */
public final class Executor {
  private final Store store;
  private final OperatorRegistry operators;
  private final Ticker ticker;

  /** An executor on a store. */
  public Executor(Store store, OperatorRegistry operators) {
    this(store, operators, Ticker.system());
  }

  /**
   * An executor on a store.
   *
   * @param ticker for limits on time, and for what is tried again
   */
  public Executor(Store store, OperatorRegistry operators, Ticker ticker) {
    this.store = store;
    this.operators = operators;
    this.ticker = ticker;
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
    Reuse reuse = options.force() ? null : reuse(options.reuse(), material);
    boolean disputed = false;
    if (reuse != null) {
      Reuse.Run known = reuse.run(program, invocation);
      disputed = known.disputed();
      ArtifactKey key = known.key();
      Receipt receipt = known.receipt();
      if (known.verdict() == Reuse.Verdict.TAKEN && key != null && receipt != null) {
        return RunResult.known(key, receipt, disputed);
      }
    }
    StepRunner runner = new StepRunner(store, operators, material, reuse, null, true);
    Computed computed = compute(program, invocation, runner, options, new Meter(Cost.UNBOUNDED));
    SortedMap<String, List<Judgement>> refuted =
        reuse == null ? refuted(computed) : new TreeMap<>();
    ArtifactKey key = commit(program, computed, material);
    int executed = (int) computed.executed();
    return new RunResult(
        key,
        computed.receipt(),
        executed,
        computed.outcomes().size() - executed,
        computed.items(refuted),
        disputed,
        computed.disputed(refuted.keySet()));
  }

  /**
   * What {@link #run} would do, and why; runs nothing and writes nothing.
   *
   * @throws dev.cairn.asl.error.MalformedException if the operators do not fit the program
   * @throws IllegalArgumentException if an input is missing or unknown
   */
  public Explanation explain(
      Program program, SortedMap<String, ArtifactKey> inputs, RunOptions options) {
    operators.check(program);
    checkNames(program, inputs);
    Material material = new Material(store, view(options), options.limits());
    inputs.values().forEach(material::identifyInView);
    return new Explainer(
            program,
            new Invocation(program.key(), inputs),
            operators,
            material,
            reuse(options.reuse(), material),
            options)
        .explain();
  }

  /**
   * What {@link #run} would give without running anything, if a receipt tells all of it; writes
   * nothing.
   */
  public Optional<RunResult> lookUp(
      Program program, SortedMap<String, ArtifactKey> inputs, RunOptions options) {
    Material material = new Material(store, view(options), options.limits());
    Reuse.Run known =
        reuse(options.reuse(), material).run(program, new Invocation(program.key(), inputs));
    ArtifactKey key = known.key();
    Receipt receipt = known.receipt();
    if (known.verdict() != Reuse.Verdict.TAKEN || key == null || receipt == null) {
      return Optional.empty();
    }
    return Optional.of(RunResult.known(key, receipt, known.disputed()));
  }

  /** What came out of a step, if receipts tell; in whatever programs it stood. */
  public Optional<List<ArtifactKey>> lookUpStep(
      ProgramNode node, List<ArtifactKey> inputs, RunOptions options) {
    Material material = new Material(store, view(options), options.limits());
    Reuse.Step known =
        reuse(options.reuse(), material)
            .step(Step.key(node.operator(), node.parametersDigest(), inputs));
    return known.verdict() == Reuse.Verdict.TAKEN ? Optional.of(known.outputs()) : Optional.empty();
  }

  private Reuse reuse(ReusePolicy policy, Material material) {
    Receipts receipts = new Receipts(store, store.now());
    return new Reuse(receipts, policy, store.origin().node(), material);
  }

  /**
   * Records that a program is left out on purpose on these inputs: a receipt of status {@link
   * RunStatus#SKIPPED}, which a later run may still outdo.
   *
   * @return the receipt's key
   */
  public ArtifactKey skip(Program program, SortedMap<String, ArtifactKey> inputs) {
    checkNames(program, inputs);
    Receipt receipt =
        new Receipt(
            program.key(),
            inputs,
            new TreeMap<>(),
            RunStatus.SKIPPED,
            new TreeMap<>(),
            new TreeMap<>());
    return record(program, receipt);
  }

  /** Records a receipt that claims nothing, with its program. */
  private ArtifactKey record(Program program, Receipt receipt) {
    CommitDraft draft = new CommitDraft();
    draft.put(store.prepare(TypeTag.PROGRAM, program.encode()));
    PreparedArtifact prepared = store.prepare(TypeTag.RECEIPT, receipt.encode());
    draft.put(prepared);
    ArtifactKey key = prepared.id().key();
    draft.put(store.prepare(TypeTag.EDGE, RunEdge.of(key, receipt).encode()));
    store.commit(draft);
    return key;
  }

  /**
   * Runs a receipt's program on its inputs again, using no receipt and writing no record, and
   * compares.
   *
   * @throws dev.cairn.asl.error.CairnException if the receipt, its program, an input or an operator
   *     is not here: then nothing is known
   */
  public Verification verify(ArtifactKey key, RunOptions options) {
    return verify(key, options, null, new Meter(Cost.UNBOUNDED));
  }

  /**
   * The same for one of several receipts: a node that ran for another of them need not run again.
   *
   * @param memo of what nodes gave that ran for the others; null for none
   * @param meter counts what it takes, and ends it if that is too much. With one thread ({@link
   *     RunOptions#threads}) it counts the same whatever comes of it, unless time is what ends it
   */
  public Verification verify(
      ArtifactKey key, RunOptions options, @Nullable StepMemo memo, Meter meter) {
    meter.add(Meter.RUN);
    Receipts receipts = new Receipts(store, view(options));
    Receipt claimed = receipts.read(key);
    meter.bytes(length(key));
    if (claimed.status() == RunStatus.FAILED_RETRYABLE || claimed.status() == RunStatus.SKIPPED) {
      throw new RefusedException(
          "receipt " + key + ": " + claimed.status() + " claims nothing that could be recomputed");
    }
    Program program = receipts.program(claimed.program());
    meter.bytes(length(claimed.program()));
    if (!program.inputs().equals(claimed.inputs().keySet())) {
      return new Verification.Refuted(
          key, "/inputs", claimed.inputs().keySet().toString(), program.inputs().toString(), null);
    }
    operators.telling(meter::add).check(program);
    Material material = new Material(store, view(options), options.limits());
    claimed.inputs().values().forEach(material::identifyInView);
    StepRunner runner = new StepRunner(store, operators, material, null, memo, false);
    Computed computed =
        compute(program, claimed.invocation(), runner, options.withRecordsRetryable(false), meter);
    return Comparison.of(key, claimed, program, computed.receipt(), (int) computed.executed());
  }

  private long length(ArtifactKey key) {
    return store.now().known(key).map(entry -> entry.artifact().payloadLength()).orElse(0L);
  }

  /**
   * Says which stored receipts of a run's program on its inputs, and of its steps, are right, and
   * which are not.
   *
   * @param result of a run for which nothing was reused: see {@link RunOptions#force}
   */
  public List<Judgement> judge(Program program, RunResult result) {
    if (result.reused() > 0) {
      throw new IllegalArgumentException("what was reused cannot judge what it was taken from");
    }
    return new Judge(new Receipts(store, store.now())).judge(program, result);
  }

  /** By node, stored receipts of items that tell otherwise than what ran of everything. */
  private SortedMap<String, List<Judgement>> refuted(Computed computed) {
    Judge judge = new Judge(new Receipts(store, store.now()));
    SortedMap<String, List<Judgement>> refuted = new TreeMap<>();
    computed
        .outcomes()
        .forEach(
            (node, outcome) -> {
              if (outcome instanceof Outcome.Done done) {
                List<Judgement> wrong = judge.items(node, done.applied().runs());
                if (!wrong.isEmpty()) {
                  refuted.put(node, wrong);
                }
              }
            });
    return refuted;
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

  /** A run's outcomes and what they come to. */
  private record Computed(Receipt receipt, SortedMap<String, Outcome> outcomes) {
    long executed() {
      return outcomes.values().stream().filter(Schedule::executed).count();
    }

    /** What became of what operators were applied to. */
    RunResult.Items items(SortedMap<String, List<Judgement>> refuted) {
      int ran = 0;
      int reused = 0;
      int disputed = 0;
      for (Outcome outcome : outcomes.values()) {
        if (outcome instanceof Outcome.Done done) {
          ran += done.applied().executed();
          reused += done.applied().reused();
          disputed += done.applied().disputed();
        }
      }
      List<Judgement> wrong = refuted.values().stream().flatMap(List::stream).toList();
      disputed += (int) wrong.stream().map(Judgement::place).distinct().count();
      return new RunResult.Items(ran, reused, disputed, wrong);
    }

    /** The nodes that this node has not run, now or before. */
    SortedSet<String> borrowed() {
      return nodes(Outcome.Done::borrowed);
    }

    /** The nodes about which, or about an item of which, receipts contradict each other. */
    SortedSet<String> disputed(Set<String> refuted) {
      SortedSet<String> nodes = nodes(done -> done.disputed() || done.applied().disputed() > 0);
      nodes.addAll(refuted);
      return nodes;
    }

    private SortedSet<String> nodes(Predicate<Outcome.Done> wanted) {
      TreeSet<String> nodes = new TreeSet<>();
      outcomes.forEach(
          (node, outcome) -> {
            if (outcome instanceof Outcome.Done done && wanted.test(done)) {
              nodes.add(node);
            }
          });
      return nodes;
    }
  }

  private Computed compute(
      Program program, Invocation invocation, StepRunner runner, RunOptions options, Meter meter) {
    Schedule schedule = new Schedule(program, invocation.inputs(), runner, options, ticker, meter);
    options.listener().begins(program.nodes().size());
    SortedMap<String, Outcome> outcomes;
    try {
      outcomes = schedule.run();
    } catch (CairnException e) {
      String node = schedule.failedNode();
      if (options.recordsRetryable() && node != null) {
        record(program, Failures.retryable(invocation, node, e));
      }
      throw e;
    }
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
    List<ItemRun> items = new ArrayList<>();
    for (Outcome outcome : computed.outcomes().values()) {
      if (outcome instanceof Outcome.Done done && done.executed()) {
        outputs.addAll(done.step().outputs());
        items.addAll(done.applied().runs());
      }
    }
    SortedMap<ArtifactKey, PreparedArtifact> made = material.madeFor(outputs);
    RunDraft draft = new RunDraft(store);
    made.values().forEach(draft::put);
    new ItemReceipts(store, key -> made.containsKey(key) || material.isLive(key))
        .addTo(draft, items);
    PreparedArtifact receipt = store.prepare(TypeTag.RECEIPT, computed.receipt().encode());
    ArtifactKey key = receipt.id().key();
    boolean ran = computed.executed() > 0;
    draft.receipt(
        store.prepare(TypeTag.PROGRAM, program.encode()),
        receipt,
        computed.receipt(),
        ran || !store.now().isLive(key),
        computed.borrowed());
    draft.commit();
    return key;
  }
}
