package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import org.jspecify.annotations.Nullable;

/**
 * The put by which an id is known within a view ({@link dev.cairn.asl.store.View#told}).
 *
 * @param live false if it was retracted
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
