package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What two sources have in one place.
 *
 * @param left what the first one has; null for nothing
 * @param right what the other one has
 */
record CausePair(@Nullable ArtifactKey left, @Nullable ArtifactKey right) {
  /** What one of them has, the first one if {@code inLeft}, and the other one. */
  static CausePair of(@Nullable ArtifactKey key, @Nullable ArtifactKey other, boolean inLeft) {
    return inLeft ? new CausePair(key, other) : new CausePair(other, key);
  }

  @Nullable ArtifactKey of(boolean inLeft) {
    return inLeft ? left : right;
  }

  boolean isSame() {
    return Objects.equals(left, right);
  }

  boolean isOneSided() {
    return left == null || right == null;
  }
}
