package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import org.jspecify.annotations.Nullable;

/**
 * The latest put of an id within a view.
 *
 * @param live false if a tombstone came after it
 */
record Standing(
    RecordKind kind,
    @Nullable TypeTag tag,
    long size,
    PayloadDigest payloadDigest,
    long logseq,
    Origin origin,
    long index,
    boolean live) {}
