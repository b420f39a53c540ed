package dev.cairn.tgk.finding;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a batch brought.
 *
 * @param newFindings findings that were not here before
 * @param newOccurrences occurrences that were not here before
 * @param newObservations occurrences that this node had not observed before
 * @param refreshed observations whose state changed
 * @param unchanged observations that the batch said nothing new of
 */
public record WriteResult(
    SortedSet<FindingId> newFindings,
    long newOccurrences,
    long newObservations,
    long refreshed,
    long unchanged) {
  public WriteResult {
    newFindings = Collections.unmodifiableSortedSet(new TreeSet<>(newFindings));
  }
}
