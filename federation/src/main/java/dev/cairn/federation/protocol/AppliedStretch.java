package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.Origin;

/**
 * A stretch that a store has verified and taken.
 *
 * @param origin whose log
 * @param treeSize records of it that the checkpoint covers
 * @param commits commits that were new to the store
 * @param records records that were new to the store
 * @param checkpoint the signed note
 */
public record AppliedStretch(
    Origin origin, long treeSize, long commits, long records, Bytes checkpoint) {}
