package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;

/**
 * What is live, computed from rows alone.
 *
 * @param root the state root
 * @param counts how much is live
 */
public record DerivedState(Bytes root, LiveCounts counts) {}
