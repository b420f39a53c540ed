package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactKey;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What became of a draft; returned once it is durable.
 *
 * @param outcomes per artifact spoken of
 */
public record CommitResult(SortedMap<ArtifactKey, Outcome> outcomes) {
  /**
   * What became of one artifact of the draft.
   *
   * @param logseq of the record written, or of the live put found; 0 for a tombstone of what was
   *     not live
   * @param written whether a record was written
   */
  public record Outcome(long logseq, boolean written) {}

  public CommitResult {
    outcomes = Collections.unmodifiableSortedMap(new TreeMap<>(outcomes));
  }

  /** The outcome for one artifact. */
  public Outcome of(ArtifactKey key) {
    Outcome outcome = outcomes.get(key);
    if (outcome == null) {
      throw new IllegalArgumentException("not in this commit: " + key);
    }
    return outcome;
  }

  /** Records written. */
  public long written() {
    return outcomes.values().stream().filter(Outcome::written).count();
  }
}
