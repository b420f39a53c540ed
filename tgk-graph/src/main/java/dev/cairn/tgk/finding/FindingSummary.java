package dev.cairn.tgk.finding;

import org.jspecify.annotations.Nullable;

/**
 * A finding in a list.
 *
 * @param stated the finding
 * @param occurrences how many places it was seen at
 * @param firstMillis when first at any of them, in milliseconds since 1970-01-01T00:00:00Z; null if
 *     nobody saw it
 * @param lastMillis when last
 * @param acknowledged whether somebody has taken note of every one of them
 */
public record FindingSummary(
    StatedFinding stated,
    long occurrences,
    @Nullable Long firstMillis,
    @Nullable Long lastMillis,
    boolean acknowledged) {}
