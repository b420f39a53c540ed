package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactKey;
import java.util.Set;

/**
 * What a collection may take.
 *
 * @param graceMillis nothing goes that was removed, or came, less long ago than this
 * @param roots artifacts that keep their payloads though they are removed
 * @param dryRun only count what would go
 */
public record CollectOptions(long graceMillis, Set<ArtifactKey> roots, boolean dryRun) {
  /** A day: longer than a run or a pull takes between finding a payload and using it. */
  public static final CollectOptions DEFAULT =
      new CollectOptions(24L * 60 * 60 * 1000, Set.of(), false);

  public CollectOptions {
    if (graceMillis < 0) {
      throw new IllegalArgumentException("a grace of " + graceMillis + " ms");
    }
    roots = Set.copyOf(roots);
  }
}
