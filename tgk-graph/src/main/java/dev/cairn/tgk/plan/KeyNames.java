package dev.cairn.tgk.plan;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;

/** Tells which artifact is meant by what stands in a plan for one. */
@FunctionalInterface
public interface KeyNames {
  /**
   * Whole keys only, with or without {@code asl1-sha256:}, so that a plan means the same anywhere.
   */
  KeyNames WHOLE =
      text -> ArtifactKey.parse(text.matches("[0-9a-f]{64}") ? "asl1-sha256:" + text : text);

  /**
   * The key that is meant.
   *
   * @throws MalformedException if none can be
   */
  ArtifactKey resolve(String text);
}
