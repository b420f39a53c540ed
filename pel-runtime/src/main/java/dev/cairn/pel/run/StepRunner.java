package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.model.Receipt.Failure;
import dev.cairn.pel.model.Receipt.Step;
import dev.cairn.pel.model.Refusal;
import dev.cairn.pel.operator.Application;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.Parameters;
import dev.cairn.pel.operator.SnapshotGraph;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Does one node of a program: finds its outputs in receipts or runs it. Safe for any thread. */
final class StepRunner {
  private final Store store;
  private final OperatorRegistry operators;
  private final Material material;
  private final @Nullable Reuse reuse;
  private final @Nullable StepMemo memo;
  private final boolean recorded;

  /** What became of a node. */
  sealed interface Outcome {
    /**
     * It has its outputs.
     *
     * @param step for the receipt
     * @param executed whether it ran
     * @param borrowed whether others alone ran it, or something that it applied
     * @param disputed whether some receipt says otherwise
     * @param applied what its operator applied; nothing if it did not run
     */
    record Done(
        Step step, boolean executed, boolean borrowed, boolean disputed, StepHost.Applied applied)
        implements Outcome {}

    /**
     * Its operator refused.
     *
     * @param failure for the receipt
     */
    record Failed(Failure failure) implements Outcome {}
  }

  /**
   * @param reuse what to take from receipts; null to run every node
   * @param memo what nodes gave that were run before; null to run every node
   * @param recorded whether the run leaves receipts
   */
  StepRunner(
      Store store,
      OperatorRegistry operators,
      Material material,
      @Nullable Reuse reuse,
      @Nullable StepMemo memo,
      boolean recorded) {
    this.store = store;
    this.operators = operators;
    this.material = material;
    this.reuse = reuse;
    this.memo = memo;
    this.recorded = recorded;
  }

  Material material() {
    return material;
  }

  /**
   * Does it.
   *
   * @param part counts what it takes
   */
  Outcome run(String id, ProgramNode node, List<ArtifactKey> inputs, Meter.Part part) {
    Bytes parameters = node.parametersDigest();
    boolean disputed = false;
    StepHost host = StepHost.ofNode(this, part);
    if (reuse != null) {
      Reuse.Step known = reuse.step(Step.key(node.operator(), parameters, inputs));
      disputed = known.disputed();
      if (known.verdict() == Reuse.Verdict.TAKEN && isOfShape(known.outputs())) {
        Step step = new Step(node.operator(), parameters, inputs, known.outputs());
        return new Outcome.Done(step, false, !known.ran(), disputed, host.applied());
      }
    }
    boolean well = false;
    try {
      StepMemo.Given given =
          memo == null
              ? new StepMemo.Given(host.applied().made(execute(id, node, inputs, host)), true)
              : memo.output(
                  Step.key(node.operator(), parameters, inputs),
                  output -> material.allUsable(List.of(output)),
                  () -> host.applied().made(execute(id, node, inputs, host)));
      if (!given.ran()) {
        part.add(given.made().cost());
        countAsMade(given.made(), part);
      }
      Step step = new Step(node.operator(), parameters, inputs, List.of(given.made().output()));
      well = true;
      return new Outcome.Done(step, given.ran(), host.hasBorrowed(), disputed, host.applied());
    } catch (Refusal e) {
      return new Outcome.Failed(e.toFailure());
    } finally {
      host.ended(well);
    }
  }

  /** What is too much of it costs what it does where the node runs. */
  private void countAsMade(StepMemo.Made made, Meter.Part part) {
    for (StepMemo.Artifact artifact : made.artifacts()) {
      long bytesMax = material.outputBytesMax();
      try {
        material.count(artifact);
      } catch (RefusedException e) {
        if (artifact.length() > bytesMax) {
          part.wasted(BoundedStream.largeBytes(bytesMax));
        }
        part.givenUp(material.limits().stepMillisMax());
        throw e;
      }
    }
  }

  /** Every operator of today has one output; a receipt that claims more is not about it. */
  private static boolean isOfShape(List<ArtifactKey> outputs) {
    return outputs.size() == 1;
  }

  private ArtifactKey execute(
      String id, ProgramNode node, List<ArtifactKey> inputs, StepHost host) {
    List<OperatorInput> given = new ArrayList<>();
    inputs.forEach(key -> given.add(input(key, host)));
    try {
      return execute(node.operator(), node.parameters(), given, host).key();
    } catch (IOException e) {
      throw new UnavailableException("node " + id + " (" + node.operator() + "): cannot read", e);
    } catch (RuntimeException e) {
      throw expected(id, node, e);
    }
  }

  private OperatorInput execute(
      OperatorId id, CborValue.Dict parameters, List<OperatorInput> inputs, StepHost host)
      throws IOException {
    host.part().work(Meter.STEP);
    Operator operator =
        operators.find(id).orElseThrow(() -> new AssertionError("checked before: " + id));
    if (!operator.spec().takes(inputs.size())) {
      throw new OperatorFailure("bad-inputs", operator.spec().wrongNumber(id, inputs.size()));
    }
    return keep(operator.run(new OperatorContext(inputs, new Parameters(parameters), host)), host);
  }

  private StoredInput input(ArtifactKey key, StepHost host) {
    return new StoredInput(material, host.reading(), key, null);
  }

  /**
   * Takes an output into this run.
   *
   * @param host of the operator that gives it
   */
  OperatorInput keep(OperatorOutput output, StepHost host) throws IOException {
    BoundedStream payload =
        new BoundedStream(output.payload(), material.outputBytesMax(), host.part());
    try (payload) {
      PreparedArtifact made = store.prepare(output.tag(), payload);
      host.part().work(Meter.ARTIFACT);
      if (memo != null) {
        host.made(made.id());
        if (made.inline() == null && !material.isLive(made.id().key())) {
          host.part().add(new Cost(0, made.id().payloadLength()));
        }
      }
      return input(keep(made, host.part()), host);
    } catch (BoundedStream.Broken e) {
      if (memo != null) {
        host.part().wasted(payload.largeBytes());
      }
      if (payload.isTooLong()) {
        host.part().givenUp(material.limits().stepMillisMax());
      }
      throw e.thrown();
    }
  }

  private ArtifactKey keep(PreparedArtifact made, Meter.Part part) {
    try {
      return material.keep(made);
    } catch (RefusedException e) {
      // Too much for the run to hold.
      part.givenUp(material.limits().stepMillisMax());
      throw e;
    }
  }

  /**
   * What an operator gives for an operator that applies it: from a receipt if one tells, or from
   * before in the same node.
   *
   * @param host of the operator that applies it
   */
  OperatorInput apply(Application application, StepHost host) throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new UnavailableException("the run was cancelled");
    }
    List<ArtifactKey> keys = application.inputs().stream().map(OperatorInput::key).toList();
    Bytes step = stepKey(application, keys);
    ItemRun before = reuse == null ? null : host.known(step);
    if (before != null) {
      host.reuse(before.borrowed());
      return input(before.output(), host);
    }
    if (reuse != null) {
      Reuse.Step known = reuse.step(step);
      if (known.disputed()) {
        host.dispute(step);
      }
      if (known.verdict() == Reuse.Verdict.TAKEN && isOfShape(known.outputs())) {
        host.reuse(!known.ran());
        return input(known.outputs().get(0), host);
      }
    }
    StepHost within = host.within();
    List<OperatorInput> given = new ArrayList<>();
    keys.forEach(key -> given.add(input(key, within)));
    OperatorInput output = execute(application.operator(), application.parameters(), given, within);
    host.ran(
        step,
        new ItemRun(
            application.operator(),
            application.parameters(),
            keys,
            output.key(),
            within.hasBorrowed()),
        recorded,
        reuse != null);
    return input(output.key(), host);
  }

  /** The name of an application as a step. */
  static Bytes stepKey(Application application, List<ArtifactKey> inputs) {
    return Step.key(
        application.operator(),
        HashAlgorithm.SHA_256.hash(application.parameters().encode()),
        inputs);
  }

  /** The graph under a cut that this store must hold whole. */
  SnapshotGraph graph(Snapshot snapshot) {
    if (!snapshot.federation().equals(store.federation())) {
      throw new RefusedException(
          "snapshot "
              + snapshot.key()
              + " is of federation "
              + snapshot.federation()
              + ", this store of "
              + store.federation());
    }
    for (Snapshot.Head head : snapshot.heads()) {
      demandHeld(snapshot, head);
    }
    return new SnapshotGraph(store, snapshot.cut());
  }

  private void demandHeld(Snapshot snapshot, Snapshot.Head head) {
    long held = store.head(head.origin()).map(LogHead::treeSize).orElse(0L);
    if (held < head.treeSize()) {
      throw new UnavailableException(
          "snapshot "
              + snapshot.key()
              + " takes in "
              + head.treeSize()
              + " records of "
              + head.origin()
              + ", of which "
              + held
              + " are here");
    }
    if (store.firstIndexAfter(head.origin(), head.logseq()) != head.treeSize()
        || !store.logRoot(head.origin(), head.treeSize()).equals(head.root())) {
      throw new RefusedException(
          "snapshot " + snapshot.key() + " speaks of another log of " + head.origin());
    }
  }

  /** An exception outside the contract is the operator's mistake, and never an outcome. */
  private static RuntimeException expected(String id, ProgramNode node, RuntimeException thrown) {
    if (thrown instanceof Refusal || thrown instanceof CairnException) {
      return thrown;
    }
    throw new AssertionError("node " + id + ": operator " + node.operator() + " is broken", thrown);
  }
}
