package dev.cairn.pel.operator;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.Snapshot;

/** Counts what operators tell of their work, up to a bound. */
final class WorkHost implements OperatorHost {
  private final long max;
  private long work;

  WorkHost(long max) {
    this.max = max;
  }

  long work() {
    return work;
  }

  @Override
  public OperatorInput make(OperatorOutput output) {
    throw new AssertionError("nothing is made beside the output");
  }

  @Override
  public OperatorInput apply(Application application) {
    throw new AssertionError("nothing is applied");
  }

  @Override
  public SnapshotGraph graph(Snapshot snapshot) {
    throw new AssertionError("no graph is read");
  }

  @Override
  public synchronized void works(long units) {
    work += units;
    if (work > max) {
      throw new RefusedException("more than " + max);
    }
  }

  @Override
  public long workLeft() {
    return max - work;
  }
}
