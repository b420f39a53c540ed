package dev.cairn.pel.index;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;

/**
 * A node's word: it ran what the receipt says, or the step in question of it, and got this.
 *
 * @param node whose log has the record
 * @param receipt the receipt; of several of that node the one with the least key
 */
public record Attestation(NodeId node, ArtifactKey receipt) {}
