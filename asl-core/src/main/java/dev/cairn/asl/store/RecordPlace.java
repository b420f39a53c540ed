package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.Origin;
import org.jspecify.annotations.Nullable;

/**
 * Where a record of an id stands, and what it puts, by the rows that are derived of it.
 *
 * @param origin whose log
 * @param index in that log
 * @param logseq of its commit
 * @param put the artifact; null for a tombstone
 * @param erases whether it is a tombstone that erases
 */
public record RecordPlace(
    Origin origin, long index, long logseq, @Nullable ArtifactId put, boolean erases) {}
