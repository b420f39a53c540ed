package dev.cairn.tgk;

import dev.cairn.asl.model.ArtifactKey;

/**
 * An artifact that a walk reached.
 *
 * @param key which; the store need not hold it
 * @param depth edges on a shortest way to it; 0 for a start
 */
public record LineageNode(ArtifactKey key, int depth) {}
