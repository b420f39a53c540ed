package dev.cairn.federation.member;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;

/**
 * Removals in one log that a member has not acknowledged: it keeps them from being stable.
 *
 * @param member who blocks
 * @param log in which the removals stand
 * @param acknowledged records of it that the member has acknowledged; it blocks from there on
 * @param lastRemoval index of the last tombstone in what is held of the log here
 */
public record Lag(NodeId member, Origin log, long acknowledged, long lastRemoval) {}
