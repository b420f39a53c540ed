package dev.cairn.pel.run;

import dev.cairn.asl.model.ArtifactKey;
import org.jspecify.annotations.Nullable;

/**
 * What a run of one's own says about a receipt of the same program on the same inputs, or of one of
 * its steps.
 *
 * @param receipt the receipt in question
 * @param right whether it tells what came out
 * @param place where it first differs: {@code /steps/NODE/outputs/0} in the receipt of the run, or
 *     {@code step NODE} of this program if the receipt is of another one, {@code step NODE applied
 *     to [KEYS]} if it is of an item; null if it is right
 * @param claimed what it says there; null if nothing
 * @param found what running it gave there; null if nothing
 */
public record Judgement(
    ArtifactKey receipt,
    boolean right,
    @Nullable String place,
    @Nullable String claimed,
    @Nullable String found) {}
