package dev.cairn.pel.run;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.OperatorHost;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.SnapshotGraph;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** What one node's operator, or one that it applies, may ask for while it runs. */
final class StepHost implements OperatorHost {
  private final StepRunner runner;
  private final int depth;

  private final AtomicBoolean borrowed;

  private StepHost(StepRunner runner, int depth, AtomicBoolean borrowed) {
    this.runner = runner;
    this.depth = depth;
    this.borrowed = borrowed;
  }

  /** The host of a node's own operator. */
  static StepHost ofNode(StepRunner runner) {
    return new StepHost(runner, 0, new AtomicBoolean());
  }

  /** Something that was applied was not run but taken from receipts of others. */
  void borrow() {
    borrowed.set(true);
  }

  /** Whether anything was. */
  boolean hasBorrowed() {
    return borrowed.get();
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
    return runner.apply(operator, parameters, inputs, new StepHost(runner, depth + 1, borrowed));
  }

  @Override
  public SnapshotGraph graph(Snapshot snapshot) {
    return runner.graph(snapshot);
  }
}
