package dev.cairn.asl.store;

import dev.cairn.asl.evidence.Evidence;

/**
 * Evidence against one log, for which the log is frozen.
 *
 * @param evidence what proves it
 * @param noticedMillis when it came, since 1970, by this node's clock
 */
public record HeldEvidence(Evidence evidence, long noticedMillis) {}
