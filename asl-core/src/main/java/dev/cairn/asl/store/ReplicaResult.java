package dev.cairn.asl.store;

/**
 * What a stretch brought.
 *
 * @param commits new commits
 * @param records new records
 * @param head the origin's log length afterwards
 */
public record ReplicaResult(long commits, long records, long head) {}
