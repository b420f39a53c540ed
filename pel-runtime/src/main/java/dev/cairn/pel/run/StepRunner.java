package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.model.Receipt.Failure;
import dev.cairn.pel.model.Receipt.Step;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.Parameters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Does one node of a program: finds its outputs in receipts or runs it. Safe for any thread. */
final class StepRunner {
  private final Store store;
  private final OperatorRegistry operators;
  private final Material material;
  private final @Nullable Receipts memo;

  /** What became of a node. */
  sealed interface Outcome {
    /**
     * It has its outputs.
     *
     * @param step for the receipt
     * @param executed whether it ran
     */
    record Done(Step step, boolean executed) implements Outcome {}

    /**
     * Its operator refused.
     *
     * @param failure for the receipt
     */
    record Failed(Failure failure) implements Outcome {}
  }

  /**
   * @param memo where to look for outputs; null to run every node
   */
  StepRunner(Store store, OperatorRegistry operators, Material material, @Nullable Receipts memo) {
    this.store = store;
    this.operators = operators;
    this.material = material;
    this.memo = memo;
  }

  Outcome run(String id, ProgramNode node, List<ArtifactKey> inputs) {
    Bytes parameters = node.parametersDigest();
    Optional<List<ArtifactKey>> known =
        memo == null
            ? Optional.empty()
            : memo.stepOutputs(Step.key(node.operator(), parameters, inputs), this::isUsable);
    if (known.isPresent()) {
      return new Outcome.Done(new Step(node.operator(), parameters, inputs, known.get()), false);
    }
    try {
      ArtifactKey output = execute(id, node, inputs);
      return new Outcome.Done(new Step(node.operator(), parameters, inputs, List.of(output)), true);
    } catch (OperatorFailure e) {
      return new Outcome.Failed(e.toFailure());
    }
  }

  /** Every operator of today has one output; a receipt that claims more is not about it. */
  private boolean isUsable(List<ArtifactKey> outputs) {
    return outputs.size() == 1 && material.allUsable(outputs);
  }

  private ArtifactKey execute(String id, ProgramNode node, List<ArtifactKey> inputs) {
    Operator operator =
        operators
            .find(node.operator())
            .orElseThrow(() -> new AssertionError("checked before: " + node.operator()));
    List<OperatorInput> given = new ArrayList<>();
    inputs.forEach(key -> given.add(new StoredInput(material, key, null)));
    try {
      OperatorOutput output =
          operator.run(new OperatorContext(given, new Parameters(node.parameters())));
      try (BoundedStream payload =
          new BoundedStream(output.payload(), material.limits().outputBytesMax())) {
        return material.keep(store.prepare(output.tag(), payload));
      }
    } catch (BoundedStream.Broken e) {
      throw expected(id, node, e.thrown());
    } catch (IOException e) {
      throw new UnavailableException("node " + id + " (" + node.operator() + "): cannot read", e);
    } catch (RuntimeException e) {
      throw expected(id, node, e);
    }
  }

  /** An exception outside the contract is the operator's mistake, and never an outcome. */
  private static RuntimeException expected(String id, ProgramNode node, RuntimeException thrown) {
    if (thrown instanceof OperatorFailure || thrown instanceof CairnException) {
      return thrown;
    }
    throw new AssertionError("node " + id + ": operator " + node.operator() + " is broken", thrown);
  }
}
