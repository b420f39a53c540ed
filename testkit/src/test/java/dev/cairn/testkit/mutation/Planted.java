package dev.cairn.testkit.mutation;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stores of which one is damaged, and the place that an audit of them must name.
 *
 * @param engines to open the stores on, in the order of the audit
 * @param names of the stores' nodes
 * @param origin whose log; null if the damage is in no log
 * @param index of the record; -1 if it is no record's
 * @param logseq of the record; -1 if it is not to be named
 * @param id of the record or artifact; null if there is none to be named
 */
record Planted(
    List<StorageEngine> engines,
    List<String> names,
    @Nullable Origin origin,
    long index,
    long logseq,
    @Nullable ArtifactKey id) {}
