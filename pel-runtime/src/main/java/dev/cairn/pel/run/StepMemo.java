package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What steps gave that were run to verify receipts, so that a step that several receipts share runs
 * once: never what a receipt claims. Who comes while a step is on its way waits for it. Remembers
 * the {@value #STEPS_MAX} steps asked for last. Safe for any thread.
 */
public final class StepMemo {
  /** Most steps remembered. */
  public static final int STEPS_MAX = 32_768;

  private final Map<Bytes, CompletableFuture<Optional<ArtifactKey>>> steps =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(
            Map.Entry<Bytes, CompletableFuture<Optional<ArtifactKey>>> eldest) {
          return size() > STEPS_MAX;
        }
      };

  /** Remembers nothing yet. */
  public StepMemo() {}

  /** What a step gave, and whether it ran for that. */
  record Given(ArtifactKey output, boolean ran) {}

  /**
   * What a step gives.
   *
   * @param step its key
   * @param usable whether what it gave before can be read by the one who asks
   * @param run runs it
   */
  Given output(Bytes step, Predicate<ArtifactKey> usable, Supplier<ArtifactKey> run) {
    CompletableFuture<Optional<ArtifactKey>> mine = new CompletableFuture<>();
    CompletableFuture<Optional<ArtifactKey>> before;
    synchronized (steps) {
      before = steps.putIfAbsent(step, mine);
    }
    if (before != null) {
      Optional<ArtifactKey> given = await(before).filter(usable);
      return given.isPresent() ? new Given(given.get(), false) : new Given(run.get(), true);
    }
    try {
      ArtifactKey output = run.get();
      mine.complete(Optional.of(output));
      return new Given(output, true);
    } finally {
      if (mine.complete(Optional.empty())) {
        forget(step, mine);
      }
    }
  }

  private void forget(Bytes step, CompletableFuture<Optional<ArtifactKey>> failed) {
    synchronized (steps) {
      steps.remove(step, failed);
    }
  }

  private static Optional<ArtifactKey> await(CompletableFuture<Optional<ArtifactKey>> step) {
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
