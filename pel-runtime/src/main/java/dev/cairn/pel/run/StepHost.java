package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.pel.operator.Application;
import dev.cairn.pel.operator.OperatorHost;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.SnapshotGraph;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one node's operator, or one that it applies, may ask for while it runs; and a note of what
 * it applied. For the thread that runs the operator.
 */
final class StepHost implements OperatorHost {
  private final StepRunner runner;
  private final int depth;
  private final Applied applied;
  private final Reading reading;
  private boolean borrowed;

  /** What a node's operator applied, and what that applied in turn. */
  static final class Applied {
    private final List<ItemRun> runs = new ArrayList<>();
    private final Map<Bytes, ItemRun> known = new HashMap<>();
    private final List<StepMemo.Artifact> made = new ArrayList<>();
    private int reused;

    /** All that it came to, as far as another run would have to count it. */
    StepMemo.Made made(ArtifactKey output) {
      return new StepMemo.Made(output, List.copyOf(made), runs.size());
    }

    /** What ran, in the order in which it ended. */
    List<ItemRun> runs() {
      return runs;
    }

    /** How often something needed not run. */
    int reused() {
      return reused;
    }
  }

  private StepHost(StepRunner runner, int depth, Applied applied) {
    this.runner = runner;
    this.depth = depth;
    this.applied = applied;
    this.reading = runner.reading();
  }

  /** The host of a node's own operator. */
  static StepHost ofNode(StepRunner runner) {
    return new StepHost(runner, 0, new Applied());
  }

  Applied applied() {
    return applied;
  }

  /** What its operator has read into memory. */
  Reading reading() {
    return reading;
  }

  /** Something was made. */
  void made(ArtifactId id) {
    applied.made.add(new StepMemo.Artifact(id.key(), id.payloadLength()));
  }

  /** Whether something that was applied was not run but taken from receipts of others. */
  boolean hasBorrowed() {
    return borrowed;
  }

  @Override
  public OperatorInput make(OperatorOutput output) throws IOException {
    return runner.keep(output, this);
  }

  @Override
  public OperatorInput apply(Application application) throws IOException {
    if (depth == DEPTH_MAX) {
      throw new RefusedException("operators apply operators more than " + DEPTH_MAX + " deep");
    }
    return runner.apply(application, this);
  }

  /** The host of what this one's operator applies. */
  StepHost within() {
    return new StepHost(runner, depth + 1, applied);
  }

  /** What came of a step that was applied here before; null if it was not. */
  @Nullable ItemRun known(Bytes step) {
    return applied.known.get(step);
  }

  /**
   * A step was not run.
   *
   * @param fromOthers whether this node did not run all of it before either
   */
  void reuse(boolean fromOthers) {
    applied.reused++;
    borrowed |= fromOthers;
  }

  /** A step ran. */
  void ran(Bytes step, ItemRun run) {
    applied.runs.add(run);
    applied.known.put(step, run);
    borrowed |= run.borrowed();
  }

  @Override
  public SnapshotGraph graph(Snapshot snapshot) {
    return runner.graph(snapshot);
  }
}
