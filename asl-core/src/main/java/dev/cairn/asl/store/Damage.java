package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactKey;
import org.jspecify.annotations.Nullable;

/**
 * Something in a store that is not as it must be.
 *
 * @param key of the artifact, if it is one's
 * @param where it lies
 * @param error what is wrong
 */
public record Damage(@Nullable ArtifactKey key, String where, String error) {}
