package dev.cairn.tgk;

/**
 * The size of a lineage.
 *
 * @param nodes artifacts reached, starts included
 * @param edges distinct edges followed
 * @param depth of the farthest node
 */
public record LineageCounts(long nodes, long edges, int depth) {}
