package dev.cairn.tgk.finding;

import dev.cairn.asl.model.ArtifactKey;
import java.util.List;

/**
 * A finding as a view shows it.
 *
 * @param key of its artifact
 * @param finding what it says
 * @param contradictions what other artifacts of the same id say, if nodes that did not know of each
 *     other stated different things; the first {@value #CONTRADICTIONS_MAX}
 */
public record StatedFinding(ArtifactKey key, Finding finding, List<Finding> contradictions) {
  /** Most contradictions kept. */
  public static final int CONTRADICTIONS_MAX = 16;

  public StatedFinding {
    contradictions = List.copyOf(contradictions);
  }

  /** What it is called. */
  public FindingId id() {
    return finding.id();
  }
}
