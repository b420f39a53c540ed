package dev.cairn.tgk;

import dev.cairn.asl.model.ArtifactKey;

/**
 * One edge of a derivation.
 *
 * @param edge the edge
 * @param cause the endpoint among its causes by which the path enters
 * @param effect the endpoint among its effects by which it leaves
 */
public record PathStep(GraphEdge edge, ArtifactKey cause, ArtifactKey effect) {}
