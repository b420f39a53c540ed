package dev.cairn.tgk;

/**
 * An edge as seen from one of its endpoints.
 *
 * @param edge the edge
 * @param relation how the endpoint stands to it
 */
public record Incidence(GraphEdge edge, Relation relation) {}
