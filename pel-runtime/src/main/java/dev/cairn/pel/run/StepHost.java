package dev.cairn.pel.run;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.OperatorHost;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import java.io.IOException;
import java.util.List;

/** What one node's operator, or one that it applies, may ask for while it runs. */
final class StepHost implements OperatorHost {
  private final StepRunner runner;
  private final int depth;

  /**
   * A host.
   *
   * @param depth 0 for a node's own operator, one more for each operator that applies another
   */
  StepHost(StepRunner runner, int depth) {
    this.runner = runner;
    this.depth = depth;
  }

  @Override
  public OperatorInput make(OperatorOutput output) throws IOException {
    return runner.keep(output);
  }

  @Override
  public OperatorInput apply(
      OperatorId operator, CborValue.Dict parameters, List<OperatorInput> inputs)
      throws IOException {
    if (depth == DEPTH_MAX) {
      throw new RefusedException("operators apply operators more than " + DEPTH_MAX + " deep");
    }
    return runner.apply(operator, parameters, inputs, new StepHost(runner, depth + 1));
  }
}
