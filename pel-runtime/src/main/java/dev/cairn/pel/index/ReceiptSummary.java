package dev.cairn.pel.index;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.RunStatus;

/**
 * A receipt in a list.
 *
 * @param key of the receipt
 * @param program key of its program
 * @param status how the run ended
 */
public record ReceiptSummary(ArtifactKey key, ArtifactKey program, RunStatus status) {}
