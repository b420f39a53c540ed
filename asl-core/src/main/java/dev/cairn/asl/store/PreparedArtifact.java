package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactId;
import org.jspecify.annotations.Nullable;

/**
 * An artifact hashed and ready to be committed; made by {@link Store#prepare}. Its large payload is
 * already written, though invisible; a small one travels in the commit.
 *
 * @param id all that names it
 * @param inline the payload, or null if it is stored in chunks already
 */
public record PreparedArtifact(ArtifactId id, @Nullable Bytes inline) {}
