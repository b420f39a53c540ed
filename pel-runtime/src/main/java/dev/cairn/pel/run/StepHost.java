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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one node's operator, or one that it applies, may ask for while it runs; and a note of what
 * it applied. For the thread that runs the operator.
 */
final class StepHost implements OperatorHost {
  private final StepRunner runner;
  private final int depth;
  private final Applied applied;
  private final Map<Bytes, ItemRun> known;
  private final Reading reading;
  private boolean borrowed;

  /** What a node's operator applied, and what that applied in turn. */
  static final class Applied {
    private final Meter.Part part;
    private final List<ItemRun> runs = new ArrayList<>();
    private final List<StepMemo.Artifact> made = new ArrayList<>();
    private final Set<Bytes> disputed = new HashSet<>();
    private int executed;
    private int reused;

    private Applied(Meter.Part part) {
      this.part = part;
    }

    /** All that it came to, as far as another run would have to count it. */
    StepMemo.Made made(ArtifactKey output) {
      return new StepMemo.Made(output, List.copyOf(made), part.cost());
    }

    /** What ran and leaves receipts of its own, in the order in which it ended. */
    List<ItemRun> runs() {
      return runs;
    }

    /** How often something ran. */
    int executed() {
      return executed;
    }

    /** About how many steps live receipts contradict each other. */
    int disputed() {
      return disputed.size();
    }

    /** How often something needed not run. */
    int reused() {
      return reused;
    }
  }

  private StepHost(StepRunner runner, int depth, Applied applied, Map<Bytes, ItemRun> known) {
    this.runner = runner;
    this.depth = depth;
    this.applied = applied;
    this.known = known;
    this.reading = new Reading(runner.material().limits(), applied.part);
  }

  /**
   * The host of a node's own operator.
   *
   * @param part counts what the node takes
   */
  static StepHost ofNode(StepRunner runner, Meter.Part part) {
    return new StepHost(runner, 0, new Applied(part), new HashMap<>());
  }

  Applied applied() {
    return applied;
  }

  /** Counts what the node takes. */
  Meter.Part part() {
    return applied.part;
  }

  /** What its operator has read into memory. */
  Reading reading() {
    return reading;
  }

  /** Something was made; what makes more than is remembered of any step is told as too much. */
  void made(ArtifactId id) {
    if (applied.made.size() <= StepMemo.STEP_ARTIFACTS_MAX) {
      applied.made.add(new StepMemo.Artifact(id.key(), id.payloadLength()));
    }
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
    return new StepHost(runner, depth + 1, applied, known);
  }

  /** What came of a step that was applied here before; null if it was not. */
  @Nullable ItemRun known(Bytes step) {
    return known.get(step);
  }

  /** Live receipts contradict each other about a step. */
  void dispute(Bytes step) {
    applied.disputed.add(step);
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

  /**
   * A step ran.
   *
   * @param noted whether it leaves a receipt of its own
   * @param findable whether an equal one need not run
   */
  void ran(Bytes step, ItemRun run, boolean noted, boolean findable) {
    applied.executed++;
    borrowed |= run.borrowed();
    if (noted) {
      runner.material().hold(ItemRun.NOTED_BYTES);
      applied.runs.add(run);
    }
    if (findable) {
      runner.material().hold(ItemRun.FOUND_BYTES);
      known.put(step, run);
    }
  }

  /**
   * The node has ended: nothing is looked for any more.
   *
   * @param well whether what ran is to leave receipts
   */
  void ended(boolean well) {
    runner.material().release((long) ItemRun.FOUND_BYTES * known.size());
    known.clear();
    applied.made.clear();
    if (!well) {
      runner.material().release((long) ItemRun.NOTED_BYTES * applied.runs.size());
      applied.runs.clear();
    }
  }

  @Override
  public SnapshotGraph graph(Snapshot snapshot) {
    return runner.graph(snapshot);
  }

  @Override
  public void works(long units) {
    applied.part.work(units < 0 ? Long.MAX_VALUE : units); // A product that was too large.
  }

  @Override
  public long workLeft() {
    return applied.part.left();
  }
}
