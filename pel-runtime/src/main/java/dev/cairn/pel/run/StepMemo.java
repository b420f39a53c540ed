package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What steps gave that were run to verify receipts, so that a step that several receipts share runs
 * once: never what a receipt claims. Who comes while a step is on its way waits for it. Remembers
 * the steps asked for last that made {@value #ARTIFACTS_MAX} artifacts together, but none that made
 * more than {@value #STEP_ARTIFACTS_MAX}. Safe for any thread.
 */
public final class StepMemo {
  /** Most artifacts made by the steps that are remembered; so also most steps. */
  public static final int ARTIFACTS_MAX = 32_768;

  /** Most artifacts made by one of them. */
  public static final int STEP_ARTIFACTS_MAX = 1_024;

  private final Map<Bytes, CompletableFuture<Optional<Made>>> steps =
      new LinkedHashMap<>(16, 0.75f, true);

  /** Artifacts made by the steps that are remembered; one for a step that is on its way. */
  private int artifacts;

  /** Remembers nothing yet. */
  public StepMemo() {}

  /** An artifact that a step made. */
  record Artifact(ArtifactKey key, long length) {}

  /**
   * What a step made.
   *
   * @param output what it gave
   * @param artifacts all that it made, its output among them
   * @param cost what that took
   */
  record Made(ArtifactKey output, List<Artifact> artifacts, Cost cost) {}

  /** What a step gave, and whether it ran for that. */
  record Given(Made made, boolean ran) {}

  /**
   * What a step gives.
   *
   * @param step its key
   * @param usable whether what it gave before can be read by the one who asks
   * @param run runs it
   */
  Given output(Bytes step, Predicate<ArtifactKey> usable, Supplier<Made> run) {
    CompletableFuture<Optional<Made>> mine = new CompletableFuture<>();
    CompletableFuture<Optional<Made>> before;
    synchronized (steps) {
      before = steps.putIfAbsent(step, mine);
      if (before == null) {
        add(1);
      }
    }
    if (before != null) {
      Optional<Made> given = await(before).filter(made -> usable.test(made.output()));
      return given.isPresent() ? new Given(given.get(), false) : new Given(run.get(), true);
    }
    try {
      Made made = run.get();
      if (made.artifacts().size() <= STEP_ARTIFACTS_MAX) {
        remember(step, mine, made);
      }
      return new Given(made, true);
    } finally {
      if (mine.complete(Optional.empty())) {
        forget(step, mine);
      }
    }
  }

  private void remember(Bytes step, CompletableFuture<Optional<Made>> mine, Made made) {
    synchronized (steps) {
      mine.complete(Optional.of(made));
      if (steps.get(step) == mine) {
        add(weight(mine) - 1);
      }
    }
  }

  private void forget(Bytes step, CompletableFuture<Optional<Made>> failed) {
    synchronized (steps) {
      if (steps.remove(step, failed)) {
        add(-1);
      }
    }
  }

  /** Counts what came or went, and forgets what was asked for longest ago if it is too much. */
  private void add(int more) {
    artifacts += more;
    Iterator<CompletableFuture<Optional<Made>>> eldest = steps.values().iterator();
    while (artifacts > ARTIFACTS_MAX) {
      artifacts -= weight(eldest.next());
      eldest.remove();
    }
  }

  private static int weight(CompletableFuture<Optional<Made>> step) {
    return step.getNow(Optional.empty())
        .map(made -> Math.max(1, made.artifacts().size()))
        .orElse(1);
  }

  private static Optional<Made> await(CompletableFuture<Optional<Made>> step) {
    try {
      return step.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("the run was cancelled", e);
    } catch (ExecutionException e) {
      throw new AssertionError("a step is only ever completed", e);
    }
  }
}
