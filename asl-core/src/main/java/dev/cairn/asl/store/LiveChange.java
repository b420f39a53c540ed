package dev.cairn.asl.store;

/**
 * An artifact that is live under one of two cuts only.
 *
 * @param entry its latest put, under the cut where it is live
 * @param became true if it became live from the first cut to the second, false if it ceased
 */
public record LiveChange(LiveEntry entry, boolean became) {}
